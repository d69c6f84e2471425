"""Variants by name: ``jpeg-50``, ``bitrate-200`` ... and suites of them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from worker.decode.sniff import Library
from worker.evaluation.variant import ORIGINAL, Original, Variant
from worker.evaluation.variants.pictures import (
    blurred,
    captioned,
    cropped,
    on_a_screen,
    resized,
)
from worker.evaluation.variants.rendered import AsJpeg, AtBitRate, Canonical, Changed

CANONICAL = "canonical"

SUITES = {
    "robustness": (
        *("jpeg-90", "jpeg-70", "jpeg-50", "jpeg-30", "resize-50", "resize-25", "crop-80"),
        *("blur-1", "blur-2", "screenshot", "text", "bitrate-1000", "bitrate-300", "bitrate-100"),
    ),
    "short": ("jpeg-50", "resize-50", "crop-80", "blur-1", "screenshot", "text", "bitrate-200"),
    "controls": (CANONICAL,),
}
"""By name. A run over ``robustness`` takes some twelve times as long as one without."""


class VariantInvalid(Exception):
    """There is no such variant; the text says which there are."""


@dataclass(frozen=True, slots=True)
class _Numbered:
    make: Callable[[str, int], Variant]
    least: int
    most: int
    what: str


NUMBERED = {
    "jpeg": _Numbered(AsJpeg, 1, 100, "quality"),
    "resize": _Numbered(lambda name, n: Changed(name, resized(n)), 5, 400, "per cent of a side"),
    "crop": _Numbered(lambda name, n: Changed(name, cropped(n)), 5, 99, "per cent of a side"),
    "blur": _Numbered(lambda name, n: Changed(name, blurred(n)), 1, 50, "pixels"),
    "bitrate": _Numbered(AtBitRate, 10, 100_000, "kbit/s"),
}

PLAIN: dict[str, Callable[[], Variant]] = {
    "screenshot": lambda: Changed("screenshot", on_a_screen),
    "text": lambda: Changed("text", captioned),
    CANONICAL: Canonical,
}

NAMES = ", ".join(
    (
        *(f"{name}-N ({one.least} to {one.most} {one.what})" for name, one in NUMBERED.items()),
        *PLAIN,
    )
)
"""All that may be asked for, for help and errors."""


def variants(names: Sequence[str] = (), suite: str | None = None) -> tuple[Variant, ...]:
    """The original first, then the suite's, then those named, each once.

    Raises ``VariantInvalid``.
    """
    if suite is not None and suite not in SUITES:
        raise VariantInvalid(f"--variants: {suite!r} is none of {', '.join(SUITES)}")
    asked = dict.fromkeys((*(SUITES[suite] if suite else ()), *names))
    asked.pop(ORIGINAL, None)
    return (Original(), *(variant(name) for name in asked))


def variant(name: str) -> Variant:
    """Raises ``VariantInvalid``."""
    if name in PLAIN:
        return PLAIN[name]()
    stem, _, number = name.rpartition("-")
    found = NUMBERED.get(stem)
    if found is None:
        raise VariantInvalid(f"--variant: {name!r} is none of {NAMES}")
    # As it is written in one way only: the name tells one outcome from another.
    if not number.isdecimal() or str(int(number)) != number or not _within(found, int(number)):
        raise VariantInvalid(
            f"--variant: {name!r}: {stem} takes a number from {found.least} to {found.most}"
            f" ({found.what}), such as {stem}-{(found.least + found.most) // 2}"
        )
    return found.make(name, int(number))


def _within(found: _Numbered, number: int) -> bool:
    return found.least <= number <= found.most


def applies_to(name: str, library: Library) -> bool:
    """Whether a variant of this name is made of files that this library opens."""
    only = {"jpeg": Library.PILLOW, "bitrate": Library.FFMPEG}.get(name.rpartition("-")[0])
    return only is None or only is library
