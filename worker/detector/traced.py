"""A detector whose every question has a span, by the conventions for generative AI."""

from __future__ import annotations

import json

from opentelemetry.trace import Span, SpanKind

from worker.detector.load import EngineLoad
from worker.detector.protocol import Detector
from worker.domain.answer import ModelIdentity
from worker.domain.generation import AnswerForm, Generation
from worker.domain.media import PreparedMedia
from worker.domain.recipe import DecodeRecipe
from worker.models.spec import ModelSpec
from worker.telemetry import genai as names
from worker.telemetry.tracing import Tracing

MAX_ANSWER = 16_384
"""Characters of an answer, where it is recorded: collectors refuse much larger requests."""


class TracedDetector:
    """Around a detector. The span has the wait for room in the batch, too.

    It is what the engine's own spans are children of. Neither pixels nor words are in it, unless
    the settings ask for the words.
    """

    def __init__(
        self, detector: Detector, spec: ModelSpec, tracing: Tracing, *, remote: bool
    ) -> None:
        self._detector = detector
        self._spec = spec
        self._tracing = tracing
        self._kind = SpanKind.CLIENT if remote else SpanKind.INTERNAL

    @property
    def identity(self) -> ModelIdentity:
        """See ``Detector``."""
        return self._detector.identity

    @property
    def recipe(self) -> DecodeRecipe:
        """See ``Detector``."""
        return self._detector.recipe

    @property
    def load(self) -> EngineLoad:
        """See ``Detector``."""
        return self._detector.load

    async def start(self) -> None:
        """See ``Detector``."""
        await self._detector.start()

    async def generate(
        self,
        media: PreparedMedia,
        *,
        form: AnswerForm = AnswerForm.THINK_FIRST,
        priority: int = 0,
    ) -> Generation:
        """See ``Detector``."""
        with self._tracing.span(
            f"{names.CHAT} {self._spec.id}",
            kind=self._kind,
            attributes=self._asked(media, form) if self._tracing.on else None,
        ) as span:
            generation = await self._detector.generate(media, form=form, priority=priority)
            self._answered(span, generation)
            return generation

    def _asked(self, media: PreparedMedia, form: AnswerForm) -> dict[str, str | int | float]:
        one_word = form is AnswerForm.VERDICT_FIRST
        sampling = self._spec.sampling
        identity = self.identity
        return {
            names.OPERATION: names.CHAT,
            names.PROVIDER: names.VLLM if identity.engine.startswith("vllm") else names.OPENAI,
            names.REQUEST_MODEL: identity.id,
            names.REQUEST_MAX_TOKENS: 1 if one_word else sampling.max_tokens,
            names.REQUEST_TEMPERATURE: 0.0 if one_word else sampling.temperature,
            names.FORM: form.value,
            names.MEDIA_KIND: media.facts.kind.value,
        }

    def _answered(self, span: Span, generation: Generation) -> None:
        if not span.is_recording():
            return
        span.set_attribute(names.RESPONSE_MODEL, f"{self.identity.id}@{self.identity.revision}")
        span.set_attribute(names.INPUT_TOKENS, generation.prompt_tokens)
        span.set_attribute(names.OUTPUT_TOKENS, generation.completion_tokens)
        span.set_attribute(names.FINISH_REASONS, [generation.finish_reason.value])
        span.set_attribute(names.FORCED, generation.forced)
        if self._tracing.record_content:
            span.set_attribute(names.OUTPUT_MESSAGES, _as_messages(generation))

    async def wait_dead(self) -> None:
        """See ``Detector``."""
        await self._detector.wait_dead()

    async def close(self) -> None:
        """See ``Detector``."""
        await self._detector.close()


def _as_messages(generation: Generation) -> str:
    """As JSON, by the conventions' schema of output messages."""
    return json.dumps(
        [
            {
                "role": "assistant",
                "parts": [{"type": "text", "content": generation.text[:MAX_ANSWER]}],
                "finish_reason": generation.finish_reason.value,
            }
        ]
    )
