"""Outcomes that are larger than their topic takes."""

from __future__ import annotations

from tests.pipeline.world import World
from tests.support.media import image_file
from tests.twins.stream import MemoryBroker, MemorySink
from worker.domain.record import Message
from worker.domain.verdict import (
    Label,
)
from worker.stream.protocol import OutcomeTooLarge


class NarrowSink(MemorySink):
    """Takes no message of more than ``limit`` bytes."""

    def __init__(self, broker: MemoryBroker, limit: int) -> None:
        super().__init__(broker)
        self.limit = limit

    async def publish(self, message: Message) -> None:
        size = len(message.value or b"") + sum(len(value) for _, value in message.headers)
        if size > self.limit:
            raise OutcomeTooLarge
        await super().publish(message)


async def test_a_verdict_that_is_too_large_is_shortened_and_says_so(world: World) -> None:
    world.sink = NarrowSink(world.broker, 3000)
    await world.upload("http://x/red", image_file(0.9), album="x" * 4000)
    await world.upload("http://x/blue", image_file(-0.9))
    await world.run()
    long, short = sorted(world.verdicts, key=lambda verdict: verdict.content_id, reverse=True)
    assert long.truncated == ["context"]
    assert long.label is Label.AUTHENTIC
    assert short.truncated == []
    assert world.committed == 2


async def test_an_outcome_that_no_shortening_helps_becomes_a_letter_without_the_payload(
    world: World,
) -> None:
    world.sink = NarrowSink(world.broker, 1000)
    await world.upload("http://x/red", image_file(0.9))
    await world.broker.append("uploads", b"not json" * 400, key=b"k")
    await world.run()
    assert world.reasons() == ["outcome_too_large", "outcome_too_large"]
    letter = world.letters[0]
    assert (letter.key, letter.value) == (None, None)
    assert letter.header("ivy-dlq-payload-dropped") == b"true"
    assert letter.header("ivy-dlq-offset") is not None
    assert world.committed == 2
