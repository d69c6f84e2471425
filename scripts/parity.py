"""Reference against vLLM, sample by sample, from the pixels to the score.

Each media goes to the model on transformers, step by step as its authors run it, and to vLLM, in
both forms of an answer. The same must be the pixels and grids, the prompt's token ids and their
positions, and the words of the answer; P(AI-generated) may lie 0.01 apart. Where the recipe is the
one of the model card's snippet, the snippet's own steps from the file are held against ours, too.
Ends with 1 if anything differs.
"""

from __future__ import annotations

import argparse
import asyncio
import os
import sys
import tempfile
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass
from pathlib import Path

import av
from PIL import ExifTags, Image
from rich.console import Console
from rich.progress import track
from rich.table import Table

from worker.decode import image
from worker.decode.config import DecodeConfig
from worker.decode.pool import DecodePool
from worker.decode.sniff import Library, sniff
from worker.demo.samples import find_samples, make_samples
from worker.demo.small import SMALL_ENGINE
from worker.detector.reference.detector import ReferenceDetector
from worker.detector.reference.rendering import Rendering
from worker.detector.reference.snippet import SnippetUnavailable
from worker.detector.vllm.detector import VllmDetector
from worker.domain.failure import Failure, Poison, Reason, Transient
from worker.domain.generation import AnswerForm, Generation
from worker.domain.media import Content, MediaKind, PreparedMedia
from worker.domain.recipe import Resizer
from worker.models.spec import ModelSpec, SpecInvalid, load_spec
from worker.models.weights import find_weights
from worker.parsing.score import score
from worker.settings.settings import load_settings
from worker.telemetry.logs import LogFormat, configure_logs

MOST_APART = 0.01
"""bfloat16 rounds in another order in another batch; on the tiny checkpoint less than this."""

ROOM = "engine.max_num_batched_tokens=16384"
"""What the largest media of a recipe that is not the tiny one takes."""

SNIPPETS = frozenset({(Resizer.PILLOW, Resizer.TORCHVISION_V1)})

SAME, OTHER, NOT_ASKED = "same", "differs", "-"


@dataclass(frozen=True, slots=True)
class Row:
    """One media in one form."""

    name: str
    form: AnswerForm
    snippet: str
    """Whether the snippet makes the same of the file; or why it does not, on purpose."""
    differing: tuple[str, ...]
    """What reaches the model otherwise through vLLM than through transformers."""
    one: Generation
    """The reference's."""
    other: Generation
    """vLLM's."""

    @property
    def apart(self) -> float:
        """|dP|."""
        return abs(p(self.one) - p(self.other))

    @property
    def good(self) -> bool:
        """Whether nothing differs that should not."""
        same_words = self.one.text == self.other.text
        same_length = self.one.prompt_tokens == self.other.prompt_tokens
        alike = same_words and same_length and self.apart <= MOST_APART
        return alike and not self.differing and not self.snippet.startswith(OTHER)

    def cells(self) -> Iterator[str]:
        """For a table."""
        yield self.name
        yield self.form.value
        yield str(self.one.prompt_tokens)
        yield self.snippet
        for parts in ({"pixels", "grid", "seconds"}, {"token ids"}, {"positions"}):
            yield "no" if parts.intersection(self.differing) else "yes"
        same = self.one.text == self.other.text
        yield "yes" if same else f"no: {self.one.text!r} / {self.other.text!r}"
        yield from (f"{value:.4f}" for value in (p(self.one), p(self.other), self.apart))


HEADS = (
    *("media", "form", "tokens", "snippet", "pixels", "ids", "positions", "text"),
    *("P reference", "P vLLM", "|dP|"),
)


def p(generation: Generation) -> float:
    """P(AI-generated), or -1."""
    value = score(generation.label_logprobs).value
    return -1.0 if value is None else value


class Comparison:
    """One model, loaded twice."""

    def __init__(self, spec: ModelSpec, overrides: Sequence[str]) -> None:
        settings = load_settings(assignments=overrides).engine
        self._spec = spec
        self._settings = settings
        # Of what else is looked for in a file, nothing reaches the model.
        self._pool = DecodePool(DecodeConfig(processes=1, provenance=False, text=False))
        self._reference = ReferenceDetector(spec, settings.dtype)
        self._vllm = VllmDetector(spec, settings)
        resizers = (spec.recipe.image_resizer, spec.recipe.video_resizer)
        self.asks_the_snippet = resizers in SNIPPETS

    async def start(self, stack: AsyncExitStack) -> None:
        """Load all; the stack ends it."""
        for part in (self._pool, self._reference, self._vllm):
            stack.push_async_callback(part.close)
            await part.start()
        weights = find_weights(self._spec)
        self._rendering = Rendering(self._spec, self._settings, weights)
        stack.callback(self._rendering.close)

    async def compare(self, path: Path) -> list[Row]:
        """Both forms. Raises ``Poison`` or ``Transient`` for a file that is not taken."""
        content = Content.of(path.read_bytes())
        if not content.data:
            raise Poison(Reason.MEDIA_EMPTY, "the file is empty")
        with await self._pool.decode(content, self._spec.recipe) as media:
            snippet = self._snippet(path, media) if self.asks_the_snippet else NOT_ASKED
            return [await self._row(path.name, media, form, snippet) for form in AnswerForm]

    async def _row(self, name: str, media: PreparedMedia, form: AnswerForm, snippet: str) -> Row:
        begun = self._spec.labels.opening if form is AnswerForm.VERDICT_FIRST else ""
        ours = self._reference.model_inputs(self._reference.inputs(media, begun))
        return Row(
            name,
            form,
            snippet,
            ours.differences(self._rendering.render(media, begun)),
            await self._reference.generate(media, form=form),
            await self._vllm.generate(media, form=form),
        )

    def _snippet(self, path: Path, media: PreparedMedia) -> str:
        ours = self._reference.model_inputs(self._reference.inputs(media))
        on_purpose = differs_on_purpose(path, media)
        if on_purpose is not None:
            return on_purpose
        try:
            features = self._reference.file_inputs(path, media.facts.kind)
        except SnippetUnavailable:
            raise
        except Exception as error:  # noqa: BLE001 - whatever its libraries raise for a file
            return f"{OTHER}: {type(error).__name__}"
        found = ours.differences(self._reference.model_inputs(features))
        return f"{OTHER}: {', '.join(found)}" if found else SAME


def differs_on_purpose(path: Path, media: PreparedMedia) -> str | None:
    """Why a file is another picture to us than to the snippet, if it is; see docs/media.md."""
    if sniff(path.read_bytes()[:512]).library is Library.FFMPEG:
        with av.open(str(path)) as container:
            first = next(container.decode(video=0))
        # torchvision's reader leaves it as it is stored; torchcodec's does not.
        turned = "turned" if first.rotation else None
        return "one frame" if media.facts.frames == 1 else turned
    if media.facts.kind is MediaKind.VIDEO:
        return "animation"
    with Image.open(path) as opened:
        if opened.getexif().get(ExifTags.Base.Orientation, 1) != 1:
            return "turned"
        if opened.mode.startswith("I"):
            return "16 bits"
        see_through = opened.mode in {"LA", "PA"} or "transparency" in opened.info
        return "see-through" if see_through else None


async def main(wish: argparse.Namespace) -> int:
    """Compare, print, and tell by the exit status."""
    configure_logs("error", LogFormat.CONSOLE)
    os.environ.setdefault("VLLM_LOGGING_LEVEL", "ERROR")
    image.prepare()
    console = Console()
    spec = load_spec(wish.spec)
    small = list(SMALL_ENGINE) if wish.spec == "tiny" else []
    if wish.recipe:
        spec = spec.model_copy(update={"recipe": load_spec(wish.recipe).recipe})
        small += [ROOM] if small else []
    comparison = Comparison(spec, [*small, f"engine.dtype={wish.dtype}"])
    table, rows = Table(*HEADS), list[Row]()
    left_out = 0
    async with AsyncExitStack() as stack:
        scratch = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        samples = find_samples(wish.folder) if wish.folder else make_samples(scratch)
        with console.status("loading the model twice"):
            await comparison.start(stack)
        for sample in track(samples, "comparing", console=console):
            try:
                rows += await comparison.compare(sample.path)
            except (Poison, Transient) as failure:
                left_out += 1
                console.print(f"{sample.path.name}: left out, {failure.detail}")
    for row in rows:
        table.add_row(*row.cells(), style=None if row.good else "red")
    console.print(table)
    return summarise(console, comparison, rows, left_out)


def summarise(console: Console, comparison: Comparison, rows: list[Row], left_out: int) -> int:
    """The last lines, and the exit status."""
    apart = sum(not row.good for row in rows)
    worst = max((row.apart for row in rows), default=0.0)
    files = {row.name: row.snippet for row in rows}
    console.print(
        f"{len(files)} media, {len(rows)} answers, {left_out} left out: {apart} apart;"
        f" P differs by at most {worst:.4f}"
    )
    if comparison.asks_the_snippet:
        counted = ", ".join(f"{number} {what}" for what, number in Counter(files.values()).items())
        console.print(f"the model card's snippet, from the files: {counted}")
    else:
        console.print("the recipe is not the snippet's: what it makes of the files was not asked")
    return 1 if apart or not rows else 0


def read_wish() -> argparse.Namespace:
    """The command line."""
    parser = argparse.ArgumentParser(
        prog="parity.py",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("spec", nargs="?", default="tiny", help="a model spec; tiny by default")
    parser.add_argument(
        "folder", nargs="?", type=Path, help="your media; without it, samples drawn here"
    )
    parser.add_argument(
        "--recipe",
        metavar="SPEC",
        help="prepare media as for this model; `tiny --recipe ivy-fake` asks the snippet, too",
    )
    parser.add_argument(
        "--dtype",
        choices=("bfloat16", "float16", "float32"),
        default="bfloat16",
        help="of weights and activations; in float32 nothing but an error of ours is left apart",
    )
    return parser.parse_args()


if __name__ == "__main__":
    try:
        sys.exit(asyncio.run(main(read_wish())))
    except (Failure, SnippetUnavailable, SpecInvalid) as error:
        sys.exit(str(error))
