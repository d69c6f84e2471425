from __future__ import annotations

import time
from collections.abc import Callable

import pynvml

from tests.telemetry.recorded import Recorded
from worker.app.gauges import show_gpus
from worker.telemetry.gpu import GpuFigures, Gpus
from worker.telemetry.table import process


def until(happened: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 20
    while not happened():
        assert time.monotonic() < deadline
        time.sleep(0.01)


def has_gpu() -> bool:
    try:
        pynvml.nvmlInit()
    except pynvml.NVMLError:
        return False
    pynvml.nvmlShutdown()
    return True


def test_what_nvml_says_here_is_shown_and_nothing_where_there_is_none() -> None:
    recorded, gpus = Recorded(), Gpus()
    show_gpus(recorded.metrics, gpus)
    gpus.start()
    if has_gpu():
        until(lambda: bool(gpus.figures))
        totals = recorded.values(process.GPU_MEMORY_TOTAL)
        used = recorded.values(process.GPU_MEMORY_USED)
        assert totals.keys() == used.keys()
        assert all(used[index] <= total for index, total in totals.items())
        shares = recorded.values(process.GPU_UTILIZATION).values()
        assert all(0 <= share <= 1 for share in shares)
    else:
        until(lambda: not gpus.looking)
        assert gpus.figures == {}
        for metric in (process.GPU_UTILIZATION, process.GPU_MEMORY_USED, process.GPU_MEMORY_TOTAL):
            assert recorded.points(metric.name) == []
    gpus.close()


def test_a_slice_without_utilization_shows_its_memory() -> None:
    recorded, gpus = Recorded(), Gpus()
    show_gpus(recorded.metrics, gpus)
    gpus.figures = {"0": GpuFigures(None, 5, 10), "1": GpuFigures(0.25, 6, 10)}
    assert recorded.values(process.GPU_UTILIZATION) == {("1",): 0.25}
    assert recorded.values(process.GPU_MEMORY_USED) == {("0",): 5, ("1",): 6}
