"""Supervised stages, on TRL's ``SFTTrainer``.

Its own collator knows pictures only, and resizes them by the processor's rule. Ours makes the
tensors of pictures and clips in the service's own steps; the rest is TRL's.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from datasets import Dataset
from trl import SFTConfig, SFTTrainer

from worker.domain.recipe import DecodeRecipe
from worker.models.spec import Prompt
from worker.training.arguments import common
from worker.training.examples import Example, question
from worker.training.features import asked, together, with_answer
from worker.training.loading import freeze, lora_config
from worker.training.media import look
from worker.training.resuming import Resuming
from worker.training.stage import Stage


class Collator:
    """From places in the list of examples to tensors; files are opened as they are needed."""

    def __init__(
        self, processor: Any, prompt: Prompt, recipe: DecodeRecipe, examples: Sequence[Example]
    ) -> None:
        self._processor = processor
        self._prompt = prompt
        self._recipe = recipe
        self._examples = examples

    def __call__(self, rows: Sequence[dict[str, Any]]) -> dict[str, Any]:
        """One batch, padded on the right."""
        made = [self._row(self._examples[row["number"]]) for row in rows]
        return together(made, self._processor.tokenizer.pad_token_id)

    def _row(self, example: Example) -> dict[str, Any]:
        pixels = look(example.path, self._recipe)
        chat = question(self._prompt, pixels.facts.kind, example.task)
        return with_answer(self._processor, asked(self._processor, chat, pixels), example.answer)


class MediaSftTrainer(Resuming, SFTTrainer):  # type: ignore[misc]
    """TRL's, that goes on from its checkpoints."""


def sft_trainer(
    stage: Stage,
    model: Any,
    processor: Any,
    prompt: Prompt,
    recipe: DecodeRecipe,
    examples: Sequence[Example],
    folder: Path,
) -> Any:
    """TRL's trainer for these examples, ready to go."""
    peft = lora_config(model, stage.lora, stage.frozen) if stage.lora else None
    if peft is None:
        freeze(model, stage.frozen)
    # TRL takes a set for one of pictures by a column `images`, and leaves it alone then.
    rows = {"number": list(range(len(examples))), "images": [[]] * len(examples)}
    return MediaSftTrainer(
        model=model,
        args=SFTConfig(
            **common(stage, folder),
            max_length=None,
            dataset_kwargs={"skip_prepare_dataset": True},
        ),
        train_dataset=Dataset.from_dict(rows),
        data_collator=Collator(processor, prompt, recipe, examples),
        processing_class=processor,
        peft_config=peft,
    )
