"""All fuzz targets by name: modules of ``tests/fuzz/targets`` with ``check`` and ``MAX_LEN``."""

from __future__ import annotations

from collections.abc import Callable
from importlib import import_module
from pathlib import Path

FOLDER = Path(__file__).parent / "targets"

NAMES = tuple(sorted(path.stem for path in FOLDER.glob("[a-z]*.py")))


def check_of(name: str) -> Callable[[bytes], None]:
    """The target's function. It returns for every input, or an invariant is broken."""
    check: Callable[[bytes], None] = import_module(f"tests.fuzz.targets.{name}").check
    return check


def arguments_of(name: str) -> tuple[str, ...]:
    """Further arguments of libFuzzer for this target."""
    arguments: tuple[str, ...] = getattr(
        import_module(f"tests.fuzz.targets.{name}"), "ARGUMENTS", ()
    )
    return arguments


def max_len_of(name: str) -> int:
    """Bytes of the largest input that is tried."""
    longest: int = import_module(f"tests.fuzz.targets.{name}").MAX_LEN
    return longest
