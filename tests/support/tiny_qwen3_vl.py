"""A Qwen3-VL of few and random parameters. It knows nothing, and its answers are noise."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import torch
from transformers import Qwen3VLConfig, Qwen3VLForConditionalGeneration

from worker.models.spec import ModelSpec, load_spec

TOKENS = (
    "image_token_id",
    "video_token_id",
    "vision_start_token_id",
    "vision_end_token_id",
)

COPIED = (
    "tokenizer.json",
    "tokenizer_config.json",
    "chat_template.jinja",
    "generation_config.json",
)

NORMALISED = {
    "patch_size": 16,
    "temporal_patch_size": 2,
    "merge_size": 2,
    "image_mean": [0.5, 0.5, 0.5],
    "image_std": [0.5, 0.5, 0.5],
    "processor_class": "Qwen3VLProcessor",
}

PROCESSORS = {
    # As published with Qwen3-VL-4B-Instruct.
    "preprocessor_config.json": {
        "size": {"longest_edge": 16777216, "shortest_edge": 65536},
        "image_processor_type": "Qwen2VLImageProcessorFast",
        **NORMALISED,
    },
    "video_preprocessor_config.json": {
        "size": {"longest_edge": 25165824, "shortest_edge": 4096},
        "video_processor_type": "Qwen3VLVideoProcessor",
        **NORMALISED,
    },
}


def make_tiny_qwen3_vl(folder: Path) -> ModelSpec:
    """The checkpoint in ``folder``, with the tiny one's tokens, and a spec for it."""
    tiny = Path(load_spec("tiny").location)
    known = json.loads((tiny / "config.json").read_text(encoding="utf-8"))
    config = Qwen3VLConfig(
        text_config={
            "vocab_size": known["vocab_size"],
            "hidden_size": 64,
            "intermediate_size": 128,
            "num_hidden_layers": 3,
            "num_attention_heads": 2,
            "num_key_value_heads": 1,
            "head_dim": 32,
            "max_position_embeddings": 32768,
            "eos_token_id": known["eos_token_id"],
            "rope_parameters": {
                "rope_type": "default",
                "rope_theta": 5_000_000,
                "mrope_section": [6, 5, 5],
                "mrope_interleaved": True,
            },
        },
        vision_config={
            "depth": 3,
            "hidden_size": 64,
            "intermediate_size": 128,
            "num_heads": 2,
            "out_hidden_size": 64,
            "num_position_embeddings": 64,
            "deepstack_visual_indexes": [0, 1, 2],
        },
        tie_word_embeddings=True,
        **{name: known[name] for name in TOKENS},
    )
    with torch.random.fork_rng():
        torch.manual_seed(0)
        model = Qwen3VLForConditionalGeneration(config)
        for parameter in model.parameters():
            torch.nn.init.normal_(parameter, std=0.1)  # far enough from one another to be told
    model.to(torch.bfloat16).save_pretrained(folder)
    for name in COPIED:
        shutil.copy(tiny / name, folder / name)
    for name, content in PROCESSORS.items():
        (folder / name).write_text(json.dumps(content))
    spec = load_spec("qwen3-vl-4b-instruct")
    short = spec.sampling.model_copy(update={"max_tokens": 8})
    return spec.model_copy(update={"source": str(folder), "sampling": short})
