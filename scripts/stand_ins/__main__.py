"""Make the stand-ins.

    python -m scripts.stand_ins FOLDER [--only ivy-fake] [--archives]

Each is written into a folder of its name. With --archives the media of Ivy-Fake are in split 7z.
"""

from __future__ import annotations

import argparse
from pathlib import Path

from scripts.stand_ins.ivy_fake import archived
from scripts.stand_ins.layouts import MAKERS, make


def main() -> None:
    """Make all of them, or one."""
    parser = argparse.ArgumentParser(prog="stand_ins", description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--only", choices=MAKERS)
    parser.add_argument("--archives", action="store_true")
    chosen = parser.parse_args()
    for name in [chosen.only] if chosen.only else MAKERS:
        make(name, chosen.folder / name)
        if chosen.archives and name == "ivy-fake":
            archived(chosen.folder / name)
        print(chosen.folder / name)


if __name__ == "__main__":
    main()
