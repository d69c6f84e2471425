"""Children of the tests: python -m tests.support.child_program FD PARENT WHAT."""

from __future__ import annotations

import asyncio
import os
import subprocess
import sys
import time

from worker.process.channel import Channel, ChannelClosed, Packet
from worker.process.child import Child, base_environment, die_with_parent


def main() -> int:
    """Do what was asked."""
    fd, parent, what = int(sys.argv[1]), int(sys.argv[2]), sys.argv[3]
    if what == "parent":
        asyncio.run(be_a_parent())
        return 0
    channel = Channel.from_fd(fd)
    if what == "grandchild":
        process = subprocess.Popen(["sleep", "60"])
        channel.send(Packet({"grandchild": process.pid}))
        time.sleep(60)
    if what == "environment":
        channel.send(Packet({"names": sorted(os.environ)}))
    if what == "talk":
        print("to stdout", flush=True)
        print("to stderr", file=sys.stderr, flush=True)
        channel.send(Packet({}))
    if what == "sleep":
        die_with_parent(parent)
        channel.send(Packet({}))
        time.sleep(60)
    if what == "polite":
        channel.send(Packet({}))
        try:
            channel.receive()
        except ChannelClosed:
            return 7
    return 0


async def be_a_parent() -> None:
    """Start a child, tell its number, and wait to be killed."""
    child = await Child.start(
        "tests.support.child_program", arguments=("sleep",), env=base_environment()
    )
    await child.channel.receive()
    print(child.pid, flush=True)
    await asyncio.sleep(60)


if __name__ == "__main__":
    sys.exit(main())
