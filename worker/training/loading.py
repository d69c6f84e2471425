"""A model to be trained: its weights, its processor, and which parts of it learn."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Any

import torch

from worker.models.spec import ModelSpec
from worker.models.weights import Weights, find_weights
from worker.training.positions import count_on_from_the_media
from worker.training.stage import Lora, Part, Stage, StageInvalid

VISION = re.compile(r"(?:^|\.)visual\.")
PROJECTOR = re.compile(r"(?:^|\.)visual\.(?:merger|deepstack_merger_list)\.")
"""What joins patches into the language model's tokens, in Qwen2.5-VL and Qwen3-VL."""


def part_of(name: str) -> Part:
    """The part that a weight belongs to, by its name."""
    if PROJECTOR.search(name):
        return Part.PROJECTOR
    return Part.VISION if VISION.search(name) else Part.LANGUAGE


def load(stage: Stage, spec: ModelSpec) -> tuple[Any, Any, Weights]:
    """Model, processor and weights. Raises ``WeightsUnusable``."""
    from transformers import AutoConfig, AutoModelForImageTextToText, AutoProcessor

    weights = find_weights(spec)
    config = AutoConfig.from_pretrained(weights.folder)
    for name, value in weights.overrides.items():
        if not isinstance(value, dict):
            setattr(config, name, value)
    # Weights stay in 32 bits where the sums are in 32: an update of 1e-5 is lost in bfloat16.
    dtype = torch.bfloat16 if stage.bf16 and stage.lora is not None else torch.float32
    model = AutoModelForImageTextToText.from_pretrained(weights.folder, config=config, dtype=dtype)
    count_on_from_the_media(model.model)
    model.config.use_cache = False
    processor = AutoProcessor.from_pretrained(weights.folder)
    return model, processor, weights


def freeze(model: Any, frozen: Iterable[Part]) -> int:
    """Keep these parts as they are; how many weights are left to learn.

    Raises ``StageInvalid`` where none is.
    """
    kept, learning = frozenset(frozen), 0
    for name, weight in model.named_parameters():
        weight.requires_grad = part_of(name) not in kept
        learning += weight.numel() if weight.requires_grad else 0
    if not learning:
        raise StageInvalid("the stage freezes every part of the model: there is nothing to learn")
    return learning


def lora_config(model: Any, lora: Lora, frozen: Iterable[Part]) -> Any:
    """PEFT's configuration: adapters for the named layers outside the frozen parts.

    Raises ``StageInvalid`` where no layer has such a name.
    """
    from peft import LoraConfig

    kept = frozenset(frozen)
    chosen = [
        name
        for name, layer in model.named_modules()
        if isinstance(layer, torch.nn.Linear)
        and name.rsplit(".", 1)[-1] in lora.targets
        and part_of(name) not in kept
    ]
    if not chosen:
        raise StageInvalid(f"no layer outside the frozen parts is named {', '.join(lora.targets)}")
    return LoraConfig(
        r=lora.rank,
        lora_alpha=lora.alpha,
        lora_dropout=lora.dropout,
        target_modules=chosen,
        task_type="CAUSAL_LM",
    )
