"""What scores are expected to look like, in a file."""

from __future__ import annotations

import random
from collections.abc import Iterable
from pathlib import Path

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, ValidationError

from worker.calibration.atomic import write_whole
from worker.domain.media import MediaKind
from worker.drift.bins import LEAST, Bins

LARGEST_FILE = 1024**2
"""Bytes; a real one has a few thousand."""

KEPT = 100_000
"""Scores of one kind that a baseline is made of: of more, a fair sample."""


class BaselineInvalid(Exception):
    """A baseline cannot be used, or cannot be made; the text says why, and what to do."""


class Baseline(BaseModel):
    """Scores of one model, in bins, for each kind of media that there were enough of."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    made_at: AwareDatetime
    source: str = Field(max_length=500, description="Where the verdicts were read.")
    models: tuple[str, ...] = Field(max_length=100, description="Models and revisions met there.")
    kinds: dict[MediaKind, Bins]


class Scores:
    """Those of one kind, a fair sample of at most ``KEPT`` (Vitter 1985, algorithm R)."""

    def __init__(self) -> None:
        self.kept: list[float] = []
        self.met = 0
        self._random = random.Random(0)  # noqa: S311 - the same verdicts make the same baseline

    def take(self, score: float) -> None:
        """One more."""
        self.met += 1
        if len(self.kept) < KEPT:
            self.kept.append(score)
            return
        place = self._random.randrange(self.met)
        if place < KEPT:
            self.kept[place] = score


def make_baseline(
    found: Iterable[tuple[MediaKind, float, str]], *, source: str, now: AwareDatetime
) -> Baseline:
    """From fresh scores, each with its kind and its model. Raises ``BaselineInvalid``."""
    scores = {kind: Scores() for kind in MediaKind}
    models: set[str] = set()
    for kind, score, model in found:
        scores[kind].take(score)
        models.add(model)
    kinds = {kind: Bins.of(one.kept) for kind, one in scores.items() if len(one.kept) >= LEAST}
    if not kinds:
        met = ", ".join(f"{one.met} of {kind.value}s" for kind, one in scores.items())
        raise BaselineInvalid(
            f"{source} has too few fresh scores: {met}, and {LEAST} of one kind are needed;"
            " begin earlier (--since), or try again later"
        )
    return Baseline(made_at=now, source=source, models=tuple(sorted(models))[:100], kinds=kinds)


def load_baseline(path: Path) -> Baseline:
    """Raises ``BaselineInvalid``."""
    try:
        if path.stat().st_size > LARGEST_FILE:
            raise BaselineInvalid(f"{path} is larger than any baseline (policy.drift.baseline)")
        return Baseline.model_validate_json(path.read_bytes())
    except OSError as error:
        raise BaselineInvalid(
            f"there is no readable file at {path} (policy.drift.baseline):"
            " `ivy-worker drift baseline` writes one"
        ) from error
    except ValidationError as error:
        fault = error.errors(include_url=False, include_input=False)[0]
        where = ".".join(str(part) for part in fault["loc"]) or "all of it"
        raise BaselineInvalid(
            f"{path} is no baseline (policy.drift.baseline): {where}: {fault['msg']}"
        ) from error


def save_baseline(baseline: Baseline, path: Path) -> None:
    """Write the whole file at once, in the place of an older one. Raises ``OSError``."""
    write_whole(path, (baseline.model_dump_json(indent=2) + "\n").encode())
