"""Clips by the million out of a few: pieces of one second in ever other orders."""

from __future__ import annotations

import io
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import av

from worker.drawn.video import FPS

SPREAD = 2_654_435_769
"""Odd, so that with a power of two of pieces every order comes before one comes again (Knuth's
multiplicative hash, TAOCP 3, 6.4)."""

FREE = b"free"
"""A box that readers pass over (ISO/IEC 14496-12, 8.1.2): with a number in it no two files are the
same bytes, also where an order comes again."""

BYTES_PER_FRAME = 64
"""Of an MP4's tables, at most: size, time, key and chunk take some twenty."""


@dataclass(frozen=True, slots=True)
class Packet:
    """An encoded frame."""

    data: bytes
    pts: int
    dts: int
    duration: int
    is_keyframe: bool


@dataclass(frozen=True, slots=True)
class Reel:
    """Pieces of one second, encoded alike: a power of two of them. Each begins with a key frame."""

    template: bytes
    """A whole file of one piece, from which a joined one takes the stream's parameters."""
    pieces: tuple[tuple[Packet, ...], ...]

    @classmethod
    def of(cls, files: Sequence[bytes]) -> Reel:
        """Of whole MP4 files with ``FPS`` frames each."""
        return cls(files[0], tuple(_packets(file) for file in files))

    def most(self, seconds: int) -> int:
        """Bytes that a clip of so many seconds does not exceed."""
        largest = max(sum(len(one.data) for one in piece) for piece in self.pieces)
        return len(self.template) + seconds * (largest + FPS * BYTES_PER_FRAME)

    def cast(self, number: int, seconds: int) -> bytes:
        """The clip of this number, an MP4."""
        orders = len(self.pieces) ** seconds
        left, order = number * SPREAD % orders, []
        for _ in range(seconds):
            left, piece = divmod(left, len(self.pieces))
            order.append(piece)
        stamp = number.to_bytes(8, "big")
        return self._joined(order) + (8 + len(stamp)).to_bytes(4, "big") + FREE + stamp

    def _joined(self, order: Sequence[int]) -> bytes:
        made = io.BytesIO()
        with av.open(io.BytesIO(self.template)) as like, av.open(made, "w", format="mp4") as out:
            source: Any = like.streams.video[0]
            stream = out.add_stream_from_template(source)
            stream.time_base = source.time_base
            second = FPS * self.pieces[0][0].duration
            for place, number in enumerate(order):
                for one in self.pieces[number]:
                    packet = av.Packet(one.data)
                    packet.stream, packet.time_base = stream, source.time_base
                    packet.pts, packet.dts = one.pts + place * second, one.dts + place * second
                    packet.duration, packet.is_keyframe = one.duration, one.is_keyframe
                    out.mux(packet)
        return made.getvalue()


def _packets(file: bytes) -> tuple[Packet, ...]:
    with av.open(io.BytesIO(file)) as container:
        return tuple(
            Packet(
                bytes(packet),
                packet.pts or 0,
                packet.dts or 0,
                packet.duration or 0,
                packet.is_keyframe,
            )
            for packet in container.demux(container.streams.video[0])
            if packet.size  # the last one, which flushes, has nothing in it
        )
