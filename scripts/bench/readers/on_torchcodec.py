"""torchcodec with its defaults: exact seeking, one thread of FFmpeg's."""

from __future__ import annotations

import torch
from torchcodec.decoders import VideoDecoder

from scripts.bench.readers.resized import resized
from scripts.bench.readers.task import Task, run


def work(task: Task) -> tuple[int, ...]:
    """Open, take the frames, resize them."""
    frames = VideoDecoder(task.file).get_frames_at(list(task.frames)).data
    return resized(frames, task.height, task.width)


if __name__ == "__main__":
    torch.set_num_threads(1)
    run(work)
