"""`ivy-worker doctor --worker`: asking a worker that runs."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass, field
from typing import Any

import pytest

from tests.health.vitals import FixedVitals
from tests.support.ports import free_port
from worker import __version__
from worker.app.diagnosis import Condition
from worker.app.running import look_at_worker
from worker.health.config import HealthConfig
from worker.health.server import HealthServer
from worker.settings.settings import Settings

SETTINGS = Settings.model_validate({"model": {"spec": "tiny"}})


@dataclass
class Loaded(FixedVitals):
    """One whose model is loaded."""

    version: str = __version__
    spec: str = "tiny"
    loaded: Mapping[str, Any] | None = field(
        default_factory=lambda: {"id": "ivy-worker/tiny", "engine": "vllm 0.32.0 float32"}
    )

    def build(self) -> Mapping[str, object]:
        model = {"spec": self.spec, "engine": "vllm", "loaded": self.loaded}
        return {"version": self.version, "model": model}


@pytest.fixture
def vitals() -> Loaded:
    return Loaded()


@pytest.fixture
async def url(vitals: Loaded) -> AsyncIterator[str]:
    server = HealthServer(vitals, HealthConfig(host="127.0.0.1", port=0))
    await server.start()
    yield f"http://127.0.0.1:{server.port}"
    await server.close()


async def test_a_worker_that_takes_events_is_well(url: str) -> None:
    health, said = await look_at_worker(url)(SETTINGS)
    assert health is Condition.OK
    assert f"version {__version__} with ivy-worker/tiny on vllm 0.32.0" in said


async def test_one_that_loads_says_so(url: str, vitals: Loaded) -> None:
    vitals.trouble = {"started": "loading the model", "ready": "loading the model"}
    vitals.loaded = None
    health, said = await look_at_worker(url)(SETTINGS)
    assert health is Condition.BROKEN
    assert "not answered rightly yet" in said
    assert "loading the model" in said


async def test_one_that_drains_is_not_ready(url: str, vitals: Loaded) -> None:
    vitals.trouble = {"ready": "draining"}
    health, said = await look_at_worker(url)(SETTINGS)
    assert health is Condition.BROKEN
    assert "does not take events: draining" in said


@pytest.mark.parametrize(
    ("other", "told"),
    [
        ({"version": "0.0.1"}, f"version 0.0.1, not {__version__}"),
        ({"spec": "ivy-fake"}, "model.spec ivy-fake, not tiny"),
    ],
    ids=["version", "model"],
)
async def test_one_of_another_release_is_told(
    url: str, vitals: Loaded, other: dict[str, str], told: str
) -> None:
    for name, value in other.items():
        setattr(vitals, name, value)
    health, said = await look_at_worker(url)(SETTINGS)
    assert health is Condition.BROKEN
    assert told in said
    assert "rollout" in said


async def test_nothing_that_answers() -> None:
    url = f"http://127.0.0.1:{free_port()}"
    health, said = await look_at_worker(url)(SETTINGS)
    assert health is Condition.BROKEN
    assert f"no worker answers at {url}" in said
    assert "health.port" in said


async def test_something_else_that_answers() -> None:
    server = HealthServer(FixedVitals(), HealthConfig(host="127.0.0.1", port=0))
    await server.start()  # its /version has no model
    try:
        health, said = await look_at_worker(f"http://127.0.0.1:{server.port}")(SETTINGS)
    finally:
        await server.close()
    assert health is Condition.BROKEN
    assert "is no worker" in said
