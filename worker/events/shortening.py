"""A verdict that is too large for its topic, made smaller by a fixed rule, and never lost.

Five parts may be cut, in this order: what a reader can best do without goes first.

1. ``explanation``: its middle goes. The beginning stays, and the end, where a reasoning comes to
   its conclusion.
2. ``findings.evidence``: the sentences. The dimensions stay.
3. ``provenance.signals``: first what they say in our words, then the names out of the file. What
   kind of signal said what, and how strongly, stays, and with it the indication.
4. ``timeline``: neighbouring windows are merged; the highest score among them stays.
5. ``context``: whole entries, the largest first.

Parts are cut to their least until the verdict fits; then they are given back as much as fits, the
last that was cut first. So a verdict with one huge entry in its context loses that, and keeps its
explanation. Labels, scores, hints and ids are never touched.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from functools import cached_property, partial
from typing import Any

from worker.domain.provenance import ProvenanceSignal
from worker.domain.verdict import Finding, Label, TimelineEntry, VerdictEvent
from worker.events.excerpt import Excerpt, excerpt_of

PARTS = ("explanation", "findings.evidence", "provenance.signals", "timeline", "context")
"""As ``truncated`` names them, in the order in which they are cut."""

UNIT = 128
"""Characters by which an explanation grows back: fewer cost more tries than they are worth."""

WORTH = 32
"""Bytes that a part must have: its name in ``truncated`` costs up to 22, and must not cost more
than the cut gains."""

LEAST_WINDOWS = 4
"""Windows left of a timeline, at most. Never one: that looks like a video judged as a whole."""

SHARES = (2, 4, 16)
"""Of a verdict that a broker refused, how much smaller each try is. A broker does not say what it
takes; ours sends 8 MiB at most by default, and Kafka's own default is 1 MiB."""


def shortened(
    verdict: VerdictEvent, max_bytes: int, measure: Callable[[VerdictEvent], int]
) -> VerdictEvent | None:
    """The verdict itself where it fits, else a smaller form; None if the smallest does not either.

    ``measure`` says how many bytes a form takes; ``max_bytes`` is what may be. The same verdict and
    limit give the same form.
    """
    if measure(verdict) <= max_bytes:
        return verdict
    forms = _Forms(verdict)
    levels = [0] * len(PARTS)

    def fits(part: int, level: int) -> bool:
        return measure(forms.at([*levels[:part], level, *levels[part + 1 :]])) <= max_bytes

    for part, most in enumerate(forms.depths):
        levels[part] = most
        if most and fits(part, most):
            break
    else:
        return None
    for given_back in range(part, -1, -1):
        levels[given_back] = _least(levels[given_back], partial(fits, given_back))
    return forms.at(levels)


def _least(most: int, fits: Callable[[int], bool]) -> int:
    """The least level that fits, between 0 and ``most``, which does.

    By bisection: a level may be a little larger than the one before, and then a higher one is found
    than need be.
    """
    low, high = 0, most
    while low < high:
        middle = (low + high) // 2
        if fits(middle):
            high = middle
        else:
            low = middle + 1
    return high


def steps(verdict: VerdictEvent) -> Iterator[VerdictEvent]:
    """Ever smaller forms, four at most, for a broker that refused without saying what it takes.

    A half, a quarter, a sixteenth of the size, and the smallest. None of them where nothing can be
    cut.
    """
    size = smallest = json_size(verdict)
    for share in SHARES:
        form = shortened(verdict, size // share, json_size)
        if form is None:
            break
        if json_size(form) < smallest:
            smallest = json_size(form)
            yield form
    forms = _Forms(verdict)
    form = forms.at(forms.depths)
    if json_size(form) < smallest:
        yield form


def json_size(verdict: VerdictEvent) -> int:
    """Bytes of a verdict as plain JSON."""
    return len(verdict.model_dump_json().encode())


class _Forms:
    """All forms of one verdict. A form is a level for each part: 0 is whole."""

    def __init__(self, verdict: VerdictEvent) -> None:
        self._verdict = verdict
        text = verdict.explanation
        self._kept = [*range((len(text) - 1) // UNIT * UNIT, -1, -UNIT)] if _worth(text) else []
        evidence = "".join(finding.evidence for finding in verdict.findings)
        self.depths = (
            len(self._kept),
            1 if _worth(evidence) else 0,
            2 if _worth("".join(map(_words, verdict.provenance.signals))) else 0,
            _halvings(len(verdict.timeline)),
            len(verdict.context) if _worth(_as_json(verdict.context)) else 0,
        )

    def at(self, levels: tuple[int, ...] | list[int]) -> VerdictEvent:
        """The form with these levels."""
        text, evidence, signals, windows, context = levels
        old = self._verdict
        changed: dict[str, Any] = {}
        excerpt = excerpt_of(old.explanation, self._kept[text - 1]) if text else None
        if excerpt is not None:
            changed["explanation"] = excerpt.text
        if excerpt is not None or evidence:
            changed["findings"] = [_finding(one, excerpt, evidence) for one in old.findings]
        if signals:
            less = tuple(_signal(one, names=signals < 2) for one in old.provenance.signals)
            changed["provenance"] = old.provenance.model_copy(update={"signals": less})
        if windows:
            changed["timeline"] = _merged(old.timeline, 2**windows)
        if context:
            dropped = set(self._largest_first[:context])
            changed["context"] = {k: v for k, v in old.context.items() if k not in dropped}
        cut = {name for name, level in zip(PARTS, levels, strict=True) if level}
        changed["truncated"] = [name for name in PARTS if name in cut | set(old.truncated)]
        return old.model_copy(update=changed)

    @cached_property
    def _largest_first(self) -> list[str]:
        """Names in the context, by the size of what they name and then by themselves."""
        sizes = {name: len(_as_json(value)) for name, value in self._verdict.context.items()}
        return sorted(sizes, key=lambda name: (-sizes[name], name))


def _worth(text: str) -> bool:
    return len(text.encode()) > WORTH


def _as_json(value: object) -> str:
    return json.dumps(value, ensure_ascii=False)


def _words(signal: ProvenanceSignal) -> str:
    return signal.detail + "".join(getattr(signal, name) or "" for name in NAMES)


def _finding(finding: Finding, excerpt: Excerpt | None, evidence: int) -> Finding:
    """Its place in what is left of the text: an empty one, at the gap, where its text was cut."""
    changed: dict[str, Any] = {"evidence": ""} if evidence else {}
    if excerpt is not None:
        changed["start"], changed["end"] = excerpt.place(finding.start, finding.end)
    return finding.model_copy(update=changed)


NAMES = ("generator", "model", "signer", "digital_source_type", "camera")
"""Of a signal: what the file names."""


def _signal(signal: ProvenanceSignal, *, names: bool) -> ProvenanceSignal:
    changed = {"detail": ""} if names else {"detail": "", **dict.fromkeys(NAMES)}
    return signal.model_copy(update=changed)


def _halvings(windows: int) -> int:
    """How often neighbours can be merged in pairs until few are left."""
    halvings = 0
    while windows > LEAST_WINDOWS:
        windows, halvings = (windows + 1) // 2, halvings + 1
    return halvings


def _merged(timeline: list[TimelineEntry], together: int) -> list[TimelineEntry]:
    groups = [timeline[at : at + together] for at in range(0, len(timeline), together)]
    return [_as_one(group) for group in groups]


def _as_one(windows: list[TimelineEntry]) -> TimelineEntry:
    """The window with the highest score speaks for all.

    But one without a usable answer must not hide behind an authentic neighbour.
    """
    highest = max(windows, key=lambda one: -1.0 if one.score is None else one.score)
    hidden = any(one.label is Label.UNCERTAIN for one in windows)
    doubtful = hidden and highest.label is Label.AUTHENTIC
    return highest.model_copy(
        update={
            "start_s": windows[0].start_s,
            "end_s": windows[-1].end_s,
            "label": Label.UNCERTAIN if doubtful else highest.label,
        }
    )
