"""Upload sample media to the store, publish an event for each, and show the verdicts.

The platform's side of docker-compose.yml, which runs it in the profile `demo`. It takes the
worker's own settings, so that both speak of the same topics and store. Exits with 1 if an upload
gets no verdict in time, or the labels are no better than chance where they are known.
"""

from __future__ import annotations

import argparse
import asyncio
import sys
import tempfile
import uuid
from pathlib import Path

from kafka import KafkaAdminClient
from obstore.store import S3Store

from worker.demo.chance import better_than_chance
from worker.demo.samples import Sample, find_samples, make_samples
from worker.demo.traffic import Outcome, OutcomeReader, Rejection, Uploader
from worker.fetch.config import FetchConfig
from worker.settings.settings import Settings, load_settings

BUCKET = "uploads"


def store_of(fetch: FetchConfig) -> S3Store:
    """The bucket that the workers fetch from."""
    secret = fetch.s3_secret_access_key
    return S3Store(
        BUCKET,
        endpoint=fetch.s3_endpoint,
        region=fetch.s3_region,
        access_key_id=fetch.s3_access_key_id,
        secret_access_key=secret.get_secret_value() if secret else None,
        client_options={"allow_http": True},
    )


async def upload(samples: list[Sample], run: str, store: S3Store) -> dict[str, Sample]:
    """Put every file into the store; samples by the id of their event."""
    found = {}
    for sample in samples:
        await store.put_async(f"{run}/{sample.path.name}", sample.path.read_bytes())
        found[f"{run}-{sample.path.name}"] = sample
    return found


def events(samples: dict[str, Sample], run: str) -> list[dict[str, object]]:
    """One upload event for each file."""
    return [
        {
            "event_id": event_id,
            "content_id": event_id,
            "media": {"url": f"s3://{BUCKET}/{run}/{sample.path.name}"},
            "tenant": "demo",
        }
        for event_id, sample in samples.items()
    ]


def partitions_of(settings: Settings, client: dict[str, object]) -> int:
    """The most that a topic of outcomes has."""
    admin = KafkaAdminClient(**client)
    topics = settings.kafka.topics
    try:
        found = admin.describe_topics([topics.verdicts, topics.dead_letters])
        return max(len(topic["partitions"]) for topic in found)
    finally:
        admin.close()


class Tally:
    """What came, and whether it is as it should be."""

    def __init__(self) -> None:
        self.rejected = self.known = self.right = 0

    def count(self, outcome: Outcome, sample: Sample) -> str:
        """A line about it."""
        if isinstance(outcome, Rejection):
            self.rejected += 1
            return f"{sample.path.name}: dead letter, {outcome.reason}: {outcome.detail}"
        right = sample.expected is None or outcome.label is sample.expected
        if sample.expected is not None:
            self.known += 1
            self.right += right
        mark = "" if right else f"  (should be {sample.expected})"
        return f"{sample.path.name}: {outcome.label}  {outcome.score:.2f}{mark}"

    @property
    def good(self) -> bool:
        """No upload without a verdict, and labels that are better than chance."""
        chance = self.known and not better_than_chance(self.right, self.known)
        return not (self.rejected or chance)


async def main(folder: Path | None, timeout_s: float) -> bool:
    """Whether every sample got its verdict, and the labels are better than chance."""
    settings = load_settings()
    client: dict[str, object] = {"bootstrap_servers": list(settings.kafka.bootstrap_servers)}
    run = f"demo-{uuid.uuid4().hex[:8]}"
    with tempfile.TemporaryDirectory() as drawn:
        samples = find_samples(folder) if folder else make_samples(Path(drawn))
        waiting = await upload(samples, run, store_of(settings.fetch))
    print(f"{len(waiting)} files in s3://{BUCKET}/{run}/", flush=True)

    topics, tally, done = settings.kafka.topics, Tally(), asyncio.Event()
    reader = OutcomeReader(
        client,
        verdicts=topics.verdicts,
        dead_letters=topics.dead_letters,
        partitions=partitions_of(settings, client),
    )

    def came(outcome: Outcome) -> None:
        sample = waiting.pop(outcome.event_id, None)
        if sample is not None:
            print(tally.count(outcome, sample), flush=True)
        if not waiting:
            done.set()

    uploader = Uploader(client, topics.uploads)
    try:
        await uploader.publish(events(waiting, run))
        reader.start(came)
        await asyncio.wait_for(done.wait(), timeout_s)
    except TimeoutError:
        print(f"{len(waiting)} uploads have no verdict after {timeout_s:g} s", file=sys.stderr)
        return False
    finally:
        await reader.close()
        uploader.close()
    return tally.good


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--media", type=Path, help="A folder of your own files.")
    parser.add_argument("--timeout", type=float, default=600.0, metavar="SECONDS")
    options = parser.parse_args()
    sys.exit(not asyncio.run(main(options.media, options.timeout)))
