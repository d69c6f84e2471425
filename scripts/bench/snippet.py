"""What a user would write from the model card: transformers, picture by picture or in batches."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from worker.domain.media import MediaKind
from worker.models.spec import ModelSpec
from worker.models.weights import find_weights


class Snippet:
    """The model, loaded as the card says."""

    def __init__(self, spec: ModelSpec) -> None:
        from transformers import AutoModelForImageTextToText, AutoProcessor

        folder = find_weights(spec).folder
        self._spec = spec
        self._processor = AutoProcessor.from_pretrained(folder)
        self._processor.tokenizer.padding_side = "left"  # generation goes on at the right
        self._model = AutoModelForImageTextToText.from_pretrained(folder, dtype="auto").eval()

    def answers(self, files: Sequence[Path], batch: int) -> list[str]:
        """What the model says of each, ``batch`` at once."""
        said: list[str] = []
        for begin in range(0, len(files), batch):
            said += self._batch(files[begin : begin + batch])
        return said

    def _batch(self, files: Sequence[Path]) -> list[str]:
        import torch
        from qwen_vl_utils import process_vision_info

        grid = self._spec.recipe.image
        conversations: list[Any] = []
        for file in files:
            messages = self._spec.prompt.messages(MediaKind.IMAGE)
            messages[-1]["content"][0].update(
                image=str(file), min_pixels=grid.min_pixels, max_pixels=grid.max_pixels
            )
            conversations.append(messages)
        text = [
            self._processor.apply_chat_template(one, tokenize=False, add_generation_prompt=True)
            for one in conversations
        ]
        images, _ = process_vision_info(conversations)
        inputs = self._processor(
            text=text, images=images, do_resize=False, padding=True, return_tensors="pt"
        )
        with torch.inference_mode():
            output = self._model.generate(
                **inputs,
                max_new_tokens=self._spec.sampling.max_tokens,
                do_sample=False,
                repetition_penalty=1.0,
            )
        new = output[:, inputs["input_ids"].shape[1] :]
        found: list[str] = self._processor.batch_decode(new, skip_special_tokens=True)
        return found
