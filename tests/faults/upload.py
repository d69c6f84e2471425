"""Events of a scenario, made so that their outcomes are known."""

from __future__ import annotations

import base64
import json
import random
from dataclasses import dataclass
from functools import cache

from tests.support.media import image_file
from worker.domain.verdict import Label

TENANTS = 5
CONTENTS = 40
POISON_EVERY = 50
"""2 %: half of it no JSON, half a broken picture."""


@dataclass(frozen=True, slots=True)
class Upload:
    """One event, and what must come of it."""

    event_id: str
    key: bytes
    value: bytes
    label: Label | None
    """None: a dead letter."""


@cache
def _picture(number: int) -> str:
    """A small JPEG as base64: reddish ones are fakes to the tiny model, bluish ones are not."""
    tint = 0.8 if number % 2 else -0.8
    return base64.b64encode(image_file(tint, "JPEG", 72, 56, seed=number)).decode()


def _label(number: int) -> Label:
    return Label.AUTHENTIC if number % 2 else Label.AI_GENERATED


def make_uploads(
    count: int, *, contents: int = CONTENTS, seed: int = 0, poison: bool = True
) -> list[Upload]:
    """``count`` events about ``contents`` pictures, of which new ones keep coming.

    Most events are so answered from the cache, and the model has work all the time.
    """
    chance = random.Random(seed)
    uploads = []
    for number in range(count):
        event_id = f"s{seed}-e{number}"
        newest = number * contents // count
        content = newest if chance.random() < 0.2 else chance.randint(0, newest)
        uploads.append(_upload(event_id, number, seed * 1000 + content, poison, chance))
    return uploads


def _upload(
    event_id: str, number: int, content: int, poison: bool, chance: random.Random
) -> Upload:
    tenant = f"tenant-{chance.randrange(TENANTS)}"
    key = f"{tenant}/{content}".encode()
    if poison and number % POISON_EVERY == POISON_EVERY - 1:
        if number % (2 * POISON_EVERY) == POISON_EVERY - 1:
            return Upload(event_id, key, f"not JSON: {event_id}".encode(), None)
        picture = base64.b64encode(base64.b64decode(_picture(content))[:300]).decode()
        return Upload(event_id, key, _json(event_id, tenant, content, picture), None)
    value = _json(event_id, tenant, content, _picture(content))
    return Upload(event_id, key, value, _label(content))


def _json(event_id: str, tenant: str, content: int, picture: str) -> bytes:
    event = {
        "event_id": event_id,
        "content_id": f"content-{content}",
        "tenant": tenant,
        "media": {"inline": picture},
    }
    return json.dumps(event).encode()
