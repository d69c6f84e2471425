"""GPUs, as NVML (NVIDIA Management Library) sees them: optional, absent where it is not."""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import structlog

log = structlog.get_logger(__name__)

LOOK_EVERY_S = 5.0
"""NVML's own utilization is that of the last 1/6 to 1 second (nvmlUtilization_t); scrapes come
every 15 or 30 s."""


@dataclass(frozen=True, slots=True)
class GpuFigures:
    """Of one GPU; None for what it does not tell, such as the utilization of a MIG slice."""

    utilization: float | None
    """From 0 to 1."""
    memory_used: int
    """Bytes."""
    memory_total: int
    """Bytes."""


class Gpus:
    """Looks at them again and again, on a thread of its own: a broken driver may hang for good."""

    def __init__(self) -> None:
        self.figures: dict[str, GpuFigures] = {}
        """By NVML's index. Empty where there is no NVML."""
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._watch, name="gpus", daemon=True)

    @property
    def looking(self) -> bool:
        """Whether it goes on; not for long where there is no NVML."""
        return self._thread.is_alive()

    def start(self) -> None:
        """Begin to look."""
        self._thread.start()

    def close(self) -> None:
        """Look no more. Does not wait."""
        self._over.set()

    def each(self, figure: Callable[[GpuFigures], float | None]) -> dict[str, float]:
        """One figure of each, by index."""
        found = {index: figure(one) for index, one in self.figures.items()}
        return {index: value for index, value in found.items() if value is not None}

    def _watch(self) -> None:
        try:
            import pynvml
        except ImportError:
            log.info("no_gpu_metrics", why="nvidia-ml-py is not installed")
            return
        try:
            pynvml.nvmlInit()
            count = pynvml.nvmlDeviceGetCount()
        except pynvml.NVMLError as error:
            log.info("no_gpu_metrics", why=type(error).__name__)
            return
        try:
            while not self._over.is_set():
                self.figures = _look(pynvml, count)
                self._over.wait(LOOK_EVERY_S)
        finally:
            with contextlib.suppress(pynvml.NVMLError):
                pynvml.nvmlShutdown()


def _look(nvml: Any, count: int) -> dict[str, GpuFigures]:
    found = {}
    for index in range(count):
        utilization = None
        # A GPU may fall off the bus, and a slice does not tell its utilization.
        with contextlib.suppress(nvml.NVMLError):
            handle = nvml.nvmlDeviceGetHandleByIndex(index)
            with contextlib.suppress(nvml.NVMLError):
                utilization = nvml.nvmlDeviceGetUtilizationRates(handle).gpu / 100
            memory = nvml.nvmlDeviceGetMemoryInfo(handle)
            found[str(index)] = GpuFigures(utilization, int(memory.used), int(memory.total))
    return found
