"""Copies of the tiny checkpoint, to be damaged."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import torch
from safetensors.torch import load_file, save_file
from torch import Tensor

from worker.models.spec import ModelSpec, load_spec

WEIGHTS = "model.safetensors"
INDEX = "model.safetensors.index.json"

Tensors = dict[str, Tensor]


def copy_checkpoint(folder: Path) -> Path:
    """The tiny checkpoint, once more."""
    shutil.copytree(load_spec("tiny").location, folder)
    return folder


def spec_of(folder: Path, **changes: Any) -> ModelSpec:
    """The tiny checkpoint's spec, with the weights of a folder."""
    return load_spec("tiny").model_copy(update={"source": str(folder), **changes})


def change_config(folder: Path, changes: Mapping[str, Any]) -> None:
    """Other values in its config.json; None takes one out."""
    file = folder / "config.json"
    config = json.loads(file.read_text(encoding="utf-8")) | dict(changes)
    file.write_text(json.dumps({k: v for k, v in config.items() if v is not None}))


def change_tensors(folder: Path, change: Callable[[Tensors], Tensors]) -> None:
    """Other tensors in its single file."""
    file = folder / WEIGHTS
    save_file(change(load_file(file)), file, metadata={"format": "pt"})


def newly_named(tensors: Tensors) -> Tensors:
    """By the names that transformers writes since 4.52; the tiny checkpoint has the older ones."""
    return {
        name.replace("model.", "model.language_model.", 1)
        if name.startswith("model.")
        else f"model.{name}": tensor
        for name, tensor in tensors.items()
    }


def another_head(tensors: Tensors) -> Tensors:
    """With an lm_head that nobody trained."""
    embeddings = tensors["model.embed_tokens.weight"]
    noise = torch.randn(embeddings.shape, generator=torch.Generator().manual_seed(0))
    return {**tensors, "lm_head.weight": noise.to(embeddings.dtype)}


def shard(folder: Path) -> list[Path]:
    """Its weights in two files, with an index."""
    tensors = load_file(folder / WEIGHTS)
    names = sorted(tensors)
    middle = len(names) // 2
    placed: dict[str, str] = {}
    files = []
    for number, part in enumerate((names[:middle], names[middle:]), start=1):
        file = folder / f"model-{number:05}-of-00002.safetensors"
        save_file({name: tensors[name] for name in part}, file, metadata={"format": "pt"})
        placed |= dict.fromkeys(part, file.name)
        files.append(file)
    (folder / INDEX).write_text(json.dumps({"metadata": {}, "weight_map": placed}))
    (folder / WEIGHTS).unlink()
    return files
