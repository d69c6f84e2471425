"""Where a model's weights lie on this machine, and which ones exactly they are."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from worker.models.checkpoint import inspect_checkpoint
from worker.models.spec import ModelSpec
from worker.models.tensors import WeightsUnusable

READ = 8 * 1024 * 1024
"""Bytes hashed at a time."""

REVISION_LENGTH = 12
"""Hexadecimal digits of a folder's hash: enough to tell a team's checkpoints apart."""


class WeightsMissing(WeightsUnusable):
    """The weights cannot be had; the text says what to do."""


@dataclass(frozen=True, slots=True)
class Weights:
    """A folder with a whole checkpoint."""

    folder: Path
    revision: str
    """The hub's commit, or ``sha256-...`` of a folder's files: equal only if the weights are."""
    overrides: dict[str, Any] = field(default_factory=dict)
    """Corrections to its config.json: the spec's, and what makes up for known faults."""
    warnings: tuple[str, ...] = ()
    """What a person should know of it."""


def find_weights(spec: ModelSpec) -> Weights:
    """From a folder, or from the hub (and its cache on this machine), and looked over.

    Raises ``WeightsUnusable``: ``WeightsMissing`` or ``CheckpointBroken``.
    """
    folder = spec.folder or _fetched(spec)
    checkpoint = inspect_checkpoint(folder, spec.engine.hf_overrides)
    revision = folder.name if spec.folder is None else f"sha256-{_hash(folder)}"
    return Weights(folder, revision, checkpoint.overrides, checkpoint.warnings)


def _fetched(spec: ModelSpec) -> Path:
    from huggingface_hub import snapshot_download

    try:
        return Path(snapshot_download(spec.source, revision=spec.revision))
    except Exception as error:
        # The hub's client raises its own errors, httpx's and OSError.
        raise WeightsMissing(
            f"model.source is {spec.source!r}: no folder here, and the hub does not give it"
            f" ({type(error).__name__}). Check the name, the network, HF_TOKEN and HF_HUB_OFFLINE"
        ) from error


def _hash(folder: Path) -> str:
    """Over every file: two fine-tunes of one model differ in nothing but the weights' bytes."""
    digest = hashlib.sha256()
    for file in sorted(folder.iterdir()):
        if not file.is_file():
            continue
        digest.update(file.name.encode() + b"\0")
        with file.open("rb") as content:
            while block := content.read(READ):
                digest.update(block)
    return digest.hexdigest()[:REVISION_LENGTH]
