"""GRPO stages, on TRL's ``GRPOTrainer``, for pictures and clips.

TRL 1.16 carries pictures from the roll-out to the loss, and no clips: ``pixel_values_videos`` is
known to none of its steps. Its own splitting and shuffling by grids fits clips as well. So a media
of either kind travels under the pictures' names, one to a row, and gets its own name back where the
model is called. Its private methods are overridden for it, hence the pin on
1.16.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from pathlib import Path
from typing import Any

import torch
from datasets import Dataset
from trl import GRPOConfig, GRPOTrainer

from worker.domain.media import MediaKind
from worker.domain.recipe import DecodeRecipe
from worker.models.spec import Prompt
from worker.training.arguments import common
from worker.training.carried import as_carried, as_model_takes, rows_of
from worker.training.examples import Example, question
from worker.training.features import asked, together
from worker.training.loading import freeze, lora_config
from worker.training.media import look
from worker.training.positions import count_on_from_the_media
from worker.training.resuming import Resuming
from worker.training.rewards import REWARDS
from worker.training.stage import Stage, StageInvalid

CARRIED = ("pixel_values", "image_grid_thw", "image_sizes", "mm_token_type_ids")


class MediaGrpoTrainer(Resuming, GRPOTrainer):  # type: ignore[misc]
    """GRPO whose questions are about files."""

    def __init__(
        self, *, prompt: Prompt, recipe: DecodeRecipe, examples: Sequence[Example], **options: Any
    ) -> None:
        self._prompt, self._recipe, self._examples = prompt, recipe, examples
        self._asked: list[Example] = []
        self._media: dict[str, Any] = {}
        super().__init__(**options)
        if self.ref_model is not None:
            # TRL loads it anew, and it must see clips where the policy sees them.
            count_on_from_the_media(self.accelerator.unwrap_model(self.ref_model).model)

    def _generate_and_score_completions(self, inputs: list[dict[str, Any]]) -> dict[str, Any]:
        self._asked = [self._examples[row["number"]] for row in inputs]
        chats = [question(self._prompt, one.kind, one.task) for one in self._asked]
        rows = [
            {**row, "prompt": chat, "label": one.label.value}
            for row, chat, one in zip(inputs, chats, self._asked, strict=True)
        ]
        output: dict[str, Any] = super()._generate_and_score_completions(rows)
        length = output["prompt_ids"].shape[1] + output["completion_ids"].shape[1]
        output |= {**self._media, "num_images": [1] * len(rows)}
        output["mm_token_type_ids"] = _lengthened(output["mm_token_type_ids"], length)
        return output

    def _tokenize_prompts(
        self,
        prompts: list[Any],  # noqa: ARG002 - those that were asked for last
    ) -> tuple[Any, Any, dict[str, Any]]:
        known: dict[Path, dict[str, Any]] = {}
        rows = []
        for example in self._asked:
            # A group asks the same question some times over: its file is opened once.
            if example.path not in known:
                known[example.path] = self._question(example)
            rows.append(known[example.path])
        batch = together(rows, self._tokenizer.pad_token_id, side="left")
        device = self.accelerator.device
        self._media = {name: value.to(device) for name, value in as_carried(rows, batch).items()}
        ids = [row["input_ids"][0].tolist() for row in rows]
        fields = {k: v for k, v in batch.items() if k not in ("input_ids", "attention_mask")}
        return ids, None, fields

    def _generate_single_turn(
        self, prompt_ids: Any, images: Any, fields: Any, count: int, *rest: Any, **named: Any
    ) -> Any:
        if self.use_vllm:
            images = [[self._picture(one)] for one in self._asked]
        return super()._generate_single_turn(prompt_ids, images, fields, count, *rest, **named)

    def _picture(self, example: Example) -> Any:
        """On the recipe's grid: vLLM's own processor leaves it as it is."""
        from PIL import Image

        return Image.fromarray(look(example.path, self._recipe).frames[0])

    def _question(self, example: Example) -> dict[str, Any]:
        pixels = look(example.path, self._recipe)
        chat = question(self._prompt, pixels.facts.kind, example.task)
        return asked(self.processing_class, chat, pixels)

    def _get_per_token_logps_and_entropies(
        self,
        model: Any,
        input_ids: torch.Tensor,
        attention_mask: torch.Tensor,
        logits_to_keep: int,
        batch_size: int | None = None,
        compute_entropy: bool = False,
        compute_aux_loss: bool = False,
        **media: Any,
    ) -> tuple[torch.Tensor, torch.Tensor | None, torch.Tensor | None]:
        assert not compute_aux_loss, "no mixture of experts here"
        carried: dict[str, Any] = {name: media.get(name) for name in CARRIED}
        if carried["pixel_values"] is None:
            # TRL asks for these within the roll-out, before it is handed the media.
            carried = dict(self._media)
            carried["mm_token_type_ids"] = _lengthened(
                carried["mm_token_type_ids"], input_ids.shape[1]
            )
        logprobs, entropies = [], []
        at_once = batch_size or len(input_ids)
        for begin in range(0, len(input_ids), at_once):
            part = slice(begin, begin + at_once)
            labels = input_ids[part].masked_fill(attention_mask[part] == 0, -100)
            labels[:, :-logits_to_keep] = -100
            with self.accelerator.autocast():
                outputs = model(
                    input_ids=input_ids[part],
                    attention_mask=attention_mask[part],
                    labels=labels,
                    fused_lm_head=True,
                    **as_model_takes(rows_of(carried, part)),
                )
            logprobs.append(outputs.log_probs[:, -logits_to_keep:])
            if compute_entropy:
                entropies.append(outputs.entropy[:, -logits_to_keep:])
        return torch.cat(logprobs), torch.cat(entropies) if compute_entropy else None, None


def _lengthened(kinds: torch.Tensor, length: int) -> torch.Tensor:
    """Kinds of the prompt's tokens, and of the answer's: text."""
    return torch.nn.functional.pad(kinds, (0, length - kinds.shape[1]))


def grpo_trainer(
    stage: Stage,
    model: Any,
    processor: Any,
    prompt: Prompt,
    recipe: DecodeRecipe,
    examples: Sequence[Example],
    folder: Path,
) -> Any:
    """TRL's trainer for these questions, ready to go. Raises ``StageInvalid``."""
    grpo = stage.grpo
    if stage.batch % grpo.group:
        raise StageInvalid(
            f"grpo.group is {grpo.group} and batch {stage.batch}: a batch is of whole groups"
        )
    if grpo.vllm != "off" and any(one.kind is MediaKind.VIDEO for one in examples):
        raise StageInvalid(
            f"grpo.vllm is {grpo.vllm}, and the data has clips: TRL 1.16 hands vLLM pictures only."
            " Leave it off, and transformers draws the answers, or train on the pictures alone"
        )
    peft = lora_config(model, stage.lora, stage.frozen) if stage.lora else None
    if peft is None:
        freeze(model, stage.frozen)
    trainer = partial(MediaGrpoTrainer, prompt=prompt, recipe=recipe, examples=examples)
    return trainer(
        model=model,
        reward_funcs=list(REWARDS),
        args=GRPOConfig(
            **common(stage, folder),
            num_generations=grpo.group,
            temperature=grpo.temperature,
            beta=grpo.beta,
            epsilon=grpo.epsilon,
            epsilon_high=grpo.epsilon_high,
            max_completion_length=grpo.max_answer_tokens,
            reward_weights=[grpo.accuracy_weight, grpo.format_weight],
            loss_type="grpo",
            generation_kwargs=_media_is_never_drawn(model) if grpo.vllm == "off" else None,
            use_vllm=grpo.vllm != "off",
            vllm_mode="server" if grpo.vllm == "server" else "colocate",
            vllm_gpu_memory_utilization=grpo.vllm_memory,
        ),
        train_dataset=Dataset.from_dict(
            {"number": list(range(len(examples))), "prompt": [""] * len(examples)}
        ),
        processing_class=processor,
        peft_config=peft,
    )


def _media_is_never_drawn(model: Any) -> dict[str, Any]:
    """Options that keep placeholders of media out of answers.

    TRL 1.16 does so for pictures. One for a clip, which a poor model draws now and then, would be
    counted among the prompt's own, and end the run.
    """
    config = model.config
    return {"suppress_tokens": [config.image_token_id, config.video_token_id]}
