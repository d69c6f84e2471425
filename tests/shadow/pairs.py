"""Small makers of two sides."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from datetime import timedelta

from tests.support.factories import NOON, make_answer, make_identity, make_verdict
from worker.domain.answer import Score, ScoreKind
from worker.domain.policy import decide
from worker.domain.verdict import Mode, Thresholds, VerdictEvent, verdict_id
from worker.shadow.comparison import Comparison, compare
from worker.shadow.side import Side


def verdict(
    number: int, score: float | None, *, shadow: bool = False, **changes: object
) -> VerdictEvent:
    """What one side says of the event of this number, a second after the one before."""
    model = make_identity(id="shadow/model" if shadow else "live/model")
    kind = ScoreKind.NONE if score is None else ScoreKind.LABEL_LOGPROBS
    decision = decide(make_answer(score=Score(value=score, kind=kind)), Thresholds())
    values: dict[str, object] = {
        "event_id": f"e{number}",
        "content_id": f"c{number}",
        "verdict_id": verdict_id(f"e{number}", "ab" * 32, model.id),
        "score": score,
        "score_kind": kind,
        "label": decision.label,
        "action_hint": decision.action,
        "model": model,
        "mode": Mode.SHADOW if shadow else Mode.LIVE,
        "occurred_at": NOON + timedelta(seconds=number),
    }
    return make_verdict(**{**values, **changes})


def line(verdict: VerdictEvent) -> bytes:
    return verdict.model_dump_json().encode()


def sides(live: Iterable[VerdictEvent], shadow: Iterable[VerdictEvent]) -> tuple[Side, Side]:
    found = (Side("live", limit=1000), Side("shadow", limit=1000))
    for side, verdicts in zip(found, (live, shadow), strict=True):
        side.take_all(map(line, verdicts))
    return found


def compared(
    live: Iterable[VerdictEvent], shadow: Iterable[VerdictEvent], *, examples: int = 10
) -> Comparison:
    return compare(*sides(live, shadow), examples=examples, now=NOON)


def of_scores(pairs: Sequence[tuple[float | None, float | None]]) -> Comparison:
    """Of events with a live and a shadow score each."""
    return compared(
        [verdict(number, live) for number, (live, _) in enumerate(pairs)],
        [verdict(number, score, shadow=True) for number, (_, score) in enumerate(pairs)],
    )


def scanned(verdict: VerdictEvent, target: str = "a.png") -> str:
    """As `ivy-worker scan --json` writes it."""
    return json.dumps({"target": target, **verdict.model_dump(mode="json")}, ensure_ascii=False)
