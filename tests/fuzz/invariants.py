"""What holds for every reader of strangers' bytes, as assertions."""

from __future__ import annotations

import time
from collections.abc import Collection, Iterator
from contextlib import contextmanager

from worker.domain.failure import Failure, Reason

LONGEST_DETAIL = 2_000
"""Characters of a failure's detail: it goes into a header, a log line and a table's cell."""

LONGEST_S = 3.0
"""CPU seconds for one input. Instrumented code is some ten times slower, and the largest inputs
take tens of milliseconds without it."""


@contextmanager
def quickly(seconds: float = LONGEST_S) -> Iterator[None]:
    """Of this thread's CPU time: a busy machine must not fail an innocent input."""
    begun = time.thread_time()
    yield
    spent = time.thread_time() - begun
    assert spent < seconds, f"took {spent:.1f} s of CPU"


def fit_to_publish(failure: Failure, reasons: Collection[Reason]) -> None:
    """One of the reasons that are allowed; a detail that is bounded and on one line."""
    assert failure.reason in reasons, failure.reason
    detail = failure.detail
    assert len(detail) <= LONGEST_DETAIL, f"a detail of {len(detail)} characters"
    assert detail.isprintable(), ascii(detail)
