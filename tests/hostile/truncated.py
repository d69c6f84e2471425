"""Files that end too early: at each boundary of their structure, and in the midst of the data."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from tests.hostile.case import ANSWERED, UNDECODABLE, UNSUPPORTED, Case
from tests.hostile.formats import bmff, jpeg, riff
from tests.hostile.samples import clip, picture

Boundaries = Callable[[bytes], Iterator[tuple[str, int]]]


def _jpeg(data: bytes) -> Iterator[tuple[str, int]]:
    for number, (marker, begin, end) in enumerate(jpeg.segments(data)):
        yield f"before segment {number}, {marker:02x}", begin
        if marker == jpeg.SOS:
            yield f"in the midst of scan {number}", (begin + end) // 2
    yield "before its end", len(data) - 2


def _png(data: bytes) -> Iterator[tuple[str, int]]:
    at = 8
    while at < len(data):
        kind = data[at + 4 : at + 8].decode()
        end = at + 12 + int.from_bytes(data[at : at + 4])
        yield f"before {kind}", at
        if kind == "IDAT":
            yield "in the midst of IDAT", (at + end) // 2
        at = end


def _gif(data: bytes) -> Iterator[tuple[str, int]]:
    yield "after the signature", 6
    yield "after the screen", 13
    yield "in the palette", 13 + 20
    palette = 3 << (data[10] & 7) + 1
    image = data.index(b",", 13 + palette)
    yield "before the image", image
    yield "after the image's head", image + 10
    yield "in the midst of the image", (image + len(data)) // 2
    yield "before the trailer", len(data) - 1


def _webp(data: bytes) -> Iterator[tuple[str, int]]:
    for kind, begin, end in riff.chunks(data):
        yield f"before {kind.decode().strip()}", begin
        yield f"in the midst of {kind.decode().strip()}", (begin + end) // 2


def _boxes(data: bytes) -> Iterator[tuple[str, int]]:
    for kind, begin, end in bmff.boxes(data):
        if kind in {b"ftyp", b"free"}:
            continue
        yield f"before {kind.decode()}", begin
        if kind in {b"mdat", b"moov", b"stbl", b"stsz", b"meta"}:
            yield f"in the midst of {kind.decode()}", (begin + end) // 2


def _ebml(data: bytes) -> Iterator[tuple[str, int]]:
    marks = {
        "before the segment": b"\x18\x53\x80\x67",
        "before its tracks": b"\x16\x54\xae\x6b",
        "before its first cluster": b"\x1f\x43\xb6\x75",
    }
    for name, mark in marks.items():
        yield name, data.index(mark)
    cluster = data.index(b"\x1f\x43\xb6\x75")
    yield "in the head of its first cluster", cluster + 8


def _at(make: Callable[[], bytes], name: str, boundaries: Boundaries) -> Callable[[], bytes]:
    def cut() -> bytes:
        data = make()
        return data[: dict(boundaries(data))[name]]

    return cut


WITHOUT_CODEC = ("minf", "vmhd", "dinf", "dref", "stbl", "stsd")
"""Cut before these, a clip has a video stream of no known codec."""

SOURCES: dict[str, tuple[Callable[[], bytes], Boundaries, dict[str, str]]] = {
    "jpeg": (picture, _jpeg, {}),
    "jpeg, progressive": (lambda: picture("JPEG", progressive=True), _jpeg, {}),
    "png": (lambda: picture("PNG"), _png, {"before IEND": ANSWERED}),
    "gif": (lambda: picture("GIF"), _gif, {"before the trailer": ANSWERED}),
    "webp": (lambda: picture("WEBP"), _webp, {}),
    "avif": (lambda: picture("AVIF"), _boxes, {}),
    "heif": (lambda: picture("HEIF"), _boxes, {}),
    "mp4": (
        clip,
        _boxes,
        {
            **{f"before {name}": UNSUPPORTED for name in WITHOUT_CODEC},
            "before udta": ANSWERED,
            "before meta": ANSWERED,
            "in the midst of meta": ANSWERED,
        },
    ),
    "matroska": (lambda: clip("matroska"), _ebml, {}),
}
"""What is cut, where, and what comes of those cuts of which something other than a refusal does."""


def _cases() -> Iterator[Case]:
    for form, (make, boundaries, otherwise) in SOURCES.items():
        for name, at in boundaries(make()):
            least = UNSUPPORTED if at < 4 else UNDECODABLE
            yield Case(
                f"{form}: ends {name}", _at(make, name, boundaries), otherwise.get(name, least)
            )


CASES = tuple(_cases())
