"""What suits the checkpoints that ship with the worker."""

from __future__ import annotations

SMALL_MODELS = frozenset({"tiny", "tiny-artifacts"})
"""Their specs, by name."""

SMALL_ENGINE = [
    "engine.max_num_seqs=16",
    "engine.max_num_batched_tokens=2048",
    "engine.block_size=32",
    "engine.enforce_eager=true",
    "engine.log_level=ERROR",
]
"""Settings for a laptop's CPU and a model of some hundred thousand parameters."""
