"""A model gone wrong must not act without bound."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from enum import StrEnum

import structlog

from worker.domain.answer import ScoreKind
from worker.domain.clock import Clock
from worker.domain.lane import Lane
from worker.domain.policy import Decision
from worker.domain.verdict import ActionHint, Mode
from worker.flow.block_ratio import BlockRatio
from worker.flow.config import BreakerSettings
from worker.flow.day_budget import DayBudget
from worker.flow.protocol import DayCounter

log = structlog.get_logger(__name__)


class Cause(StrEnum):
    """Why `block` hints are held back: a closed list, fit for a metric label."""

    DAY = "day"
    """As many as a day may have were published."""
    RATIO = "ratio"
    """Their share of the live verdicts jumped."""
    BACKFILL_RATIO = "backfill_ratio"
    """Their share of the backfill's verdicts did."""


RATIO_CAUSES = {Lane.LIVE: Cause.RATIO, Lane.BACKFILL: Cause.BACKFILL_RATIO}
"""Each lane has a baseline of its own: last year's catalogue is no measure for today's uploads."""


@dataclass(frozen=True, slots=True)
class Alarm:
    """The breaker opened or closed."""

    cause: Cause
    open: bool
    detail: str


class ActionBreaker:
    """Turns `block` into `review` while there are too many, by the day or by their share.

    Counted are the hints that the model would give, cached ones too: each is an action. Those of a
    person's override are the person's, and pass; a shadow worker's are acted upon by nobody. Labels
    and scores stay as they are.

    Fails towards people: to drive it open, as by uploading what is rightly blocked, makes work for
    reviewers and lets nothing through.
    """

    def __init__(
        self,
        settings: BreakerSettings,
        *,
        counter: DayCounter,
        clock: Clock,
        mode: Mode = Mode.LIVE,
        alarm: Callable[[Alarm], None] = lambda _: None,
    ) -> None:
        self._shadow = mode is Mode.SHADOW
        self._alarm = alarm
        self._budget = DayBudget(settings.max_blocks_per_day, counter, clock)
        self._ratios = {lane: BlockRatio(settings) for lane in Lane}
        self._told: frozenset[Cause] = frozenset()

    @property
    def causes(self) -> frozenset[Cause]:
        """Why it is open now; empty while it is closed."""
        found = {RATIO_CAUSES[lane] for lane, ratio in self._ratios.items() if ratio.open}
        if self._budget.spent:
            found.add(Cause.DAY)
        return frozenset(found)

    @property
    def open(self) -> bool:
        """Whether any `block` is held back."""
        return bool(self.causes)

    async def check(self, decision: Decision, lane: Lane = Lane.LIVE) -> Decision:
        """The decision to publish: as it is, or for review, with a note why."""
        if self._shadow or decision.raw.kind is ScoreKind.HUMAN:
            return decision
        blocked = decision.action is ActionHint.BLOCK
        ratio = self._ratios[lane]
        ratio.note(blocked=blocked)
        held_back = ratio.open
        if blocked and not held_back:
            held_back = not await self._budget.spend()
        self._tell()
        if not blocked or not held_back:
            return decision
        cause = RATIO_CAUSES[lane] if ratio.open else Cause.DAY
        note = f"{self._why(cause)}: a person should look before anything is blocked"
        return replace(decision, action=ActionHint.REVIEW, notes=(*decision.notes, note))

    def _why(self, cause: Cause) -> str:
        if cause is Cause.DAY:
            return f"over {self._budget.limit} block hints today (UTC)"
        lane = Lane.LIVE if cause is Cause.RATIO else Lane.BACKFILL
        ratio = self._ratios[lane]
        return f"{ratio.share:.1%} of the last hints are block, {ratio.baseline:.1%} were before"

    def _tell(self) -> None:
        now, before = self.causes, self._told
        self._told = now
        for cause in sorted(now - before):
            detail = self._why(cause)
            log.error("action_breaker_open", cause=cause.value, detail=detail)
            self._alarm(Alarm(cause, open=True, detail=detail))
        for cause in sorted(before - now):
            log.warning("action_breaker_closed", cause=cause.value)
            self._alarm(Alarm(cause, open=False, detail="back to normal"))
