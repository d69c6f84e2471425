"""A stage's settings by TRL's names."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from worker.training.stage import Stage

KEPT = 2
"""Checkpoints kept: the last, and the one before in case that one is torn."""


def common(stage: Stage, folder: Path) -> dict[str, Any]:
    """What SFT and GRPO share."""
    import torch

    gpu = torch.cuda.is_available()
    return {
        "output_dir": str(folder / "checkpoints"),
        "learning_rate": stage.learning_rate,
        "lr_scheduler_type": stage.schedule,
        "warmup_steps": stage.warmup,
        "weight_decay": stage.weight_decay,
        "max_grad_norm": stage.clip_norm,
        "num_train_epochs": stage.epochs,
        "max_steps": stage.max_steps or -1,
        "per_device_train_batch_size": stage.batch,
        "gradient_accumulation_steps": stage.accumulate,
        "gradient_checkpointing": stage.checkpointing,
        "bf16": stage.bf16 and gpu,
        "use_cpu": not gpu,
        "dataloader_pin_memory": gpu,
        "seed": stage.seed,
        "data_seed": stage.seed,
        "save_steps": stage.save_every,
        "save_total_limit": KEPT,
        "logging_steps": 5,
        "report_to": ["tensorboard"],
        "remove_unused_columns": False,
    }
