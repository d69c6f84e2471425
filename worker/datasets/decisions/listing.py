"""Reviewed uploads as a labelled list, with their lineage in each line."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from worker.datasets.decisions.join import Reviewed
from worker.labelled.items import LabelledItem
from worker.labelled.written import write_listing

HASH = re.compile(r"[0-9a-f]{64}")

GROUP = "uploads"
"""The group of those whose surface is not known. A platform does not know what made a media."""


def find_media(media: Path, *, hashing: bool = False) -> dict[str, Path]:
    """The files below a folder by the SHA-256 of their bytes. Raises ``OSError``.

    A store by content has it in their names, up to the first dot; with ``hashing`` it is computed.
    """
    found: dict[str, Path] = {}
    for file in sorted(media.rglob("*")):
        if file.is_file():
            digest = _computed(file) if hashing else file.name.split(".", 1)[0].lower()
            if HASH.fullmatch(digest):
                found.setdefault(digest, file)
    return found


def _computed(file: Path) -> str:
    with file.open("rb") as data:
        return hashlib.file_digest(data, "sha256").hexdigest()


def write_reviewed(
    reviewed: Iterable[Reviewed], media: Mapping[str, Path], to: Path, salt: str
) -> tuple[int, int]:
    """Write those whose media are there; counts these, and those without. Raises ``OSError``.

    Each line has the label, the verdicts' ids, models, scores and thresholds, and who decided, as
    a hash, and when.
    """
    items: list[LabelledItem] = []
    lineage: dict[str, Mapping[str, Any]] = {}
    missing = 0
    for one in reviewed:
        path = media.get(one.sha256)
        if path is None:
            missing += 1
            continue
        group = one.verdicts[-1].surface if one.verdicts else GROUP
        items.append(LabelledItem(path, one.sha256, one.decision, group=group))
        lineage[one.sha256] = _lineage(one, salt)
    write_listing(items, to, lineage)
    return len(items), missing


def _lineage(one: Reviewed, salt: str) -> dict[str, Any]:
    last = one.verdicts[-1] if one.verdicts else None
    return {
        "sha256": one.sha256,
        "score": last.score if last else None,
        "score_raw": last.score_raw if last else None,
        "action_hint": last.action_hint.value if last else None,
        "lineage": {
            "verdicts": [
                {
                    "verdict_id": verdict.verdict_id,
                    "content_id": verdict.content_id,
                    "tenant": verdict.tenant,
                    "surface": verdict.surface,
                    "model": verdict.model,
                    "calibration_id": verdict.calibration_id,
                    "label": verdict.label.value,
                    "score": verdict.score,
                    "policy": verdict.policy,
                    "live": verdict.live,
                }
                for verdict in one.verdicts
            ],
            "decisions": [
                {
                    "decision": decision.decision.value,
                    "decided_by": decision.reviewer(salt),
                    "decided_at": decision.decided_at.isoformat(),
                }
                for decision in one.decisions
            ],
        },
    }
