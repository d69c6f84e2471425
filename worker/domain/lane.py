"""Which of two streams an upload came on."""

from __future__ import annotations

from enum import StrEnum


class Lane(StrEnum):
    """Live uploads go before those of a backfill, such as the catalogue of last year."""

    LIVE = "live"
    BACKFILL = "backfill"
