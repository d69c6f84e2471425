"""A body that comes packed although we asked for it as it is."""

from __future__ import annotations

import zlib
from collections.abc import Iterator

from worker.domain.failure import Poison, Reason, Transient

STEP = 256 * 1024
"""Bytes unpacked at once, at most: what the next step makes is not known before it is made."""

KNOWN = frozenset({"br", "compress", "x-compress", "zstd", "dcb", "dcz", "exi"})
"""Other codings by name (IANA HTTP Content Coding Registry), for whoever reads the dead letter."""

GZIP = 16 + zlib.MAX_WBITS
RAW = -zlib.MAX_WBITS


class Unpacker:
    """gzip or deflate, in steps of bounded size (RFC 9110, 8.4.1).

    ``deflate`` is zlib's format by the standard, and bare deflate by many servers; both are taken.
    """

    def __init__(self, coding: str) -> None:
        """Raises ``Poison`` (``media_unsupported``) for another coding, or several."""
        coding = coding.strip().lower()
        if coding not in {"gzip", "x-gzip", "deflate"}:
            shown = coding if coding in KNOWN else "an unknown one, or several"
            raise Poison(
                Reason.MEDIA_UNSUPPORTED,
                f"the media comes in a content coding that is not taken: {shown}",
            )
        self._inflate = None if coding == "deflate" else zlib.decompressobj(GZIP)
        self._begun = b""

    def steps(self, chunk: bytes) -> Iterator[bytes]:
        """What the chunk holds, in pieces of ``STEP`` bytes at most.

        Raises ``Poison`` (``media_undecodable``).
        """
        if self._inflate is None:
            self._begun += chunk
            if len(self._begun) < 2:
                return
            chunk = self._begun
            self._inflate = zlib.decompressobj(zlib.MAX_WBITS if _is_zlib(chunk) else RAW)
        while True:
            if chunk and self._inflate.eof:
                raise Poison(
                    Reason.MEDIA_UNDECODABLE, "bytes come after the end of the content coding"
                )
            try:
                piece = self._inflate.decompress(chunk, STEP)
            except zlib.error as error:
                raise Poison(
                    Reason.MEDIA_UNDECODABLE, "the content coding cannot be read"
                ) from error
            chunk = self._inflate.unconsumed_tail or self._inflate.unused_data
            if piece:
                yield piece
            # A full piece may have left more behind, all of its input taken in.
            if not chunk and len(piece) < STEP:
                return

    def finish(self) -> None:
        """Raises ``Transient`` where the end is missing."""
        if self._inflate is None or not self._inflate.eof:
            raise Transient(Reason.FETCH_FAILED, "the content coding breaks off")


def _is_zlib(head: bytes) -> bool:
    """By its two header bytes (RFC 1950, 2.2)."""
    return head[0] & 0x0F == zlib.DEFLATED and int.from_bytes(head[:2]) % 31 == 0
