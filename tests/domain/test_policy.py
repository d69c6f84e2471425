"""From score to label."""

from __future__ import annotations

import pytest

from tests.support.factories import NOON, make_answer
from worker.domain.answer import Conclusion, Override, Score, ScoreKind
from worker.domain.policy import decide
from worker.domain.verdict import Thresholds

CUTS = Thresholds(authentic_below=0.3, ai_generated_from=0.7, block_from=0.9)


@pytest.mark.parametrize(
    ("value", "label", "action"),
    [
        (0.0, "authentic", "allow"),
        (0.2999, "authentic", "allow"),
        (0.3, "uncertain", "review"),
        (0.6999, "uncertain", "review"),
        (0.7, "ai_generated", "review"),
        (0.8999, "ai_generated", "review"),
        (0.9, "ai_generated", "block"),
        (1.0, "ai_generated", "block"),
    ],
)
def test_thresholds(value: float, label: str, action: str) -> None:
    score = Score(value=value, kind=ScoreKind.LABEL_LOGPROBS, mass=1.0)
    decision = decide(make_answer(score=score), CUTS)
    assert (decision.label.value, decision.action.value) == (label, action)


@pytest.mark.parametrize(
    "changes",
    [
        {"problem": "the answer was cut"},
        {"score": Score(value=None, kind=ScoreKind.NONE)},
        {"score": Score(value=0.99, kind=ScoreKind.LABEL_LOGPROBS, mass=0.2)},
    ],
)
def test_a_doubtful_answer_is_uncertain_and_says_why(changes: dict[str, object]) -> None:
    decision = decide(make_answer(**changes), CUTS)
    assert (decision.label.value, decision.action.value) == ("uncertain", "review")
    assert decision.uncertain_because


@pytest.mark.parametrize(
    ("conclusion", "label"), [(Conclusion.REAL, "authentic"), (Conclusion.FAKE, "ai_generated")]
)
def test_a_person_wins(conclusion: Conclusion, label: str) -> None:
    override = Override(conclusion=conclusion, decided_by="ana", decided_at=NOON)
    decision = decide(make_answer(problem="broken"), CUTS, override)
    assert decision.label.value == label
    assert decision.score.kind is ScoreKind.HUMAN
