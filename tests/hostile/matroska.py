"""Elements of Matroska and WebM: unknown sizes, floods, numbers that are none."""

from __future__ import annotations

import math
import struct

from tests.hostile.case import ANSWERED, OVER_BUDGET, UNDECODABLE, UNSUPPORTED, Case
from tests.hostile.formats import ebml
from tests.hostile.samples import packets


def _blocks(step_ms: int = 125) -> list[bytes]:
    return [ebml.block(data, step_ms * n, n == 0) for n, data in enumerate(packets())]


def _tracks(*extra: bytes, codec: str = "V_VP8") -> bytes:
    return ebml.element(ebml.TRACKS, ebml.video_track(*extra, codec=codec))


def _with(*parts: bytes, duration: float | None = 500.0, tracks: bytes | None = None) -> bytes:
    return ebml.matroska(
        ebml.info(duration),
        _tracks() if tracks is None else tracks,
        *parts,
        ebml.cluster(*_blocks()),
    )


def _unknown_sizes() -> bytes:
    """As a live stream has them: neither the segment nor its clusters know how long they are."""
    clusters = b"".join(ebml.cluster(block, claims=ebml.UNKNOWN) for block in _blocks())
    body = ebml.info() + _tracks() + clusters
    return ebml.head() + ebml.identifier(ebml.SEGMENT) + ebml.UNKNOWN + body


def _nested(number: int, depth: int) -> bytes:
    inner = b""
    for _ in range(depth):
        inner = ebml.element(number, inner)
    return ebml.head() + inner


def _flood(count: int) -> bytes:
    return _with(b"\xec\x80" * count)


def _claims(number: int, nbytes: int) -> bytes:
    """An element that says it is longer than the file."""
    return _with(ebml.element(number, b"x" * 8, claims=ebml.size(nbytes)))


def _sound(rate: float) -> bytes:
    track = ebml.element(
        ebml.TRACK_ENTRY,
        ebml.unsigned(ebml.TRACK_NUMBER, 2),
        ebml.unsigned(ebml.TRACK_UID, 2),
        ebml.unsigned(ebml.TRACK_TYPE, 2),
        ebml.text(ebml.CODEC_ID, "A_OPUS"),
        ebml.element(ebml.AUDIO, ebml.double(ebml.SAMPLING, rate), ebml.unsigned(ebml.CHANNELS, 2)),
    )
    return _with(tracks=ebml.element(ebml.TRACKS, ebml.video_track(), track))


def _compressed(algorithm: int) -> bytes:
    """Blocks that are compressed as a whole; these are not."""
    scheme = ebml.element(ebml.COMPRESSION, ebml.unsigned(ebml.COMPRESSION_ALGORITHM, algorithm))
    encoding = ebml.element(ebml.ENCODINGS, ebml.element(ebml.ENCODING, scheme))
    return _with(tracks=_tracks(encoding))


def _zlib_bomb() -> bytes:
    """Every block is 64 MiB of zeros, deflated."""
    import zlib

    scheme = ebml.element(ebml.COMPRESSION, ebml.unsigned(ebml.COMPRESSION_ALGORITHM, 0))
    encoding = ebml.element(ebml.ENCODINGS, ebml.element(ebml.ENCODING, scheme))
    bomb = zlib.compress(bytes(64 << 20), 9)
    blocks = [ebml.block(bomb, 40 * n) for n in range(6)]
    return ebml.matroska(ebml.info(500), _tracks(encoding), ebml.cluster(*blocks))


def _encrypted() -> bytes:
    encoding = ebml.element(
        ebml.ENCODINGS,
        ebml.element(
            ebml.ENCODING, ebml.unsigned(ebml.ENCODING_TYPE, 1), ebml.element(ebml.ENCRYPTION)
        ),
    )
    return _with(tracks=_tracks(encoding))


def _scale(value: int) -> bytes:
    info = ebml.element(ebml.INFO, ebml.unsigned(ebml.TIMESTAMP_SCALE, value))
    return ebml.matroska(info, _tracks(), ebml.cluster(*_blocks()))


def _default_duration(nanoseconds: int) -> bytes:
    return _with(tracks=_tracks(ebml.unsigned(ebml.DEFAULT_DURATION, nanoseconds)))


def _far(at_ms: int) -> bytes:
    """A second cluster, at a time that is far away."""
    return ebml.matroska(
        ebml.info(500), _tracks(), ebml.cluster(*_blocks()), ebml.cluster(_blocks()[0], at_ms=at_ms)
    )


def _backwards() -> bytes:
    """Times that go down, below zero."""
    blocks = [ebml.block(data, -125 * n, n == 0) for n, data in enumerate(packets())]
    return ebml.matroska(ebml.info(500), _tracks(), ebml.cluster(*blocks))


def _lacing() -> bytes:
    """A block that says it holds 255 frames, of which it has none."""
    body = b"\x81" + struct.pack(">hB", 0, 0x86) + b"\xfe" + b"\xff" * 60
    return ebml.matroska(
        ebml.info(500), _tracks(), ebml.cluster(ebml.element(ebml.SIMPLE_BLOCK, body))
    )


def _one_time() -> bytes:
    blocks = [ebml.block(data, 0, n == 0) for n, data in enumerate(packets())]
    return ebml.matroska(ebml.info(), _tracks(), ebml.cluster(*blocks))


def _many_empty_blocks() -> bytes:
    return ebml.matroska(ebml.info(500), _tracks(), ebml.cluster(ebml.block(b"") * 300_000))


def _many_tracks(count: int) -> bytes:
    tracks = [ebml.video_track(number=number) for number in range(1, count + 1)]
    return _with(tracks=ebml.element(ebml.TRACKS, *tracks))


CASES = (
    Case("webm: sizes that are not known", _unknown_sizes, ANSWERED),
    Case("webm: a duration of NaN", lambda: _with(duration=math.nan), ANSWERED),
    Case("webm: an infinite duration", lambda: _with(duration=math.inf), ANSWERED),
    Case("webm: a negative duration", lambda: _with(duration=-5000.0), ANSWERED),
    Case("webm: a duration of 10^300", lambda: _with(duration=1e300), ANSWERED),
    Case("webm: a duration of 10^12 ms", lambda: _with(duration=1e12), OVER_BUDGET),
    Case("webm: no duration", lambda: _with(duration=None), ANSWERED),
    Case("webm: sound at NaN samples a second", lambda: _sound(math.nan), ANSWERED),
    Case("webm: sound at -1 samples a second", lambda: _sound(-1.0), ANSWERED),
    Case("webm: sound at 10^300 samples a second", lambda: _sound(1e300), ANSWERED),
    Case("webm: frames of no duration", lambda: _default_duration(0), ANSWERED),
    Case("webm: frames of a nanosecond", lambda: _default_duration(1), ANSWERED),
    Case("webm: frames of 584 years", lambda: _default_duration(2**64 - 1), ANSWERED),
    Case("webm: a scale of 0", lambda: _scale(0), ANSWERED),
    Case("webm: a scale of 2^63", lambda: _scale(2**63), UNDECODABLE),
    Case("webm: a frame after 60 years", lambda: _far(2**41), OVER_BUDGET),
    Case("webm: a frame after an hour", lambda: _far(3_600_000), OVER_BUDGET),
    Case("webm: times that go down below zero", _backwards, UNDECODABLE),
    Case("webm: all frames at one time", _one_time, ANSWERED),
    Case("webm: a million voids", lambda: _flood(1_000_000), ANSWERED),
    Case("webm: 300,000 empty blocks", _many_empty_blocks, UNDECODABLE),
    Case("webm: 255 frames in a block of none", _lacing, UNDECODABLE),
    Case(
        "webm: segments in segments, 5,000 deep", lambda: _nested(ebml.SEGMENT, 5_000), UNDECODABLE
    ),
    Case("webm: headers in headers, 5,000 deep", lambda: _nested(ebml.EBML, 5_000), UNDECODABLE),
    Case("webm: a void of 2^56 - 2 bytes", lambda: _claims(ebml.VOID, 2**56 - 2), ANSWERED),
    Case("webm: tags of 2^40 bytes", lambda: _claims(ebml.TAGS, 2**40), UNDECODABLE),
    Case("webm: nothing but its head", ebml.head, UNDECODABLE),
    Case(
        "webm: no tracks",
        lambda: ebml.matroska(ebml.info(500), ebml.cluster(*_blocks())),
        UNDECODABLE,
    ),
    Case("webm: 500 tracks", lambda: _many_tracks(500), OVER_BUDGET),
    Case("webm: encrypted", _encrypted, UNSUPPORTED),
    Case("webm: says zlib of what is not", lambda: _compressed(0), UNDECODABLE),
    Case("webm: says lzo of what is not", lambda: _compressed(2), UNDECODABLE),
    Case("webm: blocks of 64 MiB of zeros, deflated", _zlib_bomb, UNDECODABLE, most_mib=600),
    Case("webm: a codec of no name", lambda: _with(tracks=_tracks(codec="V_NONE")), UNSUPPORTED),
    Case("webm: FFV1 in it", lambda: _with(tracks=_tracks(codec="V_FFV1")), UNSUPPORTED),
    Case(
        "webm: says VP9 of what is VP8", lambda: _with(tracks=_tracks(codec="V_VP9")), UNDECODABLE
    ),
    Case("matroska: a type of no name", lambda: ebml.head("x" * 100) + _with()[40:], ANSWERED),
)
