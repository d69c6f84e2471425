"""Tensors of questions about media, pictures and clips mixed in one batch.

The processor's own steps make them, one media at a time; here they are only padded and put
together. Tests hold them against the reference detector's.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import torch

from worker.decode.decode import Pixels
from worker.training.media import processor_inputs

IGNORED = -100
"""The label that PyTorch's cross entropy passes over."""

PER_TOKEN = ("input_ids", "attention_mask", "mm_token_type_ids")
"""The rest is media: rows of pixels and their grids, one after the other in the batch's order."""


def asked(processor: Any, chat: Sequence[dict[str, Any]], pixels: Pixels) -> dict[str, Any]:
    """One question: the processor's tensors, of a batch of one."""
    text = processor.apply_chat_template(list(chat), add_generation_prompt=True, tokenize=False)
    features = processor(text=[text], return_tensors="pt", **processor_inputs(pixels))
    features.pop("video_metadata", None)
    return dict(features)


def with_answer(processor: Any, features: dict[str, Any], answer: str) -> dict[str, Any]:
    """The question with its answer behind, and ``labels`` for the answer alone."""
    tokenizer = processor.tokenizer
    said = torch.tensor([[*tokenizer(answer).input_ids, tokenizer.eos_token_id]])
    before = features["input_ids"]
    joined = dict(features)
    joined["input_ids"] = torch.cat([before, said], dim=1)
    joined["attention_mask"] = torch.ones_like(joined["input_ids"])
    joined["mm_token_type_ids"] = torch.cat(
        [features["mm_token_type_ids"], torch.zeros_like(said)], dim=1
    )
    joined["labels"] = torch.cat([torch.full_like(before, IGNORED), said], dim=1)
    return joined


def together(rows: Sequence[dict[str, Any]], pad: int, side: str = "right") -> dict[str, Any]:
    """One batch of several. ``side`` is where the shorter ones are padded."""
    longest = max(row["input_ids"].shape[1] for row in rows)
    fill = {"input_ids": pad, "labels": IGNORED}
    batch: dict[str, Any] = {}
    for name in (*PER_TOKEN, "labels"):
        if name in rows[0]:
            parts = [_padded(row[name], longest, fill.get(name, 0), side) for row in rows]
            batch[name] = torch.cat(parts)
    for row in rows:
        for name, value in row.items():
            if name not in (*PER_TOKEN, "labels"):
                batch.setdefault(name, []).append(torch.as_tensor(value))
    return {
        name: torch.cat(value) if isinstance(value, list) else value
        for name, value in batch.items()
    }


def _padded(row: torch.Tensor, length: int, value: int, side: str) -> torch.Tensor:
    missing = length - row.shape[1]
    where = (0, missing) if side == "right" else (missing, 0)
    return torch.nn.functional.pad(row, where, value=value)
