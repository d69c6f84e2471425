"""A few frames out of a long clip: by seeking, against decoding it through, and other readers.

Ours is given the file as it is when it was fetched, in memory, and gives the model's pixels from a
sandboxed process. Decoding through resizes nothing; the other readers resize, too.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Mapping
from fractions import Fraction
from pathlib import Path

import av
import numpy as np

from scripts.bench.figure import Figure, Round
from scripts.bench.kept import kept, uv
from scripts.bench.readers.task import Task
from scripts.bench.row import Bench
from worker.decode.config import DecodeConfig
from worker.decode.pool import DecodePool
from worker.domain.media import Content, PreparedMedia
from worker.domain.recipe import DecodeRecipe
from worker.models.spec import load_spec

SIZE = (1920, 1080)
FPS = 24
PART_S = 10
"""Encoded once, and written again and again: a clip of ten minutes would take long to encode."""

KEY_EVERY = 2 * FPS
"""Frames from one key frame to the next: two seconds, as phones and platforms write."""

AIM = 10.0

OURS = "frames of a 1080p H.264 clip by seeking, in a sandboxed process"

READERS: Mapping[str, str] = {
    "torchcodec": "torchcodec with its defaults (exact seeking), and torchvision's resize",
    "decord": "decord with one thread, and torchvision's resize",
}
"""By the name of their module and requirements."""

PACKAGES = Path(__file__).parent / "readers" / "requirements"

Reference = Callable[[Path, PreparedMedia], float]
"""Seconds that the other side takes for what ours did."""


def decode_video(bench: Bench) -> Figure:
    """One process of ours, one thread of the script's."""
    (rounds,) = asyncio.run(_measure(bench, [_through]))
    reference = "PyAV in this process, decoding through and picking the same number"
    return Figure("decode video", OURS, reference, "/s", rounds, AIM)


def decode_video_readers(bench: Bench) -> tuple[Figure, ...]:
    """Beside other libraries that seek, as far as they can be installed. Each has one thread."""
    references = [_by(name, _packages(name)) for name in READERS]
    found = asyncio.run(_measure(bench, references))
    return tuple(
        Figure(f"decode video, {name}", OURS, reference, "/s", rounds, 1.0)
        for (name, reference), rounds in zip(READERS.items(), found, strict=True)
    )


def _packages(reader: str) -> Path:
    locked = PACKAGES / f"{reader}.txt"

    def make(folder: Path) -> None:
        install = ("pip", "install", "--no-deps", "--require-hashes", "--target", folder)
        uv(f"{reader} does not install here", *install, "-r", locked)

    return kept("readers", locked, make)


async def _measure(bench: Bench, references: list[Reference]) -> list[tuple[Round, ...]]:
    """The rounds with each reference; ours is the same in one round of all."""
    recipe = load_spec("ivy-fake").recipe
    file = _clip(bench.folder, bench.size.video_s)
    pool = DecodePool(DecodeConfig(processes=1, text=False, provenance=False, timeout_s=600))
    rounds: list[list[Round]] = [[] for _ in references]
    try:
        await pool.start()
        with Content.of(file.read_bytes()) as content:
            for _ in range(bench.size.rounds):
                await _ours(pool, content, recipe)  # unmeasured, as each reader's first go is
                begun = time.perf_counter()
                media = await _ours(pool, content, recipe)
                ours = time.perf_counter() - begun
                for one, reference in zip(rounds, references, strict=True):
                    theirs = await asyncio.to_thread(reference, file, media)
                    one.append(Round(1 / ours, 1 / theirs))
                bench.done()
    finally:
        await pool.close()
    return [tuple(one) for one in rounds]


async def _ours(pool: DecodePool, content: Content, recipe: DecodeRecipe) -> PreparedMedia:
    media = await pool.decode(content, recipe)
    media.close()
    return media


def _by(reader: str, packages: Path) -> Reference:
    def seconds(file: Path, media: PreparedMedia) -> float:
        assert media.sampling is not None, "a video's"
        _, height, width, _ = media.shape
        return Task(str(file), media.sampling.frame_indices, height, width).by(reader, packages)

    return seconds


def _through(file: Path, media: PreparedMedia) -> float:
    """As readers do that load a clip before they sample it."""
    begun = time.perf_counter()
    with av.open(str(file)) as container:
        stream = container.streams.video[0]
        stream.thread_count = 1
        picked = np.linspace(0, max(0, stream.frames - 1), media.frames).round().astype(int)
        chosen = set(picked.tolist())
        for number, frame in enumerate(container.decode(stream)):
            if number in chosen:
                frame.to_ndarray(format="rgb24")
    return time.perf_counter() - begun


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
