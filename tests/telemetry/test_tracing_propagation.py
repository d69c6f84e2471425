"""Trace context in headers that strangers wrote."""

from __future__ import annotations

import logging
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st
from opentelemetry.context import Context
from opentelemetry.trace import get_current_span

from tests.support.spans import PARENT_ID, TRACE_ID, TRACEPARENT, UPLOADERS
from worker.domain.record import Headers
from worker.telemetry.propagation import extract, extract_span, headers_of, inject


def test_what_is_read_is_written_again() -> None:
    context = extract(UPLOADERS)
    span = get_current_span(context).get_span_context()
    assert (span.trace_id, span.span_id, span.is_remote) == (TRACE_ID, PARENT_ID, True)
    assert headers_of(context) == UPLOADERS


def test_names_compare_without_case() -> None:
    assert extract_span((("TraceParent", TRACEPARENT),)) is not None


def test_ours_take_the_place_of_theirs_and_baggage_stays() -> None:
    theirs: Headers = (
        ("Traceparent", b"00-" + b"1" * 32 + b"-" + b"2" * 16 + b"-01"),
        ("baggage", b"user=\xff\x00"),
        ("tracestate", b"old=1"),
        ("x", b"y"),
    )
    assert inject(theirs, extract(UPLOADERS)) == (
        *UPLOADERS,
        ("baggage", b"user=\xff\x00"),
        ("x", b"y"),
    )
    assert inject(theirs, Context()) == theirs


@pytest.mark.parametrize(
    "headers",
    [
        (),
        (("traceparent", b""),),
        (("traceparent", b"\xff\xfe"),),
        (("traceparent", TRACEPARENT.upper()),),
        (("traceparent", TRACEPARENT + b"-x"),),
        (("traceparent", b"ff" + TRACEPARENT[2:]),),
        (("traceparent", b"00-" + b"0" * 32 + TRACEPARENT[35:]),),
        (("traceparent", TRACEPARENT[:36] + b"0" * 16 + b"-01"),),
        (("traceparent", b"01" + TRACEPARENT[2:] + b"-" + b"x" * 400),),
        (("traceparent", TRACEPARENT), ("traceparent", TRACEPARENT)),
        (("traceparent", b"0" * 10_000_000),),
        (("tracestate", b"a=1"),),
    ],
    ids=lambda headers: repr(headers)[:60],
)
def test_what_does_not_fit_is_as_if_absent(headers: Headers) -> None:
    begun = time.monotonic()
    assert extract_span(headers) is None
    assert time.monotonic() - begun < 0.5


def test_a_later_version_is_read_as_far_as_it_is_known() -> None:
    assert extract_span((("traceparent", b"01" + TRACEPARENT[2:] + b"-more"),)) is not None


@pytest.mark.parametrize(
    "tracestate",
    [
        b"a=1" * 200,
        b"no member",
        b"A=1",
        b"a=1,a=2",
        b"a=" + b"\xc3\xa9",
        b"a=\x1b[2J",
        b",".join(b"k%d=1" % number for number in range(33)),
        b"a=1," * 3_000_000,
    ],
    ids=lambda value: repr(value)[:20],
)
def test_a_bad_tracestate_is_dropped_and_the_parent_kept(
    tracestate: bytes, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.DEBUG):
        span = extract_span((("traceparent", TRACEPARENT), ("tracestate", tracestate)))
    assert span is not None
    assert not span.trace_state
    assert not caplog.records  # a stranger cannot fill our log


@given(
    st.lists(
        st.tuples(
            st.sampled_from(["traceparent", "tracestate", "TRACESTATE", "baggage"]),
            st.binary(max_size=80)
            | st.from_regex(r"[0-9a-f]{2}-[0-9a-f]{32}-[0-9a-f]{16}-[0-9a-f]{2}").map(str.encode)
            | st.from_regex(r"([a-z@]{1,5}=[ -~]{0,9},? ?){0,40}", fullmatch=True).map(str.encode),
        ),
        max_size=4,
    ).map(tuple)
)
def test_nothing_breaks_it(headers: Headers) -> None:
    written = headers_of(extract(headers))
    # What it takes, it takes again, and another W3C reader takes it, too.
    assert headers_of(extract(written)) == written
    assert len(written) <= 2
