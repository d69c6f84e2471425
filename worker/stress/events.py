"""Upload events of a run, as a platform's publisher writes them."""

from __future__ import annotations

import base64
import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

from worker.stress.outcome import CONTEXT, Run
from worker.stress.popularity import Popularity
from worker.stress.supply import Item, Supply


@dataclass(frozen=True, slots=True)
class Prepared:
    """An event, ready to be sent."""

    key: bytes
    value: bytes
    new: bool
    """Whether the run had not shown its content before."""


@dataclass(frozen=True, slots=True)
class Events:
    """An event for each upload, in order."""

    run: Run
    supply: Supply
    popularity: Popularity
    prefix: str | None
    """Where workers find the media; None to put them into the events."""

    def prepared(self) -> Iterator[Prepared]:
        """Without end. Raises what the supply raises."""
        for number, (content, new) in enumerate(self.popularity.numbers()):
            event = self.event(number, self.supply.item(content))
            yield Prepared(self.run.id_of(number).encode(), json.dumps(event).encode(), new)

    def event(self, number: int, item: Item) -> dict[str, Any]:
        """As JSON takes it."""
        name = self.run.id_of(number)
        return {
            "event_id": name,
            "content_id": name,
            "media": self._media(item),
            "tenant": self.run.tenant,
            "context": {CONTEXT: self.run.name},
        }

    def _media(self, item: Item) -> dict[str, Any]:
        declared = {"mime": item.mime} if item.mime else {}
        if self.prefix is None:
            return {"inline": base64.b64encode(self.supply.read(item)).decode(), **declared}
        return {"url": f"{self.prefix.rstrip('/')}/{quote(item.name)}", **declared}
