"""Calls from other threads: all are made, in order, by few wake-ups."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable
from typing import Any

import pytest

from worker.process.hand_over import HandOver


async def test_calls_of_a_thread_come_in_their_order(monkeypatch: pytest.MonkeyPatch) -> None:
    loop = asyncio.get_running_loop()
    woken = 0
    wake = loop.call_soon_threadsafe

    def counted(call: Callable[..., Any], *args: Any, **options: Any) -> asyncio.Handle:
        nonlocal woken
        woken += 1
        return wake(call, *args, **options)

    monkeypatch.setattr(loop, "call_soon_threadsafe", counted)
    over, seen, done = HandOver(loop), [], asyncio.Event()

    def ask() -> None:
        for number in range(1000):
            over.hand_over(lambda number=number: seen.append(number))  # type: ignore[misc]
        over.hand_over(done.set)

    thread = threading.Thread(target=ask)
    thread.start()
    thread.join()  # the loop stands still meanwhile: it finds all of them at once
    await done.wait()
    assert seen == list(range(1000))
    assert woken == 1


async def test_calls_of_many_threads_are_all_made() -> None:
    over, seen, all_made = HandOver(asyncio.get_running_loop()), [], asyncio.Event()

    def note(number: int) -> None:
        seen.append(number)
        if len(seen) == 8000:
            all_made.set()

    def ask(first: int) -> None:
        for number in range(first, first + 1000):
            over.hand_over(lambda number=number: note(number))  # type: ignore[misc]

    threads = [threading.Thread(target=ask, args=(1000 * number,)) for number in range(8)]
    for thread in threads:
        thread.start()
    async with asyncio.timeout(30):
        await all_made.wait()
    for thread in threads:
        thread.join()
    assert sorted(seen) == list(range(8000))


async def test_one_that_raises_does_not_lose_the_others() -> None:
    loop = asyncio.get_running_loop()
    raised: list[object] = []
    loop.set_exception_handler(lambda _, context: raised.append(context["exception"]))
    over, done = HandOver(loop), asyncio.Event()

    def fail() -> None:
        raise ValueError("of this call")

    over.hand_over(fail)
    over.hand_over(done.set)
    async with asyncio.timeout(10):
        await done.wait()
    assert [str(error) for error in raised] == ["of this call"]
