"""AsyncLLM with one model. Lives in the engine process; nothing else imports vLLM."""

from __future__ import annotations

import json
import math
from collections.abc import Sequence
from functools import cache
from typing import Any

import numpy as np
import numpy.typing as npt

from worker.detector.forcing import CUT, forcing
from worker.detector.processor_options import processor_options
from worker.detector.verdict_position import LabelTokens, position_after
from worker.detector.vllm.config import EngineConfig
from worker.detector.vllm.messages import Answered, Ask, Status
from worker.detector.vllm.question import keep_times_exact, prompts, question
from worker.detector.vllm.stats import EngineStats, unread_metrics
from worker.domain.generation import AnswerForm, FinishReason, LabelLogprobs
from worker.domain.recipe import DecodeRecipe, Resizer
from worker.models.spec import EngineExtras, ModelSpec, version_of
from worker.models.weights import Weights
from worker.telemetry.last_spans import send_last_spans

MAX_TEXT_BYTES = 128 * 1024
"""Of an answer as JSON; a packet takes little more. Some characters take six bytes there."""


class QuestionRefused(Exception):
    """The engine will never answer this."""


class Engine:
    """A loaded model."""

    def __init__(
        self,
        spec: ModelSpec,
        settings: EngineConfig,
        weights: Weights,
        traces_endpoint: str | None = None,
    ) -> None:
        from vllm import SamplingParams
        from vllm.engine.arg_utils import AsyncEngineArgs
        from vllm.sampling_params import RepetitionDetectionParams, RequestOutputKind
        from vllm.v1.engine.async_llm import AsyncLLM

        self._spec = spec
        arguments = engine_arguments(spec, settings, weights)
        if traces_endpoint is not None:
            arguments["otlp_traces_endpoint"] = traces_endpoint
        self._stats = EngineStats()
        self._llm = AsyncLLM.from_engine_args(
            AsyncEngineArgs(**arguments), stat_loggers=[lambda *_: self._stats, unread_metrics()]
        )
        self._tokenizer = self._llm.get_tokenizer()
        self._piece = cache(lambda token: str(self._tokenizer.decode([token])))
        self._labels = LabelTokens.of(spec.labels, self._tokenizer)
        self._prompts = prompts(spec, self._llm.renderer)
        # The label words' log probabilities at every position: the verdict's is read off.
        common = {
            "logprob_token_ids": self._labels.ids,
            "output_kind": RequestOutputKind.FINAL_ONLY,
            # vLLM would spell each token, and each label word beside it, at every step, on the one
            # thread that all answers share. Here the whole is spelt once, and of the log
            # probabilities one position is read.
            "detokenize": False,
            "flat_logprobs": True,
        }
        sampling = spec.sampling
        self._sampling = SamplingParams(
            temperature=sampling.temperature,
            max_tokens=sampling.max_tokens,
            repetition_detection=RepetitionDetectionParams(
                max_pattern_size=sampling.loop_pattern, min_count=sampling.loop_count
            )
            if sampling.loop_pattern
            else None,
            **common,
        )
        # Only a label word may follow. Its logprobs are taken before that limit, so that the mass
        # still tells how far the model was from saying one.
        self._label_only = SamplingParams(
            temperature=0.0, max_tokens=1, allowed_token_ids=self._labels.ids, **common
        )

    @property
    def version(self) -> str:
        """Engine and version, and a hash of the arguments that the spec adds."""
        import vllm

        extras = self._spec.engine
        added = "" if extras == EngineExtras() else f" +{version_of(extras)}"
        return f"vllm {vllm.__version__}{added}"

    @property
    def status(self) -> Status:
        """How busy it is."""
        return self._stats.status

    async def ask(self, ask: Ask, pixels: npt.NDArray[np.uint8]) -> Answered:
        """One answer. Raises ``QuestionRefused``, and vLLM's own errors for all else."""
        if ask.form is AnswerForm.VERDICT_FIRST:
            return await self._verdict_first(ask, pixels)
        output = await self._generate(ask, str(ask.id), pixels, "", self._sampling)
        answered = self._read(ask, output)
        if answered.finish_reason not in CUT or answered.label_logprobs is not None:
            return answered
        closing = forcing(answered.text, self._spec.labels)
        try:
            forced = await self._generate(
                ask, f"{ask.id}-forced", pixels, answered.text + closing, self._label_only
            )
        except QuestionRefused:
            return answered  # the context is full to its last token
        return self._forced(answered, closing, forced)

    async def _verdict_first(self, ask: Ask, pixels: npt.NDArray[np.uint8]) -> Answered:
        opening = self._spec.labels.opening
        output = await self._generate(ask, str(ask.id), pixels, opening, self._label_only)
        completion = output.outputs[0]
        return Answered(
            id=ask.id,
            text=opening + self._text(completion.token_ids),
            # It stopped where it was told to: after the one word.
            finish_reason=FinishReason.STOP,
            label_logprobs=self._labels.read(completion.logprobs[0]),
            forced=False,
            form=ask.form,
            prompt_tokens=len(output.prompt_token_ids),
            completion_tokens=len(completion.token_ids),
        )

    async def _generate(
        self,
        ask: Ask,
        request_id: str,
        pixels: npt.NDArray[np.uint8],
        begun: str,
        sampling: Any,
    ) -> Any:
        """VLLM's output for a prompt and what is already said after it."""
        from vllm.exceptions import VLLMClientError
        from vllm.renderers.inputs.preprocess import parse_model_prompt

        prompt = question(ask.kind, self._prompts[ask.kind] + begun, pixels, ask.sampling)
        try:
            (rendered,) = await self._llm.renderer.render_cmpl_async(
                [parse_model_prompt(self._llm.model_config, prompt)],
                self._llm.renderer.default_cmpl_tok_params,
            )
            keep_times_exact(rendered, ask.sampling)
            async for answer in self._llm.generate(
                rendered,
                sampling,
                request_id,
                priority=ask.priority,
                trace_headers=ask.trace or None,
            ):
                output = answer  # one, the last
        except VLLMClientError as error:
            raise QuestionRefused(type(error).__name__) from error
        return output

    def _forced(self, answered: Answered, closing: str, output: Any) -> Answered:
        completion = output.outputs[0]
        return answered.model_copy(
            update={
                "text": f"{answered.text}{closing}{self._text(completion.token_ids)}",
                "label_logprobs": self._labels.read(completion.logprobs[0]),
                "forced": True,
            }
        )

    def _read(self, ask: Ask, output: Any) -> Answered:
        completion = output.outputs[0]
        ids = list(completion.token_ids)
        return Answered(
            id=ask.id,
            text=_fitting(self._text(ids)),
            finish_reason=FinishReason(completion.finish_reason),
            label_logprobs=self._label_logprobs(ids, completion.logprobs),
            forced=False,
            form=ask.form,
            prompt_tokens=len(output.prompt_token_ids),
            completion_tokens=len(ids),
        )

    def _text(self, ids: Sequence[int]) -> str:
        """What tokens say together. Half a character at the end, where it was cut, is none."""
        return str(self._tokenizer.decode(ids, skip_special_tokens=True)).rstrip("\ufffd")

    def _label_logprobs(self, ids: list[int], logprobs: Any) -> LabelLogprobs | None:
        position = position_after([self._piece(token) for token in ids], self._spec.labels.opening)
        if position is None or not logprobs or position >= len(logprobs):
            return None
        return self._labels.read(logprobs[position])

    async def check(self) -> None:
        """Raises vLLM's ``EngineDeadError`` if the engine core is gone."""
        await self._llm.check_health()

    def close(self) -> None:
        """End the engine core."""
        self._llm.shutdown()
        send_last_spans()


def _fitting(text: str) -> str:
    """The end of a text, as much of it as fits: the conclusion stands there."""
    while len(json.dumps(text, ensure_ascii=False).encode()) > MAX_TEXT_BYTES:
        text = text[len(text) // 4 :]
    return text


def engine_arguments(spec: ModelSpec, settings: EngineConfig, weights: Weights) -> dict[str, Any]:
    """VLLM's engine arguments."""
    recipe = spec.recipe
    arguments: dict[str, Any] = {
        "model": str(weights.folder),
        "dtype": settings.dtype,
        "quantization": settings.quantization,
        "max_model_len": spec.context_tokens,
        "max_num_seqs": settings.max_num_seqs,
        "max_num_batched_tokens": settings.max_num_batched_tokens,
        "gpu_memory_utilization": settings.gpu_memory_utilization,
        "enforce_eager": settings.enforce_eager,
        "scheduling_policy": "priority",
        "mm_processor_cache_gb": settings.mm_processor_cache_gb,
        "mm_processor_kwargs": processor_options(recipe),
        "limit_mm_per_prompt": {"image": 1, "video": {"count": 1, **_largest_clip(recipe)}},
        "hf_overrides": weights.overrides,
        # Qwen's generation_config.json has a repetition penalty, which is for chats.
        "generation_config": "vllm",
        "trust_remote_code": False,
        "seed": 0,
    }
    if settings.block_size is not None:
        arguments["block_size"] = settings.block_size
    return {**arguments, **spec.engine.arguments}


def _largest_clip(recipe: DecodeRecipe) -> dict[str, int]:
    """The frames, and their size, that vLLM sets memory aside for."""
    grid = recipe.video
    if recipe.video_resizer is Resizer.QWEN3_VL:
        return {}  # its limits are of the whole clip, and vLLM knows the largest itself
    side = math.isqrt(grid.max_pixels) // grid.factor * grid.factor
    return {"num_frames": recipe.sampling.max_frames, "width": side, "height": side}
