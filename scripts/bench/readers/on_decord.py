"""decord, with one thread of FFmpeg's."""

from __future__ import annotations

import decord
import torch

from scripts.bench.readers.resized import resized
from scripts.bench.readers.task import Task, run


def work(task: Task) -> tuple[int, ...]:
    """Open, take the frames, resize them."""
    frames = decord.VideoReader(task.file, num_threads=1).get_batch(list(task.frames)).asnumpy()
    return resized(torch.from_numpy(frames).permute(0, 3, 1, 2), task.height, task.width)


if __name__ == "__main__":
    torch.set_num_threads(1)
    run(work)
