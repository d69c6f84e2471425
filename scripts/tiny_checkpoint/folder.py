"""The files of a checkpoint folder beside its weights."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from transformers import Qwen2Tokenizer

Json = dict[str, Any]

PATCH = {"patch_size": 14, "temporal_patch_size": 2, "merge_size": 2}
CLIP_COLOURS = {
    "image_mean": [0.48145466, 0.4578275, 0.40821073],
    "image_std": [0.26862954, 0.26130258, 0.27577711],
}
TOKEN_PIXELS = 28 * 28
"""Pixels behind one media token: 14 x 14 patches, merged two by two."""


def model_config(tokenizer: Qwen2Tokenizer) -> Json:
    """``config.json``, flat, as the published checkpoints have it."""

    def token(name: str) -> int:
        number = tokenizer.convert_tokens_to_ids(name)
        assert isinstance(number, int)
        return number

    return {
        "architectures": ["Qwen2_5_VLForConditionalGeneration"],
        "model_type": "qwen2_5_vl",
        "attention_dropout": 0.0,
        "bos_token_id": token("<|endoftext|>"),
        "eos_token_id": token("<|im_end|>"),
        "vision_start_token_id": token("<|vision_start|>"),
        "vision_end_token_id": token("<|vision_end|>"),
        "vision_token_id": token("<|vision_pad|>"),
        "image_token_id": token("<|image_pad|>"),
        "video_token_id": token("<|video_pad|>"),
        "hidden_act": "silu",
        "hidden_size": 64,
        "initializer_range": 0.02,
        "intermediate_size": 128,
        "max_position_embeddings": 32768,
        "max_window_layers": 2,
        "num_attention_heads": 2,  # of 32 dimensions: the least that vLLM's CPU attention takes
        "num_hidden_layers": 2,
        "num_key_value_heads": 1,
        "rms_norm_eps": 1e-06,
        "rope_theta": 1000000.0,
        "rope_scaling": {"type": "mrope", "mrope_section": [4, 6, 6]},  # sums to half a head
        "sliding_window": 32768,
        "use_sliding_window": False,
        # Without this flag the model loads without an error and prints garbage.
        "tie_word_embeddings": True,
        "torch_dtype": "bfloat16",
        "use_cache": True,
        "vocab_size": -(-len(tokenizer) // 64) * 64,
        "vision_config": {
            "depth": 2,
            "hidden_act": "silu",
            "hidden_size": 32,
            "intermediate_size": 64,
            "num_heads": 2,
            "in_chans": 3,
            "out_hidden_size": 64,
            "patch_size": 14,
            "spatial_merge_size": 2,
            "spatial_patch_size": 14,
            "temporal_patch_size": 2,
            "window_size": 112,
            "fullatt_block_indexes": [1],
            "tokens_per_second": 2,
        },
    }


def image_processor_config() -> Json:
    """``preprocessor_config.json``."""
    return {
        "image_processor_type": "Qwen2VLImageProcessor",
        "processor_class": "Qwen2_5_VLProcessor",
        "min_pixels": 4 * TOKEN_PIXELS,
        "max_pixels": 64 * TOKEN_PIXELS,
        **PATCH,
        **CLIP_COLOURS,
    }


def video_processor_config() -> Json:
    """``video_preprocessor_config.json``. Without it, videos inherit the images' pixel limits."""
    return {
        "video_processor_type": "Qwen2VLVideoProcessor",
        "processor_class": "Qwen2_5_VLProcessor",
        "size": {"shortest_edge": 4 * TOKEN_PIXELS, "longest_edge": 32 * TOKEN_PIXELS},
        "do_sample_frames": False,
        "cap_pixels_per_frame": False,
        **PATCH,
        **CLIP_COLOURS,
    }


def generation_config(config: Json) -> Json:
    """``generation_config.json``, with Qwen's own repetition penalty: a trap for the unwary."""
    return {
        "bos_token_id": config["bos_token_id"],
        "pad_token_id": config["bos_token_id"],
        "eos_token_id": [config["eos_token_id"], config["bos_token_id"]],
        "do_sample": True,
        "repetition_penalty": 1.05,
        "temperature": 1e-06,
    }


def write_folder(folder: Path, tokenizer: Qwen2Tokenizer) -> Json:
    """Write everything but the weights. The model's config."""
    folder.mkdir(parents=True, exist_ok=True)
    tokenizer.save_pretrained(folder)
    config = model_config(tokenizer)
    for name, content in {
        "config.json": config,
        "preprocessor_config.json": image_processor_config(),
        "video_preprocessor_config.json": video_processor_config(),
        "generation_config.json": generation_config(config),
    }.items():
        (folder / name).write_text(json.dumps(content, indent=2) + "\n", encoding="utf-8")
    return config
