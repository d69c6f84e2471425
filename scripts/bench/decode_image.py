"""A photograph of 12 million pixels to the model's grid: sandboxed, against a straight script."""

from __future__ import annotations

import asyncio
import time
from pathlib import Path

import numpy as np
import numpy.typing as npt
from PIL import Image

from scripts.bench.figure import Figure, Round
from scripts.bench.row import Bench
from worker.decode.config import DecodeConfig
from worker.decode.pool import DecodePool
from worker.domain.media import Content
from worker.domain.recipe import DecodeRecipe
from worker.models.spec import load_spec
from worker.process.shared_memory import map_pixels

SIZE = (4000, 3000)
AIM = 1.0


def decode_image(bench: Bench) -> Figure:
    """One process of ours; the script has one thread, too."""
    return asyncio.run(_measure(bench))


async def _measure(bench: Bench) -> Figure:
    recipe = load_spec("ivy-fake").recipe
    files = [_photograph(bench.folder, number) for number in range(bench.size.large_pictures)]
    config = DecodeConfig(processes=1, text=False, provenance=False)
    pool = DecodePool(config)
    rounds = []
    try:
        await pool.start()
        expected = await _ours(pool, files[:1], recipe)
        grid = expected.shape[0], expected.shape[1]
        if not np.array_equal(expected, _straight(files[:1], grid)):
            raise RuntimeError("both sides must come to the same pixels")
        for _ in range(bench.size.rounds):
            begun = time.perf_counter()
            await _ours(pool, files, recipe)
            between = time.perf_counter()
            _straight(files, grid)
            ended = time.perf_counter()
            rounds.append(Round(len(files) / (between - begun), len(files) / (ended - between)))
            bench.done()
    finally:
        await pool.close()
    return Figure(
        row="decode image",
        ours="JPEG of 4000 x 3000 in a sandboxed process, to pixels in shared memory",
        reference="Pillow in this process, to the same pixels, without a check",
        unit="/s",
        rounds=tuple(rounds),
        aim=AIM,
    )


def _photograph(folder: Path, number: int) -> Path:
    """Detail at every scale, as photographs have it: a file of some MB."""
    rng = np.random.default_rng(number)
    width, height = SIZE
    coarse = Image.fromarray(rng.integers(40, 216, (60, 80, 3), dtype=np.uint8))
    base = np.asarray(coarse.resize(SIZE, Image.Resampling.BICUBIC)).astype(np.int16)
    noisy = base + rng.integers(-12, 13, (height, width, 1), dtype=np.int16)
    path = folder / f"photograph-{number:02d}.jpg"
    Image.fromarray(np.clip(noisy, 0, 255).astype(np.uint8)).save(path, quality=90)
    return path


async def _ours(pool: DecodePool, files: list[Path], recipe: DecodeRecipe) -> npt.NDArray[np.uint8]:
    """Decode all, one after the other; the last one's pixels."""
    pixels = np.empty((0,), dtype=np.uint8)
    for file in files:
        with Content.of(file.read_bytes()) as content:
            media = await pool.decode(content, recipe)
            pixels = map_pixels(media.fd, media.shape)[0]
            media.close()
    return pixels


def _straight(files: list[Path], grid: tuple[int, int]) -> npt.NDArray[np.uint8]:
    """As the model card's snippet resizes pictures: by Pillow. The last one's pixels."""
    height, width = grid
    pixels = np.empty((0,), dtype=np.uint8)
    for file in files:
        with Image.open(file) as image:
            resized = image.convert("RGB").resize((width, height), Image.Resampling.BICUBIC)
        pixels = np.asarray(resized)
    return pixels
