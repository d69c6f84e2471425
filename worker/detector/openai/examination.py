"""What the server does with our media, found out by asking it about some."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable
from dataclasses import replace

import numpy as np
import structlog

from worker.decode.grid import fit
from worker.detector.openai.config import Flavor
from worker.detector.openai.options import server_flags
from worker.detector.openai.packing import Packed, Pixels, says_times
from worker.detector.openai.question import Questions
from worker.detector.openai.reply import Completion
from worker.detector.openai.server import Refused, Server, Unreachable, at_fault
from worker.domain.failure import Failure, Poison, Reason, Systemic, Transient
from worker.domain.media import MediaKind, VideoSampling
from worker.domain.recipe import DecodeRecipe

log = structlog.get_logger(__name__)

Packer = Callable[[Pixels, VideoSampling | None, bool], Awaitable[Packed]]
"""Packs pixels, in a thread; as a file where the last is true."""

FRESH_S = 10.0
"""Seconds for which an examination holds, so that many refusals at once cost one."""

NOT_FOUND = 404
MORE_THAN_ANY = 100_000
"""Pixels of a side that every recipe reduces."""

KNOWN = frozenset({401, 403, NOT_FOUND})
"""What a server answers about itself, and never about a picture."""

NOT_AS_SENT = 0
"""In the place of a status: it answered, but about other pixels than were sent."""


class Examiner:
    """Asks about the smallest and the largest media that the recipe makes, of each kind.

    Their prompts must differ by exactly as many tokens as their grids do: a server that resizes
    media again, or drops frames, gives itself away by the difference, and needs no tokenizer for
    it. The largest is noise, which no codec makes smaller: its body is the largest that the server
    and every proxy before it must take.
    """

    def __init__(self, server: Server, questions: Questions, pack: Packer) -> None:
        self._server = server
        self.questions = questions
        self._pack = pack
        self._kinds = tuple(dict.fromkeys(golden.kind for golden in questions.spec.golden))
        self._heeds_times = False
        self._texts: dict[MediaKind, int] = {}
        self._passed: dict[MediaKind, float] = {}
        self._one_at_a_time = asyncio.Lock()

    @property
    def as_file(self) -> bool:
        """Whether videos must go as files, for want of a way to tell their times."""
        return not self._heeds_times

    async def examine(self) -> Completion:
        """Find out what this server takes. An answer of its, to see what it is.

        Raises ``Systemic`` where a setting, of ours or of the server, is at fault.
        """
        if self.questions.flavor is Flavor.VLLM:
            await self._find_abilities()
        try:
            for each in self._kinds:
                completion = await self._examine(each)
        except Refused as refused:
            raise _refused_golden(refused, self.questions) from refused
        log.info(
            "server_examined",
            media_options=self.questions.media_options,
            priorities=self.questions.priorities,
            videos="as files" if self.as_file else "as frames",
        )
        return completion

    async def _find_abilities(self) -> None:
        """What it refuses, it does not know. What it ignores would show below, but for times."""
        kind = self._kinds[0]
        pixels, sampling = _smallest(self.questions, kind)
        packed = await self._pack(pixels, sampling, False)
        asked = replace(self.questions, media_options=True)
        self.questions = replace(asked, media_options=await self._takes(asked.probe(packed)))
        if self.questions.media_options and MediaKind.VIDEO in self._kinds:
            self._heeds_times = await self._refuses_wrong_times()
        packed = await self._pack(pixels, sampling, self.as_file)
        asked = replace(self.questions, priorities=True)
        self.questions = replace(
            asked, priorities=await self._takes(asked.probe(packed, priority=1))
        )

    async def _refuses_wrong_times(self) -> bool:
        """A server that reads the frames' times refuses a list of them that is too short.

        An older one reads frames without times, and says nothing.
        """
        pixels, sampling = _smallest(self.questions, MediaKind.VIDEO)
        packed = await self._pack(pixels, sampling, False)
        short = {"video": {**packed.media_options["video"], "frames_indices": [0]}}
        body = self.questions.probe(replace(packed, media_options=short))
        return not await self._takes(body)

    async def _takes(self, body: bytes) -> bool:
        try:
            await self._server.ask(body)
        except Refused as refused:
            if refused.status in KNOWN:
                raise at_fault(refused) from refused
            return False
        return True

    async def _examine(self, kind: MediaKind) -> Completion:
        """Raises ``Refused``, and ``Systemic`` where the server changes media."""
        texts = []
        for pixels, sampling in (_smallest(self.questions, kind), _largest(self.questions, kind)):
            packed = await self._pack(pixels, sampling, self.as_file)
            completion = await self._server.ask(self.questions.probe(packed))
            texts.append(completion.usage.prompt_tokens - packed.tokens)
        if texts[0] != texts[1]:
            raise _changes_media(kind, texts[1] - texts[0], self.questions)
        self._texts[kind] = texts[0]
        self._passed[kind] = time.monotonic()
        return completion

    def check(self, media: Packed, completion: Completion) -> None:
        """Raises ``Refused`` unless a whole question had the tokens that its media must have."""
        if media.kind is MediaKind.VIDEO and says_times(self.questions.spec.recipe):
            return  # as many more as it takes to say them
        text = self._texts.get(media.kind)
        if text is not None and completion.usage.prompt_tokens != text + media.tokens:
            raise Refused(NOT_AS_SENT)

    async def judge(self, kind: MediaKind, refused: Refused) -> Failure:
        """Whose fault a refusal is: where golden media are refused as well, not this one's."""
        if refused.status in KNOWN and (failure := await self._look(refused)) is not None:
            return failure
        try:
            async with self._one_at_a_time:
                if time.monotonic() - self._passed.get(kind, -FRESH_S) >= FRESH_S:
                    await self._examine(kind)
        except Refused as again:
            return _refused_golden(again, self.questions)
        except Failure as failure:
            return failure
        if refused.status == NOT_AS_SENT:
            return Poison(Reason.ENGINE_REJECTED, "the server does not take it as it is sent")
        detail = f"the server refuses it with {refused.status}"
        if refused.status in KNOWN:  # and not any more: it was not about this media
            return Transient(Reason.ENGINE_FAILED, detail)
        return Poison(Reason.ENGINE_REJECTED, detail)

    async def _look(self, refused: Refused) -> Failure | None:
        """What is wrong with the server, if it can be seen without asking the model."""
        try:
            await self._server.look()
        except Failure as failure:
            if refused.status != NOT_FOUND:
                return failure
            # A router whose engines restart. Those who wait for it see whether they come back.
            return Unreachable(Reason.ENGINE_FAILED, failure.detail)
        return None


def _refused_golden(refused: Refused, questions: Questions) -> Systemic:
    failure = at_fault(refused)
    if refused.status in {400, 422}:
        return Systemic(
            Reason.ENGINE_DEAD,
            f"the server answers {refused.status} even to a golden media: is its --max-model-len"
            f" below {questions.spec.context_tokens}, or does its --limit-mm-per-prompt leave out"
            " images or videos?",
        )
    return failure


def _changes_media(kind: MediaKind, more: int, questions: Questions) -> Systemic:
    return Systemic(
        Reason.ENGINE_DEAD,
        f"the server changes a golden {kind}: the largest has {more:+d} tokens against the"
        f" smallest, beyond what their sizes make. Start vLLM with"
        f" {server_flags(questions.spec.recipe)}",
    )


def _smallest(questions: Questions, kind: MediaKind) -> tuple[Pixels, VideoSampling | None]:
    frames, height, width = _shape(questions.spec.recipe, kind, 1)
    return np.full((frames, height, width, 3), 127, np.uint8), _sampling(questions, kind, frames)


def _largest(questions: Questions, kind: MediaKind) -> tuple[Pixels, VideoSampling | None]:
    frames, height, width = _shape(questions.spec.recipe, kind, MORE_THAN_ANY)
    noise = np.random.default_rng(0).integers(0, 256, (frames, height, width, 3), np.uint8)
    return noise, _sampling(questions, kind, frames)


def _shape(recipe: DecodeRecipe, kind: MediaKind, side: int) -> tuple[int, int, int]:
    """As many frames as a clip may have, small ones too: a server must drop none."""
    if kind is MediaKind.IMAGE:
        return (1, *fit(side, side, recipe.image, recipe.image_resizer))
    frames = recipe.sampling.max_frames
    return (frames, *fit(side, side, recipe.video, recipe.video_resizer, frames))


def _sampling(questions: Questions, kind: MediaKind, frames: int) -> VideoSampling | None:
    if kind is MediaKind.IMAGE:
        return None
    fps = questions.spec.recipe.sampling.fps
    return VideoSampling(source_fps=fps, source_frames=frames, frame_indices=tuple(range(frames)))
