"""What it takes to ask the model about a labelled set: a decoder and a detector, and no stream."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path

from worker.app.parts import chosen_detector, chosen_spec
from worker.decode.pool import DecodePool
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
    async with AsyncExitStack() as stack:
        spec = chosen_spec(settings)
        # What a file says of its origin, and text in it, change no pixel.
        decoder = DecodePool(
            settings.decode.model_copy(update={"provenance": False, "text": False})
        )
        stack.push_async_callback(decoder.close)
        detector = chosen_detector(settings, spec)
        stack.push_async_callback(detector.close)
        # Whoever runs the command names the files: none of them is a stranger's URL.
        named = {"file_root": Path("/"), "rules": FetchRules(), "tenants": {}}
        fetcher = FetchRouter(settings.fetch.model_copy(update=named))
        stack.push_async_callback(fetcher.close)
        await decoder.start()
        await detector.start()
        await self_test(detector, spec)
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
