from __future__ import annotations

from collections.abc import AsyncIterator

import httpx
import pytest

from worker import __version__
from worker.app.vitals import Phase, WorkerVitals
from worker.telemetry.health import Address, HealthServer


@pytest.fixture
def vitals() -> WorkerVitals:
    return WorkerVitals()


@pytest.fixture
async def client(vitals: WorkerVitals) -> AsyncIterator[httpx.AsyncClient]:
    server = HealthServer(vitals, Address("127.0.0.1", 0))
    await server.start()
    async with httpx.AsyncClient(base_url=f"http://127.0.0.1:{server.port}") as client:
        yield client
    await server.close()


async def test_it_is_alive_before_it_is_ready_and_says_what_it_waits_for(
    client: httpx.AsyncClient, vitals: WorkerVitals
) -> None:
    assert (await client.get("/livez")).status_code == 200
    vitals.phase = Phase.LOADING
    answer = await client.get("/readyz")
    assert answer.status_code == 503
    assert "loading the model" in answer.text
    vitals.phase = Phase.READY
    assert (await client.get("/readyz")).status_code == 200
    vitals.phase = Phase.DRAINING
    assert (await client.get("/readyz")).status_code == 503


async def test_it_tells_its_version_and_its_metrics(client: httpx.AsyncClient) -> None:
    assert (await client.get("/version")).json() == {"version": __version__}
    metrics = await client.get("/metrics")
    assert metrics.headers["content-type"].startswith("text/plain")
    assert "python_info" in metrics.text
