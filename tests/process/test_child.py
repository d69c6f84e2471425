from __future__ import annotations

import asyncio
import os
import subprocess
import sys
import time
from pathlib import Path

import pytest

from worker.process.child import Child, base_environment
from worker.process.program import Program

HELPER = "tests.support.child_program"


def alive(pid: int) -> bool:
    try:
        state = Path(f"/proc/{pid}/stat").read_text(encoding="ascii").rsplit(")", 1)[1].split()[0]
    except FileNotFoundError:
        return False
    return state != "Z"


async def gone(pid: int) -> None:
    async with asyncio.timeout(10):
        while alive(pid):
            await asyncio.sleep(0.02)


async def test_ending_a_child_ends_what_it_started() -> None:
    child = await Child.start(HELPER, arguments=("grandchild",), env=base_environment())
    packet = await child.channel.receive()
    grandchild = int(packet.body["grandchild"])
    assert alive(grandchild)
    await child.end(grace_s=0.2)
    await gone(child.pid)
    await gone(grandchild)


async def test_a_child_that_ends_by_itself_is_given_its_time() -> None:
    child = await Child.start(HELPER, arguments=("polite",), env=base_environment())
    await child.channel.receive()
    assert await child.end(grace_s=10) == 7


async def test_a_child_sees_the_environment_it_is_given_and_no_more(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("IVY_SECRET", "do not tell")
    child = await Child.start(HELPER, arguments=("environment",), env=base_environment())
    names = (await child.channel.receive()).body["names"]
    await child.end(grace_s=1)
    assert "PATH" in names
    assert "IVY_SECRET" not in names


async def test_what_a_child_says_is_heard() -> None:
    heard: list[str] = []
    child = await Child.start(
        HELPER, arguments=("talk",), env=base_environment(), heard=heard.append
    )
    await child.channel.receive()
    await child.end(grace_s=5)
    assert heard == ["to stdout", "to stderr"]


async def test_a_child_dies_with_a_parent_that_is_killed() -> None:
    parent = subprocess.Popen(
        [sys.executable, "-m", HELPER, "0", "0", "parent"],
        stdout=subprocess.PIPE,
        env=base_environment(),
    )
    assert parent.stdout is not None
    pid = int(await asyncio.to_thread(parent.stdout.readline))
    assert alive(pid)
    parent.kill()
    parent.wait()
    parent.stdout.close()
    await gone(pid)


async def test_a_program_is_killed_with_its_group_when_it_does_not_listen(tmp_path: Path) -> None:
    log = tmp_path / "log"
    program = await Program.start(
        ["/bin/sh", "-c", "trap '' TERM; sleep 60 & echo $!; wait; sleep 60"],
        env=base_environment(),
        output=log,
    )
    async with asyncio.timeout(10):
        while not log.read_text():
            await asyncio.sleep(0.02)
    begun = time.monotonic()
    await program.end(grace_s=0.3)
    assert time.monotonic() - begun < 5
    await gone(int(log.read_text()))


async def test_a_program_ends_politely_if_it_can(tmp_path: Path) -> None:
    program = await Program.start(
        ["/bin/sh", "-c", "trap 'exit 3' TERM; echo up; while :; do sleep 0.05; done"],
        env=base_environment(),
        output=tmp_path / "log",
    )
    async with asyncio.timeout(10):
        while not (tmp_path / "log").read_text():
            await asyncio.sleep(0.02)
    assert program.running
    assert await program.end(grace_s=10) == 3


async def test_a_parent_that_is_process_1_is_not_taken_for_a_dead_one() -> None:
    # As in a container. unshare makes the parent process 1 of a namespace of its own.
    unshare = ["unshare", "--fork", "--pid", "--mount-proc"]
    if os.geteuid() != 0:
        unshare += ["--user", "--map-root-user"]
    parent = subprocess.Popen(
        [*unshare, sys.executable, "-m", HELPER, "0", "0", "parent"],
        stdout=subprocess.PIPE,
        env=base_environment(),
    )
    assert parent.stdout is not None
    line = await asyncio.to_thread(parent.stdout.readline)
    parent.kill()
    parent.wait()
    parent.stdout.close()
    assert int(line) > 1  # the child came up and answered
