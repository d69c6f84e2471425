"""Files made to break a reader. None may raise, none may take long."""

from __future__ import annotations

import random
import time
import zlib
from collections.abc import Callable

import pytest

from tests.provenance.carriers import XMP_CARRIERS, png, source_type, tagged_video, with_exif
from tests.provenance.test_aigc import LABEL
from tests.provenance.test_camera import CAMERA, SHOT
from tests.provenance.test_parameters import GRAPH, INFOTEXT
from tests.support.c2pa_signer import Signer, created
from tests.support.media import image_file, video_file
from worker.domain.provenance import Provenance, SignalKind
from worker.provenance.c2pa_library import SECONDS
from worker.provenance.reader import CONTAINERS, read_provenance

LONGEST_S = 2.0


def read(data: bytes, mime: str) -> Provenance:
    began = time.monotonic()
    found = read_provenance(data, mime)
    assert time.monotonic() - began < LONGEST_S
    # As the parent takes it: every bound of the model holds.
    return Provenance.model_validate_json(found.model_dump_json())


def mutated(data: bytes, rng: random.Random) -> bytes:
    """Bytes changed, overwritten, cut off or doubled."""
    changed = bytearray(data)
    kind = rng.randrange(4)
    at = rng.randrange(len(changed))
    if kind == 0:
        for _ in range(rng.choice((1, 3, 20))):
            changed[rng.randrange(len(changed))] = rng.randrange(256)
    elif kind == 1:
        end = min(len(changed), at + rng.randrange(1, 100))
        changed[at:end] = bytes([rng.choice((0, 0x7F, 0xFF))]) * (end - at)
    elif kind == 2:
        del changed[at:]
    else:
        begin = rng.randrange(len(changed))
        changed[at:at] = changed[begin : begin + rng.randrange(1, 200)]
    return bytes(changed)


@pytest.mark.parametrize(
    ("mime", "make", "times"),
    [
        ("image/jpeg", lambda: image_file(0.5, "JPEG"), 200),
        ("image/png", lambda: image_file(0.5, "PNG", 40, 30), 60),
        ("video/mp4", lambda: video_file(0.5, frames=2), 60),
    ],
)
def test_mutations_of_a_signed_file(
    mime: str, make: Callable[[], bytes], times: int, signer: Signer
) -> None:
    data = signer.sign(make(), mime, [created("trainedAlgorithmicMedia")])
    rng = random.Random(1)
    seen = set()
    for _ in range(times):
        signals = read(mutated(data, rng), mime).signals
        seen.add(tuple(signal.strength for signal in signals))
    assert len(seen) >= 3, "intact, broken and unreadable ones were among them"


@pytest.mark.parametrize(
    ("mime", "data"),
    [
        ("image/jpeg", with_exif("JPEG", CAMERA, {**SHOT, 0x9286: INFOTEXT.encode()}, gps=True)),
        ("image/tiff", with_exif("TIFF", CAMERA, SHOT, gps=True)),
        ("image/png", png({"prompt": GRAPH, "AIGC": LABEL}, compressed=True)),
        ("image/gif", XMP_CARRIERS["image/gif"](source_type("digitalCapture"))),
        ("image/webp", XMP_CARRIERS["image/webp"](source_type("digitalCapture"))),
        ("image/avif", XMP_CARRIERS["image/avif"](source_type("digitalCapture"))),
        ("image/heif", XMP_CARRIERS["image/heif"](source_type("digitalCapture"))),
        ("video/mp4", tagged_video("mp4", "libx264", {"AIGC": LABEL, "prompt": GRAPH})),
        ("video/webm", tagged_video("webm", "libvpx-vp9", {"AIGC": LABEL, "prompt": GRAPH})),
    ],
)
def test_mutations_of_all_that_is_unsigned(mime: str, data: bytes) -> None:
    assert read(data, mime).signals
    rng = random.Random(2)
    for _ in range(200):
        read(mutated(data, rng), mime)


@pytest.mark.parametrize("mime", CONTAINERS)
@pytest.mark.parametrize("data", [b"", b"\0", b"\0" * 100_000, b"\xff" * 100_000, b"c2pa" * 1000])
def test_what_is_no_file_has_no_signal(mime: str, data: bytes) -> None:
    assert read(data, mime) == Provenance()


def test_a_file_of_another_type_than_stated(signer: Signer) -> None:
    data = signer.sign(image_file(0.5, "JPEG"), "image/jpeg", [created("digitalCapture")])
    for mime in CONTAINERS:
        read(data, mime)
    assert read(data, "image/bmp") == read(data, "text/plain") == Provenance()


def test_megabytes_of_text_that_pack_well() -> None:
    body = b"parameters\0\0" + zlib.compress(b"x" * 300_000_000, 1)
    chunk = len(body).to_bytes(4) + b"zTXt" + body + zlib.crc32(b"zTXt" + body).to_bytes(4)
    bare = png({})
    assert read(bare[:33] + chunk * 4 + bare[33:], "image/png") == Provenance()


def test_many_texts() -> None:
    assert read(png({f"key {at}": "x" * 100 for at in range(2000)}), "image/png") == Provenance()


def test_zeros_within_texts() -> None:
    chunk_body = b"Software\0Mid\0journey\0\0"
    crc = zlib.crc32(b"tEXt" + chunk_body).to_bytes(4)
    chunk = len(chunk_body).to_bytes(4) + b"tEXt" + chunk_body + crc
    bare = png({})
    read(bare[:33] + chunk + bare[33:], "image/png")
    found = read(with_exif("JPEG", {0x010F: "A\0B", 0x0110: "C\0\0D"}), "image/jpeg")
    assert all((signal.camera or "").isprintable() for signal in found.signals)


def test_json_within_json_within_json() -> None:
    for text in ("[" * 500_000, '{"a":' * 200_000, '{"prompt":' * 1000 + "1" + "}" * 1000):
        texts = {"prompt": text, "parameters": text, "AIGC": text, "Comment": text}
        assert read(png(texts), "image/png") == Provenance()


def test_a_manifest_of_noise() -> None:
    """The container says that there is one."""
    noise = random.Random(3).randbytes(5000)
    body = b"JP\0\1\0\0\0\1" + (5000).to_bytes(4) + b"jumb\0\0\0\x10jumdc2pa" + noise
    segment = b"\xff\xeb" + (len(body) + 2).to_bytes(2) + body
    data = image_file(0.5, "JPEG")
    assert read(data[:2] + segment + data[2:], "image/jpeg") == Provenance()


BOX = b"\0\0\0\x08free"


def test_boxes_that_keep_the_library_busy_for_minutes(signer: Signer) -> None:
    """Its tree of boxes is searched from the start for each: n boxes take n squared steps."""
    data = signer.sign(video_file(0.5, frames=2), "video/mp4", [created("digitalCapture")])
    track = BOX * 100_000
    track = (len(track) + 8).to_bytes(4) + b"trak" + track
    hostile = data + (len(track) + 8).to_bytes(4) + b"moov" + track
    began = time.monotonic()
    assert read_provenance(hostile, "video/mp4") == Provenance()
    assert SECONDS < time.monotonic() - began < SECONDS + 10


def test_more_boxes_than_are_looked_at(signer: Signer) -> None:
    data = signer.sign(video_file(0.5, frames=2), "video/mp4", [created("digitalCapture")])
    assert [one.kind for one in read(data, "video/mp4").signals] == [SignalKind.C2PA]
    assert read(data + BOX * 100_000, "video/mp4") == Provenance()


@pytest.mark.parametrize(
    "data",
    [
        b"\0\0\0\x01ftyp" + b"\xff" * 8,
        b"\0\0\0\x01ftyp" + b"\0" * 8,
        b"\0\0\0\x10ftypisom\0\0\0\0" + b"\0\0\0\0moov",
        b"\0\0\0\x10ftypisom\0\0\0\0" + b"\0\0\0\x07moov" * 100,
        b"\0\0\0\x10ftypisom\0\0\0\0" + b"\xff\xff\xff\xffuuid",
        b"\0\0\0\x10ftypisom\0\0\0\0"
        + b"".join(b"\0\xff\xff\xffmoov\0\xff\xff\xffudta" for _ in range(99)),
    ],
)
def test_boxes_of_impossible_sizes(data: bytes) -> None:
    assert read(data, "video/mp4") == read(data, "image/avif") == Provenance()


@pytest.mark.parametrize(
    "data",
    [
        b"\x1aE\xdf\xa3",
        b"\x1aE\xdf\xa3\xff",
        b"\x1aE\xdf\xa3\x01" + b"\xff" * 7 + b"\x18\x53\x80\x67\x01" + b"\xff" * 7,
        b"\x1aE\xdf\xa3\x80" + b"\x18\x53\x80\x67\xff" + b"\x12\x54\xc3\x67\xff" * 1000,
        b"\x1aE\xdf\xa3\x80" + b"\xec\x80" * 200_000,
    ],
)
def test_elements_of_impossible_sizes(data: bytes) -> None:
    assert read(data, "video/webm") == Provenance()
