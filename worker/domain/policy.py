"""From an answer to a label: where calibration, thresholds and a person's override decide."""

from __future__ import annotations

from dataclasses import dataclass, replace

from worker.domain.answer import Answer, Conclusion, Override, Score, ScoreKind, Stretch
from worker.domain.calibration import Calibration, Calibrations
from worker.domain.media import MediaKind
from worker.domain.provenance_rule import advise
from worker.domain.typography_rule import steering
from worker.domain.verdict import ActionHint, Label, TextNote, Thresholds, TimelineEntry

MIN_MASS = 0.5
"""Below this the model believed most in words that are no labels: its score means nothing."""

BLOCK_SHARE = 0.5
"""Part of a long video that must be flagged before its hint may be ``block``: with every window
the chance of a false alarm grows, and a short insert in a real video asks for a person's eyes."""


@dataclass(frozen=True, slots=True)
class Decision:
    """What the policy makes of an answer."""

    label: Label
    action: ActionHint
    raw: Score
    """As the model gave it."""
    score: float | None = None
    """Calibrated where there is a calibration for it."""
    calibration_id: str | None = None
    uncertain_because: str | None = None
    notes: tuple[str, ...] = ()
    """Why the hint is another than the score alone would give."""
    steered: bool = False
    """Whether the answer may hang on text in the picture."""


def decide(
    answer: Answer,
    thresholds: Thresholds,
    override: Override | None = None,
    calibrations: Calibrations | None = None,
) -> Decision:
    """Calibrate, then apply the thresholds; a human override wins over both.

    An answer with a problem is ``uncertain`` and goes to review, whatever its score: a guess
    must not be dressed as an answer.
    """
    if override is not None and override.conclusion is not Conclusion.NONE:
        return _decided_by_a_person(override)
    calibration = find_calibration(answer, answer.score, calibrations)
    decision = Decision(
        Label.UNCERTAIN,
        ActionHint.REVIEW,
        answer.score,
        score=calibrated(answer.score, calibration),
        calibration_id=calibration.calibration_id if calibration else None,
    )
    doubt = _doubt(answer.score, answer.problem)
    if doubt is not None:
        return replace(decision, uncertain_because=doubt)
    assert decision.score is not None, "a score without a value is a doubt"
    decided = _by_thresholds(decision, decision.score, thresholds)
    decided = _by_timeline(decided, answer, thresholds, calibrations)
    decided = _by_provenance(decided, answer)
    return _by_text(decided, answer)


def find_calibration(
    answer: Answer, score: Score, calibrations: Calibrations | None
) -> Calibration | None:
    """The calibration for this kind of score of this very model; None where there is none."""
    return calibrations.find(answer.model, score.kind) if calibrations is not None else None


def calibrated(score: Score, calibration: Calibration | None) -> float | None:
    """The score to publish: calibrated, or as it is."""
    if score.value is None or calibration is None:
        return score.value
    return calibration.apply(score.value)


def label_of(score: Score, value: float | None, problem: str | None, cuts: Thresholds) -> Label:
    """The label of one answer by itself."""
    if value is None or _doubt(score, problem) is not None:
        return Label.UNCERTAIN
    if value < cuts.authentic_below:
        return Label.AUTHENTIC
    return Label.UNCERTAIN if value < cuts.ai_generated_from else Label.AI_GENERATED


def timeline_of(
    answer: Answer, cuts: Thresholds, calibrations: Calibrations | None = None
) -> list[TimelineEntry]:
    """The windows of a video; a single one where it was asked about as a whole."""
    stretches = answer.timeline
    if not stretches and answer.media.kind is MediaKind.VIDEO:
        whole = answer.media.duration_s or 0.0
        stretches = (Stretch(start_s=0.0, end_s=whole, score=answer.score, problem=answer.problem),)
    entries = []
    for stretch in stretches:
        value = calibrated(stretch.score, find_calibration(answer, stretch.score, calibrations))
        entries.append(
            TimelineEntry(
                start_s=stretch.start_s,
                end_s=stretch.end_s,
                score=value,
                score_raw=stretch.score.value,
                label=label_of(stretch.score, value, stretch.problem, cuts),
            )
        )
    return entries


def text_note(answer: Answer, decision: Decision) -> TextNote | None:
    """What a verdict tells of text in the picture; None where none was seen."""
    if answer.text is None:
        return None
    return TextNote(
        share=answer.text.seen.share,
        claim=answer.text.seen.claim,
        score_raw_masked=answer.text.masked.value if answer.text.masked else None,
        steered=decision.steered,
    )


def _doubt(score: Score, problem: str | None) -> str | None:
    """Why an answer cannot be taken at its word."""
    if problem is not None:
        return problem
    if score.value is None:
        return "the answer has no score"
    if score.mass is not None and score.mass < MIN_MASS:
        return f"the label words hold only {score.mass:.2f} of the model's belief"
    return None


def _by_thresholds(decision: Decision, value: float, cuts: Thresholds) -> Decision:
    label = label_of(decision.raw, value, None, cuts)
    if label is Label.AUTHENTIC:
        return replace(decision, label=label, action=ActionHint.ALLOW)
    if label is Label.UNCERTAIN:
        return replace(decision, uncertain_because="the score lies in the uncertain band")
    action = ActionHint.BLOCK if value >= cuts.block_from else ActionHint.REVIEW
    return replace(decision, label=label, action=action)


def _by_timeline(
    decision: Decision, answer: Answer, cuts: Thresholds, calibrations: Calibrations | None
) -> Decision:
    """What the other windows of a long video have to say."""
    if not answer.timeline:
        return decision
    doubtful = [stretch for stretch in answer.timeline if _doubt(stretch.score, stretch.problem)]
    if decision.label is Label.AUTHENTIC and doubtful:
        return replace(
            decision,
            label=Label.UNCERTAIN,
            action=ActionHint.REVIEW,
            uncertain_because=f"{len(doubtful)} of {len(answer.timeline)} windows have no usable"
            " answer",
        )
    if decision.action is not ActionHint.BLOCK:
        return decision

    entries = timeline_of(answer, cuts, calibrations)
    seconds = [entry.end_s - entry.start_s for entry in entries]
    flagged = [
        length
        for length, entry in zip(seconds, entries, strict=True)
        if entry.label is Label.AI_GENERATED
    ]
    share = sum(flagged) / sum(seconds)
    if share >= BLOCK_SHARE:
        return decision
    note = f"only {share:.0%} of the video is flagged: a person should look at the timeline"
    return replace(decision, action=ActionHint.REVIEW, notes=(*decision.notes, note))


def _by_provenance(decision: Decision, answer: Answer) -> Decision:
    advice = advise(answer.provenance, decision.label, decision.action)
    if advice.note is None:
        return decision
    return replace(decision, action=advice.action, notes=(*decision.notes, advice.note))


def _by_text(decision: Decision, answer: Answer) -> Decision:
    """An answer that may hang on text in the picture is one for a person, whatever it says."""
    if answer.text is None:
        return decision
    masked = answer.text.masked.value if answer.text.masked else None
    steered = steering(answer.text.seen, answer.score.value, masked)
    if steered.note is None:
        return decision
    decision = replace(
        decision, action=ActionHint.REVIEW, notes=(*decision.notes, steered.note), steered=True
    )
    if decision.label is not Label.AUTHENTIC:
        return decision
    return replace(decision, label=Label.UNCERTAIN, uncertain_because=steered.note)


def _decided_by_a_person(override: Override) -> Decision:
    fake = override.conclusion is Conclusion.FAKE
    value = 1.0 if fake else 0.0
    return Decision(
        Label.AI_GENERATED if fake else Label.AUTHENTIC,
        ActionHint.BLOCK if fake else ActionHint.ALLOW,
        Score(value=value, kind=ScoreKind.HUMAN),
        score=value,
    )
