"""A text encoder out of a local folder. Nothing is ever downloaded."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from worker.evaluation.local_model import weights_of

Vectors = npt.NDArray[np.float32]

MAX_TOKENS = 512
"""Of a text; the rest is left out, as these encoders' own tools do."""


class EncoderUnusable(Exception):
    """There is no encoder in a folder; the text names the option and says what to do."""


class Encoder:
    """Hidden states of one layer, token by token."""

    def __init__(self, folder: Path, option: str, layer: int | None = None) -> None:
        """``layer``: that many layers deep; the last one where None. Raises ``EncoderUnusable``."""
        if not (folder / "config.json").is_file():
            raise EncoderUnusable(
                f"{option}: there is no model in {folder} (no config.json). Nothing is downloaded"
                " here: bring one into a folder first, such as by `hf download ORG/NAME --local-dir"
                f" {folder}`"
            )
        from transformers import AutoModel, AutoTokenizer
        from transformers.utils import logging

        logging.disable_progress_bar()  # of the loading, which takes a second
        try:
            self._tokenizer: Any = AutoTokenizer.from_pretrained(folder, local_files_only=True)
            self._model: Any = AutoModel.from_pretrained(folder, local_files_only=True).eval()
        except (OSError, ValueError, KeyError) as error:
            raise EncoderUnusable(f"{option}: the model in {folder} does not load") from error
        layers = self._model.config.num_hidden_layers
        if layer is not None and not 1 <= layer <= layers:
            raise EncoderUnusable(f"{option}: {folder} has {layers} layers, and no {layer}th")
        self.layer = layer or layers
        self._longest = int(
            min(self._tokenizer.model_max_length, _positions(self._model), _sentence(folder))
        )
        self.about = f"{folder.resolve().name}, weights {weights_of(folder)}, layer {self.layer}"

    def encode(self, texts: Sequence[str]) -> list[tuple[Vectors, npt.NDArray[np.bool_]]]:
        """Of each text its vectors, shape ``(tokens, size)``, and which tokens are its own."""
        import torch

        read = self._tokenizer(
            list(texts),
            padding=True,
            truncation=True,
            max_length=self._longest,
            return_tensors="pt",
            return_special_tokens_mask=True,
        )
        special = read.pop("special_tokens_mask").bool().numpy()
        there = read["attention_mask"].bool().numpy()
        with torch.inference_mode():
            hidden = self._model(**read, output_hidden_states=True).hidden_states[self.layer]
        vectors = hidden.float().numpy()
        return [(vectors[n][there[n]], ~special[n][there[n]]) for n in range(len(texts))]


def _positions(model: Any) -> int:
    # RoBERTa counts from its padding token's id + 1: two of its positions are never used.
    return int(getattr(model.config, "max_position_embeddings", MAX_TOKENS + 2)) - 2


def _sentence(folder: Path) -> int:
    """As sentence-transformers notes it: many of its models were trained on less than they take."""
    try:
        noted = json.loads((folder / "sentence_bert_config.json").read_text("utf-8"))
        return int(noted["max_seq_length"])
    except (OSError, ValueError, KeyError, TypeError):
        return MAX_TOKENS
