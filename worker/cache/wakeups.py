"""Being told that a lease was given back, over Redis pub/sub, on one connection for all waiters."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from redis.asyncio import Redis
from redis.exceptions import RedisError

LISTEN_TIMEOUT_S = 1.0
"""How long one read waits before it looks whether anybody still listens."""


class WakeUps:
    """Subscribes to a channel while somebody waits on it."""

    def __init__(self, redis: Redis) -> None:
        self._redis = redis
        self._pubsub: Any = None
        self._waiting: dict[str, set[asyncio.Event]] = {}
        self._reading: asyncio.Task[None] | None = None
        self._changing = asyncio.Lock()

    @asynccontextmanager
    async def on(self, channel: str) -> AsyncIterator[asyncio.Event]:
        """An event that is set by the channel's next message. Raises redis-py's errors.

        Subscribed on entry: what happens inside the block is not missed.
        """
        event = asyncio.Event()
        async with self._changing:
            first = not self._waiting.get(channel)
            self._waiting.setdefault(channel, set()).add(event)
            try:
                if first:
                    await self._subscribe(channel)
            except BaseException:
                self._leave(channel, event)
                raise
        try:
            yield event
        finally:
            async with self._changing:
                if self._leave(channel, event) and self._pubsub is not None:
                    with contextlib.suppress(RedisError):
                        await self._pubsub.unsubscribe(channel)

    def _leave(self, channel: str, event: asyncio.Event) -> bool:
        """True if nobody waits on the channel any more."""
        waiting = self._waiting.get(channel, set())
        waiting.discard(event)
        if waiting:
            return False
        self._waiting.pop(channel, None)
        return True

    async def _subscribe(self, channel: str) -> None:
        if self._pubsub is None:
            self._pubsub = self._redis.pubsub(ignore_subscribe_messages=True)
        await self._pubsub.subscribe(channel)
        if self._reading is None or self._reading.done():
            self._reading = asyncio.create_task(self._read())

    async def _read(self) -> None:
        try:
            while self._waiting:
                message = await self._pubsub.get_message(timeout=LISTEN_TIMEOUT_S)
                if message is not None:
                    self._wake(message["channel"].decode())
        except (RedisError, OSError):
            # The waiters claim again at once, and meet the error there themselves.
            for channel in list(self._waiting):
                self._wake(channel)

    def _wake(self, channel: str) -> None:
        for event in self._waiting.get(channel, set()):
            event.set()

    async def close(self) -> None:
        """Stop listening."""
        if self._reading is not None:
            self._reading.cancel()
            await asyncio.gather(self._reading, return_exceptions=True)
        if self._pubsub is not None:
            with contextlib.suppress(RedisError, OSError):
                await self._pubsub.aclose()
