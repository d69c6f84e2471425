from __future__ import annotations

import asyncio
import contextlib
import os
import resource

import pytest

from worker.process.channel import (
    MAX_PACKET,
    AsyncChannel,
    Channel,
    ChannelClosed,
    DescriptorsCut,
    Packet,
    PacketInvalid,
    channel_pair,
)
from worker.process.descriptors import ENOUGH, allow_descriptors
from worker.process.shared_memory import map_bytes, share


async def test_packets_stay_whole_and_in_order() -> None:
    ours, theirs = channel_pair()
    here, there = AsyncChannel(ours), Channel(theirs)
    for number in range(5):
        await here.send(Packet({"number": number}))
    assert [there.receive().body["number"] for _ in range(5)] == list(range(5))
    here.close()
    there.close()


async def test_memory_goes_along_as_a_descriptor() -> None:
    ours, theirs = channel_pair()
    here, there = AsyncChannel(ours), Channel(theirs)
    fd = share(b"pixels", "test")
    there.send(Packet({"nbytes": 6}, (fd,)))
    os.close(fd)
    packet = await here.receive()
    with map_bytes(packet.fds[0], 6) as mapped:
        assert mapped[:] == b"pixels"
    packet.close_fds()
    here.close()
    there.close()


async def test_a_receiver_waits_for_what_comes() -> None:
    ours, theirs = channel_pair()
    here, there = AsyncChannel(ours), AsyncChannel(theirs)
    receiving = asyncio.create_task(here.receive())
    await asyncio.sleep(0.05)
    assert not receiving.done()
    await there.send(Packet({"late": True}))
    assert (await receiving).body == {"late": True}
    here.close()
    there.close()


async def test_a_full_channel_makes_the_sender_wait_and_loses_nothing() -> None:
    ours, theirs = channel_pair()
    here, there = AsyncChannel(ours), AsyncChannel(theirs)
    filler = "x" * 50_000

    async def send() -> None:
        for number in range(20):
            await here.send(Packet({"number": number, "filler": filler}))

    sending = asyncio.create_task(send())
    await asyncio.sleep(0.05)
    assert not sending.done()
    numbers = [(await there.receive()).body["number"] for _ in range(20)]
    assert numbers == list(range(20))
    await sending
    here.close()
    there.close()


async def test_the_end_of_the_other_side_is_told() -> None:
    ours, theirs = channel_pair()
    here, there = AsyncChannel(ours), Channel(theirs)
    there.close()
    with pytest.raises(ChannelClosed):
        await here.receive()
    with pytest.raises(ChannelClosed):
        await here.send(Packet({}))
    here.close()


@pytest.mark.parametrize("data", [b"not json", b"[1]", b"\xff\xfe", b"null"])
async def test_nonsense_is_refused(data: bytes) -> None:
    ours, theirs = channel_pair()
    here = AsyncChannel(ours)
    theirs.send(data)
    with pytest.raises(PacketInvalid):
        await here.receive()
    here.close()
    theirs.close()


async def test_a_packet_that_is_too_large_is_not_sent() -> None:
    ours, theirs = channel_pair()
    here = AsyncChannel(ours)
    with pytest.raises(PacketInvalid, match="over the limit"):
        await here.send(Packet({"x": "y" * MAX_PACKET}))
    here.close()
    theirs.close()


async def test_a_receiver_that_may_open_nothing_more_is_told_what_came_without() -> None:
    ours, theirs = channel_pair()
    there, here = AsyncChannel(ours), AsyncChannel(theirs)
    limits = resource.getrlimit(resource.RLIMIT_NOFILE)
    fd = os.memfd_create("x")
    await there.send(Packet({"id": 7}, (fd,)))
    filled: list[int] = []
    try:
        resource.setrlimit(resource.RLIMIT_NOFILE, (256, limits[1]))
        with contextlib.suppress(OSError):  # EMFILE, in the end
            while len(filled) < 256:
                filled.append(os.dup(fd))
        with pytest.raises(DescriptorsCut, match="RLIMIT_NOFILE") as cut:
            await here.receive()
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, limits)
        for one in (*filled, fd):
            os.close(one)
    assert cut.value.body == {"id": 7}
    await there.send(Packet({"id": 8}))
    assert (await here.receive()).body == {"id": 8}
    there.close()
    here.close()


def test_a_process_may_open_as_many_files_as_its_hard_limit_lets_it() -> None:
    before = resource.getrlimit(resource.RLIMIT_NOFILE)
    try:
        resource.setrlimit(resource.RLIMIT_NOFILE, (256, before[1]))
        allowed = allow_descriptors()
        assert allowed == resource.getrlimit(resource.RLIMIT_NOFILE)[0]
        assert allowed >= min(before[0], ENOUGH)
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, before)
