"""A few frames out of a long clip: by seeking, against decoding it through."""

from __future__ import annotations

import asyncio
import time
from fractions import Fraction
from pathlib import Path

import av
import numpy as np

from scripts.bench.figure import Figure, Round
from scripts.bench.row import Bench
from worker.decode.config import DecodeConfig
from worker.decode.pool import DecodePool
from worker.domain.media import Content
from worker.domain.recipe import DecodeRecipe
from worker.models.spec import load_spec

SIZE = (1920, 1080)
FPS = 24
PART_S = 10
"""Encoded once, and written again and again: a clip of ten minutes would take long to encode."""

KEY_EVERY = 2 * FPS
"""Frames from one key frame to the next: two seconds, as phones and platforms write."""

AIM = 10.0


def decode_video(bench: Bench) -> Figure:
    """One process of ours, one thread of the script's."""
    return asyncio.run(_measure(bench))


async def _measure(bench: Bench) -> Figure:
    recipe = load_spec("ivy-fake").recipe
    file = _clip(bench.folder, bench.size.video_s)
    pool = DecodePool(DecodeConfig(processes=1, text=False, provenance=False, timeout_s=600))
    rounds = []
    try:
        await pool.start()
        for _ in range(bench.size.rounds):
            begun = time.perf_counter()
            frames = await _ours(pool, file, recipe)
            between = time.perf_counter()
            _through(file, frames)
            ended = time.perf_counter()
            rounds.append(Round(1 / (between - begun), 1 / (ended - between)))
            bench.done()
    finally:
        await pool.close()
    return Figure(
        row="decode video",
        ours="frames of a 1080p H.264 clip by seeking, in a sandboxed process",
        reference="PyAV in this process, decoding through and picking the same number",
        unit="/s",
        rounds=tuple(rounds),
        aim=AIM,
    )


async def _ours(pool: DecodePool, file: Path, recipe: DecodeRecipe) -> int:
    with Content.of(file.read_bytes()) as content:
        media = await pool.decode(content, recipe)
        frames = media.frames
        media.close()
    return frames


def _through(file: Path, wanted: int) -> None:
    """As readers do that load a clip before they sample it."""
    with av.open(str(file)) as container:
        stream = container.streams.video[0]
        stream.thread_count = 1
        picked = np.linspace(0, max(0, stream.frames - 1), wanted).round().astype(int)
        chosen = set(picked.tolist())
        for number, frame in enumerate(container.decode(stream)):
            if number in chosen:
                frame.to_ndarray(format="rgb24")


def _clip(folder: Path, seconds: float) -> Path:
    part = _part(folder / "part.mp4")
    path = folder / "long.mp4"
    with av.open(str(part)) as source, av.open(str(path), "w") as target:
        given = source.streams.video[0]
        stream = target.add_stream_from_template(given)
        packets = [packet for packet in source.demux(given) if packet.dts is not None]
        assert given.time_base is not None
        length = round(PART_S / given.time_base)
        times = [(packet.pts or 0, packet.dts or 0) for packet in packets]
        for again in range(max(1, round(seconds / PART_S))):
            for packet, (pts, dts) in zip(packets, times, strict=True):
                packet.pts, packet.dts = pts + again * length, dts + again * length
                packet.stream = stream
                target.mux(packet)
    part.unlink()
    return path


def _part(path: Path) -> Path:
    rng = np.random.default_rng(0)
    width, height = SIZE
    wide = rng.integers(0, 255, (height // 8, width // 8 + PART_S * FPS, 3), dtype=np.uint8)
    with av.open(str(path), "w") as container:
        stream = container.add_stream("libx264", rate=Fraction(FPS))
        stream.width, stream.height, stream.pix_fmt = width, height, "yuv420p"
        stream.options = {"preset": "ultrafast", "crf": "28", "bf": "0"}
        stream.codec_context.gop_size = KEY_EVERY
        for number in range(PART_S * FPS):
            shown = wide[:, number : number + width // 8].repeat(8, axis=0).repeat(8, axis=1)
            container.mux(stream.encode(av.VideoFrame.from_ndarray(shown, format="rgb24")))
        container.mux(stream.encode(None))
    return path
