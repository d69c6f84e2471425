"""What an engine said before it ended."""

from __future__ import annotations

from collections import deque

TOLD = 15
"""Lines of the engine's log that are told when it does not start."""

SIGNS_OF_MEMORY = (
    # PyTorch's allocators, CUDA's and ROCm's (c10/cuda/CUDACachingAllocator.cpp), and the driver.
    "CUDA out of memory",
    "HIP out of memory",
    "CUDA error: out of memory",
    "OutOfMemoryError",
    # vLLM, at its start (vllm/v1/core/kv_cache_utils.py, vllm/v1/worker/utils.py).
    "No available memory for the cache blocks",
    "larger than the available KV cache",
    "Free memory on device",
)
"""Parts of a line that says that the device's memory does not suffice."""

SIGN_HOLDS_FOR = 500
"""Lines after a sign in which an end is taken for its doing. Such an error is written with its
stack by the engine core, and again by each process above it: some two hundred lines."""


class LastWords:
    """Keeps the end of an engine's log."""

    def __init__(self) -> None:
        self._lines: deque[str] = deque(maxlen=TOLD)
        self._sign_holds_for = 0

    def hear(self, line: str) -> None:
        """One more line."""
        self._lines.append(line)
        self._sign_holds_for = max(0, self._sign_holds_for - 1)
        if any(sign in line for sign in SIGNS_OF_MEMORY):
            self._sign_holds_for = SIGN_HOLDS_FOR

    @property
    def text(self) -> str:
        """The last lines."""
        return "\n".join(self._lines)

    @property
    def of_memory(self) -> bool:
        """Whether the device's memory did not suffice a few lines ago."""
        return self._sign_holds_for > 0
