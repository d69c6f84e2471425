"""From score to label."""

from __future__ import annotations

import pytest

from tests.support.factories import NOON, make_answer, make_identity
from worker.domain.answer import Answer, Conclusion, Override, Score, ScoreKind, Stretch, TextCheck
from worker.domain.calibration import Calibration, Calibrations, Evaluation, FittedOn, Quality
from worker.domain.policy import decide, text_note, timeline_of
from worker.domain.provenance import Provenance, ProvenanceSignal, Says, SignalKind, Strength
from worker.domain.score_mapping import Temperature
from worker.domain.typography import Claim, TextRegion, TextSeen
from worker.domain.verdict import Thresholds

QUALITY = Quality(log_loss=0.5, brier=0.2, ece=0.1, auc=0.9)
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
    assert decision.raw.kind is ScoreKind.HUMAN


def window(start: float, value: float | None, problem: str | None = None) -> Stretch:
    score = Score(value=value, kind=ScoreKind.LABEL_LOGPROBS, mass=1.0)
    return Stretch(start_s=start, end_s=start + 6, score=score, problem=problem)


def video(*values: float | None) -> Answer:
    stretches = tuple(window(6.0 * number, value) for number, value in enumerate(values))
    score = max((one.score for one in stretches), key=lambda one: one.value or 0.0)
    return make_answer(score=score, timeline=stretches)


def test_a_video_that_is_flagged_in_part_is_for_a_person_to_look_at() -> None:
    decision = decide(video(0.99, 0.1, 0.1, 0.1), CUTS)
    assert (decision.label.value, decision.action.value) == ("ai_generated", "review")
    assert decision.notes == (
        "only 25% of the video is flagged: a person should look at the timeline",
    )


def test_a_video_that_is_flagged_for_the_most_part_may_be_blocked() -> None:
    decision = decide(video(0.99, 0.8, 0.1, 0.95), CUTS)
    assert decision.action.value == "block"
    assert decision.notes == ()


def test_a_video_that_was_not_seen_in_full_is_not_called_authentic() -> None:
    decision = decide(video(0.1, None, 0.1), CUTS)
    assert (decision.label.value, decision.action.value) == ("uncertain", "review")
    assert decision.uncertain_because == "1 of 3 windows have no usable answer"
    flagged = decide(video(0.99, None, 0.99), CUTS)
    assert flagged.label.value == "ai_generated"


def test_the_timeline_has_a_label_for_each_window() -> None:
    entries = timeline_of(video(0.99, 0.5, 0.1, None), CUTS)
    labels = [entry.label.value for entry in entries]
    assert labels == ["ai_generated", "uncertain", "authentic", "uncertain"]


def half(kind: ScoreKind) -> Calibrations:
    """Takes every logit by half."""
    calibration = Calibration.of(
        score_kind=kind,
        model=make_identity(),
        mapping=Temperature(temperature=2.0),
        fitted_on=FittedOn(name="a set", real=500, fake=500, fitted_at=NOON),
        evaluation=Evaluation(folds=5, seed=0, raw=QUALITY, calibrated=QUALITY),
    )
    return Calibrations(calibrations=(calibration,))


def test_a_score_is_calibrated_before_the_thresholds_apply() -> None:
    calibrations = half(ScoreKind.LABEL_LOGPROBS)
    raw = Score(value=0.9, kind=ScoreKind.LABEL_LOGPROBS, mass=1.0)
    plain = decide(make_answer(score=raw), CUTS)
    decision = decide(make_answer(score=raw), CUTS, calibrations=calibrations)
    assert (plain.score, plain.calibration_id, plain.action.value) == (0.9, None, "block")
    assert decision.score == pytest.approx(0.75)
    assert decision.raw.value == 0.9
    assert decision.calibration_id == calibrations.calibrations[0].calibration_id
    assert decision.action.value == "review"


def test_a_calibration_is_for_its_own_kind_of_score_and_model_only() -> None:
    raw = Score(value=0.9, kind=ScoreKind.FORCED_CONCLUSION, mass=1.0)
    answer = make_answer(score=raw)
    other = answer.model_copy(update={"model": make_identity(revision="r2"), "score": raw})
    for one in (answer, other):
        decision = decide(one, CUTS, calibrations=half(ScoreKind.LABEL_LOGPROBS))
        assert (decision.score, decision.calibration_id) == (0.9, None)


def with_text(value: float, masked: float | None, claim: Claim = Claim.NONE) -> Answer:
    box = TextRegion(left=0, top=0, right=20, bottom=10)
    raw = Score(value=value, kind=ScoreKind.LABEL_LOGPROBS, mass=1.0)
    again = None if masked is None else raw.model_copy(update={"value": masked})
    seen = TextSeen(regions=(box,), share=0.1, claim=claim)
    return make_answer(score=raw, text=TextCheck(seen=seen, masked=again))


def test_an_answer_that_hangs_on_text_is_not_called_authentic() -> None:
    answer = with_text(0.1, 0.8)
    decision = decide(answer, CUTS)
    assert (decision.label.value, decision.action.value) == ("uncertain", "review")
    assert decision.uncertain_because == decision.notes[0]
    note = text_note(answer, decision)
    assert note is not None
    assert (note.steered, note.score_raw_masked) == (True, 0.8)
    assert decision.score == 0.1  # as the model gave it for the picture as it is


def test_a_claim_takes_a_block_back_to_a_person_and_leaves_the_label() -> None:
    decision = decide(with_text(0.99, 0.99, Claim.AI_GENERATED), CUTS)
    assert (decision.label.value, decision.action.value) == ("ai_generated", "review")


def test_innocent_text_changes_nothing() -> None:
    answer = with_text(0.1, 0.12)
    decision = decide(answer, CUTS)
    assert (decision.label.value, decision.action.value) == ("authentic", "allow")
    note = text_note(answer, decision)
    assert note is not None
    assert not note.steered


def test_provenance_brings_a_person_and_never_changes_the_label() -> None:
    signal = ProvenanceSignal(
        kind=SignalKind.AIGC_LABEL,
        says=Says.AI_GENERATED,
        strength=Strength.UNSIGNED,
        detail="labelled",
    )
    raw = Score(value=0.1, kind=ScoreKind.LABEL_LOGPROBS, mass=1.0)
    decision = decide(make_answer(score=raw, provenance=Provenance(signals=(signal,))), CUTS)
    assert (decision.label.value, decision.action.value) == ("authentic", "review")
    assert decision.notes == ("its provenance says ai_generated",)
