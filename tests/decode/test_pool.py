"""What only the pool can meet: processes that die, hang, or lie."""

from __future__ import annotations

import asyncio
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from tests.support.media import encode, image_file, video_file
from tests.twins.decoder import InProcessDecoder
from worker.decode.config import DecodeConfig
from worker.decode.messages import Decoded, Order
from worker.decode.pool import DecodePool
from worker.decode.protocol import MediaLimits
from worker.decode.sandbox.limits import MAX_OPEN_FILES
from worker.decode.sandbox.protections import Protection
from worker.decode.sizing import GROW_AFTER_S
from worker.domain.failure import Poison, Reason, Systemic, Transient
from worker.domain.media import Content
from worker.models.spec import load_spec
from worker.process.channel import channel_pair

RECIPE = load_spec("tiny").recipe
GOOD = Content.of(image_file(0.5))

STARTING_TAKES_S = 1.0
"""Less than any start of a process, and more than a small picture."""


@asynccontextmanager
async def opened(**settings: Any) -> AsyncIterator[DecodePool]:
    pool = DecodePool(DecodeConfig(**{"processes": 1, "text": False, **settings}))
    try:
        await pool.start()
        yield pool
    finally:
        await pool.close()


@pytest.fixture
async def pool() -> AsyncIterator[DecodePool]:
    async with opened(timeout_s=20) as pool:
        yield pool


async def until(happened: Callable[[], bool]) -> None:
    async with asyncio.timeout(60):
        while not happened():
            await asyncio.sleep(0.02)


def process_id(pool: DecodePool) -> int:
    return pool.processes[0].child.pid


def process_ids(pool: DecodePool) -> list[int]:
    return [process.child.pid for process in pool.processes]


async def test_every_protection_holds_here(pool: DecodePool) -> None:
    assert pool.protections() == {protection.value: True for protection in Protection}


async def test_the_process_has_no_network_and_no_environment(pool: DecodePool) -> None:
    pid = process_id(pool)
    devices = Path(f"/proc/{pid}/net/dev").read_text(encoding="ascii").splitlines()[2:]
    assert [line.split(":")[0].strip() for line in devices] == ["lo"]
    names = {
        entry.split(b"=")[0] for entry in Path(f"/proc/{pid}/environ").read_bytes().split(b"\0")
    }
    assert not any(name.startswith((b"IVY_", b"HF_", b"AWS_")) for name in names)


async def kill_idle(pool: DecodePool) -> None:
    """As the kernel does when memory is short."""
    process = pool.processes[0].child.process
    process.kill()
    await process.wait()


async def die_at_work(pool: DecodePool, content: Content) -> None:
    """Decode a content, and have the process die of it."""
    await until(lambda: bool(pool.processes))  # another is on its way since the last one died
    pid = process_id(pool)
    os.kill(pid, signal.SIGSTOP)
    decoding = asyncio.create_task(pool.decode(content, RECIPE))
    await asyncio.sleep(0.2)
    os.kill(pid, signal.SIGKILL)
    with pytest.raises(Transient) as lost:
        await decoding
    assert lost.value.reason is Reason.DECODER_FAILED


async def test_a_process_that_died_idle_is_replaced_and_costs_nobody_a_try(
    pool: DecodePool,
) -> None:
    pid = process_id(pool)
    await kill_idle(pool)
    (await pool.decode(GOOD, RECIPE)).close()
    assert process_id(pool) != pid


async def test_a_process_that_died_at_work_is_replaced(pool: DecodePool) -> None:
    await die_at_work(pool, GOOD)
    (await pool.decode(GOOD, RECIPE)).close()


async def test_it_waits_while_too_many_descriptors_are_on_their_way(pool: DecodePool) -> None:
    """Those that others sent count, too: the engine of a busy worker has dozens to receive."""
    pid = process_id(pool)
    sender, receiver = channel_pair()
    for _ in range(2 * MAX_OPEN_FILES):
        socket.send_fds(sender, [b"{}"], [receiver.fileno()])
    decoding = asyncio.create_task(pool.decode(GOOD, RECIPE))
    await asyncio.sleep(0.5)
    assert not decoding.done()
    receiver.close()
    sender.close()
    (await decoding).close()
    assert process_id(pool) == pid


async def test_a_content_that_kills_again_and_again_is_poison(pool: DecodePool) -> None:
    deadly = Content.of(image_file(0.4))
    for _ in range(2):
        await die_at_work(pool, deadly)
    with pytest.raises(Poison) as refused:
        await pool.decode(deadly, RECIPE)
    assert refused.value.reason is Reason.DECODER_FAILED
    (await pool.decode(GOOD, RECIPE)).close()


async def test_a_process_that_hangs_is_killed_at_the_time_limit() -> None:
    async with opened(timeout_s=0.5) as pool:
        pid = process_id(pool)
        os.kill(pid, signal.SIGSTOP)
        with pytest.raises(Transient) as lost:
            await pool.decode(GOOD, RECIPE)
        assert lost.value.reason is Reason.DECODER_TIMEOUT
        assert "decode.timeout_s" in lost.value.detail
        assert not Path(f"/proc/{pid}").exists()


async def test_a_caller_that_goes_away_leaves_no_process_with_an_old_answer(
    pool: DecodePool,
) -> None:
    pid = process_id(pool)
    os.kill(pid, signal.SIGSTOP)
    waiting = asyncio.create_task(pool.decode(GOOD, RECIPE))
    await asyncio.sleep(0.1)
    waiting.cancel()
    with pytest.raises(asyncio.CancelledError):
        await waiting
    media = await pool.decode(Content.of(video_file(0.5)), RECIPE)
    assert media.facts.mime == "video/mp4"
    media.close()


@pytest.mark.parametrize("limit", [{"max_uses": 1}, {"recycle_above_bytes": 1}])
async def test_a_worn_process_serves_until_a_fresh_one_is_there(limit: dict[str, int]) -> None:
    async with opened(**limit) as pool:
        pid = process_id(pool)
        (await pool.decode(GOOD, RECIPE)).close()
        begun = time.monotonic()
        (await pool.decode(GOOD, RECIPE)).close()
        assert time.monotonic() - begun < STARTING_TAKES_S  # it did not wait for the fresh one
        # A small picture may leave it no larger than it was: as many as it takes.
        async with asyncio.timeout(60):
            while Path(f"/proc/{pid}").exists():
                await asyncio.sleep(0.05)
                (await pool.decode(GOOD, RECIPE)).close()
        assert len(pool.processes) == 1


async def test_a_process_that_gives_its_memory_back_is_kept() -> None:
    async with opened(recycle_above_bytes=64 * 1024**2) as pool:
        process = pool.processes[0]
        before = process.peak_bytes
        large = Content.of(encode(Image.new("RGB", (5000, 5000)), "PNG"))
        (await pool.decode(large, RECIPE)).close()
        assert process.peak_bytes > before + 64 * 1024**2  # it did take more
        assert process.grown_bytes < 64 * 1024**2
        assert not process.worn


async def test_files_that_wait_bring_up_a_second_process_but_not_while_the_engine_is_full() -> None:
    room = False
    config = DecodeConfig(processes=2, min_processes=1, text=False, provenance=False)
    pool = DecodePool(config, engine_has_room=lambda: room)
    try:
        await pool.start()
        stopped = process_id(pool)
        os.kill(stopped, signal.SIGSTOP)
        decoding = [asyncio.create_task(pool.decode(GOOD, RECIPE)) for _ in range(2)]
        await until(lambda: pool.waiting == 1)
        await asyncio.sleep(2 * GROW_AFTER_S)
        assert process_ids(pool) == [stopped]
        room = True
        done, _ = await asyncio.wait(decoding, timeout=60, return_when=asyncio.FIRST_COMPLETED)
        assert len(done) == 1
        assert len(process_ids(pool)) == 2
        os.kill(stopped, signal.SIGCONT)
        for media in await asyncio.gather(*decoding):
            media.close()
    finally:
        await pool.close()


async def test_a_tenant_has_a_budget_of_its_own(pool: DecodePool) -> None:
    tight = {"tight": {"image": {"max_pixels": 100}, "video": {"max_duration_s": 1}}}
    async with opened(provenance=False, tenants=tight) as pool:
        for tenant in ("another", None):
            (await pool.decode(GOOD, RECIPE, tenant=tenant)).close()
        for data, limit in (
            (GOOD.data, "max_pixels"),
            (video_file(0.5), "max_duration_s"),
        ):
            with pytest.raises(Poison) as refused:
                await pool.decode(Content.of(data), RECIPE, tenant="tight")
            assert refused.value.reason is Reason.MEDIA_OVER_BUDGET
            assert limit in refused.value.detail


def test_what_a_tenants_budget_leaves_out_is_as_for_everybody() -> None:
    config = DecodeConfig.model_validate(
        {
            "limits": {"video": {"max_streams": 3}},
            "tenants": '{"a": {"video": {"max_pixels": 9}, "image": {"max_aspect": 2}}}',
        }
    )
    own = config.limits_of("a")
    assert (own.video.max_pixels, own.video.max_streams, own.image.max_aspect) == (9, 3, 2)
    assert config.limits_of("b") == config.limits_of(None) == config.limits


async def test_without_a_protection_that_is_required_it_does_not_start(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    # As where the library is not installed: its module cannot be imported.
    (tmp_path / "pyseccomp.py").write_text("raise RuntimeError('Unable to find libseccomp')\n")
    monkeypatch.syspath_prepend(str(tmp_path))
    with pytest.raises(Systemic) as refused:
        async with opened(provenance=False):
            pass
    assert "'few system calls'" in refused.value.detail
    assert "libseccomp2" in refused.value.detail
    async with opened(provenance=False, require_protections="bounded memory,no files") as pool:
        held = pool.protections()
        assert not held[Protection.SYSTEM_CALLS]
        assert held[Protection.FILES]
        (await pool.decode(GOOD, RECIPE)).close()


async def test_decoding_that_needs_too_much_memory_is_refused_and_the_process_goes_on() -> None:
    async with opened(memory_bytes=150 * 1024**2) as pool:
        pid = process_id(pool)
        large = Content.of(encode(Image.new("RGB", (7000, 7000)), "PNG"))
        with pytest.raises(Poison) as refused:
            await pool.decode(large, RECIPE)
        assert refused.value.reason is Reason.MEDIA_OVER_BUDGET
        (await pool.decode(GOOD, RECIPE)).close()
        assert process_id(pool) == pid


def test_the_network_is_left_before_any_thread_starts() -> None:
    # With threads, a process that is not root cannot enter a namespace of its own.
    program = "import os, worker.decode.child; print(len(os.listdir('/proc/self/task')))"
    ended = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True
    )
    assert ended.stdout == "1\n"


async def test_a_file_that_names_other_files_opens_none(pool: DecodePool, tmp_path: Path) -> None:
    secret = tmp_path / "secret.mp4"
    secret.write_bytes(video_file(0.5))
    listing = f"ffconcat version 1.0\nfile {secret}\n".encode()
    # Behind the first bytes of a video, as far as that goes.
    for data in (listing, b"\x1aE\xdf\xa3" + listing, b"\x00\x00\x00\x14ftypmp42" + listing):
        with pytest.raises(Poison):
            await pool.decode(Content.of(data), RECIPE)


@pytest.mark.parametrize(
    "lie",
    [
        {"height": 57},
        {"height": 28 * 400},
        {"frames": 2},
        {"facts": {"bytes": 1}},
    ],
)
async def test_an_answer_that_does_not_fit_the_order_is_no_answer(
    lie: dict[str, object],
) -> None:
    media = await InProcessDecoder().decode(GOOD, RECIPE)
    order = Order(nbytes=len(GOOD.data), recipe=RECIPE, limits=MediaLimits())
    told = {
        "facts": media.facts.model_dump(),
        "frames": media.frames,
        "height": media.height,
        "width": media.width,
        "sampling": None,
    }
    media.close()
    assert Decoded.model_validate(told).fits(order)
    if "facts" in lie:
        told["facts"].update(lie["facts"])  # type: ignore[attr-defined]
    else:
        told.update(lie)
    assert not Decoded.model_validate(told).fits(order)
