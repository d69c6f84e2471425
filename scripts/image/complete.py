"""Say what an environment lacks of what ivy-worker asks for: python complete.py [--extra A,B] ...

Walks from ivy-worker to all that it needs, in the Python that runs it. `pip check` would also speak
of faults between packages of a base image that are none of ours, and knows no overrides.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Mapping
from importlib.metadata import PackageNotFoundError, distribution
from pathlib import Path

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name


def faults(root: Requirement, overrides: Mapping[str, Requirement]) -> list[str]:
    """One sentence for each package that is missing, or of a version that does not fit.

    ``overrides`` stand in place of whatever asks for a package of their name.
    """
    found: list[str] = []
    seen: set[tuple[str, str]] = set()
    waiting = [(root, "the image")]
    while waiting:
        asked, by = waiting.pop()
        name = canonicalize_name(asked.name)
        wanted = overrides.get(name, asked)
        if wanted.marker is not None and not wanted.marker.evaluate({"extra": ""}):
            continue
        try:
            installed = distribution(name)
        except PackageNotFoundError:
            found.append(f"{name} is missing: {by} asks for {wanted}")
            continue
        if not wanted.specifier.contains(installed.version, prereleases=True):
            found.append(f"{name} is {installed.version}: {by} asks for {wanted}")
        for extra in ("", *sorted(wanted.extras)):
            if (name, extra) in seen:
                continue
            seen.add((name, extra))
            for text in installed.requires or ():
                needed = Requirement(text)
                if needed.marker is None or needed.marker.evaluate({"extra": extra}):
                    needed.marker = None  # it holds, and is not to be asked again
                    waiting.append((needed, name))
    return sorted(set(found))


def read_overrides(path: Path) -> dict[str, Requirement]:
    """The requirements of a file, by name. Comments are left out."""
    lines = [line.split("#")[0].strip() for line in path.read_text(encoding="utf-8").splitlines()]
    found = [Requirement(line) for line in lines if line]
    return {canonicalize_name(requirement.name): requirement for requirement in found}


def main() -> None:
    """Print the faults; exit with 1 if there are any."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--extra", default="", help="Extras of ivy-worker that must be there: A,B.")
    parser.add_argument("--overrides", type=Path, help="The overrides that the lock was made with.")
    options = parser.parse_args()
    root = Requirement(f"ivy-worker[{options.extra}]" if options.extra else "ivy-worker")
    found = faults(root, read_overrides(options.overrides) if options.overrides else {})
    sys.stderr.writelines(f"{fault}\n" for fault in found)
    sys.exit(bool(found))


if __name__ == "__main__":
    main()
