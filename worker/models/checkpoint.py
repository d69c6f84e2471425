"""Whether a folder of weights is what it says, before an engine loads it for minutes.

Some faults load without an error and print garbage, others fail deep inside a library, in words
that name no file. Only headers are read, and the small files beside them.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from worker.models.tensors import (
    CheckpointBroken,
    Tensor,
    read_json,
    read_tensors,
    same_values,
)

TIE = "tie_word_embeddings"

MAX_JSON_BYTES = 16 * 1024 * 1024
"""A config.json has kilobytes, a tokenizer_config.json with its added tokens some hundred."""

ANY_OF = (
    (
        (("tokenizer.json",), ("vocab.json", "merges.txt")),
        "the text's tokens cannot be told",
    ),
    (
        (("preprocessor_config.json",), ("processor_config.json",)),
        "how pixels are normalised is not known",
    ),
)
"""Sets of files of which one must be there, whole, and what is the matter without."""

LAYER = re.compile(r"(?:^|\.)(layers|blocks)\.(\d{1,4})\.")
"""A layer of the language model, or a block of the vision encoder, in a tensor's name."""

VISION = re.compile(r"(?:^|\.)visual\.")


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """What was found."""

    overrides: dict[str, Any]
    """Corrections to config.json, those asked for and our own, for whoever loads it."""
    warnings: tuple[str, ...]
    """What a person should know."""


def inspect_checkpoint(folder: Path, overrides: Mapping[str, Any]) -> Checkpoint:
    """Look a checkpoint over. ``overrides`` are corrections to its config.json that win over ours.

    Raises ``CheckpointBroken``.
    """
    config = merged(read_json(folder / "config.json", MAX_JSON_BYTES), overrides)
    _check_companions(folder)
    tensors = read_tensors(folder)
    _check_shapes(folder, config, tensors)
    tie, warnings = _tie(folder, config, overrides, tensors)
    if not _has_video_processor(folder):
        warnings.append(
            f"{folder} has no video_preprocessor_config.json: the video processor takes over the"
            " image processor's values. The sizes of frames are the model spec's in any case"
        )
    return Checkpoint(merged(dict(overrides), tie), tuple(warnings))


def merged(base: Mapping[str, Any], changes: Mapping[str, Any]) -> dict[str, Any]:
    """``base`` with ``changes``, objects inside of objects merged likewise."""
    result = dict(base)
    for name, value in changes.items():
        old = result.get(name)
        nested = isinstance(old, Mapping) and isinstance(value, Mapping)
        result[name] = merged(old, value) if nested else value  # type: ignore[arg-type]
    return result


def _check_companions(folder: Path) -> None:
    for sets, trouble in ANY_OF:
        if not any(all((folder / name).is_file() for name in names) for names in sets):
            choices = ", or ".join(" with ".join(names) for names in sets)
            raise CheckpointBroken(
                f"{folder} lacks {choices}: {trouble}. Copy it from the model that this one was"
                " trained from"
            )
    if not _has_chat_template(folder):
        raise CheckpointBroken(
            f"{folder} has no chat template (chat_template.jinja): the model cannot be asked in the"
            " form that it knows. Copy it from the model that this one was trained from"
        )


def _has_chat_template(folder: Path) -> bool:
    if (folder / "chat_template.jinja").is_file():
        return True
    holders = ("chat_template.json", "tokenizer_config.json", "processor_config.json")
    return any(_entry(folder / name, "chat_template") for name in holders)


def _has_video_processor(folder: Path) -> bool:
    if (folder / "video_preprocessor_config.json").is_file():
        return True
    return bool(_entry(folder / "processor_config.json", "video_processor"))


def _entry(file: Path, name: str) -> Any:
    return read_json(file, MAX_JSON_BYTES).get(name) if file.is_file() else None


def _check_shapes(folder: Path, config: Mapping[str, Any], tensors: Mapping[str, Tensor]) -> None:
    """A config.json of one model beside the weights of another, such as 7B beside 3B."""
    for what, stated, found in (*_counts(config, tensors), *_sizes(config, tensors)):
        if stated is not None and found is not None and stated != found:
            raise CheckpointBroken(
                f"{folder}: config.json and the weights are of two models. By config.json {what}"
                f" {stated}, in the weights {found}. Take both from one repository"
            )


Comparison = tuple[str, object, object]
"""What is compared, as config.json has it, as the weights have it; None where that is not told."""


def _counts(config: Mapping[str, Any], tensors: Mapping[str, Tensor]) -> Iterator[Comparison]:
    layers: dict[str, set[int]] = {"layers": set(), "blocks": set()}
    for name in tensors:
        place = LAYER.search(name)
        if place is not None and (place[1] == "blocks") == bool(VISION.search(name)):
            layers[place[1]].add(int(place[2]))
    text, vision = _text(config), config.get("vision_config") or {}
    yield "the layers are", text.get("num_hidden_layers"), len(layers["layers"]) or None
    yield "the vision encoder's blocks are", vision.get("depth"), len(layers["blocks"]) or None


def _sizes(config: Mapping[str, Any], tensors: Mapping[str, Tensor]) -> Iterator[Comparison]:
    text, vision = _text(config), config.get("vision_config") or {}
    hidden = text.get("hidden_size")
    for ending, stated in (
        ("embed_tokens.weight", (text.get("vocab_size"), hidden)),
        ("layers.0.mlp.gate_proj.weight", (text.get("intermediate_size"), hidden)),
        ("layers.0.self_attn.o_proj.weight", (hidden,)),
        ("visual.patch_embed.proj.weight", (vision.get("hidden_size"),)),
    ):
        found = _ending(ending, tensors)
        # Quantised weights are packed, in whole numbers: their shapes say nothing of this.
        if found is not None and None not in stated and tensors[found].dtype[0] in "BF":
            yield f"{ending} is", stated, tensors[found].shape[: len(stated)]


def _ending(ending: str, tensors: Mapping[str, Tensor]) -> str | None:
    names = (name for name in tensors if name == ending or name.endswith(f".{ending}"))
    return next(names, None)


def _text(config: Mapping[str, Any]) -> Mapping[str, Any]:
    """The language model's part; older files have it at the root."""
    inner = config.get("text_config")
    return inner if isinstance(inner, Mapping) else config


def _tie(
    folder: Path,
    config: Mapping[str, Any],
    overrides: Mapping[str, Any],
    tensors: dict[str, Tensor],
) -> tuple[dict[str, Any], list[str]]:
    """What ``tie_word_embeddings`` must be for these tensors, in both places that are looked at.

    Without an lm_head the embeddings must be it: with the flag missing, engines make up a random
    one and answer garbage; with the flag in one place only, some do. An lm_head that differs from
    the embeddings was trained, whatever the flag says: vLLM 0.32 and transformers 5 take it, too,
    but not all versions of them did.
    """
    if TIE in overrides or TIE in _text(overrides):
        return {}, []
    tied = bool(config.get(TIE) or _text(config).get(TIE))
    heads = [name for name in tensors if name.startswith("lm_head.") or ".lm_head." in name]
    if not heads:
        if config.get(TIE):
            return {}, []
        warning = (
            f"{folder} has no lm_head, and config.json says nowhere that it is tied to the"
            f" embeddings: repaired, {TIE} is taken for true"
        )
        return _both(value=True), [] if tied else [warning]
    embeddings = _ending("embed_tokens.weight", tensors)
    if not tied or embeddings is None or same_values(heads[0], embeddings, tensors):
        return {}, []
    warning = (
        f"{folder} says in config.json that lm_head is tied to the embeddings, and has one that is"
        f" different: the one in the file is used, {TIE} is taken for false"
    )
    return _both(value=False), [warning]


def _both(*, value: bool) -> dict[str, Any]:
    return {TIE: value, "text_config": {TIE: value}}
