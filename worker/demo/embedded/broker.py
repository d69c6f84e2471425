"""librdkafka's mock cluster: a Kafka broker in a process of its own.

It speaks Kafka's protocol, and keeps everything in memory. For shows and no more.
"""

from __future__ import annotations

import sys

from worker.process.channel import Channel, ChannelClosed, Packet
from worker.process.child import Child, base_environment, die_with_parent

PARTITIONS = 4
"""The mock cluster's own default for a topic that it makes."""

API_VERSION = "2.3"
"""What clients must take it for; it does not tell."""

START_TIMEOUT_S = 30


async def start_broker(topics: list[str]) -> tuple[Child, str]:
    """The process, which ends when its channel is closed, and its bootstrap address."""
    child = await Child.start(
        "worker.demo.embedded.broker", arguments=topics, env=base_environment()
    )
    try:
        packet = await child.channel.receive()
    except BaseException:
        await child.kill()
        raise
    return child, str(packet.body["bootstrap"])


def main() -> None:
    """Serve until the parent closes the channel."""
    die_with_parent(int(sys.argv[2]))
    from confluent_kafka import Producer

    channel = Channel.from_fd(int(sys.argv[1]))
    owner = Producer({"bootstrap.servers": "mock", "test.mock.num.brokers": 1, "log_level": 0})
    for topic in sys.argv[3:]:
        owner.list_topics(topic=topic, timeout=START_TIMEOUT_S)  # makes it
    (broker,) = owner.list_topics(timeout=START_TIMEOUT_S).brokers.values()
    channel.send(Packet({"bootstrap": f"{broker.host}:{broker.port}"}))
    try:
        channel.receive()
    except ChannelClosed:
        return


if __name__ == "__main__":
    main()
