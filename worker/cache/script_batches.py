"""Calls of scripts that are made at about the same time, in one round trip."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from redis.asyncio import Redis
from redis.commands.core import AsyncScript
from redis.exceptions import NoScriptError

LARGEST = 128
"""Calls in one round trip: some 100 KB with answers of a kilobyte, a fraction of a millisecond of
Redis's only thread. More would save nothing, and have others wait behind them."""

AT_ONCE = 2
"""Round trips under way: one is worked on while the next is on its way."""

Argument = bytes | str | int


@dataclass(frozen=True, slots=True)
class _Call:
    script: AsyncScript
    keys: Sequence[str]
    args: Sequence[Argument]
    answer: asyncio.Future[Any]


class ScriptBatches:
    """Natural batching: what is asked for while a round trip is under way goes with the next one.

    Nothing waits for company: a lone call goes at once. Under load a call costs a part of a round
    trip, and hundreds of events need two connections and not hundreds.
    """

    def __init__(self, redis: Redis) -> None:
        self._redis = redis
        self._waiting: deque[_Call] = deque()
        self._flights: set[asyncio.Task[None]] = set()
        self._under_way = 0
        """Of them, those that will look once more whether somebody waits."""

    async def call(self, script: AsyncScript, keys: Sequence[str], args: Sequence[Argument]) -> Any:
        """What the script returns. Raises what redis-py raises; a fault of the link meets all."""
        answer: asyncio.Future[Any] = asyncio.get_running_loop().create_future()
        self._waiting.append(_Call(script, keys, args, answer))
        if self._under_way < AT_ONCE:
            self._under_way += 1
            flight = asyncio.create_task(self._fly())
            self._flights.add(flight)
            flight.add_done_callback(self._flights.discard)
        return await answer

    @property
    def idle(self) -> bool:
        """Whether nothing is under way, and nobody waits."""
        return not self._under_way and not self._waiting

    async def close(self) -> None:
        """End what is under way, and cancel those who wait."""
        flights = tuple(self._flights)
        for flight in flights:
            flight.cancel()
        await asyncio.gather(*flights, return_exceptions=True)
        for call in self._all_waiting():  # also where a flight had not begun
            call.answer.cancel()

    async def _fly(self) -> None:
        """Round trips until nobody waits."""
        try:
            while calls := self._next():
                await self._fly_once(calls)
        finally:
            self._under_way -= 1

    async def _fly_once(self, calls: list[_Call]) -> None:
        try:
            await self._round_trip(calls)
        except asyncio.CancelledError:
            for call in calls:
                call.answer.cancel()
            raise
        except Exception as error:  # noqa: BLE001 - each caller is to have it
            # Those who wait would meet the same, and only later: each has a time to keep to.
            for call in (*calls, *self._all_waiting()):
                _fail(call, error)

    def _next(self) -> list[_Call]:
        calls: list[_Call] = []
        while self._waiting and len(calls) < LARGEST:
            call = self._waiting.popleft()
            if not call.answer.done():  # its caller is still there
                calls.append(call)
        return calls

    def _all_waiting(self) -> list[_Call]:
        calls = list(self._waiting)
        self._waiting.clear()
        return calls

    async def _round_trip(self, calls: list[_Call]) -> None:
        unknown = await self._try(calls)
        if unknown:
            # Redis was started anew, or its scripts were flushed.
            for script in {call.script.sha: call.script for call in unknown}.values():
                await self._redis.script_load(script.script)
            for call in await self._try(unknown):
                _fail(call, NoScriptError("Redis forgets the scripts that it is given"))

    async def _try(self, calls: list[_Call]) -> list[_Call]:
        """Those whose script Redis does not know are given back; the others are answered."""
        # No transaction: the contents lie in different hash slots, and each script is one anyway.
        async with self._redis.pipeline(transaction=False) as together:
            for call in calls:
                together.evalsha(call.script.sha, len(call.keys), *call.keys, *call.args)
            answers = await together.execute(raise_on_error=False)
        unknown = []
        for call, answer in zip(calls, answers, strict=True):
            if isinstance(answer, NoScriptError):
                unknown.append(call)
            elif isinstance(answer, Exception):
                _fail(call, answer)
            elif not call.answer.done():
                call.answer.set_result(answer)
        return unknown


def _fail(call: _Call, error: Exception) -> None:
    if not call.answer.done():
        call.answer.set_exception(error)
