"""A worker with nothing in it but the breaker, its clock and its counter."""

from __future__ import annotations

import asyncio
from datetime import UTC, date, datetime, timedelta
from typing import Any

from worker.domain.answer import Score, ScoreKind
from worker.domain.failure import Reason, Transient
from worker.domain.lane import Lane
from worker.domain.policy import Decision
from worker.domain.verdict import ActionHint, Label, Mode
from worker.flow.action_breaker import ActionBreaker, Alarm
from worker.flow.config import BreakerSettings
from worker.flow.day_counter import MemoryDayCounter
from worker.flow.protocol import DayCounter

BLOCK, REVIEW, ALLOW = ActionHint.BLOCK, ActionHint.REVIEW, ActionHint.ALLOW
NO_RATIO: dict[str, Any] = {"jump_factor": 0}


class Day:
    """A clock of days."""

    def __init__(self) -> None:
        self.moment = datetime(2026, 3, 1, 23, 59, tzinfo=UTC)

    def now(self) -> datetime:
        return self.moment

    def monotonic(self) -> float:
        return self.moment.timestamp()

    def next(self) -> None:
        self.moment += timedelta(days=1)


class Redis(MemoryDayCounter):
    """A shared counter that can go away and come back empty."""

    def __init__(self) -> None:
        super().__init__()
        self.away = False
        self.asked = 0

    async def add(self, day: date, n: int) -> int:
        self.asked += 1
        await asyncio.sleep(0)
        if self.away:
            raise Transient(Reason.CACHE_UNAVAILABLE, "away")
        return await super().add(day, n)

    def restart_empty(self) -> None:
        self._total = 0


class Worker:
    """A breaker, and what it said."""

    def __init__(
        self,
        counter: DayCounter | None = None,
        clock: Day | None = None,
        mode: Mode = Mode.LIVE,
        **changes: object,
    ) -> None:
        self.alarms: list[Alarm] = []
        self.clock = clock or Day()
        self.breaker = ActionBreaker(
            BreakerSettings.model_validate(changes),
            counter=counter or MemoryDayCounter(),
            clock=self.clock,
            mode=mode,
            alarm=self.alarms.append,
        )

    async def hint(
        self, action: ActionHint = BLOCK, lane: Lane = Lane.LIVE, kind: ScoreKind | None = None
    ) -> ActionHint:
        decision = make_decision(action, kind or ScoreKind.LABEL_LOGPROBS)
        checked = await self.breaker.check(decision, lane)
        assert (checked.label, checked.score) == (decision.label, decision.score)
        if checked.action is action:
            assert checked is decision
        else:
            assert (action, checked.action) == (BLOCK, REVIEW)
            assert checked.notes[:-1] == decision.notes
            assert "a person should look" in checked.notes[-1]
        return checked.action

    async def blocked(self, hints: int) -> int:
        """How many of as many block hints go through."""
        return [await self.hint() for _ in range(hints)].count(BLOCK)


def make_decision(action: ActionHint, kind: ScoreKind = ScoreKind.LABEL_LOGPROBS) -> Decision:
    score = Score(value=0.99, kind=kind, mass=1.0)
    return Decision(Label.AI_GENERATED, action, score, score=0.99, notes=("a note",))
