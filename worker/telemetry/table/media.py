"""Metrics of media: fetched, held, decoded."""

from __future__ import annotations

from worker.decode.loss import Loss
from worker.decode.sandbox.protections import Protection
from worker.telemetry.metric import Kind, Label, Metric

MEDIA_BYTES = Metric("ivy.media.bytes", Kind.GAUGE, "By", "Media held in memory.")
SPILLED_BYTES = Metric(
    "ivy.fetch.spilled", Kind.GAUGE, "By", "Room for large media set aside in fetch.spill_folder."
)
HOSTS_LEFT_ALONE = Metric(
    "ivy.fetch.hosts_left_alone",
    Kind.GAUGE,
    "{host}",
    "Media hosts that failed again and again, and are not asked for now.",
)
DECODE_PROCESSES = Metric(
    "ivy.decode.processes", Kind.GAUGE, "{process}", "Decode processes that are up."
)
DECODE_WAITING = Metric(
    "ivy.decode.waiting", Kind.GAUGE, "{file}", "Files that wait for a decode process."
)
DECODE_LOST = Metric(
    "ivy.decode.lost",
    Kind.COUNTER,
    "{process}",
    "Decode processes that died, were ended or were replaced, by why.",
    (Label.of("reason", Loss),),
)
DECODE_PROTECTION = Metric(
    "ivy.decode.protection",
    Kind.GAUGE,
    "1",
    "1 where a protection of the decode processes holds on this machine, 0 where it does not.",
    (Label.of("protection", Protection),),
)
