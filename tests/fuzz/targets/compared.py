"""A line of somebody's file -> a verdict to compare."""

from __future__ import annotations

from tests.fuzz.invariants import quickly
from worker.domain.upload import ID_LENGTH
from worker.shadow.compared import EXCERPT, NotAVerdict, read_compared

MAX_LEN = 4096


def check(data: bytes) -> None:
    """What is kept is bounded; what is no verdict says so, and raises nothing else."""
    with quickly():
        try:
            found = read_compared(data)
        except NotAVerdict:
            return
    assert len(found.excerpt) <= EXCERPT
    assert found.excerpt.isprintable()
    for text in (found.event_id, found.content_id, found.verdict_id, found.tenant, found.surface):
        assert 0 < len(text) <= ID_LENGTH
    assert len(found.model) <= 2 * ID_LENGTH + 1
    assert found.score is None or 0 <= found.score <= 1
