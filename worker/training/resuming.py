"""Going on from a checkpoint with its weights."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any


class Resuming:
    """Mixed into a trainer: full weights are read back by the names that they were written under.

    transformers 5 writes the older names (``visual.*``) and its trainer looks for its own
    (``model.visual.*``), finds none, warns, and goes on from the weights that the run began with
    (seen in 5.19). ``from_pretrained`` knows both.
    """

    def _load_from_checkpoint(self, resume_from_checkpoint: str, model: Any = None) -> None:
        trainer: Any = self
        whole = trainer.model if model is None else model
        others = trainer.is_fsdp_enabled or trainer.is_deepspeed_enabled
        if others or hasattr(whole, "peft_config"):
            super()._load_from_checkpoint(resume_from_checkpoint, model)  # type: ignore[misc]
            return
        found = type(whole).from_pretrained(resume_from_checkpoint, dtype=whole.dtype)
        whole.load_state_dict(found.state_dict())


def last_checkpoint(checkpoints: Path) -> Path | None:
    """The last one that is whole, if there is any."""
    from transformers.trainer_utils import get_last_checkpoint

    found = get_last_checkpoint(str(checkpoints)) if checkpoints.is_dir() else None
    return Path(found) if found else None


def is_the_end(checkpoint: Path) -> bool:
    """Whether nothing is left to do after it. transformers would do one step more."""
    state = json.loads((checkpoint / "trainer_state.json").read_text(encoding="utf-8"))
    return bool(state["global_step"] >= state["max_steps"])
