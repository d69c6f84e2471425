"""What makes the figures of a comparison mean something else than they seem to."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from worker.domain.verdict import Mode
from worker.shadow.pair import Join, Pair
from worker.shadow.side import Side

FEW = 300
"""Compared events below which an agreement is a rough figure: its 95 % interval is 3 % wide at
98 %."""


def notices(live: Side, shadow: Side, pairs: Sequence[Pair], joined: Join) -> list[str]:
    """Sentences for a person."""
    found = [*_of_sides(live, shadow)]
    if joined.share < 1:
        found.append(
            f"There are more events than --limit: about {joined.share:.1%} of them, drawn by a hash"
            " of their ids, are counted here."
        )
    if 0 < len(pairs) < FEW:
        found.append(f"Only {len(pairs)} events were compared: look at the interval.")
    if other := sum(pair.live.thresholds != pair.shadow.thresholds for pair in pairs):
        found.append(
            f"{other} events were cut at other thresholds on the two sides: their labels may differ"
            " though the scores do not."
        )
    if other := sum(pair.live.calibrated != pair.shadow.calibrated for pair in pairs):
        found.append(
            f"{other} events have a calibrated score on one side only: their scores are not of one"
            " scale."
        )
    return found


def _of_sides(live: Side, shadow: Side) -> Iterator[str]:
    if count := live.modes[Mode.SHADOW]:
        yield f"{count} verdicts of the live side are marked as shadow: are the sides swapped?"
    if count := shadow.modes[Mode.LIVE] + shadow.modes[Mode.CANARY]:
        yield (
            f"{count} verdicts of the shadow are marked as live or canary (policy.mode):"
            " somebody may act on them."
        )
    for name, side in (("live side", live), ("shadow", shadow)):
        if len(side.models) > 1:
            yield f"The {name} has verdicts of {len(side.models)} models: --since may part them."
        if side.unreadable:
            yield f"{side.unreadable} lines or records of the {name} are no verdicts."
    if live.models.keys() & shadow.models.keys():
        yield "Both sides have verdicts of the same model and revision."
