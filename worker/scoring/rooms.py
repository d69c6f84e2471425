"""The parts that a file passes through on its way to an answer."""

from __future__ import annotations

from dataclasses import dataclass

from worker.decode.protocol import Decoder
from worker.detector.protocol import Detector
from worker.domain.clock import Clock
from worker.fetch.protocol import Fetcher
from worker.flow.byte_budget import ByteBudget
from worker.flow.retry import Retry


@dataclass(frozen=True, slots=True)
class ScoringRooms:
    """Those of the service, but for the stream."""

    fetcher: Fetcher
    decoder: Decoder
    detector: Detector
    retry: Retry
    memory: ByteBudget
    """For files on their way to a decoder; behind it stand no more than are asked about at once."""
    clock: Clock
