"""The way into the engine. Time is virtual: hours of questions pass in no time."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Coroutine, Iterator
from contextlib import closing
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.stateful.virtual_loop import VirtualLoop
from worker.answering.gate import FEW, TURN, Company, Gate
from worker.domain.cache_key import CacheKey

ANSWER_S = 10.0


def key(number: int) -> CacheKey:
    return CacheKey(sha256=f"{number:064x}", fingerprint="0" * 16)


@pytest.fixture
def loop() -> Iterator[VirtualLoop]:
    loop = VirtualLoop()
    yield loop
    loop.close()


class Engine:
    """Answers after a while, and remembers in what order it was asked and with whom."""

    def __init__(self) -> None:
        self.gate = Gate()
        self.began: list[int] = []
        self.wrong: list[str] = []

    async def ask(self, number: int, company: Company, seconds: float = ANSWER_S) -> None:
        async with self.gate.entered(key(number), company):
            self.began.append(number)
            self._look(number, company)
            await asyncio.sleep(seconds)
            self._look(number, company)

    def _look(self, number: int, company: Company) -> None:
        inside = self.gate.inside
        if key(number) not in inside:
            self.wrong.append(f"{number} is not known to be inside")
        if self.gate.company is not company:
            self.wrong.append(f"{number} is in a company it may not have")
        if company is Company.NONE and len(inside) > 1:
            self.wrong.append(f"{number} is not alone")
        if company is Company.FEW and len(inside) > FEW:
            self.wrong.append("more than a few")


def all_of(*asking: Coroutine[Any, Any, None]) -> Coroutine[Any, Any, None]:
    async def run() -> None:
        await asyncio.gather(*asking)

    return run()


def test_ordinary_contents_are_in_it_together(loop: VirtualLoop) -> None:
    engine = Engine()
    loop.run_until_complete(all_of(*(engine.ask(n, Company.ANY) for n in range(500))))
    assert loop.time() == ANSWER_S
    assert engine.wrong == []


def test_one_that_may_have_no_company_waits_and_holds_new_ones_back(loop: VirtualLoop) -> None:
    engine = Engine()

    async def run() -> None:
        first = asyncio.create_task(engine.ask(0, Company.ANY))
        await asyncio.sleep(1)
        alone = asyncio.create_task(engine.ask(1, Company.NONE))
        await asyncio.sleep(1)
        later = asyncio.create_task(engine.ask(2, Company.ANY))
        await asyncio.sleep(1)
        assert (engine.began, engine.gate.apart, engine.gate.held) == ([0], 1, 1)
        await first
        await asyncio.sleep(1)
        assert (engine.began, engine.gate.apart, engine.gate.held) == ([0, 1], 1, 1)
        await alone
        await later

    loop.run_until_complete(run())
    assert engine.began == [0, 1, 2]
    assert loop.time() == 3 * ANSWER_S
    assert (engine.gate.apart, engine.gate.held, engine.gate.inside) == (0, 0, ())
    assert engine.wrong == []


def test_a_few_go_together_and_no_more(loop: VirtualLoop) -> None:
    engine = Engine()
    loop.run_until_complete(all_of(*(engine.ask(n, Company.FEW) for n in range(3 * FEW))))
    assert loop.time() == 3 * ANSWER_S
    assert engine.wrong == []


def test_a_content_with_several_questions_is_one(loop: VirtualLoop) -> None:
    engine = Engine()
    asking = [engine.ask(number, Company.NONE) for number in (1, 1, 1, 2, 2)]
    loop.run_until_complete(all_of(*asking))
    assert loop.time() == 2 * ANSWER_S
    assert engine.wrong == []


@pytest.mark.parametrize("company", [Company.NONE, Company.FEW])
def test_suspects_without_end_do_not_starve_the_others(loop: VirtualLoop, company: Company) -> None:
    engine = Engine()
    suspects = [engine.ask(1000 + n, company) for n in range(5 * TURN)]
    others = [engine.ask(n, Company.ANY) for n in range(20)]
    loop.run_until_complete(all_of(*suspects, *others))
    last_other = max(engine.began.index(n) for n in range(20))
    # Those who wait all go after one turn, and not one by one between turns.
    assert last_other < TURN + 20
    assert engine.wrong == []


def test_others_without_end_do_not_starve_a_suspect(loop: VirtualLoop) -> None:
    engine = Engine()

    async def stream(first: int) -> None:
        for n in range(100):
            await engine.ask(first + n, Company.ANY)

    async def late() -> None:
        await asyncio.sleep(5)
        await engine.ask(9999, Company.NONE)

    streams = [stream(1000 * n) for n in range(8)]
    loop.run_until_complete(all_of(*streams, late()))
    assert engine.began.index(9999) <= 8
    assert engine.wrong == []


def test_turns_come_again_and_again(loop: VirtualLoop) -> None:
    engine = Engine()

    async def stream(first: int) -> None:
        await asyncio.sleep(first / 1000)  # so that there is always one of them in it
        for n in range(50):
            await engine.ask(first + n, Company.ANY)

    streams = [stream(1000 * n) for n in range(8)]
    suspects = [engine.ask(9000 + n, Company.NONE) for n in range(4 * TURN)]
    loop.run_until_complete(all_of(*streams, *suspects))
    last_suspect = max(engine.began.index(9000 + n) for n in range(4 * TURN))
    assert last_suspect <= 4 * TURN + 4 * 8
    assert engine.wrong == []


def test_one_that_gives_up_waiting_lets_those_behind_it_in(loop: VirtualLoop) -> None:
    engine = Engine()

    async def run() -> None:
        first = asyncio.create_task(engine.ask(0, Company.ANY, 100))
        await asyncio.sleep(1)
        alone = asyncio.create_task(engine.ask(1, Company.NONE))
        await asyncio.sleep(1)
        others = [asyncio.create_task(engine.ask(n, Company.ANY)) for n in (2, 3)]
        await asyncio.sleep(1)
        assert engine.gate.held == 2
        alone.cancel()
        await asyncio.gather(*others)
        assert not first.done()
        await first

    loop.run_until_complete(run())
    assert engine.began == [0, 2, 3]
    assert engine.gate.inside == ()


def test_one_that_is_let_in_and_cancelled_at_once_leaves(loop: VirtualLoop) -> None:
    engine = Engine()

    async def run() -> None:
        first = asyncio.create_task(engine.ask(0, Company.NONE))
        second = asyncio.create_task(engine.ask(1, Company.NONE))
        third = asyncio.create_task(engine.ask(2, Company.NONE))
        await asyncio.sleep(1)
        # The first leaves, which lets the second in; before that runs, it is cancelled.
        first.cancel()
        await asyncio.sleep(0)
        assert engine.gate.inside == (key(1),)
        second.cancel()
        await third

    loop.run_until_complete(run())
    assert engine.began == [0, 2]
    assert engine.gate.inside == ()


CONTENTS = 10
QUESTION = st.tuples(
    st.integers(0, CONTENTS - 1),
    st.floats(0, 60),  # comes at
    st.floats(0.1, 20),  # takes
    st.one_of(st.none(), st.floats(0, 80)),  # is cancelled at
)


@settings(max_examples=150, deadline=None)
@given(
    st.lists(QUESTION, max_size=40),
    st.lists(st.sampled_from(Company), min_size=CONTENTS, max_size=CONTENTS),
)
def test_whatever_comes_and_goes_everyone_gets_in_and_nobody_where_it_may_not(
    questions: list[tuple[int, float, float, float | None]], companies: list[Company]
) -> None:
    engine = Engine()

    async def one(number: int, at: float, takes: float) -> None:
        await asyncio.sleep(at)
        await engine.ask(number, companies[number], takes)

    async def run() -> int:
        loop, tasks = asyncio.get_running_loop(), []
        for number, at, takes, cancelled_at in questions:
            task = asyncio.create_task(one(number, at, takes))
            tasks.append(task)
            if cancelled_at is not None:
                loop.call_later(cancelled_at, task.cancel)
        ended = await asyncio.gather(*tasks, return_exceptions=True)
        return Counter(type(one) for one in ended)[type(None)]

    with closing(VirtualLoop()) as loop:
        done = loop.run_until_complete(run())  # raises where all would wait for ever
    assert engine.wrong == []
    assert done >= sum(cancelled_at is None for *_, cancelled_at in questions)
    assert (engine.gate.inside, engine.gate.apart, engine.gate.held) == ((), 0, 0)
