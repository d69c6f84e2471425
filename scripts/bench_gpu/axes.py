"""What is swept: each axis changes one thing of the base, and leaves the rest."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from scripts.bench_gpu.cell import Cell, LeftOut
from worker.detector.vllm.config import EngineConfig
from worker.domain.generation import AnswerForm
from worker.domain.media import MediaKind
from worker.models.spec import ModelSpec

BATCHES = (64, 128, 256, 512)
"""``engine.max_num_seqs``; the default is 256."""

STEP = 4
"""From one number in flight to the next: a curve with a bend in it needs no more points."""

PIXEL_SHARES = (1.0, 0.5, 0.25, 0.125, 0.0625)
"""Of the spec's own ``max_pixels``."""

FRAMES = (2, 4, 6, 8, 16)
"""Of a video at most. The paper's model was trained with 6."""

PUBLISHED_TOKENS = 128
"""Output tokens of the anchor that is compared with."""


@dataclass(frozen=True, slots=True)
class Base:
    """What an axis starts from."""

    spec: ModelSpec
    engine: EngineConfig
    on_gpu: bool
    short: bool
    """Two values an axis: to see that it works."""

    @property
    def full(self) -> int:
        """In flight where nothing else is said: a whole batch."""
        return self.engine.max_num_seqs

    def cell(
        self,
        axis: str,
        value: str,
        *,
        kind: MediaKind = MediaKind.IMAGE,
        form: AnswerForm = AnswerForm.THINK_FIRST,
        spec: ModelSpec | None = None,
        engine: EngineConfig | None = None,
        in_flight: int | None = None,
    ) -> Cell:
        """The base, with what is given in its place."""
        engine = engine or self.engine
        at = in_flight or engine.max_num_seqs
        return Cell(axis, value, spec or self.spec, engine, kind, form, at)


Axis = Callable[[Base], Iterator[Cell | LeftOut]]


def _in_flight(base: Base) -> Iterator[Cell | LeftOut]:
    at = 1
    while at < base.full:
        yield base.cell("in flight", str(at), in_flight=at)
        at *= base.full if base.short else STEP
    yield base.cell("in flight", str(base.full))


def _batch(base: Base) -> Iterator[Cell | LeftOut]:
    for value in (base.full // 2,) if base.short else BATCHES:
        if value != base.full:
            engine = base.engine.model_copy(update={"max_num_seqs": value})
            yield base.cell("max_num_seqs", str(value), engine=engine)


def _pixels(base: Base) -> Iterator[Cell | LeftOut]:
    grid = base.spec.recipe.image
    for share in (1.0, 0.25) if base.short else PIXEL_SHARES:
        most = int(grid.max_pixels * share)
        if most < grid.min_pixels:
            yield LeftOut("max pixels", f"{most:,}", f"below min_pixels, {grid.min_pixels:,}")
            continue
        image = grid.model_copy(update={"max_pixels": most})
        recipe = base.spec.recipe.model_copy(update={"image": image})
        spec = base.spec if share == 1 else base.spec.model_copy(update={"recipe": recipe})
        yield base.cell("max pixels", f"{most:,}", spec=spec)


def _precision(base: Base) -> Iterator[Cell | LeftOut]:
    names = ("bfloat16", "float16") if base.on_gpu else ("bfloat16", "float32")
    for name in names:
        engine = base.engine.model_copy(update={"dtype": name, "quantization": None})
        yield base.cell("precision", name, engine=engine)
    if base.on_gpu:
        engine = base.engine.model_copy(update={"dtype": "bfloat16", "quantization": "fp8"})
        yield base.cell("precision", "fp8", engine=engine)
    else:
        yield LeftOut("precision", "fp8", "for GPUs; not measured on the CPU engine")


def _form(base: Base) -> Iterator[Cell | LeftOut]:
    yield base.cell("answer", "think first")
    yield base.cell("answer", "verdict first", form=AnswerForm.VERDICT_FIRST)
    sampling = base.spec.sampling.model_copy(update={"max_tokens": PUBLISHED_TOKENS})
    if sampling.max_tokens < base.spec.sampling.max_tokens:
        spec = base.spec.model_copy(update={"sampling": sampling})
        yield base.cell("answer", f"at most {PUBLISHED_TOKENS} tokens", spec=spec)


def _frames(base: Base) -> Iterator[Cell | LeftOut]:
    sampling = base.spec.recipe.sampling
    for most in (2, sampling.max_frames) if base.short else FRAMES:
        changed = sampling.model_copy(
            update={"max_frames": most, "min_frames": min(most, sampling.min_frames)}
        )
        recipe = base.spec.recipe.model_copy(update={"sampling": changed})
        same = changed == sampling
        spec = base.spec if same else base.spec.model_copy(update={"recipe": recipe})
        yield base.cell("frames of a video", str(most), kind=MediaKind.VIDEO, spec=spec)


AXES: dict[str, Axis] = {
    "in-flight": _in_flight,
    "batch": _batch,
    "pixels": _pixels,
    "precision": _precision,
    "answer": _form,
    "frames": _frames,
}
"""By the names that the command takes."""
