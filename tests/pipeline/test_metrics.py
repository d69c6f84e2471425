"""A run of the whole pipeline makes no metric, label or value that the table does not know."""

from __future__ import annotations

from tests.pipeline.world import World
from tests.support.media import image_file
from tests.telemetry.labels import faults
from tests.telemetry.recorded import Recorded
from worker.domain.failure import Reason, Transient
from worker.telemetry.table import cache, delivery, verdicts

BOUNDS = {
    "topics of the settings": frozenset(("uploads",)),
    "reasons of failures, and the Kafka client's names of errors": frozenset(Reason),
    "retry topics of the settings": frozenset(("0", "1")),
}


async def test_every_label_keeps_to_its_values() -> None:
    recorded = Recorded()
    world = World(metrics=recorded.metrics, retry_delays_s=(0.01, 0.01))
    fetch = Transient(Reason.FETCH_FAILED, "away")
    for number in range(12):
        tenant = f"tenant-{number}\u202e"
        await world.upload(
            f"http://media/{number}", image_file(0.8 - number * 0.15, seed=number), tenant=tenant
        )
        await world.upload(f"http://again/{number}", image_file(0.8, seed=0), tenant=tenant)
    await world.upload("http://media/broken", b"GIF89a no picture")
    await world.upload("http://media/away", image_file(0.5))
    world.web.failures["http://media/away"] = [fetch] * 9
    await world.broker.append("uploads", b"not json", key=b"k")
    await world.run()

    points = [(name, point.attributes) for name, point in recorded.all()]
    assert faults(points, BOUNDS) == []
    seen = {name for name, _ in points}
    for metric in (verdicts.VERDICTS, verdicts.STAGE_DURATION, delivery.DEAD_LETTERS):
        assert metric.name in seen
    assert sum(recorded.values(verdicts.VERDICTS).values()) == 24
    assert recorded.values(delivery.POSTPONED)
    # And the broken one, whose content is asked for before it is decoded.
    assert sum(recorded.values(cache.LOOKUPS).values()) == 25


def test_what_the_table_does_not_know_is_found() -> None:
    stage = verdicts.STAGE_DURATION.name
    assert faults([(stage, {"stage": "fetch"})], BOUNDS) == []
    assert faults([(stage, {"stage": "lunch"})], BOUNDS)
    assert faults([(stage, {"stage": "fetch", "tenant": "t"})], BOUNDS)
    assert faults([(stage, {})], BOUNDS)
    assert faults([("ivy.lunches", {})], BOUNDS)
