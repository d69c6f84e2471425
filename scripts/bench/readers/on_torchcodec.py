"""torchcodec with its defaults: exact seeking, one thread of FFmpeg's."""

from __future__ import annotations

import sys

import torch
from torchcodec.decoders import VideoDecoder

from scripts.bench.readers.resized import resized
from scripts.bench.readers.task import Task, run

FFMPEG = "libavutil.so"
"""In what it says where it finds no FFmpeg; it looks for one when it is first asked to decode."""


def work(task: Task) -> tuple[int, ...]:
    """Open, take the frames, resize them."""
    frames = _opened(task.file).get_frames_at(list(task.frames)).data
    return resized(frames, task.height, task.width)


def _opened(file: str) -> VideoDecoder:
    try:
        return VideoDecoder(file)
    except RuntimeError as error:
        if FFMPEG not in str(error):
            raise
        sys.exit(
            "it needs FFmpeg's shared libraries, which its package does not bring:"
            " apt-get install ffmpeg"
        )


if __name__ == "__main__":
    torch.set_num_threads(1)
    run(work)
