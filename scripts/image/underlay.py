"""Put the packages of one Python under an environment: python underlay.py PACKAGE ENVIRONMENT.

The environment then finds its own packages first, and after them those beside PACKAGE, such as the
vLLM of a base image, with all that came with it. Run it with the Python that has PACKAGE.
"""

from __future__ import annotations

import importlib.util
import sys
from pathlib import Path


def main(package: str, environment: Path) -> None:
    """Write the path file. Ends with a sentence if there is no such package or environment."""
    spec = importlib.util.find_spec(package)
    if spec is None or not spec.submodule_search_locations:
        sys.exit(f"{sys.executable} has no package {package}: is it the base's own Python?")
    below = Path(spec.submodule_search_locations[0]).parent
    own = environment / f"lib/python{sys.version_info[0]}.{sys.version_info[1]}/site-packages"
    if not own.is_dir():
        sys.exit(f"{own} is missing: the environment must be of {sys.executable}")
    # addsitedir, unlike a plain line with the path, minds the path files that lie there.
    own.joinpath("underlay.pth").write_text(
        f"import site; site.addsitedir({str(below)!r})\n", encoding="utf-8"
    )


if __name__ == "__main__":
    main(sys.argv[1], Path(sys.argv[2]))
