"""Quix Streams: a dataframe from one topic to another.

By its documentation: ``at-least-once``, its default, flushes the producer and then commits, here as
often as ours; bytes are neither parsed nor written anew; no state, and so no changelog topics.
"""

from __future__ import annotations

import tempfile
import time
from typing import Any

from quixstreams import Application

from scripts.bench.peers.job import Job, tell


def main() -> None:
    """See the module."""
    job = Job.given()
    result = job.result.encode()
    begun = 0.0

    def handle(_: Any) -> bytes:
        nonlocal begun
        begun = begun or time.perf_counter()
        return result

    with tempfile.TemporaryDirectory() as state:
        app = Application(
            broker_address=job.bootstrap,
            consumer_group=job.group,
            auto_offset_reset="earliest",
            processing_guarantee="at-least-once",
            commit_interval=job.commit_interval_s,
            producer_extra_config=job.producer(),
            auto_create_topics=False,
            use_changelog_topics=False,
            state_dir=state,
            loglevel="WARNING",
        )
        source = app.topic(job.source, value_deserializer="bytes", key_deserializer="bytes")
        sink = app.topic(job.sink, value_serializer="bytes", key_serializer="bytes")
        app.dataframe(source).apply(handle).to_topic(sink)
        app.run(count=job.events, collect=False)
        ended = time.perf_counter()
    tell(ended - begun, ["quixstreams", "confluent-kafka"])


if __name__ == "__main__":
    main()
