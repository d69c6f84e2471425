"""The tensors of a checkpoint by their headers: names, types and shapes, without the weights."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

SINGLE = "model.safetensors"
INDEX = "model.safetensors.index.json"
"""The names that transformers writes and looks for, one of the two."""

MAX_INDEX_BYTES = 64 * 1024 * 1024
"""An index has about 100 bytes a tensor, and the largest models some 10,000 tensors."""

LFS_POINTER = b"version https://git-lfs.github.com/spec/v1"
"""How a file begins that git-lfs has not fetched."""

ROWS = 4096
"""Rows compared at a time: some megabytes of an embedding."""


class WeightsUnusable(Exception):
    """The weights cannot be had or used; the text says what to do."""


class CheckpointBroken(WeightsUnusable):
    """Something is wrong with the files of the weights; the text names it."""


@dataclass(frozen=True, slots=True)
class Tensor:
    """One tensor's header."""

    file: Path
    dtype: str
    shape: tuple[int, ...]


def read_tensors(folder: Path) -> dict[str, Tensor]:
    """All tensors by their names. Raises ``CheckpointBroken``."""
    listed = _listed(folder)
    found: dict[str, Tensor] = {}
    for file in sorted(set(listed.values())) if listed else [folder / SINGLE]:
        found.update(_headers(file))
    for name, file in listed.items():
        if name not in found:
            raise CheckpointBroken(
                f"{file} has no tensor {name}, which {INDEX} says it has. The two are of different"
                " checkpoints: fetch the folder anew"
            )
    return found


def _listed(folder: Path) -> dict[str, Path]:
    """Each tensor's file by the index; empty where the weights are in a single file."""
    index = folder / INDEX
    if not index.is_file():
        if (folder / SINGLE).is_file():
            return {}
        raise CheckpointBroken(
            f"{folder} has neither {SINGLE} nor {INDEX}. Fetch the weights; older formats"
            " (pytorch_model.bin) are to be converted to safetensors first"
        )
    placed = read_json(index, MAX_INDEX_BYTES).get("weight_map")
    if not isinstance(placed, dict) or not placed:
        raise CheckpointBroken(f"{index} has no weight_map: fetch the file anew")
    files = {str(name): folder / Path(str(file)).name for name, file in placed.items()}
    missing = sorted({file.name for file in files.values() if not file.is_file()})
    if missing:
        raise CheckpointBroken(
            f"{folder} lacks {len(missing)} of the {len(set(files.values()))} files that {INDEX}"
            f" names, {missing[0]} the first. Fetch them"
        )
    return files


def _headers(file: Path) -> Iterator[tuple[str, Tensor]]:
    from safetensors import SafetensorError, safe_open

    with file.open("rb") as content:
        if content.read(len(LFS_POINTER)) == LFS_POINTER:
            raise CheckpointBroken(
                f"{file} is a pointer of git-lfs, not the weights: run `git lfs pull`"
            )
    try:
        # Reads the header only, and holds it against the file's length.
        with safe_open(file, framework="pt") as opened:
            for name in opened.keys():  # noqa: SIM118 - no mapping
                header = opened.get_slice(name)
                yield name, Tensor(file, header.get_dtype(), tuple(header.get_shape()))
    except (SafetensorError, OSError) as error:
        size = file.stat().st_size
        raise CheckpointBroken(
            f"{file} is no whole safetensors file, at {size} bytes. A download that was cut off"
            " looks like this: fetch it anew"
        ) from error


def same_values(one: str, other: str, tensors: dict[str, Tensor]) -> bool:
    """Whether two tensors are equal. Reads them, up to the first difference."""
    import torch
    from safetensors import safe_open

    first, second = tensors[one], tensors[other]
    if (first.dtype, first.shape) != (second.dtype, second.shape):
        return False
    with safe_open(first.file, "pt") as left, safe_open(second.file, "pt") as right:
        left_rows, right_rows = left.get_slice(one), right.get_slice(other)
        return all(
            torch.equal(left_rows[at : at + ROWS], right_rows[at : at + ROWS])
            for at in range(0, first.shape[0], ROWS)
        )


def read_json(file: Path, max_bytes: int) -> dict[str, Any]:
    """A JSON object from a file. Raises ``CheckpointBroken``."""
    try:
        if file.stat().st_size > max_bytes:
            raise CheckpointBroken(f"{file} is over {max_bytes} bytes: this is no such file")
        data = json.loads(file.read_text(encoding="utf-8"))
    except (OSError, ValueError, RecursionError) as error:
        raise CheckpointBroken(f"{file} is missing, or is not JSON: fetch it anew") from error
    if not isinstance(data, dict):
        raise CheckpointBroken(f"{file} is not a JSON object: fetch it anew")
    return data
