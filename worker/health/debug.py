"""What a person with the token may see and do: stacks, tasks, processes, the log level."""

from __future__ import annotations

import asyncio
import hmac
import logging
from typing import Literal

import structlog
from aiohttp import web
from pydantic import BaseModel, ConfigDict, SecretStr, ValidationError

from worker.health.stacks import task_stacks, thread_stacks
from worker.process.family import family
from worker.telemetry.logs import set_log_level

log = structlog.get_logger(__name__)

MIB = 1024**2


class LogLevel(BaseModel):
    """The body of ``/debug/log-level``."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    level: Literal["debug", "info", "warning", "error"]


class Debug:
    """Handlers of ``/debug/``. Without a token of the settings there are none of them."""

    def __init__(self, token: SecretStr | None) -> None:
        self._token = token

    def routes(self) -> list[web.RouteDef]:
        """Where they are."""
        return [
            web.get("/debug/stacks", self._stacks),
            web.get("/debug/tasks", self._tasks),
            web.get("/debug/log-level", self._log_level),
            web.put("/debug/log-level", self._set_log_level),
        ]

    def _check(self, request: web.Request) -> None:
        """Raises 404 where there is no token, and 401 for another one."""
        if self._token is None:
            raise web.HTTPNotFound
        scheme, _, given = request.headers.get("Authorization", "").partition(" ")
        wanted = self._token.get_secret_value()
        # Both are compared whole, whatever the time that tells (hmac.compare_digest).
        right = hmac.compare_digest(given.strip().encode(errors="replace"), wanted.encode())
        if scheme.lower() != "bearer" or not right:
            raise web.HTTPUnauthorized(headers={"WWW-Authenticate": "Bearer"})

    async def _stacks(self, request: web.Request) -> web.Response:
        self._check(request)
        return web.Response(text=thread_stacks())

    async def _tasks(self, request: web.Request) -> web.Response:
        self._check(request)
        tasks = task_stacks()
        relatives = await asyncio.to_thread(family)
        lines = [
            f"{one.pid} (of {one.parent}) {one.state} threads={one.threads}"
            f" resident={one.resident_bytes / MIB:.0f}MiB processor={one.processor_s:.1f}s"
            f" {one.command}\n"
            for one in relatives
        ]
        return web.Response(text=f"{tasks}\n{len(lines)} processes\n{''.join(lines)}")

    async def _log_level(self, request: web.Request) -> web.Response:
        self._check(request)
        level = logging.getLevelName(logging.getLogger().level).lower()
        return web.json_response({"level": level})

    async def _set_log_level(self, request: web.Request) -> web.Response:
        self._check(request)
        try:
            wanted = LogLevel.model_validate_json(await request.read())
        except ValidationError as error:
            raise web.HTTPBadRequest(
                text='the body must be {"level": "debug"}, or info, warning or error\n'
            ) from error
        set_log_level(wanted.level)
        log.warning("log_level_set", level=wanted.level)
        return web.json_response({"level": wanted.level})
