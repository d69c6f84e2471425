"""Whether a worker that runs somewhere has its model, and takes events. Asks its health port."""

from __future__ import annotations

from typing import Any

import httpx

from worker import __version__
from worker.app.diagnosis import Condition, Look
from worker.settings.settings import Settings

ANSWER_S = 10.0
"""A worker answers within milliseconds; behind a Service it may be another one's turn first."""


def look_at_worker(url: str) -> Look:
    """A look at the worker at ``url``, such as ``http://ivy:8080``: one of those behind it."""

    async def look(settings: Settings) -> tuple[Condition, str]:
        try:
            async with httpx.AsyncClient(
                base_url=url, timeout=ANSWER_S, trust_env=False, follow_redirects=False
            ) as client:
                return await _ask(client, settings)
        except (httpx.HTTPError, httpx.InvalidURL) as error:
            return Condition.BROKEN, (
                f"no worker answers at {url} ({type(error).__name__}): is one running, and may we"
                " reach its health port (health.port, the network policy)?"
            )
        except (ValueError, KeyError, TypeError, AttributeError):
            return Condition.BROKEN, f"what answers at {url} is no worker: /version is not its"

    return look


async def _ask(client: httpx.AsyncClient, settings: Settings) -> tuple[Condition, str]:
    started = await client.get("/startupz")
    if started.status_code != httpx.codes.OK:
        return Condition.BROKEN, (
            f"its model has not answered rightly yet about media whose answer is known:"
            f" {started.text.strip()}; its log says how far it is"
        )
    build: dict[str, Any] = (await client.get("/version")).json()
    loaded = build["model"]["loaded"]
    what = f"version {build['version']} with {loaded['id']} on {loaded['engine']}"
    ours = {
        "version": (build["version"], __version__),
        "model.spec": (build["model"]["spec"], settings.model.spec),
        "model.engine": (build["model"]["engine"], settings.model.engine),
    }
    other = [f"{name} {theirs}, not {own}" for name, (theirs, own) in ours.items() if theirs != own]
    if other:
        return Condition.BROKEN, (
            f"it is {what}, and these settings are for another: {'; '.join(other)}. Is a rollout"
            " under way, or stuck?"
        )
    ready = await client.get("/readyz")
    if ready.status_code != httpx.codes.OK:
        return Condition.BROKEN, f"{what} does not take events: {ready.text.strip()}"
    return Condition.OK, f"{what} answers its golden media rightly and takes events"
