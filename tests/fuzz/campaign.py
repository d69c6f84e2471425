"""Runs of one target, each in a process of its own, and what came of them."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from tests.fuzz.corpus import CRASH, FOLDER, keep, seeds_of
from tests.fuzz.registry import arguments_of, max_len_of

ROOT = Path(__file__).parents[2]

HANG_S = 20
"""Wall-clock seconds for one input. The targets' own bound is of CPU time, and sharper; this one is
for what never comes back."""

MEMORY_MB = 2048
"""torch and transformers are loaded by some targets; what a target adds is a few MB."""

OF_ITS_OWN = ("sh", "-c", '"$@"; exit $?', "sh")
"""Linux keeps a process's peak of memory over exec, so a child of a test run that has vLLM loaded
begins with that run's gigabytes, and libFuzzer ends it. A small parent in between has none to give;
the exit keeps the shell from becoming the command itself."""

EXECUTIONS = re.compile(r"stat::number_of_executed_units: *([0-9]{1,12})")
RATE = re.compile(r"stat::average_exec_per_sec: *([0-9]{1,12})")
MEMORY = re.compile(r"stat::peak_rss_mb: *([0-9]{1,9})")
FAULT = re.compile(r"(=== Uncaught Python exception: ===.*?)(?:\n==\d|\Z)", re.DOTALL)

MERGE_S = 600
"""For all inputs of one target once."""

START_S = 90
"""For the interpreter, and the instrumentation of what a target imports, on a busy machine."""


@dataclass(frozen=True, slots=True)
class Run:
    """How one run ended."""

    target: str
    executions: int
    per_second: int
    peak_mb: int
    new: tuple[Path, ...]
    """Inputs that reached something new."""
    crashes: tuple[Path, ...]
    """Inputs that broke an invariant, hung, or took too much memory."""
    output: str

    @property
    def clean(self) -> bool:
        """Whether it ran to its end, and found nothing wrong."""
        return not self.crashes and self.executions > 0

    @property
    def fault(self) -> str:
        """What the process said at its end."""
        found = FAULT.search(self.output)
        return (found[1] if found else self.output)[-4000:].strip()


def fuzz(target: str, seconds: int, work: Path, *, seed: int = 0) -> Run:
    """Fuzz for so long. New inputs go to ``work``; crashes to the target's corpus, to be kept.

    ``seed`` 0 is another one each time.
    """
    work.mkdir(parents=True, exist_ok=True)
    kept = FOLDER / target
    kept.mkdir(parents=True, exist_ok=True)
    before = set(kept.glob(f"{CRASH}*"))
    status, output = _libfuzzer(
        target,
        f"-max_total_time={seconds}",
        f"-seed={seed}",
        f"-artifact_prefix={kept}/",
        "-print_final_stats=1",
        "-reload=0",
        *(str(work), str(kept)),
        timeout=seconds + HANG_S + START_S,
    )
    crashes = sorted(set(_renamed(kept)) - before)
    if status and not crashes:
        raise RuntimeError(f"fuzzing {target} did not work:\n{output[-4000:]}")
    return Run(
        target=target,
        executions=_number(EXECUTIONS, output),
        per_second=_number(RATE, output),
        peak_mb=_number(MEMORY, output),
        new=tuple(sorted(work.iterdir())),
        crashes=tuple(crashes),
        output=output,
    )


def minimise(target: str, found: Sequence[Path]) -> int:
    """Keep, of what was found and what was kept, as little as reaches as far. How much that is."""
    with tempfile.TemporaryDirectory(prefix="ivy-fuzz-") as folder:
        everything, merged = Path(folder) / "all", Path(folder) / "merged"
        everything.mkdir()
        merged.mkdir()
        for number, path in enumerate((*seeds_of(target), *found)):
            shutil.copyfile(path, everything / str(number))
        arguments = ("-merge=1", str(merged), str(everything))
        status, output = _libfuzzer(target, *arguments, timeout=MERGE_S)
        if status:
            raise RuntimeError(f"merging for {target} did not work:\n{output[-4000:]}")
        return keep(target, merged.iterdir())


def _libfuzzer(target: str, *arguments: str, timeout: float) -> tuple[int, str]:
    """Exit status, and all that it said."""
    ended = subprocess.run(
        [
            *OF_ITS_OWN,
            *(sys.executable, "-m", "tests.fuzz.atheris_target", target),
            f"-timeout={HANG_S}",
            f"-rss_limit_mb={MEMORY_MB}",
            f"-max_len={max_len_of(target)}",
            "-verbosity=0",
            *arguments_of(target),
            *arguments,
        ],
        capture_output=True,
        text=True,
        errors="replace",
        check=False,
        cwd=ROOT,
        env={**os.environ, "OMP_NUM_THREADS": "1", "PYTHONUNBUFFERED": "1"},
        timeout=timeout,
    )
    return ended.returncode, ended.stdout + ended.stderr


def _renamed(kept: Path) -> list[Path]:
    """LibFuzzer calls them crash-, timeout- and oom-; all are crashes to us."""
    for kind in ("timeout-", "oom-"):
        for path in kept.glob(f"{kind}*"):
            path.rename(kept / f"{CRASH}{path.name}")
    return sorted(kept.glob(f"{CRASH}*"))


def _number(pattern: re.Pattern[str], output: str) -> int:
    found = pattern.search(output)
    return int(found[1]) if found else 0
