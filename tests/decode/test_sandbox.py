"""What a decode process cannot do, tried from inside."""

from __future__ import annotations

import signal
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from tests.support.c2pa_signer import Signer, created
from tests.support.media import image_file
from tests.support.trespasser import ATTEMPTS, DEADLY
from worker.decode.config import DecodeConfig
from worker.decode.doors import PAGES, PLAYLISTS, PNG, doors_are_shut
from worker.decode.image import prepare
from worker.decode.pool import DecodePool
from worker.decode.rehearsal import SAMPLES
from worker.domain.media import Content
from worker.domain.provenance import SignalKind
from worker.models.spec import load_spec
from worker.process.channel import ChannelClosed, Packet
from worker.process.child import Child, base_environment

REFUSED = {
    "read a file": "EPERM",
    "read of itself": "EPERM",
    "list a folder": "EPERM",
    "write a file": "EPERM",
    "remove a file": "EPERM",
    "ask for a file's size": "EPERM",
    "make a socket": "EPERM",
    "make a local socket": "EPERM",
    "fork": "EPERM",
    "start a program": "ENOSYS",
    "signal its parent": "EPERM",
    "import a module": "ModuleNotFoundError",
    "make machine code": "EPERM",
    "lift a limit": "ENOSYS",
    "fill the memory": "MemoryError",
    "fill shared memory": "EFBIG",
    "use up descriptors": "EMFILE",
    "start a thread": "done",
}
"""What comes of each attempt that the process lives through. Threads are what FFmpeg needs."""

FATAL = ("execute", "connect", "be traced", *DEADLY)
"""What no decoder does."""


@asynccontextmanager
async def trespasser() -> AsyncIterator[Child]:
    child = await Child.start(
        "tests.support.trespasser", env=base_environment(), heard=lambda _: None
    )
    try:
        yield child
    finally:
        await child.end(grace_s=0)


async def attempt(child: Child, name: str) -> str:
    await child.channel.send(Packet({"try": name}))
    return str((await child.channel.receive()).body["outcome"])


def test_every_attempt_has_an_expected_outcome() -> None:
    assert {*REFUSED, *FATAL} == set(ATTEMPTS)


async def test_what_is_tried_is_refused_and_the_process_goes_on() -> None:
    async with trespasser() as child:
        told = (await child.channel.receive()).body["protections"]
        assert all(told.values()), told
        assert {name: await attempt(child, name) for name in REFUSED} == REFUSED


@pytest.mark.parametrize("name", FATAL)
async def test_what_no_decoder_does_ends_the_process(name: str) -> None:
    async with trespasser() as child:
        await child.channel.receive()
        with pytest.raises(ChannelClosed):
            await attempt(child, name)
        assert await child.process.wait() == -signal.SIGSYS


def standing(pid: str) -> dict[str, str]:
    lines = Path(f"/proc/{pid}/status").read_text(encoding="ascii").splitlines()
    return {name: value.strip() for name, _, value in (line.partition(":") for line in lines)}


def forks_of(pid: int) -> list[str]:
    children = Path(f"/proc/{pid}/task/{pid}/children").read_text(encoding="ascii")
    return children.split()


async def test_a_real_decode_process_and_its_reader_of_manifests_are_shut_in() -> None:
    signed = Signer.make().sign(image_file(0.5, "JPEG"), "image/jpeg", [created("digitalCapture")])
    pool = DecodePool(DecodeConfig(processes=1, text=False))
    try:
        await pool.start()
        pid = pool.processes[0].child.pid
        shut_in = [str(pid), *forks_of(pid)]
        assert len(shut_in) == 2
        for each in shut_in:
            status = standing(each)
            assert status["Seccomp"] == "2"
            assert status["NoNewPrivs"] == "1"
            assert int(status["CapEff"], 16) == int(status["CapPrm"], 16) == 0
            assert int(status["Threads"]) == 1
        with await pool.decode(Content.of(signed), load_spec("tiny").recipe) as media:
            assert media.provenance is not None
            assert [one.kind for one in media.provenance.signals] == [SignalKind.C2PA]
        for sample in sorted(SAMPLES.iterdir()):
            content = Content.of(sample.read_bytes())
            (await pool.decode(content, load_spec("tiny").recipe)).close()
        assert pool.processes[0].child.pid == pid
    finally:
        await pool.close()


def test_the_lists_of_formats_bite() -> None:
    prepare()
    assert doors_are_shut()


@pytest.mark.parametrize(
    ("options", "formats"),
    [
        ({"format_whitelst": "mov"}, None),  # a slip of the pen, which FFmpeg does not mind
        ({"format_whitelist": "mov", "protocol_whitelist": "none"}, ("EPS",)),
    ],
)
def test_a_list_that_does_not_bite_is_noticed(
    monkeypatch: pytest.MonkeyPatch, options: dict[str, str], formats: tuple[str, ...] | None
) -> None:
    prepare()
    monkeypatch.setattr("worker.decode.doors.OPTIONS", options)
    # Not the SDP: with that door open, FFmpeg listens for ten seconds.
    monkeypatch.setattr("worker.decode.doors.PLAYLISTS", (PNG,))
    if formats is not None:
        monkeypatch.setattr("worker.decode.doors.FORMATS", formats)
    assert not doors_are_shut()


def test_there_is_a_door_for_each_way_out() -> None:
    assert len(PLAYLISTS) == 5
    assert len(PAGES) == 4
