"""A photograph of 12 million pixels to the model's grid: sandboxed, against a straight script."""

from __future__ import annotations

import asyncio
import time
from pathlib import Path

import numpy as np
import torch
from PIL import Image
from torchvision.transforms.v2 import InterpolationMode
from torchvision.transforms.v2.functional import resize

from scripts.bench.figure import Figure, Round
from scripts.bench.row import Bench
from worker.decode.config import DecodeConfig
from worker.decode.pool import DecodePool
from worker.domain.media import Content
from worker.domain.recipe import DecodeRecipe
from worker.models.spec import load_spec

SIZE = (4000, 3000)
AIM = 1.0


def decode_image(bench: Bench) -> Figure:
    """One process of ours, one thread of the script's."""
    return asyncio.run(_measure(bench))


async def _measure(bench: Bench) -> Figure:
    recipe = load_spec("ivy-fake").recipe
    files = [_photograph(bench.folder, number) for number in range(bench.size.large_pictures)]
    config = DecodeConfig(processes=1, text=False, provenance=False)
    pool = DecodePool(config)
    rounds = []
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        await pool.start()
        grid = await _ours(pool, files[:1], recipe)
        for _ in range(bench.size.rounds):
            begun = time.perf_counter()
            await _ours(pool, files, recipe)
            between = time.perf_counter()
            _straight(files, grid)
            ended = time.perf_counter()
            rounds.append(Round(len(files) / (between - begun), len(files) / (ended - between)))
            bench.done()
    finally:
        torch.set_num_threads(threads)
        await pool.close()
    return Figure(
        row="decode image",
        ours="JPEG of 4000 x 3000 in a sandboxed process, to pixels in shared memory",
        reference="Pillow and torchvision in this process, no checks",
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


async def _ours(pool: DecodePool, files: list[Path], recipe: DecodeRecipe) -> tuple[int, int]:
    """Decode all, one after the other; height and width of the grid."""
    size = (0, 0)
    for file in files:
        with Content.of(file.read_bytes()) as content:
            media = await pool.decode(content, recipe)
            size = (media.height, media.width)
            media.close()
    return size


def _straight(files: list[Path], grid: tuple[int, int]) -> None:
    for file in files:
        with Image.open(file) as image:
            pixels = torch.from_numpy(np.array(image.convert("RGB"))).permute(2, 0, 1)
        resized = resize(
            pixels, list(grid), interpolation=InterpolationMode.BICUBIC, antialias=True
        )
        resized.contiguous().numpy()
