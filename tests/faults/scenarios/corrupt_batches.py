"""7. Batches in the log that kafka-python cannot read."""

from __future__ import annotations

import time
from dataclasses import replace

from tests.faults.checker import check
from tests.faults.lab import Lab
from tests.faults.outcome import longest_silence
from tests.faults.result import Result
from tests.faults.segment import (
    Batch,
    Damage,
    broken_checksum,
    broken_compression,
    damage_last_batch,
    renamed_header,
    unknown_codec,
)
from tests.faults.size import Size
from tests.faults.stream import Stream
from tests.faults.upload import Upload, make_uploads

NUMBER, NAME = 7, "corrupt batches"
DEAD_LETTER, TRANSACTIONAL, HALT = "dead_letter", "dead_letter, transactional", "halt"
FORMS = (DEAD_LETTER, TRANSACTIONAL, HALT)
SHORT_FORMS = (DEAD_LETTER,)

PARTITIONS = 3
BATCH = 5
HEADER, NO_UTF8 = b"ivy-fault-header", b"\xff\xfe\xc3\x28fault-header"

UNREADABLE: dict[str, tuple[Damage, str]] = {
    "broken checksum": (broken_checksum, "none"),
    "unknown codec": (unknown_codec, "none"),
    "broken compression": (broken_compression, "lz4"),
}
"""The damage, and the compression that the batch comes in. One dead letter has a whole batch."""

REASON = "corrupt_records"


def run(lab: Lab, size: Size, form: str) -> Result:
    """Each kind of damage, in the middle of a stream; the worker begins when all of it is there."""
    uploads = make_uploads(2_000, seed=NUMBER)
    stream = lab.stream(PARTITIONS)
    stream.publish(uploads[:1_000])
    rest = uploads[1_000:]
    broken: dict[tuple[int, int], bytes] = {}
    for number, (damage, compression) in enumerate(UNREADABLE.values()):
        part, rest = _sound(rest)
        batch = _publish_damaged(lab, stream, number % PARTITIONS, part, damage, compression)
        broken[number % PARTITIONS, batch.base_offset] = batch.data
        _stand_in(stream, number % PARTITIONS, batch)
    part, rest = _sound(rest)
    _publish_damaged(lab, stream, 0, part, renamed_header(HEADER, NO_UTF8), "none")
    stream.publish(rest)
    expected = len(stream.published)
    problems = _halts(lab, stream, broken) if form == HALT else []
    delivery = "transactional" if form == TRANSACTIONAL else "at_least_once"
    started = time.time()
    worker = lab.worker(stream, f"kafka.delivery={delivery}", name="reading-on")
    worker.wait_ready()
    stream.wait_settled(expected, 400)
    stream.wait_committed()
    status = worker.stop()
    report = check(stream, transactional=delivery == "transactional")
    if report.reasons.get(REASON) != len(broken):
        problems.append(f"dead letters: {report.reasons}, and {len(broken)} batches were broken")
    if [one.status for one in worker.exits] != [0]:
        problems.append(f"it ended with {[one.status for one in worker.exits]}")
    for outcome in stream.outcomes():
        if outcome.source in broken and outcome.payload != broken[outcome.source]:
            problems.append(f"the dead letter of {outcome.source} is not as the log has it")
    return Result.of(
        NUMBER,
        NAME,
        form,
        report,
        recovery_s=longest_silence(report.times, [started]),
        story=f"{', '.join(UNREADABLE)}: a dead letter each; a header that is no UTF-8: read;"
        f" drained with {status}",
        problems=problems,
    )


def _sound(uploads: list[Upload]) -> tuple[list[Upload], list[Upload]]:
    """As many as a batch takes of those that become verdicts, and the others."""
    part = [upload for upload in uploads if upload.label is not None][:BATCH]
    return part, [upload for upload in uploads if upload not in part]


def _publish_damaged(
    lab: Lab, stream: Stream, partition: int, part: list[Upload], damage: Damage, compression: str
) -> Batch:
    stream.publish(
        part,
        partition=partition,
        headers=[(HEADER.decode(), b"")],
        producer={"linger.ms": 1_000, "compression.type": compression},
    )
    batch = damage_last_batch(lab.cluster, stream.uploads, partition, damage)
    assert batch.count == BATCH, f"the batch has {batch.count} records"
    return batch


def _stand_in(stream: Stream, partition: int, batch: Batch) -> None:
    """From now on the first event of a batch stands for all of it, and becomes a dead letter."""
    first = partition, batch.base_offset
    stream.published[first] = replace(stream.published[first], label=None)
    for offset in range(batch.base_offset + 1, batch.base_offset + BATCH):
        del stream.published[partition, offset]


def _halts(lab: Lab, stream: Stream, broken: dict[tuple[int, int], bytes]) -> list[str]:
    """Told to halt, it names a damaged batch, and commits nothing from there on."""
    worker = lab.worker(stream, "kafka.consumer.on_corrupt_records=halt", name="halting")
    worker.wait_exits(2, 240)
    statuses = [one.status for one in worker.exits]
    worker.end()
    problems = [] if set(statuses) == {1} else [f"told to halt, it ended with {statuses}"]
    said = worker.log.read_text(encoding="utf-8", errors="replace")
    if not any(f"{stream.uploads}[{p}]@{offset}" in said for p, offset in broken):
        problems.append("told to halt, it named no damaged batch")
    committed = stream.committed()
    if past := [at for at in broken if committed.get(at[0], 0) > at[1]]:
        problems.append(f"told to halt, it committed past {past}")
    return problems
