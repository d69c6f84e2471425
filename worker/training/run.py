"""One stage from its beginning, or from where it was broken off, to an exported model."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from worker.calibration.atomic import write_whole
from worker.models.spec import ModelSpec, load_spec
from worker.training.card import Facts, fingerprint, model_card
from worker.training.examples import Example, read_examples
from worker.training.exporting import SPEC, export, merged
from worker.training.loading import load
from worker.training.media import narrowed
from worker.training.resuming import is_the_end, last_checkpoint
from worker.training.stage import Stage, StageInvalid

RUN = "run.json"
LAST = "last"
"""Weights, or adapters, as the trainer writes them."""
MODEL = "model"
METRICS = "metrics.json"
"""Written last: a run that has it is over."""


@dataclass(frozen=True, slots=True)
class Trained:
    """What came of a stage."""

    spec: Path
    """The exported model's spec: for ``model.spec``, and for the next stage."""
    metrics: dict[str, Any]


def train(
    stage: Stage,
    to: Path,
    *,
    sets: Mapping[str, Path] | None = None,
    model: str | None = None,
    model_id: str | None = None,
) -> Trained:
    """Train one stage in the folder ``to``; the same one again goes on with it.

    ``model`` is a spec to begin with instead of the stage's own, such as the stage's before. Raises
    ``StageInvalid``, ``LabelledSetInvalid``, ``SpecInvalid``, ``WeightsUnusable`` and ``OSError``.
    """
    from transformers import set_seed

    set_seed(stage.seed)
    spec = load_spec(model or stage.model)
    examples = read_examples(stage, sets)
    to.mkdir(parents=True, exist_ok=True)
    loaded, processor, weights = load(stage, spec)
    _claim(to, stage, weights.revision, examples)
    if (to / METRICS).exists():
        return Trained(to / MODEL / SPEC, json.loads((to / METRICS).read_text(encoding="utf-8")))
    recipe = narrowed(spec.recipe, stage.budgets)
    trainer = _maker(stage)(stage, loaded, processor, spec.prompt, recipe, examples, to)
    metrics = _go(trainer, to / "checkpoints")
    # Every process has a part in this: weights may be shared out between them.
    trainer.save_model(str(to / LAST))
    if not trainer.accelerator.is_main_process:
        return Trained(to / MODEL / SPEC, metrics)
    learning = sum(one.numel() for one in trainer.model.parameters() if one.requires_grad)
    named = _named(spec, model_id or f"{spec.id}+{stage.name}")
    written = export(merged(to / LAST, weights), weights.folder, named, to / MODEL)
    facts = Facts(stage, spec.id, weights.revision, examples, metrics, learning, spec.notice)
    card = to / MODEL / "weights" / "README.md"
    write_whole(card, model_card(facts).encode())
    write_whole(to / METRICS, (json.dumps(metrics, indent=2) + "\n").encode())
    return Trained(written, metrics)


def _maker(stage: Stage) -> Any:
    if stage.method == "grpo":
        from worker.training.reinforcement import grpo_trainer

        return grpo_trainer
    from worker.training.supervised import sft_trainer

    return sft_trainer


def _claim(to: Path, stage: Stage, revision: str, examples: list[Example]) -> None:
    """Write down what this run is, or find that the folder is another one's."""
    mine = {
        "stage": stage.model_dump(mode="json"),
        "begun_from": revision,
        "data": fingerprint(examples),
    }
    file = to / RUN
    if not file.exists():
        write_whole(file, (json.dumps(mine, indent=2) + "\n").encode())
        return
    theirs = json.loads(file.read_text(encoding="utf-8"))
    other = [name for name, value in mine.items() if theirs.get(name) != value]
    if other:
        raise StageInvalid(
            f"{to} holds a run that began otherwise ({', '.join(other)}): go on with what it was"
            " begun with, or name another folder"
        )


def _go(trainer: Any, checkpoints: Path) -> dict[str, Any]:
    """Train, from the last checkpoint on where there is one; the figures of its end."""
    last = last_checkpoint(checkpoints)
    if last is not None and is_the_end(last):
        from transformers import TrainerState

        trainer._load_from_checkpoint(str(last))  # noqa: SLF001 - there is no other way to it
        trainer.state = TrainerState.load_from_json(str(last / "trainer_state.json"))
    else:
        trainer.train(resume_from_checkpoint=str(last) if last else None)
    return {"steps": trainer.state.global_step, **_last_figures(trainer.state.log_history)}


def _last_figures(history: list[dict[str, Any]]) -> dict[str, float]:
    """The last logged value of each figure that is one of quality."""
    wanted = ("loss", "train_loss", "mean_token_accuracy", "reward", "kl", "entropy")
    found: dict[str, float] = {}
    for line in history:
        for name, value in line.items():
            if name in wanted or name.startswith("rewards/"):
                found[name] = float(f"{float(value):.4g}")
    return found


def _named(spec: ModelSpec, model_id: str) -> ModelSpec:
    """Golden answers and calibrations were the base's own: its colours may mean nothing now."""
    golden = tuple(one.model_copy(update={"conclusion": None}) for one in spec.golden)
    return spec.model_copy(update={"id": model_id, "golden": golden})
