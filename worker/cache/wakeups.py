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

CONFIRM_TIMEOUT_S = 2.0
"""For the server to confirm a subscription; it answers at once or is in trouble."""


class WakeUps:
    """Subscribes to a channel while somebody waits on it."""

    def __init__(self, redis: Redis) -> None:
        self._redis = redis
        self._pubsub: Any = None
        self._waiting: dict[str, set[asyncio.Event]] = {}
        self._confirmed: dict[str, asyncio.Event] = {}
        self._reading: asyncio.Task[None] | None = None
        self._changing = asyncio.Lock()

    @asynccontextmanager
    async def on(self, channel: str) -> AsyncIterator[asyncio.Event]:
        """An event that is set by the channel's next message. Raises redis-py's errors.

        Subscribed on entry: what happens inside the block is not missed.
        """
        event = asyncio.Event()
        async with self._changing:
            self._waiting.setdefault(channel, set()).add(event)
            try:
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
        self._confirmed.pop(channel, None)
        return True

    async def _subscribe(self, channel: str) -> None:
        """Return once the server has confirmed it: a message before that would be missed."""
        if self._pubsub is None:
            self._pubsub = self._redis.pubsub()
        reading = self._reading is not None and not self._reading.done()
        if not reading or channel not in self._confirmed:
            confirmed = self._confirmed[channel] = asyncio.Event()
            await self._pubsub.subscribe(channel)
            if self._reading is None or self._reading.done():
                self._reading = asyncio.create_task(self._read())
            await asyncio.wait_for(confirmed.wait(), CONFIRM_TIMEOUT_S)

    async def _read(self) -> None:
        try:
            while self._waiting:
                message = await self._pubsub.get_message(timeout=LISTEN_TIMEOUT_S)
                if message is None:
                    continue
                channel = message["channel"].decode()
                if message["type"] == "message":
                    self._wake(channel)
                elif message["type"] == "subscribe" and channel in self._confirmed:
                    self._confirmed[channel].set()
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
