"""Verdicts that are too large for their topic."""

from __future__ import annotations

import json
from itertools import pairwise

import jsonschema
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from kafka.record.default_records import DefaultRecordBatchBuilder

from tests.events.test_excerpt import CHARACTERS
from tests.support.factories import make_record, make_verdict
from worker.domain.provenance import (
    Indication,
    Provenance,
    ProvenanceSignal,
    Says,
    SignalKind,
    Strength,
)
from worker.domain.record import Message, Outlet
from worker.domain.taxonomy import Axis, Dimension
from worker.domain.verdict import Finding, Label, TimelineEntry, VerdictEvent
from worker.events.codec import EventCodec, Format
from worker.events.excerpt import MARK
from worker.events.json_schema import verdict_schema
from worker.events.shortening import PARTS, json_size, shortened, steps
from worker.findings.reader import read_findings
from worker.stream.kafka.message_sizes import size_of

REASONING = (
    "The lighting falls from two sides at once. "
    + "The wall behind is plain and tells little. " * 60
    + "**Abnormal Texture**: the skin is unnaturally smooth and waxy, with no pores. "
    + "The table is plain as well. " * 60
    + "In conclusion, the waxy skin marks it as generated."
)


def window(number: int, score: float | None, label: Label = Label.AUTHENTIC) -> TimelineEntry:
    return TimelineEntry(
        start_s=6.0 * number, end_s=6.0 * (number + 1), score=score, score_raw=score, label=label
    )


def signal(**changes: object) -> ProvenanceSignal:
    values = {
        "kind": SignalKind.C2PA,
        "says": Says.AI_GENERATED,
        "strength": Strength.SIGNED,
        "detail": "a manifest that says what made it, at some length",
        "generator": "A generator",
        "signer": "A signer",
    }
    return ProvenanceSignal.model_validate({**values, **changes})


def large(**changes: object) -> VerdictEvent:
    """A verdict with something in each part."""
    values: dict[str, object] = {
        "explanation": REASONING,
        "findings": read_findings(REASONING),
        "provenance": Provenance(signals=(signal(), signal(detail="another one, said at length"))),
        "timeline": [window(n, n / 50) for n in range(50)],
        "context": {"trace": "abc", "blob": "x" * 3000},
    }
    return make_verdict(**{**values, **changes})


def highest(verdict: VerdictEvent) -> float | None:
    return max((one.score for one in verdict.timeline if one.score is not None), default=None)


def check(form: VerdictEvent, whole: VerdictEvent) -> None:
    """What holds of every form."""
    assert VerdictEvent.model_validate_json(form.model_dump_json()) == form
    touched = {"explanation", "findings", "provenance", "timeline", "context", "truncated"}
    assert form.model_dump(exclude=touched) == whole.model_dump(exclude=touched)
    assert form.provenance.indication is whole.provenance.indication
    assert [one.dimension for one in form.findings] == [one.dimension for one in whole.findings]
    for now, before in zip(form.findings, whole.findings, strict=True):
        place = form.explanation[now.start : now.end]
        assert place in {"", before.evidence}
        assert now.evidence in {"", before.evidence}
        assert 0 <= now.start <= now.end <= max(0, len(form.explanation))
    if form.timeline:
        assert form.timeline[0].start_s == whole.timeline[0].start_s
        assert form.timeline[-1].end_s == whole.timeline[-1].end_s
        assert highest(form) == highest(whole)
    assert form.context.items() <= whole.context.items()
    assert form.truncated == [part for part in PARTS if part in form.truncated]
    changed = {part.split(".")[0] for part in form.truncated}
    for part in touched - changed - {"truncated", "findings"}:
        assert getattr(form, part) == getattr(whole, part)


def test_what_fits_is_left_as_it_is() -> None:
    verdict = large()
    assert shortened(verdict, json_size(verdict), json_size) is verdict


def test_the_explanation_goes_first_and_keeps_both_ends() -> None:
    verdict = large()
    form = shortened(verdict, json_size(verdict) - 1500, json_size)
    assert form is not None
    check(form, verdict)
    assert form.truncated == ["explanation"]
    assert form.explanation.startswith("The lighting falls from two sides at once. ")
    assert form.explanation.endswith("In conclusion, the waxy skin marks it as generated.")
    assert form.explanation.count(MARK) == 1


def test_a_finding_whose_sentence_was_cut_keeps_it_and_points_at_the_gap() -> None:
    verdict = large()
    assert [one.dimension for one in verdict.findings] == [Dimension.ABNORMAL_TEXTURE]
    form = shortened(verdict, json_size(verdict) - 4000, json_size)
    assert form is not None
    assert form.truncated == ["explanation"]
    (finding,) = form.findings
    assert finding.evidence == verdict.findings[0].evidence
    assert finding.start == finding.end == form.explanation.index(MARK)


def test_a_sentence_behind_the_gap_is_found_where_it_stands_now() -> None:
    text = "The wall is plain. " * 300 + "The skin texture is unnaturally smooth and waxy."
    verdict = make_verdict(explanation=text, findings=read_findings(text))
    form = shortened(verdict, json_size(verdict) - 4000, json_size)
    assert form is not None
    (finding,) = form.findings
    assert form.explanation[finding.start : finding.end] == finding.evidence != ""


def test_what_is_large_is_cut_and_the_rest_is_kept() -> None:
    verdict = large(context={"trace": "abc", "blob": "x" * 1_000_000})
    form = shortened(verdict, 100_000, json_size)
    assert form is not None
    check(form, verdict)
    assert form.truncated == ["context"]
    assert form.context == {"trace": "abc"}
    assert form.explanation == verdict.explanation


def test_parts_go_in_their_order() -> None:
    verdict = large()
    seen: list[list[str]] = []
    for limit in range(json_size(verdict), 0, -50):
        form = shortened(verdict, limit, json_size)
        if form is None:
            break
        check(form, verdict)
        assert json_size(form) <= limit
        if not seen or form.truncated != seen[-1]:
            seen.append(form.truncated)
    lasts = [PARTS.index(names[-1]) for names in seen if names]
    assert lasts == sorted(lasts)
    assert set(lasts) == set(range(len(PARTS)))


def test_names_out_of_a_file_go_after_our_own_words() -> None:
    verdict = make_verdict(provenance=Provenance(signals=(signal(detail="y" * 250),)))
    form = shortened(verdict, json_size(verdict) - 150, json_size)
    assert form is not None
    (left,) = form.provenance.signals
    assert (left.detail, left.signer) == ("", "A signer")
    form = shortened(verdict, json_size(verdict) - 235, json_size)
    assert form is not None
    (left,) = form.provenance.signals
    assert (left.detail, left.signer, left.generator) == ("", None, None)
    assert form.provenance.indication is Indication.AI_GENERATED
    assert left.strength is Strength.SIGNED


def test_a_window_without_an_answer_does_not_hide_behind_its_neighbour() -> None:
    timeline = [window(n, 0.01) for n in range(8)]
    timeline[2] = window(2, None, Label.UNCERTAIN)
    timeline[7] = window(7, 0.99, Label.AI_GENERATED)
    verdict = make_verdict(timeline=timeline)
    form = shortened(verdict, json_size(verdict) - 100, json_size)
    assert form is not None
    assert [(one.start_s, one.end_s, one.score, one.label) for one in form.timeline] == [
        (0.0, 12.0, 0.01, Label.AUTHENTIC),
        (12.0, 24.0, 0.01, Label.UNCERTAIN),
        (24.0, 36.0, 0.01, Label.AUTHENTIC),
        (36.0, 48.0, 0.99, Label.AI_GENERATED),
    ]


def test_a_timeline_never_looks_like_a_video_judged_as_a_whole() -> None:
    for windows in range(2, 40):
        verdict = make_verdict(timeline=[window(n, 0.5) for n in range(windows)])
        assert all(2 <= len(form.timeline) <= windows for form in steps(verdict))


def test_the_same_verdict_and_limit_give_the_same_bytes() -> None:
    one, other = large(), VerdictEvent.model_validate_json(large().model_dump_json())
    least = json_size(list(steps(one))[-1])
    for limit in range(least, json_size(one), 700):
        first, second = shortened(one, limit, json_size), shortened(other, limit, json_size)
        assert first is not None
        assert second is not None
        assert first.model_dump_json() == second.model_dump_json()


def test_none_where_even_the_smallest_is_too_large() -> None:
    verdict = make_verdict(event_id="e" * 512)
    assert shortened(verdict, 600, json_size) is None
    assert list(steps(make_verdict())) == []


def test_steps_become_ever_smaller_and_end_with_the_smallest() -> None:
    verdict = large(context={"trace": "abc", "blob": "x" * 200_000})
    forms = list(steps(verdict))
    sizes = [json_size(verdict), *map(json_size, forms)]
    assert 2 <= len(forms) <= 4
    assert all(smaller < larger for larger, smaller in pairwise(sizes))
    assert sizes[1] <= sizes[0] / 2
    assert forms[0].explanation == verdict.explanation
    last = forms[-1]
    assert last.truncated == list(PARTS)
    assert (last.explanation, last.context) == ("", {})
    for form in forms:
        check(form, verdict)
        jsonschema.validate(json.loads(form.model_dump_json()), verdict_schema())


def test_a_form_can_be_shortened_again() -> None:
    verdict = large()
    once = shortened(verdict, json_size(verdict) - 1500, json_size)
    assert once is not None
    limit = json_size(verdict) // 3
    again = shortened(once, limit, json_size)
    assert again is not None
    check(again, once)
    assert set(once.truncated) < set(again.truncated)
    assert json_size(again) <= limit


@pytest.mark.parametrize("form", Format)
def test_a_messages_size_is_no_less_than_kafka_counts(form: Format) -> None:
    record = make_record({}, headers=(("traceparent", b"00-1-2-01"),))
    for verdict in (make_verdict(), large(tenant="\u00e4" * 200)):
        message = EventCodec(output=form).message(verdict, record)
        counted = DefaultRecordBatchBuilder.estimate_size_in_bytes(
            message.key, message.value, list(message.headers)
        )
        assert counted <= size_of(message) <= counted + 120
    nothing = Message(outlet=Outlet.VERDICTS, value=None)
    assert size_of(nothing) >= DefaultRecordBatchBuilder.estimate_size_in_bytes(None, b"", [])


texts = st.lists(
    st.one_of(
        st.sampled_from((*CHARACTERS, " ", "\n", "\r\n", "word ")), st.characters(codec="utf-8")
    ),
    max_size=700,
).map("".join)


@st.composite
def verdicts(draw: st.DrawFn) -> VerdictEvent:
    text = draw(texts)
    findings = []
    for dimension in draw(st.sets(st.sampled_from(Dimension), max_size=4)):
        start = draw(st.integers(0, len(text)))
        end = draw(st.integers(start, len(text)))
        findings.append(
            Finding(
                dimension=dimension,
                axis=Axis.SPATIAL,
                evidence=text[start:end],
                start=start,
                end=end,
            )
        )
    scores = draw(st.lists(st.none() | st.floats(0, 1), max_size=20))
    return make_verdict(
        explanation=text,
        findings=findings,
        timeline=[window(n, score) for n, score in enumerate(scores)],
        provenance=Provenance(
            signals=draw(st.sampled_from([(), (signal(),), (signal(), signal())]))
        ),
        context=draw(st.dictionaries(st.text(max_size=20), st.text(max_size=300), max_size=6)),
    )


@settings(max_examples=150, deadline=None)
@given(verdicts(), st.floats(0.05, 1.1))
def test_a_form_fits_and_stays_true_whatever_the_verdict(
    verdict: VerdictEvent, share: float
) -> None:
    limit = int(json_size(verdict) * share)
    form = shortened(verdict, limit, json_size)
    if form is None:
        assert all(json_size(step) > limit for step in steps(verdict))
        return
    assert json_size(form) <= limit
    check(form, verdict)
