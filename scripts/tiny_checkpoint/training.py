"""From random weights to a checkpoint that knows its two colours, in a minute or two on a CPU."""

from __future__ import annotations

import tempfile
from collections.abc import Callable
from pathlib import Path

import torch
from transformers import (
    AutoProcessor,
    PreTrainedModel,
    Qwen2_5_VLConfig,
    Qwen2_5_VLForConditionalGeneration,
)

from scripts.tiny_checkpoint.folder import write_folder
from scripts.tiny_checkpoint.lessons import Teacher
from scripts.tiny_checkpoint.tokenizer import make_tokenizer
from worker.domain.media import MediaKind
from worker.models.spec import Prompt

STEPS = 900
BATCH = 16
PEAK_RATE = 3e-3
"""Learning rate at the top of its cycle: the highest that trained without diverging."""
VIDEO_EVERY = 3
REPORT_EVERY = 100
WEIGHTS = ".safetensors"


def build(
    folder: Path,
    prompt: Prompt,
    *,
    steps: int = STEPS,
    seed: int = 0,
    report: Callable[[str], None],
) -> None:
    """Build the checkpoint in ``folder``, ready for transformers and for vLLM."""
    torch.manual_seed(seed)
    config = write_folder(folder, make_tokenizer())
    model = Qwen2_5_VLForConditionalGeneration(Qwen2_5_VLConfig(**config))
    report(f"{sum(weights.numel() for weights in model.parameters()):,} parameters")
    _train(model, Teacher(AutoProcessor.from_pretrained(folder), prompt, seed), steps, report)
    _save_weights(model.eval().to(torch.bfloat16), folder)


def _train(
    model: PreTrainedModel, teacher: Teacher, steps: int, report: Callable[[str], None]
) -> None:
    optimizer = torch.optim.AdamW(model.parameters(), lr=PEAK_RATE, weight_decay=0.0)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimizer, PEAK_RATE, total_steps=steps)
    model.train()
    for step in range(1, steps + 1):
        kind = MediaKind.IMAGE if step % VIDEO_EVERY else MediaKind.VIDEO
        lesson = teacher.lesson(BATCH, kind)
        loss = model(**lesson.inputs, labels=lesson.labels).loss
        loss.backward()
        torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        optimizer.step()
        schedule.step()
        optimizer.zero_grad()
        if step % REPORT_EVERY == 0 or step == steps:
            report(f"step {step} of {steps}, loss {loss.item():.3f}")


def _save_weights(model: PreTrainedModel, folder: Path) -> None:
    """Only the weights: transformers would rewrite config.json into a layout of its own."""
    with tempfile.TemporaryDirectory() as scratch:
        model.save_pretrained(scratch)
        for file in Path(scratch).iterdir():
            if file.suffix == WEIGHTS:
                (folder / file.name).write_bytes(file.read_bytes())
