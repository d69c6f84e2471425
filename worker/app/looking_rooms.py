"""What it takes to look at the media of a labelled set: a decoder, and neither model nor stream."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path

from worker.datasets.looking import LookingRooms
from worker.decode.pool import DecodePool
from worker.fetch.router import FetchRouter
from worker.fetch.rules import FetchRules
from worker.flow.byte_budget import ByteBudget
from worker.flow.retry import Retry
from worker.settings.settings import Settings


@asynccontextmanager
async def open_looking_rooms(settings: Settings) -> AsyncIterator[LookingRooms]:
    """Start the decoder of the settings, and end it again. Raises ``Systemic``."""
    async with AsyncExitStack() as stack:
        # As many processes at once as may be: there is no engine whose pace they could wait for.
        plain = {
            "provenance": False,
            "text": False,
            "min_processes": settings.decode.processes,
        }
        decoder = DecodePool(settings.decode.model_copy(update=plain))
        stack.push_async_callback(decoder.close)
        # Whoever runs the command names the files: none of them is a stranger's URL.
        named = {"file_root": Path("/"), "rules": FetchRules(), "tenants": {}}
        fetcher = FetchRouter(settings.fetch.model_copy(update=named))
        stack.push_async_callback(fetcher.close)
        await decoder.start()
        yield LookingRooms(
            fetcher=fetcher,
            decoder=decoder,
            retry=Retry(
                attempts=settings.flow.retry_attempts,
                base_s=settings.flow.retry_base_s,
                cap_s=settings.flow.retry_cap_s,
            ),
            memory=ByteBudget(settings.flow.max_media_bytes),
            at_once=2 * settings.decode.processes,
        )
