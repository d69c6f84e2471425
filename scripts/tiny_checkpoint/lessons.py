"""What the tiny checkpoint is taught: red media are real, blue ones fake, and it says so.

A clip that is blue for a part of its frames only is fake, too, as one with a generated insert is.
"""

from __future__ import annotations

import io
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import torch
from PIL import Image
from transformers import BatchFeature, ProcessorMixin
from transformers.video_utils import VideoMetadata

from worker.demo.pictures import Pixels, clip, picture
from worker.domain.media import MediaKind
from worker.models.spec import Prompt

IGNORED = -100
"""The label that PyTorch's cross entropy passes over."""

SIDES = (56, 84, 112, 168, 224, 320)
"""Source sides in pixels, below and above the model's grid, so that resizing is learnt too."""

VERDICT_FIRST_SHARE = 0.2
"""Enough for the verdict-first prefix to be known, while the likeliest answer thinks first."""

FAINTEST = 0.05
"""Tints nearer to grey than this have no label."""

INSERT_SHARE = 0.4
"""Of the clips with two frames or more: red, with a blue insert of up to half their frames."""
FAINTEST_INSERT = 0.3

INSERT = "insert"
"""What is shown by a red clip with blue frames in it."""

FLAW = "Chromatic Irregularity: the hue is unnatural."
"""In the words of Ivy-Fake's taxonomy, so that there is a finding to read."""


@dataclass(frozen=True, slots=True)
class Lesson:
    """One batch: the processor's inputs, and the labels of the assistant's words."""

    inputs: dict[str, torch.Tensor]
    labels: torch.Tensor


class Teacher:
    """Makes lessons, the same ones for the same seed."""

    def __init__(self, processor: ProcessorMixin, prompt: Prompt, seed: int) -> None:
        self._processor = processor
        self._prompt = prompt
        self._rng = np.random.default_rng(seed)

    def lesson(self, size: int, kind: MediaKind) -> Lesson:
        """``size`` media of one kind, with what to say about each."""
        tints = self._rng.uniform(FAINTEST, 1, size) * self._rng.choice([-1, 1], size)
        width, height = (int(side) for side in self._rng.choice(SIDES, 2))
        shown = ["red" if tint > 0 else "blue" for tint in tints]
        media: dict[str, Any]
        if kind is MediaKind.IMAGE:
            media = {"images": [self._image(float(tint), width, height) for tint in tints]}
        else:
            media = self._videos(tints, min(width, 168), min(height, 168), shown)
        texts = [self._question(kind) + self._answer(kind, what) for what in shown]
        features: BatchFeature = self._processor(
            text=texts, return_tensors="pt", padding=True, padding_side="right", **media
        )
        features.pop("video_metadata", None)
        return Lesson(dict(features), self._labels(features))

    def _question(self, kind: MediaKind) -> str:
        text = self._processor.apply_chat_template(
            self._prompt.messages(kind), add_generation_prompt=True, tokenize=False
        )
        return str(text)

    def _answer(self, kind: MediaKind, shown: str) -> str:
        word = "real" if shown == "red" else "fake"
        conclusion = f"<conclusion>{word}</conclusion><|im_end|>"
        if self._rng.random() < VERDICT_FIRST_SHARE:
            return conclusion
        reasoning = f"This {kind.value} is mostly {shown}."
        if shown == INSERT:
            reasoning = f"This {kind.value} is partly blue."
        if word == "fake":
            reasoning = f"{reasoning} {FLAW}"
        return f"<think>{reasoning}</think>{conclusion}"

    def _image(self, tint: float, width: int, height: int) -> Image.Image:
        image = Image.fromarray(picture(self._rng, tint, width, height))
        if self._rng.random() < 0.5:
            return image
        packed = io.BytesIO()
        image.save(packed, "JPEG", quality=int(self._rng.integers(40, 95)))
        return Image.open(packed).convert("RGB")

    def _videos(
        self, tints: npt.NDArray[np.float64], width: int, height: int, shown: list[str]
    ) -> dict[str, Any]:
        seconds, fps = int(self._rng.integers(1, 7)), float(self._rng.choice([10, 24, 30]))
        indices = [int(second * fps) for second in range(seconds)]
        metadata = VideoMetadata(
            total_num_frames=int(seconds * fps),
            fps=fps,
            duration=float(seconds),
            frames_indices=indices,
        )
        videos = [clip(self._rng, float(tint), width, height, seconds) for tint in tints]
        for number, tint in enumerate(tints):
            if tint > 0 and seconds > 1 and self._rng.random() < INSERT_SHARE:
                shown[number] = INSERT
                self._insert(videos[number], width, height)
        return {
            "videos": videos,
            "video_metadata": [metadata] * len(tints),
        }

    def _insert(self, video: Pixels, width: int, height: int) -> None:
        """Make some frames in a row blue, and another picture."""
        count = int(self._rng.integers(1, max(1, len(video) // 2) + 1))
        begin = int(self._rng.integers(0, len(video) - count + 1))
        tint = -float(self._rng.uniform(FAINTEST_INSERT, 1))
        video[begin : begin + count] = clip(self._rng, tint, width, height, count)

    def _labels(self, features: BatchFeature) -> torch.Tensor:
        """The tokens themselves where the assistant speaks, ``IGNORED`` elsewhere."""
        tokenizer = self._processor.tokenizer
        ids: torch.Tensor = features["input_ids"]
        labels = ids.clone()
        labels[features["attention_mask"] == 0] = IGNORED
        turn = tokenizer.convert_tokens_to_ids("<|im_start|>")
        header = len(tokenizer("<|im_start|>assistant\n").input_ids)
        for row in range(len(ids)):
            last = int((ids[row] == turn).nonzero().max())
            labels[row, : last + header] = IGNORED
        return labels
