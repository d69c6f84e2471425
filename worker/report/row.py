"""One outcome as a person reads it."""

from __future__ import annotations

from dataclasses import dataclass

from worker.domain.dead_letter import DeadLetter
from worker.domain.verdict import Label, TimelineEntry, VerdictEvent
from worker.printable import shortened

FAILED = "failed"

MAX_NAME = 1000
"""Characters of a name: a path has 4,096 bytes at most, and nobody reads so far."""

MAX_REASON = 10_000
"""Of a reason: about as many as an answer of 2,048 tokens has. A remote engine may send more, and a
browser needs seconds to lay out tens of thousands without a space."""

MAX_NOTE = 300
"""Of all else."""


@dataclass(frozen=True, slots=True)
class Row:
    """A line of a table or an entry of a page. All texts of ``of...`` are bounded and printable."""

    name: str
    verdict: str
    """A label, or ``failed``."""
    reason: str
    """The model's reasoning, or what went wrong."""
    score: float | None = None
    action: str = ""
    latency_s: float | None = None
    cached: bool = False
    facts: str = ""
    sha256: str | None = None
    findings: tuple[str, ...] = ()
    """Dimensions in which the reasoning claims an artifact."""
    timeline: tuple[TimelineEntry, ...] = ()
    """The windows of a video that was cut; empty for all else."""
    provenance: tuple[str, ...] = ()
    """What the file says of its own origin."""
    notes: tuple[str, ...] = ()
    """Why the action is another than the score alone would give."""

    @property
    def failed(self) -> bool:
        """Whether there is no verdict."""
        return self.verdict == FAILED

    @classmethod
    def of_verdict(cls, name: str, verdict: VerdictEvent, latency_s: float | None = None) -> Row:
        """The row of a verdict; the latency is the total stage's where none is given."""
        if latency_s is None:
            latency_s = verdict.timings_ms.get("total", 0.0) / 1000
        reason = verdict.explanation
        if verdict.label is Label.UNCERTAIN and verdict.uncertain_because:
            reason = f"[{verdict.uncertain_because}] {reason}"
        return cls(
            name=shortened(name, MAX_NAME),
            verdict=verdict.label.value,
            reason=_line(reason, MAX_REASON),
            score=verdict.score,
            action=verdict.action_hint.value,
            latency_s=latency_s,
            cached=verdict.cache.cached,
            facts=_facts(verdict),
            sha256=verdict.content_hash.removeprefix("sha256:"),
            findings=tuple(finding.dimension.value for finding in verdict.findings),
            timeline=tuple(verdict.timeline) if len(verdict.timeline) > 1 else (),
            provenance=tuple(
                shortened(signal.detail, MAX_NOTE) for signal in verdict.provenance.signals
            ),
            notes=tuple(shortened(note, MAX_NOTE) for note in verdict.action_notes),
        )

    @classmethod
    def of_failure(cls, name: str, reason: str, detail: str, latency_s: float | None = None) -> Row:
        """The row of an event without a verdict."""
        return cls(
            name=shortened(name, MAX_NAME),
            verdict=FAILED,
            reason=_line(f"{reason}: {detail}", MAX_REASON),
            latency_s=latency_s,
        )

    @classmethod
    def of(cls, name: str, outcome: VerdictEvent | DeadLetter) -> Row:
        """The row of either."""
        if isinstance(outcome, DeadLetter):
            return cls.of_failure(name, outcome.reason.value, outcome.detail)
        return cls.of_verdict(name, outcome)


def _line(text: str, length: int) -> str:
    """On one line, whatever breaks lines in it."""
    return shortened(" ".join(text[: 2 * length].split()), length)


def _facts(verdict: VerdictEvent) -> str:
    media = verdict.media
    parts = [media.mime, f"{media.width} x {media.height}"]
    if media.duration_s is not None:
        parts.append(f"{media.duration_s:g} s")
    if media.codec:
        parts.append(media.codec)
    return shortened(", ".join(parts), MAX_NOTE)
