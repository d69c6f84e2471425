"""What it takes to ask the model about a labelled set: a decoder and a detector, and no stream."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path

from worker.app.parts import chosen_detector, chosen_spec
from worker.decode.pool import DecodePool
from worker.detector.protocol import Detector
from worker.detector.self_test import self_test
from worker.domain.clock import SystemClock
from worker.fetch.router import FetchRouter
from worker.fetch.rules import FetchRules
from worker.flow.byte_budget import ByteBudget
from worker.flow.retry import Retry
from worker.scoring.rooms import ScoringRooms
from worker.settings.settings import Settings


@asynccontextmanager
async def open_scoring_rooms(settings: Settings) -> AsyncIterator[ScoringRooms]:
    """Start the decoder and the detector of the settings, and end them again.

    Yields only after the model gave the expected answers about its golden media. Raises
    ``Systemic`` with what is wrong.
    """
    spec = chosen_spec(settings)
    detector = chosen_detector(settings, spec)
    # What a file says of its origin, and text in it, change no pixel.
    async with _opened(settings, detector, provenance=False) as rooms:
        await self_test(detector, spec)
        yield rooms


@asynccontextmanager
async def open_rooms_around(
    settings: Settings, detector: Detector, *, provenance: bool
) -> AsyncIterator[ScoringRooms]:
    """The same around a detector that is no model of the settings. Raises ``Systemic``."""
    async with _opened(settings, detector, provenance=provenance) as rooms:
        yield rooms


@asynccontextmanager
async def _opened(
    settings: Settings, detector: Detector, *, provenance: bool
) -> AsyncIterator[ScoringRooms]:
    async with AsyncExitStack() as stack:
        decoder = DecodePool(
            settings.decode.model_copy(update={"provenance": provenance, "text": False})
        )
        stack.push_async_callback(decoder.close)
        stack.push_async_callback(detector.close)
        # Whoever runs the command names the files: none of them is a stranger's URL.
        named = {"file_root": Path("/"), "rules": FetchRules(), "tenants": {}}
        fetcher = FetchRouter(settings.fetch.model_copy(update=named))
        stack.push_async_callback(fetcher.close)
        await decoder.start()
        await detector.start()
        yield ScoringRooms(
            fetcher=fetcher,
            decoder=decoder,
            detector=detector,
            retry=Retry(
                attempts=settings.flow.retry_attempts,
                base_s=settings.flow.retry_base_s,
                cap_s=settings.flow.retry_cap_s,
            ),
            memory=ByteBudget(settings.flow.max_media_bytes),
            clock=SystemClock(),
        )
