"""Asking the model about media whose answer is known, before the first stranger's."""

from __future__ import annotations

import numpy as np

from worker.detector.protocol import Detector
from worker.domain.answer import Conclusion
from worker.domain.failure import Failure, Reason, Systemic
from worker.domain.media import MediaFacts, MediaKind, PreparedMedia, VideoSampling
from worker.domain.policy import MIN_MASS
from worker.domain.recipe import PixelGrid
from worker.models.spec import Golden, ModelSpec
from worker.parsing.reply import parse
from worker.parsing.score import score
from worker.process.shared_memory import share

CELLS = 4
"""Sides of the golden media in cells of the model's grid, or more where its minimum asks for it."""

CLIP_FRAMES = 2

HINT = (
    "The weights may be incomplete: without `tie_word_embeddings` in its config.json a Qwen2.5-VL"
    " loads without an error and answers garbage"
)


async def self_test(detector: Detector, spec: ModelSpec) -> None:
    """Raises ``Systemic`` unless every golden media gets the answer that the spec expects."""
    for golden in spec.golden:
        await _test(detector, spec, golden)


async def _test(detector: Detector, spec: ModelSpec, golden: Golden) -> None:
    with golden_media(golden, spec) as media:
        try:
            generation = await detector.generate(media)
        except Failure as failure:
            raise Systemic(
                Reason.ENGINE_FAILED,
                f"{spec.id} does not answer about a golden {golden.kind}: {failure.detail}",
            ) from failure
    reply = parse(generation.text)
    read = score(generation.label_logprobs)
    mass = read.mass or 0.0
    expected = {golden.conclusion} if golden.conclusion else {Conclusion.REAL, Conclusion.FAKE}
    if reply.conclusion not in expected or mass < MIN_MASS:
        raise Systemic(
            Reason.ENGINE_FAILED,
            f"{spec.id} fails its self-test: asked about a golden {golden.kind} it concludes"
            f" {reply.conclusion.value!r}, not {' or '.join(sorted(expected))}, with a label mass"
            f" of {mass:.3f}. {HINT}",
        )


def golden_media(golden: Golden, spec: ModelSpec) -> PreparedMedia:
    """The media of a golden test: a colour, a little darker from left to right."""
    still = golden.kind is MediaKind.IMAGE
    side = _side(spec.recipe.image if still else spec.recipe.video)
    frames = 1 if still else CLIP_FRAMES
    shade = np.linspace(1.1, 0.9, side)[None, None, :, None]
    pixels = np.broadcast_to(shade * np.array(golden.rgb), (frames, side, side, 3))
    pixels = np.ascontiguousarray(np.clip(pixels, 0, 255).astype(np.uint8))
    return PreparedMedia(
        fd=share(pixels, "golden"),
        facts=MediaFacts(
            kind=golden.kind,
            mime="image/x-raw" if still else "video/x-raw",
            width=side,
            height=side,
            frames=frames,
            bytes=pixels.nbytes,
        ),
        frames=frames,
        height=side,
        width=side,
        sampling=None
        if still
        else VideoSampling(
            source_fps=1.0, source_frames=frames, frame_indices=tuple(range(frames))
        ),
    )


def _side(grid: PixelGrid) -> int:
    cells = CELLS
    while (cells * grid.factor) ** 2 < grid.min_pixels:
        cells += 1
    return cells * grid.factor
