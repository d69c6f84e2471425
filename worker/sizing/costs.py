"""What one item costs on one machine, as `ivy-worker bench --save` measured it."""

from __future__ import annotations

import itertools
from datetime import datetime
from pathlib import Path
from typing import Literal, Self

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from worker.calibration.atomic import write_whole

FORMAT: Literal[1] = 1
"""Of the file: raised when a field changes its meaning."""

MAX_FILE_BYTES = 4 * 1024 * 1024
"""A file of costs has some kilobytes."""


class CostsInvalid(Exception):
    """There is no such file of costs, or it cannot be used; the text says why."""


class Part(BaseModel):
    """A group of figures."""

    model_config = ConfigDict(extra="forbid", frozen=True, allow_inf_nan=False)


class Point(Part):
    """The engine with so many questions in it all the time (a closed loop)."""

    concurrency: int = Field(ge=1, description="Questions in the engine at once.")
    items: int = Field(ge=1, description="Questions answered while it was measured.")
    items_per_s: float = Field(gt=0, description="Answers a second.")
    output_tokens_per_s: float = Field(ge=0, description="Tokens written a second.")
    mean_s: float = Field(gt=0, description="Mean seconds from a question to its answer.")
    p99_s: float = Field(gt=0, description="99 % of the answers came within so many seconds.")


class EngineCost(Part):
    """One kind of question: a picture, or a video (one window of it, if it is long)."""

    points: tuple[Point, ...] = Field(min_length=1, description="By rising concurrency.")
    prompt_tokens: float = Field(ge=0, description="Mean tokens read for one, media included.")
    completion_tokens: float = Field(ge=0, description="Mean tokens written for one.")
    scv: float = Field(
        ge=0,
        description="Squared coefficient of variation of the seconds of one at a time: 0 where all"
        " are alike, 1 for an exponential distribution.",
    )
    pixel_bytes: float = Field(ge=0, description="Mean bytes of pixels held for one.")

    @model_validator(mode="after")
    def _check_order(self) -> Self:
        at = [point.concurrency for point in self.points]
        if any(later <= earlier for earlier, later in itertools.pairwise(at)):
            raise ValueError("the points are not in rising order of concurrency")
        return self


class EngineCosts(Part):
    """The engine, by kind of media."""

    image: EngineCost | None = Field(description="A picture; null where not measured.")
    video: EngineCost | None = Field(description="A video or a window; null where not measured.")
    max_num_seqs: int = Field(ge=1, description="Most questions worked on at once, as it was set.")


class DecodeCost(Part):
    """A source of one size, decoded in the sandbox."""

    kind: Literal["image", "video"]
    format: str = Field(max_length=40, description="Such as `jpg` or `mp4`.")
    megapixels: float = Field(gt=0, description="Of the picture, or of one frame.")
    duration_s: float | None = Field(default=None, gt=0, description="Of a video.")
    bytes_in: int = Field(gt=0, description="Size of the file.")
    cpu_s: float = Field(gt=0, description="Seconds of one core, in the decode process.")
    wall_s: float = Field(gt=0, description="Seconds until the pixels were there.")
    items: int = Field(ge=1, description="How often it was decoded.")


class Plumbing(Part):
    """The worker's own process: reading events, hashing, asking Redis, writing verdicts."""

    new_cpu_s: float = Field(gt=0, description="Seconds of one core for an upload that is new.")
    cached_cpu_s: float = Field(gt=0, description="Likewise where the answer is known already.")
    events: int = Field(ge=1, description="Events that it was measured on.")


class Bytes(Part):
    """Sizes of what is kept and sent."""

    cached_answer: float = Field(gt=0, description="Memory in Redis of one kept answer, its keys.")
    cached_answer_by: Literal["redis", "length"] = Field(
        description="`redis`: MEMORY USAGE of a real server; `length`: bytes of key and value with"
        " an allowance for Redis's own, where there was no server."
    )
    upload_event: float = Field(gt=0, description="One upload event in Kafka.")
    verdict_event: float = Field(gt=0, description="One verdict event in Kafka.")


class Windows(Part):
    """How long videos were cut, by the settings that were measured with (`video.*`)."""

    longer_than_s: float = Field(ge=0)
    length_s: float = Field(gt=0)
    max_count: int = Field(ge=1)


class Machine(Part):
    """Where it was measured. No host name: a file of costs is passed around."""

    cpu: str = Field(max_length=200)
    cores: int = Field(ge=1, description="Cores that the worker could use.")
    memory_bytes: int = Field(ge=0)
    gpu: str | None = Field(default=None, max_length=200, description="Null: the CPU did it all.")
    gpu_memory_bytes: int | None = Field(default=None, ge=0)


class Versions(Part):
    """What was measured."""

    worker: str
    python: str
    model: str
    revision: str
    engine: str = Field(description="vLLM's version and the type of the weights.")
    max_num_batched_tokens: int = Field(ge=1)
    enforce_eager: bool


class Costs(Part):
    """All of it: the file that `ivy-worker bench --save` writes and `ivy-worker plan` reads."""

    format: Literal[1] = FORMAT
    kind: Literal["measured", "assumed"] = Field(
        description="`measured`: by `ivy-worker bench` on this machine. `assumed`: by a person, to"
        " see what would be; a plan from it says so."
    )
    measured_at: datetime
    machine: Machine
    versions: Versions
    engine: EngineCosts
    decode: tuple[DecodeCost, ...] = Field(min_length=1)
    plumbing: Plumbing
    bytes: Bytes
    windows: Windows


def load_costs(path: Path) -> Costs:
    """Read a file of costs. Raises ``CostsInvalid``."""
    try:
        with path.open("rb") as file:
            data = file.read(MAX_FILE_BYTES + 1)
    except OSError as error:
        raise CostsInvalid(
            f"--costs: there is no readable file at {path}; `ivy-worker bench --save {path}` makes"
            " one on the machine that you want to plan with"
        ) from error
    if len(data) > MAX_FILE_BYTES:
        raise CostsInvalid(f"--costs: {path} is too large to be a file of costs")
    try:
        return Costs.model_validate_json(data)
    except ValidationError as error:
        faults = "\n".join(
            f"  {'.'.join(str(part) for part in fault['loc']) or 'all of it'}: {fault['msg']}"
            for fault in error.errors(include_url=False, include_input=False)
        )
        raise CostsInvalid(f"--costs: {path} is not a file of costs:\n{faults}") from error


def save_costs(costs: Costs, path: Path) -> None:
    """Write the whole file at once. Raises ``OSError``."""
    write_whole(path, (costs.model_dump_json(indent=2) + "\n").encode())
