"""Outcomes made up, to hold figures against; and rooms with the detector's twin."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import Any

import numpy as np

from tests.support.manual_clock import ManualClock
from tests.twins.decoder import InProcessDecoder
from tests.twins.detector import FakeDetector
from worker.domain.answer import ModelIdentity, Score, ScoreKind
from worker.domain.generation import AnswerForm
from worker.domain.media import MediaKind
from worker.evaluation.manifest import Manifest, Question, SetUsed
from worker.evaluation.outcome import Outcome
from worker.evaluation.plan import Plan, plan
from worker.evaluation.run import Run
from worker.evaluation.shard import Shard
from worker.evaluation.variant import ORIGINAL, Original, Variant
from worker.fetch.config import FetchConfig
from worker.fetch.router import FetchRouter
from worker.flow.byte_budget import ByteBudget
from worker.flow.retry import Retry
from worker.labelled.items import LabelledItem, LabelledSet, Truth
from worker.models.spec import load_spec
from worker.scoring.rooms import ScoringRooms

MODEL = ModelIdentity(
    id="made-up/model",
    revision="r1",
    prompt_version="p",
    preprocessing_version="x",
    sampling_version="s",
    engine="none",
)
THINK = AnswerForm.THINK_FIRST
MAX_BYTES = 1_000_000


def outcome(path: str = "a.png", **changes: Any) -> Outcome:
    """A fake image, found."""
    values: dict[str, Any] = {
        "set": "made-up",
        "path": path,
        "label": Truth.FAKE,
        "group": "Gen",
        "kind": MediaKind.IMAGE,
        "width": 640,
        "height": 480,
        "sha256": f"{abs(hash_of(path)):064x}",
        "form": THINK,
        "text": "<think>Waxy.</think><conclusion>fake</conclusion>",
        "conclusion": "fake",
        "score": scored(0.9),
        "seconds": 0.5,
        "prompt_tokens": 100,
        "completion_tokens": 10,
        "model": MODEL,
    }
    return Outcome.model_validate(values | changes)


def hash_of(path: str) -> int:
    """The same in each process."""
    return int.from_bytes(path.encode()[-16:], "big")


def scored(value: float | None) -> Score:
    kind = ScoreKind.NONE if value is None else ScoreKind.LABEL_LOGPROBS
    return Score(value=value, kind=kind, mass=None if value is None else 1.0)


def drawn(
    count: int, seed: int = 0, *, groups: Iterable[str] = ("A", "B", "C"), apart: float = 1.5
) -> list[Outcome]:
    """Half of them fake, of several generators; reals have one source; some answer nothing."""
    rng = np.random.default_rng(seed)
    names = list(groups)
    made = []
    for number in range(count):
        fake = number % 2 == 1
        z = rng.normal(apart if fake else -apart, 2)
        value = float(1 / (1 + np.exp(-z)))
        said = None if number % 19 == 0 else "fake" if value > 0.5 else "real"
        made.append(
            outcome(
                f"{number:05d}.png",
                label=Truth.FAKE if fake else Truth.REAL,
                group=names[number // 2 % len(names)] if fake else "camera",
                conclusion=said,
                score=scored(value),
                kind=MediaKind.VIDEO if number % 5 == 0 else MediaKind.IMAGE,
                height=(200, 480, 900, 2000)[number % 4],
                width=2000,
                sha256=f"{number:063x}{number // 2 % 16:x}",
                gold_reasoning="The skin looks waxy.",
                text=f"<think>The skin is waxy.</think><conclusion>{said}</conclusion>",
            )
        )
    return made


def manifest(count: int = 100, **changes: Any) -> Manifest:
    question = Question(
        set=SetUsed(name="made-up", fingerprint="0" * 16, real=count // 2, fake=count - count // 2),
        forms=(THINK,),
        variants=(ORIGINAL,),
    )
    detector = FakeDetector(load_spec("tiny"))
    made = Manifest.of(question, detector, ManualClock().now())
    return made.model_copy(update={"model": MODEL, **changes})


def rooms(detector: FakeDetector) -> ScoringRooms:
    return ScoringRooms(
        fetcher=FetchRouter(FetchConfig(file_root=Path("/"), max_bytes=MAX_BYTES)),
        decoder=InProcessDecoder(),
        detector=detector,
        retry=Retry(attempts=1, base_s=0.0),
        memory=ByteBudget(2 * MAX_BYTES),
        clock=ManualClock(),
    )


def labelled(*items: LabelledItem) -> LabelledSet:
    return LabelledSet("some", items)


def begun(
    folder: Path,
    of: LabelledSet,
    forms: tuple[AnswerForm, ...] = (THINK,),
    shard: Shard = Shard(),  # noqa: B008 - frozen
    variants: tuple[Variant, ...] = (Original(),),
) -> tuple[Run, Plan]:
    """A run, new or gone on with, and what is left to ask."""
    question = Question(
        set=SetUsed.of(of),
        forms=forms,
        variants=tuple(variant.name for variant in variants),
        shard=shard,
    )
    run = Run(folder, question)
    return run, plan(shard.part(of), forms, variants, run.done)
