"""What else is read from a file while it lies open: its provenance, and the text in its picture."""

from __future__ import annotations

from typing import TYPE_CHECKING

from worker.decode.decode import Pixels
from worker.decode.mapped_file import Data
from worker.domain.provenance import Provenance
from worker.domain.typography import TextSeen
from worker.provenance import reader
from worker.provenance.manifest_process import Confine, ManifestProcess

if TYPE_CHECKING:
    from worker.typography.finder import TextFinder


class Inspector:
    """Holds the libraries, loaded before the process limits itself."""

    def __init__(self, *, trust_anchors: str | None, text: bool) -> None:
        reader.prepare(trust_anchors)
        self._trust_anchors = trust_anchors
        self._manifests: ManifestProcess | None = None
        self._finder = _load_finder() if text else None

    def part(self, *, confine_itself: Confine, confine_forks: Confine) -> None:
        """Have manifests read by a process of their own, so that this one need not fork."""
        self._manifests = ManifestProcess.start(
            self._trust_anchors, confine_itself=confine_itself, confine_forks=confine_forks
        )

    def provenance(self, data: Data, pixels: Pixels) -> Provenance:
        """What the file says of its own origin."""
        return reader.read_provenance(
            data,
            pixels.facts.mime,
            trust_anchors=self._trust_anchors,
            read_store=self._manifests.read_store if self._manifests is not None else None,
        )

    def text(self, pixels: Pixels) -> TextSeen:
        """The text in the middle frame, as the model sees it."""
        assert self._finder is not None, "ordered only where it was loaded"
        return self._finder.find(pixels.frames[len(pixels.frames) // 2])


def _load_finder() -> TextFinder:
    # Its networks take memory: only where they are wanted.
    from worker.typography.finder import TextFinder

    return TextFinder()
