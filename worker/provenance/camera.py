"""Facts as a camera writes them: a hint, and a weak one."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import NamedTuple

from worker.domain.provenance import ProvenanceSignal, Says, SignalKind, Strength
from worker.provenance.exif import Exif
from worker.provenance.generators import name_of
from worker.provenance.text import clean

ENOUGH_EXPOSURE = 3
"""Of the four exposure facts: a phone may leave one out, a careless forger most."""

QUICKTIME = {
    "make": ("com.apple.quicktime.make", "\xa9mak"),
    "model": ("com.apple.quicktime.model", "\xa9mod"),
    "software": ("com.apple.quicktime.software", "\xa9swr"),
    "taken": ("com.apple.quicktime.creationdate", "\xa9day"),
    "location": ("com.apple.quicktime.location.iso6709", "\xa9xyz"),
}
"""QuickTime File Format, and what phones of other makes write after its manner."""

DETAILS = {
    True: "has the facts that a camera writes; they can be copied into any file",
    False: "names a camera, without the other facts that a camera writes",
}


class _Facts(NamedTuple):
    make: str
    model: str
    software: str
    complete: bool
    has_location: bool


def read_camera(exif: Exif) -> Iterator[ProvenanceSignal]:
    """A signal where EXIF names a camera or a place.

    It says ``captured`` only where maker, model, the time of the exposure and most of the exposure
    itself are there, as every camera writes them.
    """
    return _signal(
        _Facts(
            make=exif.make,
            model=exif.model,
            software=exif.software,
            complete=bool(exif.make and exif.model)
            and exif.taken
            and exif.exposure >= ENOUGH_EXPOSURE,
            has_location=exif.has_location,
        )
    )


def read_video_camera(texts: Mapping[str, str]) -> Iterator[ProvenanceSignal]:
    """The same for a video, which states no exposure: maker, model and time."""
    found = {
        fact: next((texts[key] for key in keys if texts.get(key)), "")
        for fact, keys in QUICKTIME.items()
    }
    return _signal(
        _Facts(
            make=found["make"],
            model=found["model"],
            software=found["software"],
            complete=bool(found["make"] and found["model"] and found["taken"]),
            has_location=bool(found["location"]),
        )
    )


def _signal(facts: _Facts) -> Iterator[ProvenanceSignal]:
    camera = _camera(facts.make, facts.model)
    if camera is None and not facts.has_location:
        return
    # Some generators sign as the maker: Ideogram does.
    generated = name_of(f"{facts.make} {facts.model} {facts.software}") is not None
    complete = facts.complete and not generated
    yield ProvenanceSignal(
        kind=SignalKind.EXIF_CAMERA,
        says=Says.CAPTURED if complete else Says.UNKNOWN,
        strength=Strength.UNSIGNED,
        detail=DETAILS[complete] if camera else "states a place, and no camera",
        generator=clean(facts.software),
        camera=camera,
        has_location=facts.has_location,
    )


def _camera(make: str, model: str) -> str | None:
    """Maker and model in one; what is longer than any camera's name, or JSON, is none.

    ComfyUI writes its graph, prompts and all, into these two fields.
    """
    name = model if model.lower().startswith(make.lower()) else f"{make} {model}"
    if len(name) > NAME_OF_CAMERA or "{" in name:
        return None
    return clean(name)


NAME_OF_CAMERA = 80
"""Characters; the longest that EXIF knows have some forty."""
