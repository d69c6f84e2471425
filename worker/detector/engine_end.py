"""Why a model's engine ended that should not have."""

from __future__ import annotations

from enum import StrEnum


class EngineEnd(StrEnum):
    """A closed list, fit for a metric label."""

    GPU_OUT_OF_MEMORY = "gpu_out_of_memory"
    """The memory of its device did not suffice, at work or while it loaded: its log says so."""
    DIED = "died"
    """By itself, at work, for anything else."""
    NOT_LOADED = "not_loaded"
    """It refused the model, or ended while it loaded, for anything else."""
    START_TIMEOUT = "start_timeout"
    """Ended, for it had not loaded within ``engine.start_timeout_s``."""
    SELF_TEST = "self_test"
    """Ended, for it answered wrongly about media whose answer is known."""
