"""One stage of training: all that it depends on, in a YAML file of its own."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import Literal

import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError

STAGES = Path(__file__).parent / "stages"
"""The stages that ship with the worker."""


class StageInvalid(Exception):
    """A stage's file, or what it names, cannot be used; the text says why."""


class Task(StrEnum):
    """What the model learns to answer."""

    CAPTION = "caption"
    """What a media shows: the set's reasoning is a caption, and there is no conclusion."""
    CONCLUSION = "conclusion"
    """Real or fake, and nothing else."""
    EXPLANATION = "explanation"
    """The reasoning, then real or fake."""


class Part(StrEnum):
    """A part of a vision-language model, to be trained or frozen."""

    VISION = "vision"
    PROJECTOR = "projector"
    LANGUAGE = "language"


class Group(BaseModel):
    """Fields that belong together."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class Mixed(Group):
    """One labelled set of the mix."""

    set: str = Field(description="A set as `ivy-worker data` reads it: folder, list or hf://.")
    split: str | None = Field(default=None, description="Only this part of it.")
    task: Task = Field(description="What is learnt from it.")
    items: int | None = Field(default=None, gt=0, description="So many, drawn by the seed.")
    repeat: int = Field(default=1, gt=0, description="Times that an epoch passes over it.")


class Lora(Group):
    """Low-rank adapters instead of all weights (Hu et al., 2021, arXiv 2106.09685)."""

    rank: int = Field(default=16, gt=0)
    alpha: int = Field(default=32, gt=0, description="The update is scaled by alpha / rank.")
    dropout: float = Field(default=0.05, ge=0, lt=1)
    targets: tuple[str, ...] = Field(
        default=("q_proj", "k_proj", "v_proj", "o_proj", "gate_proj", "up_proj", "down_proj"),
        description="Names of the layers that get one, within the parts that are not frozen.",
    )


class Budgets(Group):
    """Narrower limits than the recipe's, of what training may cost. Absent: the recipe's own."""

    image_pixels: int | None = Field(default=None, gt=0, description="Most pixels of an image.")
    frame_pixels: int | None = Field(default=None, gt=0, description="Most pixels of a frame.")
    frames: int | None = Field(default=None, gt=0, description="Most frames of a clip.")


class Grpo(Group):
    """Group relative policy optimisation (Shao et al., 2024, arXiv 2402.03300)."""

    group: int = Field(default=8, ge=2, description="Answers drawn for each question.")
    temperature: float = Field(default=0.9, gt=0)
    beta: float = Field(
        # The paper has a KL term and gives no value; this is TRL's of old, and DeepSeekMath's.
        default=0.04,
        ge=0,
        description="Weight of the KL term against the model that the stage began with.",
    )
    epsilon: float = Field(default=0.2, gt=0, description="Clipping of the ratio, downwards.")
    epsilon_high: float = Field(
        default=0.28, gt=0, description="And upwards: clip-higher (DAPO, arXiv 2503.14476)."
    )
    max_answer_tokens: int = Field(default=1024, gt=0)
    accuracy_weight: float = Field(default=1.0, ge=0)
    format_weight: float = Field(default=1.0, ge=0)
    vllm: Literal["off", "colocate", "server"] = Field(
        default="off", description="Who draws the answers: vLLM takes pictures only (TRL 1.16)."
    )
    vllm_memory: float = Field(default=0.3, gt=0, lt=1, description="vLLM's share of a GPU.")


class Stage(Group):
    """One stage."""

    name: str = Field(pattern=r"^[a-z0-9][a-z0-9.-]*$")
    method: Literal["sft", "grpo"] = "sft"
    model: str = Field(description="A model spec: prompt, recipe, and weights to begin with.")
    data: tuple[Mixed, ...] = Field(min_length=1)
    frozen: tuple[Part, ...] = Field(default=(), description="Parts that stay as they are.")
    lora: Lora | None = Field(default=None, description="Absent: all weights that are not frozen.")
    learning_rate: float = Field(gt=0)
    schedule: Literal["cosine", "linear", "constant"] = "cosine"
    warmup: float = Field(default=0.01, ge=0, lt=1, description="Share of the steps.")
    weight_decay: float = Field(default=0.0, ge=0)
    clip_norm: float = Field(default=1.0, gt=0)
    epochs: float = Field(default=1.0, gt=0)
    max_steps: int | None = Field(default=None, gt=0, description="Ends there, before the epochs.")
    batch: int = Field(default=1, gt=0, description="Media at once on one device.")
    accumulate: int = Field(default=1, gt=0, description="Batches to a step.")
    bf16: bool = Field(default=True, description="Sums in bfloat16; a CPU of ours has no use of it")
    checkpointing: bool = Field(default=True, description="Less memory for a third more time.")
    packing: bool = Field(
        default=False, description="Refused: TRL 1.16 packs no media, and would lose them."
    )
    budgets: Budgets = Budgets()
    grpo: Grpo = Grpo()
    save_every: int = Field(default=200, gt=0, description="Steps between two checkpoints.")
    seed: int = 0


def shipped_stages() -> list[str]:
    """Names of the stages that ship with the worker."""
    return sorted(file.stem for file in STAGES.glob("*.yaml"))


def load_stage(name: str) -> Stage:
    """A shipped stage by its name, or any by the path of its YAML file. Raises ``StageInvalid``."""
    path = STAGES / f"{name}.yaml" if name in shipped_stages() else Path(name)
    try:
        stage = Stage.model_validate(yaml.safe_load(path.read_text(encoding="utf-8")))
    except (OSError, UnicodeDecodeError) as error:
        known = ", ".join(shipped_stages())
        raise StageInvalid(f"the stage {name!r} is neither one of {known} nor a file") from error
    except yaml.YAMLError as error:
        raise StageInvalid(f"the stage {path} is not YAML: {error}") from error
    except ValidationError as error:
        raise StageInvalid(f"the stage {path} is not valid: {error}") from error
    if stage.packing:
        raise StageInvalid(
            f"the stage {path} asks for packing, which TRL cannot do with media: leave it out, and"
            " raise `batch` instead"
        )
    if stage.method == "grpo" and any(one.task is Task.CAPTION for one in stage.data):
        raise StageInvalid(f"the stage {path}: GRPO rewards verdicts; a caption has none")
    return stage
