"""A stand-in of FakeClue, in which 1 is real and 0 is fake."""

from __future__ import annotations

import json
from pathlib import Path

from scripts.stand_ins.media import MediaMaker

CODES = {"real": 1, "fake": 0}


def fakeclue(root: Path, media: MediaMaker) -> None:
    """``{train,test}.json``, and ``{train,test}/CATEGORY/{real,fake}``."""
    for split in ("train", "test"):
        records = []
        for category in ("doc", "satellite"):
            for label, code in CODES.items():
                name = f"{category}/{label}/{split}_{label}.jpg"
                media.image(root / split / name)
                records.append({"image": name, "label": code, "conversations": _turns(label)})
        (root / f"{split}.json").write_text(json.dumps(records), encoding="utf-8")


def _turns(label: str) -> list[dict[str, str]]:
    return [
        {"from": "human", "value": "<image>Does the image look real or fake?"},
        {"from": "gpt", "value": f"This is a {label} image. Its edges say so."},
    ]
