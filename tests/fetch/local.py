"""Fetching from servers of this machine, as a test wants it and no worker should."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import pytest
from aiohttp import web

from tests.fetch.servers import Canary
from worker.domain.clock import Clock
from worker.domain.failure import Failure
from worker.domain.media import Content
from worker.domain.upload import MediaReference
from worker.fetch.config import FetchConfig
from worker.fetch.resolver import Resolver
from worker.fetch.router import FetchRouter

ANY_PORT = tuple(range(1024, 65536))


def local_config(**settings: Any) -> FetchConfig:
    """Servers on 127.0.0.1 are allowed, on any port that a test may get."""
    rules = {"allowed_ports": ANY_PORT, **settings.pop("rules", {})}
    return FetchConfig.model_validate(
        {"allowed_networks": ["127.0.0.0/8"], "rules": rules, **settings}
    )


@asynccontextmanager
async def opened(
    config: FetchConfig, *, resolver: Resolver | None = None, clock: Clock | None = None
) -> AsyncIterator[FetchRouter]:
    router = FetchRouter(config, resolver=resolver, clock=clock)
    try:
        yield router
    finally:
        await router.close()


async def fetch(router: FetchRouter, url: str, tenant: str = "default") -> Content:
    return await router.fetch(MediaReference(url=url), lambda _: None, tenant)


async def failure(router: FetchRouter, url: str, tenant: str = "default") -> Failure:
    with pytest.raises(Failure) as failed:
        await fetch(router, url, tenant)
    return failed.value


def strict(bird: Canary, **settings: Any) -> FetchConfig:
    """Any port of the canary's is allowed, so that only the address stands in the way."""
    return FetchConfig.model_validate(
        {"rules": {"allowed_ports": [80, 443, bird.port]}, "connect_timeout_s": 1.0, **settings}
    )


async def picture(_: web.Request) -> web.StreamResponse:
    return web.Response(body=b"picture", content_type="image/png")
