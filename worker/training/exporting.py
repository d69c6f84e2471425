"""A trained model as a folder that vLLM, transformers and ``ivy-worker`` load."""

from __future__ import annotations

import json
import shutil
import tempfile
from pathlib import Path
from typing import Any

import yaml

from worker.models.checkpoint import TIE, inspect_checkpoint
from worker.models.spec import ModelSpec
from worker.models.tensors import INDEX, SINGLE, read_tensors
from worker.models.weights import Weights

WEIGHTS = (".safetensors", ".bin", ".pt", ".pth")
SPEC = "spec.yaml"
ADAPTERS = "adapter_config.json"
"""PEFT's, beside adapters."""


def merged(saved: Path, base: Weights) -> Any:
    """The whole model from what a trainer saved, with the adapters merged in, if it was those."""
    from transformers import AutoModelForImageTextToText

    if not (saved / ADAPTERS).is_file():
        return AutoModelForImageTextToText.from_pretrained(saved)
    from peft import PeftModel

    model = AutoModelForImageTextToText.from_pretrained(base.folder)
    return PeftModel.from_pretrained(model, str(saved)).merge_and_unload()


def export(model: Any, base: Path, spec: ModelSpec, to: Path, *, dtype: str = "bfloat16") -> Path:
    """Write weights, the base's small files and a model spec; the spec's path.

    The base's own files go along but for the weights: transformers would rewrite config.json into a
    layout that older engines do not read. ``to`` is made anew, whole or not at all. Raises
    ``OSError``, and ``CheckpointBroken`` if what was written is no whole checkpoint.
    """
    to = to.absolute()
    to.parent.mkdir(parents=True, exist_ok=True)
    draft = Path(tempfile.mkdtemp(dir=to.parent, prefix=f".{to.name}."))
    try:
        weights = draft / "weights"
        weights.mkdir()
        for file in base.iterdir():
            if file.is_file() and file.suffix not in WEIGHTS and file.name != INDEX:
                shutil.copyfile(file, weights / file.name)
        _write_weights(model, weights, dtype)
        _say_whether_tied(weights)
        inspect_checkpoint(weights, spec.engine.hf_overrides)
        written = spec.model_copy(
            update={"source": str(to / "weights"), "revision": None, "calibrations": None}
        )
        fields = written.model_dump(mode="json", exclude_defaults=True)
        text = yaml.safe_dump(fields, sort_keys=False, allow_unicode=True)
        (draft / SPEC).write_text(text, encoding="utf-8")
        shutil.rmtree(to, ignore_errors=True)
        draft.chmod(0o755)
        draft.rename(to)
    except BaseException:
        shutil.rmtree(draft, ignore_errors=True)
        raise
    return to / SPEC


def _write_weights(model: Any, folder: Path, dtype: str) -> None:
    """Only the weights of what ``save_pretrained`` writes, in the layout that it reads back."""
    import torch

    model = model.to(getattr(torch, dtype))
    with tempfile.TemporaryDirectory(dir=folder.parent) as scratch:
        model.save_pretrained(scratch)
        for file in Path(scratch).iterdir():
            if file.suffix == Path(SINGLE).suffix or file.name == INDEX:
                shutil.move(file, folder / file.name)


def _say_whether_tied(folder: Path) -> None:
    """The flag in both places that engines look at: without it some make up a random head."""
    heads = [name for name in read_tensors(folder) if "lm_head." in name]
    path = folder / "config.json"
    config = json.loads(path.read_text(encoding="utf-8"))
    config[TIE] = not heads
    if isinstance(config.get("text_config"), dict):
        config["text_config"][TIE] = not heads
    path.write_text(json.dumps(config, indent=2) + "\n", encoding="utf-8")
