"""A model spec: everything about one model that changes its answers, in a file of its own."""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import Any

import yaml
from pydantic import BaseModel, ConfigDict, Field, JsonValue, ValidationError

from worker.domain.answer import Conclusion
from worker.domain.media import MediaKind
from worker.domain.recipe import DecodeRecipe

MODELS = Path(__file__).parent
"""The specs that ship with the worker, and the tiny checkpoint's folder."""

VERSION_LENGTH = 12
"""Hexadecimal digits of a version that is a hash: 48 bits tell a few thousand recipes apart."""


def version_of(*parts: BaseModel) -> str:
    """A hash of the contents: a version that cannot be forgotten when a field is changed."""
    digest = hashlib.sha256()
    for part in parts:
        digest.update(part.model_dump_json().encode() + b"\0")
    return digest.hexdigest()[:VERSION_LENGTH]


class Part(BaseModel):
    """A group of fields of a spec."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class Prompt(Part):
    """What the model is asked, word for word: a fine-tune knows its own prompt only."""

    system: str | None = Field(default=None, description="System prompt; none where absent.")
    image: str = Field(description="The question after an image.")
    video: str = Field(description="The question after a video.")

    def messages(self, kind: MediaKind) -> list[dict[str, Any]]:
        """The chat, as a chat template takes it; the media stands before the question."""
        question = self.image if kind is MediaKind.IMAGE else self.video
        content = [{"type": kind.value}, {"type": "text", "text": question}]
        chat: list[dict[str, Any]] = [{"role": "user", "content": content}]
        if self.system is not None:
            # The parts form, as HF's processor and vLLM's renderer both take it.
            system = [{"type": "text", "text": self.system}]
            chat.insert(0, {"role": "system", "content": system})
        return chat


class LabelWords(Part):
    """The words whose probabilities make the score. Those that are no single token are left out."""

    opening: str = Field(
        default="<conclusion>", description="The label word stands right after its last occurrence."
    )
    forcing: str = Field(
        default="</think><conclusion>",
        description="What is put after a reasoning that was cut, to have its label word.",
    )
    authentic: tuple[str, ...] = ("real", " real", "Real", " Real", "REAL", " REAL")
    ai_generated: tuple[str, ...] = ("fake", " fake", "Fake", " Fake", "FAKE", " FAKE")


class Sampling(Part):
    """How the answer is drawn."""

    max_tokens: int = Field(gt=0, description="Longest answer, in tokens.")
    temperature: float = Field(default=0.0, ge=0, description="0 is greedy.")
    loop_pattern: int = Field(
        default=64, ge=0, description="Longest pattern, in tokens, that counts as a loop; 0: none."
    )
    loop_count: int = Field(
        default=8, ge=2, description="Times in a row after which it is one and the answer is cut."
    )


class EngineExtras(Part):
    """Arguments of vLLM that belong to this model, whoever runs it. Names and meanings are vLLM's.

    A closed set: what belongs to a machine is a setting of the engine, and what would change the
    pixels is the recipe's.
    """

    hf_overrides: dict[str, JsonValue] = Field(
        default_factory=dict,
        description="Corrections to the checkpoint's config.json, nested as it is.",
    )
    attention_backend: str | None = Field(
        default=None, description="Attention of the language model, where vLLM's choice is wrong."
    )
    mm_encoder_attn_backend: str | None = Field(
        default=None, description="Attention of the vision encoder, likewise."
    )
    mm_device_do_normalize: bool | None = Field(
        default=None,
        description="Whether pixels are normalised on the device; vLLM does where it can.",
    )
    disable_chunked_mm_input: bool | None = Field(
        default=None, description="Whether a media's tokens stay together in one step."
    )

    @property
    def arguments(self) -> dict[str, Any]:
        """Those that are set, but for the overrides: they meet the repairs of the checkpoint."""
        return self.model_dump(exclude={"hf_overrides"}, exclude_none=True)


class Golden(Part):
    """A plain picture or clip in one colour, and what the model must say about it.

    Loading proves little: without its ``tie_word_embeddings`` flag a checkpoint loads and prints
    garbage. Garbage has next to no probability on the label words.
    """

    kind: MediaKind
    rgb: tuple[int, int, int]
    conclusion: Conclusion | None = Field(
        default=None, description="The answer that must come; any of the two where absent."
    )


class ModelSpec(BaseModel):
    """One model."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    id: str = Field(description="The model's name in verdicts.")
    source: str = Field(description="Hub id or folder of the weights.")
    revision: str | None = Field(default=None, description="Revision on the hub.")
    context_tokens: int = Field(gt=0, description="Prompt, media and answer together.")
    prompt: Prompt
    labels: LabelWords = LabelWords()
    sampling: Sampling
    recipe: DecodeRecipe
    golden: tuple[Golden, ...] = Field(min_length=1)
    engine: EngineExtras = EngineExtras()
    calibrations: str | None = Field(
        default=None, description="File of calibrations, below the folder of the shipped specs."
    )
    notice: str | None = Field(default=None, description="What a person must know; said at start.")

    @property
    def folder(self) -> Path | None:
        """The weights' folder, if they are in one."""
        for path in (Path(self.source), MODELS / self.source):
            if path.is_dir():
                return path.resolve()
        return None

    @property
    def calibrations_file(self) -> Path | None:
        """Where the calibrations that ship with the spec are."""
        return MODELS / self.calibrations if self.calibrations else None

    @property
    def location(self) -> str:
        """What the engine is to load."""
        folder = self.folder
        return str(folder) if folder else self.source


class SpecInvalid(Exception):
    """There is no such model spec, or it cannot be used; the text says why."""


def shipped() -> list[str]:
    """Names of the specs that ship with the worker."""
    return sorted(file.stem for file in MODELS.glob("*.yaml"))


def load_spec(name: str) -> ModelSpec:
    """A shipped spec by its name, or any by the path of its YAML file. Raises ``SpecInvalid``."""
    path = MODELS / f"{name}.yaml" if name in shipped() else Path(name)
    try:
        data = yaml.safe_load(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError) as error:
        known = ", ".join(shipped())
        raise SpecInvalid(
            f"model.spec is {name!r}: neither one of {known} nor a YAML file"
        ) from error
    except yaml.YAMLError as error:
        raise SpecInvalid(f"the model spec {path} is not YAML: {error}") from error
    try:
        return ModelSpec.model_validate(data)
    except ValidationError as error:
        raise SpecInvalid(f"the model spec {path} is not valid: {error}") from error
