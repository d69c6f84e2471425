"""The tiny model before any training: random weights, and a tokenizer with the words to come."""

from __future__ import annotations

import json
from pathlib import Path

import torch
import yaml
from transformers import Qwen2_5_VLConfig, Qwen2_5_VLForConditionalGeneration

from scripts.tiny_checkpoint.folder import write_folder
from scripts.tiny_checkpoint.tokenizer import WORDS, make_tokenizer
from worker.drawn.artifacts import ARTIFACTS, CLEAN
from worker.drawn.scenes import GROUNDS, SKIES
from worker.models.spec import load_spec
from worker.training.exporting import export

PROMPT = {
    "system": "You are an artifact detector.",
    "image": "Is this image real or fake?",
    "video": "Is this video real or fake?",
}
MODEL_ID = "ivy-worker/tiny-artifacts"
EYES = {"hidden_size": 64, "intermediate_size": 128}
"""A vision encoder of twice the tiny checkpoint's width: there is more to see than a colour."""

MAX_PIXELS = 112 * 112
"""Of what the model sees: larger files come down to what was drawn (``worker.drawn.sets``)."""

SPREAD = 0.15
"""Standard deviation of the first weights: about one over the root of the width (64): layers then
pass on as much as they get. With Qwen's own 0.02, for widths of thousands, they pass on next to
nothing, and thousands of steps go by before anything is learnt but the form."""

GREY = [128, 128, 128]
SEED = 0


def words() -> list[str]:
    """The tokenizer's, with a token for each word that an explanation has."""
    shown = [*(hue.capitalize() for hue in GROUNDS), *SKIES, "hills", "below", "sky"]
    said = " ".join([CLEAN, *shown, *(f"{one.heading}: {one.said}" for one in ARTIFACTS)])
    plain = {word.strip(":.") for word in said.split()}
    return [*WORDS, *(f"{start}{word}" for word in sorted(plain) for start in ("", "Ġ"))]


def untrained(to: Path) -> Path:
    """Write it, the same each time; its spec. Raises ``OSError``."""
    torch.manual_seed(SEED)
    base = to.with_name(f"{to.name}-base")
    config = write_folder(base, make_tokenizer(words()))
    config["initializer_range"] = SPREAD
    config["vision_config"] |= {**EYES, "initializer_range": SPREAD}
    (base / "config.json").write_text(json.dumps(config, indent=2) + "\n", encoding="utf-8")
    model = Qwen2_5_VLForConditionalGeneration(Qwen2_5_VLConfig(**config))
    tiny = load_spec("tiny").model_dump(mode="json", exclude_defaults=True)
    tiny |= {"id": MODEL_ID, "prompt": PROMPT, "calibrations": None}
    for kind in ("image", "video"):
        tiny["recipe"][kind]["max_pixels"] = MAX_PIXELS
    tiny["golden"] = [{"kind": "image", "rgb": GREY}, {"kind": "video", "rgb": GREY}]
    tiny["notice"] = (
        "The tiny checkpoint knows four drawn artifacts and nothing else. It is no detector."
    )
    file = base / "spec.yaml"
    file.write_text(yaml.safe_dump(tiny), encoding="utf-8")
    return export(model, base, load_spec(str(file)), to)
