"""A model's reasoning -> the artifacts that it claims."""

from __future__ import annotations

import math

from tests.fuzz.invariants import quickly
from tests.fuzz.shapes import pumped
from worker.domain.taxonomy import Dimension
from worker.findings.reader import LONGEST, read_findings, read_mentions

MAX_LEN = 2048

ARGUMENTS = ("-use_counters=0",)
"""How often a line is reached is nothing new: else long repetitions, which take a tenth of a second
each under the fuzzer, would fill its corpus."""


def check(data: bytes) -> None:
    """Any text is read, in bounded time; each finding is a place in it, and a dimension has one."""
    text = pumped(data, LONGEST + 100)
    with quickly():
        mentions = read_mentions(text)
        findings = read_findings(text, begins_at_s=3600.0)
    assert len(mentions) <= LONGEST
    assert len(findings) <= len(Dimension)
    for finding in findings:
        assert finding.evidence == text[finding.start : finding.end]
        assert finding.end <= LONGEST
        times = (finding.from_s, finding.to_s)
        assert all(time is None or math.isfinite(time) for time in times)
