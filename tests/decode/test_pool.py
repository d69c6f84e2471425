"""What only the pool can meet: processes that die, hang, or lie."""

from __future__ import annotations

import asyncio
import os
import signal
import subprocess
import sys
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.support.media import image_file, video_file
from tests.twins.decoder import InProcessDecoder
from worker.decode.config import DecodeConfig
from worker.decode.messages import Decoded, Order
from worker.decode.pool import DecodePool
from worker.decode.protocol import DecodeLimits
from worker.domain.failure import Poison, Reason, Transient
from worker.domain.media import Content
from worker.models.spec import load_spec

RECIPE = load_spec("tiny").recipe
GOOD = Content.of(image_file(0.5))


@pytest.fixture
async def pool() -> AsyncIterator[DecodePool]:
    pool = DecodePool(DecodeConfig(processes=1, timeout_s=20, text=False))
    await pool.start()
    yield pool
    await pool.close()


def process_id(pool: DecodePool) -> int:
    return pool._idle[0].child.pid


async def test_every_protection_holds_here(pool: DecodePool) -> None:
    assert pool.protections() == {
        "bounded memory": True,
        "formats on a list": True,
        "no network": True,
        "no new privileges": True,
    }


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
    process = pool._idle[0].child.process
    process.kill()
    await process.wait()


async def die_at_work(pool: DecodePool, content: Content) -> None:
    """Decode a content, and have the process die of it."""
    if not pool._idle:
        pool._idle.append(await pool._begin())
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


async def test_a_content_that_kills_again_and_again_is_poison(pool: DecodePool) -> None:
    deadly = Content.of(image_file(0.4))
    for _ in range(2):
        await die_at_work(pool, deadly)
    with pytest.raises(Poison) as refused:
        await pool.decode(deadly, RECIPE)
    assert refused.value.reason is Reason.DECODER_FAILED
    (await pool.decode(GOOD, RECIPE)).close()


async def test_a_process_that_hangs_is_killed_at_the_time_limit() -> None:
    pool = DecodePool(DecodeConfig(processes=1, timeout_s=0.5, text=False))
    await pool.start()
    pid = process_id(pool)
    os.kill(pid, signal.SIGSTOP)
    with pytest.raises(Transient) as lost:
        await pool.decode(GOOD, RECIPE)
    assert lost.value.reason is Reason.DECODER_TIMEOUT
    assert "decode.timeout_s" in lost.value.detail
    assert not Path(f"/proc/{pid}").exists()
    await pool.close()


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


async def test_a_worn_out_process_is_replaced() -> None:
    pool = DecodePool(DecodeConfig(processes=1, max_uses=1, text=False))
    await pool.start()
    pid = process_id(pool)
    (await pool.decode(GOOD, RECIPE)).close()
    assert not Path(f"/proc/{pid}").exists()
    (await pool.decode(GOOD, RECIPE)).close()
    await pool.close()


async def test_decoding_that_needs_too_much_memory_is_refused_and_the_process_goes_on() -> None:
    pool = DecodePool(DecodeConfig(processes=1, memory_bytes=150 * 1024**2, text=False))
    await pool.start()
    pid = process_id(pool)
    large = Content.of(image_file(0.5, "PNG", 7000, 7000))
    with pytest.raises(Poison) as refused:
        await pool.decode(large, RECIPE)
    assert refused.value.reason is Reason.MEDIA_OVER_BUDGET
    (await pool.decode(GOOD, RECIPE)).close()
    assert process_id(pool) == pid
    await pool.close()


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
    order = Order(nbytes=len(GOOD.data), recipe=RECIPE, limits=DecodeLimits())
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
