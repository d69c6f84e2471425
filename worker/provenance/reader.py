"""Provenance of one file, out of its bytes in memory: no pixels, no network, no other file.

Runs in the decode process, behind its limits. What a block cannot be read for is of no interest
here: it is no signal, and the file is judged by its pixels all the same.
"""

from __future__ import annotations

import warnings
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from functools import partial
from mmap import mmap
from typing import Any, TypeVar

from worker.domain.provenance import MAX_SIGNALS, Provenance, ProvenanceSignal, SignalKind
from worker.provenance import c2pa_library
from worker.provenance.aigc import read_label
from worker.provenance.blocks import Blocks
from worker.provenance.bmff import read_bmff
from worker.provenance.camera import read_camera, read_video_camera
from worker.provenance.exif import Exif, read_exif
from worker.provenance.generators import read_grok, read_names
from worker.provenance.iptc import manifest_elsewhere, source_types
from worker.provenance.manifest import read_manifests
from worker.provenance.matroska import read_matroska
from worker.provenance.parameters import read_parameters
from worker.provenance.picture import read_avif, read_gif, read_heif, read_jpeg, read_tiff
from worker.provenance.png import read_png
from worker.provenance.webp import read_webp
from worker.provenance.xmp import Property, read_xmp

CONTAINERS: dict[str, Callable[[Any], Blocks]] = {
    "image/jpeg": read_jpeg,
    "image/png": read_png,
    "image/gif": read_gif,
    "image/webp": read_webp,
    "image/tiff": read_tiff,
    "image/avif": read_avif,
    "image/heif": read_heif,
    "video/mp4": read_bmff,
    "video/quicktime": read_bmff,
    "video/x-matroska": read_matroska,
    "video/webm": read_matroska,
}
"""By the media types of ``worker.decode.sniff``. A BMP has no room for anything.
Those of videos take them as ``mmap``, too."""

GRAPH_FIELDS = ("prompt:", "workflow:")
"""With these ComfyUI begins the EXIF fields of its animated WebP."""


T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class _Metadata:
    """The blocks of a file, read."""

    exif: Exif
    packet: dict[Property, tuple[str, ...]]
    texts: dict[str, str]
    """Keys in lower case. EXIF's texts are among them, under EXIF's own names."""


def prepare(trust_anchors: str | None = None) -> None:
    """Load what is loaded lazily: before resources are limited, and not in the first file's time.

    ``trust_anchors`` as for ``read_provenance``. Raises ``ValueError`` where they are none, and
    ``OSError`` or ``RuntimeError`` where this process cannot fork, in which manifests are read.
    """
    from pillow_heif import register_heif_opener

    register_heif_opener(thumbnails=False)
    c2pa_library.check(trust_anchors)


ReadStore = Callable[[bytes, str], dict[str, Any]]
"""Gives the manifest store of a file, by its bytes and media type, as the C2PA library tells it."""


def read_provenance(
    data: bytes | mmap,
    mime: str,
    *,
    trust_anchors: str | None = None,
    read_store: ReadStore | None = None,
) -> Provenance:
    """All signals of a file. Never raises for what the file contains.

    ``mime`` is what ``worker.decode.sniff`` found. ``trust_anchors`` are the certificates of C2PA
    signers' authorities as PEM text, not a path; without any, a signature is ``Valid`` at most.
    Raises ``ValueError`` where they are none. ``read_store`` stands in for a fork of this process,
    and then knows them itself.
    """
    container = CONTAINERS.get(mime)
    if container is None:
        return Provenance()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # such as Pillow's of corrupt EXIF
        blocks = _attempt(lambda: container(data), Blocks())
        signals = list(_signals(_read(blocks)))
    if blocks.may_hold_c2pa:
        if read_store is None:
            c2pa_library.load(trust_anchors)  # outside of the attempt: this is the operator's fault
            read_store = partial(c2pa_library.read_store, trust_anchors=trust_anchors)
        store = read_store
        signed = _found(lambda: read_manifests(store(data[:], mime)))
        # One that is here is better than one that is elsewhere.
        signals = signed + [one for one in signals if not signed or one.kind is not SignalKind.C2PA]
    return Provenance(signals=tuple(signals[:MAX_SIGNALS]))


def _read(blocks: Blocks) -> _Metadata:
    exif = _attempt(lambda: read_exif(blocks.exif), Exif())
    texts: dict[str, str] = {}
    for key, text in blocks.texts.items():
        texts.setdefault(key.lower(), text)
    for key, text in (
        ("usercomment", exif.comment),
        ("imagedescription", exif.description),
        ("software", exif.software),
        *_graph_fields(exif),
    ):
        if text:
            texts.setdefault(key, text)
    return _Metadata(exif, read_xmp(blocks.xmp), texts)


def _graph_fields(exif: Exif) -> Iterator[tuple[str, str]]:
    for text in (exif.make, exif.model):
        for begin in GRAPH_FIELDS:
            if text.startswith(begin):
                yield begin[:-1], text[len(begin) :]


def _signals(found: _Metadata) -> Iterator[ProvenanceSignal]:
    """The unsigned ones."""
    packet, exif, texts = found.packet, found.exif, found.texts
    yield from _found(lambda: manifest_elsewhere(packet))
    yield from _found(lambda: source_types(packet))
    yield from _found(lambda: read_label(_label_texts(found)))
    # A program that left its parameters need not be named a second time.
    yield from _found(lambda: read_parameters(texts)) or _found(lambda: _names(found))
    yield from _found(lambda: read_camera(exif)) or _found(lambda: read_video_camera(texts))


def _label_texts(found: _Metadata) -> Iterable[str]:
    keys = ("aigc", "usercomment", "imagedescription")
    return (
        *found.packet.get(Property.AIGC, ()),
        *(found.texts[key] for key in keys if key in found.texts),
    )


def _names(found: _Metadata) -> Iterator[ProvenanceSignal]:
    packet, exif, texts = found.packet, found.exif, found.texts
    programs = (
        exif.make,
        texts.get("software", ""),
        texts.get("\xa9too", ""),
        *packet.get(Property.CREATOR_TOOL, ()),
        *packet.get(Property.AI_SYSTEM_USED, ()),
    )
    remarks = (
        *packet.get(Property.CREDIT, ()),
        *(
            texts.get(key, "")
            for key in ("imagedescription", "usercomment", "description", "comment", "title")
        ),
    )
    yield from list(read_names(programs, remarks)) or read_grok(exif.description, exif.artist)


def _found(read: Callable[[], Iterable[ProvenanceSignal]]) -> list[ProvenanceSignal]:
    nothing: list[ProvenanceSignal] = []
    return _attempt(lambda: list(read()), nothing)


def _attempt(read: Callable[[], T], otherwise: T) -> T:
    try:
        return read()
    except Exception:  # noqa: BLE001 - parsers raise what a stranger's bytes make them meet
        return otherwise
