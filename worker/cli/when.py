"""Points in time as people type them."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta

import typer

from worker.domain.clock import SystemClock

UNITS = {"s": "seconds", "m": "minutes", "h": "hours", "d": "days", "w": "weeks"}

RELATIVE = re.compile(r"([0-9]{1,6})([smhdw])")


class WhenInvalid(ValueError):
    """The text is no point in time."""


def parse_when(text: str, now: datetime) -> datetime:
    """``2h`` is two hours before ``now``; anything else is ISO 8601, in UTC where no zone is told.

    Raises ``WhenInvalid``.
    """
    relative = RELATIVE.fullmatch(text)
    try:
        if relative is not None:
            return now - timedelta(**{UNITS[relative[2]]: int(relative[1])})
        moment = datetime.fromisoformat(text)
        moment = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
        return moment.astimezone(UTC)
    except (ValueError, OverflowError) as error:
        raise WhenInvalid(
            f"{text!r} is neither a time such as 2026-01-31T12:00 (UTC) nor one such as 90s, 30m,"
            " 2h, 3d or 1w ago"
        ) from error


def moment(text: str) -> datetime:
    """For an option of a command: ``parse_when``, from now."""
    try:
        return parse_when(text, SystemClock().now())
    except WhenInvalid as error:
        raise typer.BadParameter(str(error)) from error
