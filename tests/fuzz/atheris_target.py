"""One target under atheris: python -m tests.fuzz.atheris_target TARGET [libFuzzer's arguments].

A process of its own: libFuzzer ends it at a crash, a hang, or too much memory.
"""

from __future__ import annotations

import shlex
import sys

import atheris

from tests.fuzz.registry import check_of

INSTRUMENTED = ["worker", "email", "urllib", "json", "xml"]
"""Ours, and what is plain Python in the standard library. Compiled parsers stay dark."""


def main() -> None:
    """Fuzz until libFuzzer ends the process."""
    _, name, *arguments = sys.argv
    with atheris.instrument_imports(include=INSTRUMENTED):
        check = check_of(name)
    # libFuzzer starts this once more to merge: by a shell, which splits it.
    again = f"{shlex.quote(sys.executable)} -m tests.fuzz.atheris_target {name}"
    atheris.Setup([again, *arguments], check)
    atheris.Fuzz()


if __name__ == "__main__":
    main()
