"""What is counted, out of records as the worker's own codec writes them."""

from __future__ import annotations

from typing import Any

import pytest

from tests.dead_letters.letters import letter_message
from tests.support.factories import make_record, make_upload, make_verdict
from worker.domain.failure import Reason
from worker.domain.record import Message, Record
from worker.domain.verdict import CacheUse
from worker.events.codec import EventCodec, Format
from worker.stress.figures import figures_of
from worker.stress.lag import Lag
from worker.stress.ledger import Ledger, Mark
from worker.stress.measures import MAX_STAGES, Measures
from worker.stress.outcome import Run, Verdict, reason_of

RUN = Run("stress-0a1b2c3d", "stress")


def verdict_record(output: Format = Format.JSON, **changes: Any) -> Record:
    values = {
        "event_id": RUN.id_of(0),
        "content_id": RUN.id_of(0),
        "tenant": "stress",
        "context": {"stress": RUN.name},
        "cache": CacheUse(cached=True, age_s=1),
        "timings_ms": {"engine": 30.0, "total": 50.0},
        **changes,
    }
    message = EventCodec(output=output).message(make_verdict(**values), make_record(make_upload()))
    return as_record(message)


def as_record(message: Message) -> Record:
    return Record("t", 0, 0, message.value, message.key, message.headers)


def started(uploads: int = 1) -> Measures:
    measures = Measures()
    measures.begin(100.0)
    for number in range(uploads):
        assert measures.sending(100.0 + number, 100.0 + number, new=True) == number
        measures.published(number)
    return measures


def figures(measures: Measures, now: float = 200.0, timeout_s: float = 60.0) -> dict[str, Any]:
    return dict(figures_of(measures, now=now, timeout_s=timeout_s, lag=Lag(0), highest_lag=0))


@pytest.mark.parametrize("output", Format)
def test_verdicts_are_read_in_every_form_that_they_are_written_in(output: Format) -> None:
    record = verdict_record(output)
    assert RUN.number_of(record) == 0
    verdict = RUN.verdict(record)
    assert verdict is not None
    assert verdict.cached
    assert verdict.true_to_upload
    assert verdict.timings_ms == {"engine": 30.0, "total": 50.0}


@pytest.mark.parametrize(
    "changes",
    [
        {"tenant": "acme"},
        {"context": {}},
        {"context": {"stress": "stress-ffffffff"}},
        {"event_id": RUN.id_of(1)},
    ],
    ids=["tenant", "no context", "another run", "another event"],
)
def test_a_verdict_that_lacks_what_the_upload_had_is_wrong(changes: dict[str, Any]) -> None:
    measures = started(2)
    record = verdict_record(**changes)
    measures.verdict(0, RUN.verdict(record), 101.0)
    assert (figures(measures)["wrong"], figures(measures)["verdicts"]) == (1, 0)


def test_a_context_that_was_cut_to_fit_the_topic_is_no_fault() -> None:
    verdict = RUN.verdict(verdict_record(context={}, truncated=["context"]))
    assert verdict is not None
    assert verdict.true_to_upload


@pytest.mark.parametrize(
    ("key", "number"),
    [
        (b"stress-0a1b2c3d-17", 17),
        (b"stress-0a1b2c3d-", -1),
        (b"stress-0a1b2c3d-x", -1),
        (b"stress-0a1b2c3d-" + b"9" * 40, -1),
        (b"stress-ffffffff-1", None),
        (b"post-77", None),
        (None, None),
    ],
)
def test_uploads_are_known_by_their_keys(key: bytes | None, number: int | None) -> None:
    assert RUN.number_of(Record("t", 0, 0, b"", key)) == number


def test_verdicts_of_uploads_that_were_never_sent_are_wrong() -> None:
    measures = started(1)
    verdict = RUN.verdict(verdict_record())
    for number in (-1, 1, 99):
        measures.verdict(number, verdict, 101.0)
    measures.verdict(0, None, 101.0)
    assert figures(measures)["wrong"] == 4


def test_latency_counts_from_when_an_upload_was_due_not_from_when_it_was_sent() -> None:
    measures = Measures()
    measures.begin(100.0)
    number = measures.sending(100.0, 103.0, new=True)  # three seconds late
    measures.verdict(number, RUN.verdict(verdict_record()), 104.0)
    found = figures(measures)
    assert found["max_ms"] == found["cached.max_ms"] == 4000
    assert found["uncached.max_ms"] is None
    assert found["late_p99_ms"] == 3000
    assert found["outside.max_ms"] == 3950  # the worker had it for 50 ms
    assert found["stage.engine.max_ms"] == 30


def test_latencies_of_the_ramp_are_left_out_and_its_uploads_are_not() -> None:
    measures = Measures(measured_from=10.0)
    measures.begin(100.0)
    for due in (105.0, 115.0):
        measures.sending(due, due, new=True)
    measures.verdict(0, RUN.verdict(verdict_record()), 106.0)
    one = verdict_record(event_id=RUN.id_of(1), content_id=RUN.id_of(1))
    measures.verdict(1, RUN.verdict(one), 117.0)
    assert figures(measures)["verdicts"] == 2
    assert measures.all.count == 1
    assert figures(measures)["max_ms"] == 2000


def test_a_verdict_that_comes_again_is_told_from_one_that_contradicts() -> None:
    measures = started(1)
    for verdict_id in ("v-1", "v-1", "v-2"):
        measures.verdict(0, RUN.verdict(verdict_record(verdict_id=verdict_id)), 101.0)
    found = figures(measures)
    assert (found["verdicts"], found["repeated"], found["contradicting"]) == (1, 1, 1)


def test_dead_letters_are_counted_by_reason_once_for_each_upload() -> None:
    measures = started(3)
    record = make_record(make_upload(event_id=RUN.id_of(0)), key=RUN.id_of(0).encode())
    letter = as_record(letter_message(record, reason=Reason.MEDIA_NOT_FOUND))
    assert RUN.number_of(letter) == 0
    for number in (0, 0, 1):
        measures.dead_letter(number, reason_of(letter), 101.0)
    measures.verdict(1, RUN.verdict(verdict_record()), 102.0)
    found = figures(measures)
    assert (found["dead_letters"], found["dead_letters.media_not_found"]) == (2, 2)
    assert (found["both"], found["lost"]) == (1, 1)
    assert measures.answered == 2
    assert not measures.all_answered


def test_a_letter_that_was_too_large_is_known_by_its_event() -> None:
    record = make_record(make_upload(event_id=RUN.id_of(0)), key=RUN.id_of(0).encode())
    letter = as_record(
        letter_message(
            record,
            reason=Reason.OUTCOME_TOO_LARGE,
            event_id=RUN.id_of(0),
            payload_dropped=True,
        )
    )
    assert letter.key is None
    assert RUN.number_of(letter) == 0
    assert reason_of(letter) == "outcome_too_large"


def test_lost_waiting_and_pending_are_told_apart() -> None:
    measures = started(4)
    measures.retried(0)
    measures.retried(0)
    measures.refused(1, "KafkaTimeoutError")
    found = figures(measures, now=162.5, timeout_s=60)
    # Due at 100, 101, 102 and 103: the third one has had its time, the fourth has not.
    assert (found["retried"], found["waiting"], found["refused"]) == (1, 1, 1)
    assert (found["lost"], found["pending"]) == (1, 1)


def test_a_million_uploads_take_seventeen_bytes_each() -> None:
    ledger = Ledger()
    for number in range(1_000_000):
        ledger.open(float(number))
        if number % 2:
            ledger.mark(number, Mark.DEAD_LETTER)
    held = sum(
        part.buffer_info()[1] * part.itemsize
        for part in (ledger._due, ledger._marks, ledger._verdicts)
    )
    assert held == 17_000_000
    assert ledger.open_ones(2e6, 60)[0] == 500_000


def test_names_from_outside_do_not_fill_the_memory() -> None:
    measures = started(1)
    timings = {f"stage-{number}": 1.0 for number in range(1000)}
    measures.verdict(0, Verdict(RUN.id_of(0), "v", False, True, timings), 101.0)
    assert len(measures.stages) == MAX_STAGES
    measures = started(1000)
    for number in range(1000):
        measures.dead_letter(number, f"reason-{number}", 101.0)
    assert len(measures.counts.dead_letters) <= 17
    assert measures.counts.dead_letters.total() == 1000
