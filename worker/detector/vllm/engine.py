"""AsyncLLM with one model. Lives in the engine process; nothing else imports vLLM."""

from __future__ import annotations

import json
import math
from typing import Any

import numpy as np
import numpy.typing as npt
from PIL import Image

from worker.detector.vllm.config import EngineConfig
from worker.detector.vllm.messages import Answered, Ask
from worker.detector.vllm.verdict_position import LabelTokens, verdict_position
from worker.domain.generation import FinishReason, LabelLogprobs
from worker.domain.media import MediaKind
from worker.domain.recipe import PixelGrid
from worker.models.spec import ModelSpec
from worker.models.weights import Weights

MAX_TEXT_BYTES = 128 * 1024
"""Of an answer as JSON; a packet takes little more. Some characters take six bytes there."""


class QuestionRefused(Exception):
    """The engine will never answer this."""


class Engine:
    """A loaded model."""

    def __init__(self, spec: ModelSpec, settings: EngineConfig, weights: Weights) -> None:
        from vllm import SamplingParams
        from vllm.engine.arg_utils import AsyncEngineArgs
        from vllm.sampling_params import RequestOutputKind
        from vllm.v1.engine.async_llm import AsyncLLM

        self._spec = spec
        arguments = engine_arguments(spec, settings, weights)
        self._llm = AsyncLLM.from_engine_args(AsyncEngineArgs(**arguments))
        self._tokenizer = self._llm.get_tokenizer()
        self._labels = LabelTokens.of(spec.labels, self._tokenizer)
        self._prompts = {kind: self._prompt(kind) for kind in MediaKind}
        self._sampling = SamplingParams(
            temperature=spec.sampling.temperature,
            max_tokens=spec.sampling.max_tokens,
            # The label words' log probabilities at every position: the verdict's is read off.
            logprob_token_ids=self._labels.ids,
            output_kind=RequestOutputKind.FINAL_ONLY,
        )

    @staticmethod
    def version() -> str:
        """Engine and version."""
        import vllm

        return f"vllm {vllm.__version__}"

    def _prompt(self, kind: MediaKind) -> str:
        text: str = self._tokenizer.apply_chat_template(
            self._spec.prompt.messages(kind), add_generation_prompt=True, tokenize=False
        )
        return text

    async def ask(self, ask: Ask, pixels: npt.NDArray[np.uint8]) -> Answered:
        """One answer. Raises ``QuestionRefused``, and vLLM's own errors for all else."""
        from vllm.exceptions import VLLMClientError
        from vllm.renderers.inputs.preprocess import parse_model_prompt

        # Media go in as a list: a bare None would drop the picture without a word.
        prompt = {
            "prompt": self._prompts[ask.kind],
            "multi_modal_data": {ask.kind.value: [_media(ask, pixels)]},
        }
        try:
            (rendered,) = await self._llm.renderer.render_cmpl_async(
                [parse_model_prompt(self._llm.model_config, prompt)],
                self._llm.renderer.default_cmpl_tok_params,
            )
            async for answer in self._llm.generate(
                rendered, self._sampling, str(ask.id), priority=ask.priority
            ):
                output = answer  # one, the last
        except VLLMClientError as error:
            raise QuestionRefused(type(error).__name__) from error
        return self._read(ask, output)

    def _read(self, ask: Ask, output: Any) -> Answered:
        completion = output.outputs[0]
        ids = list(completion.token_ids)
        return Answered(
            id=ask.id,
            text=_fitting(completion.text),
            finish_reason=FinishReason(completion.finish_reason),
            label_logprobs=self._label_logprobs(ids, completion.logprobs),
            prompt_tokens=len(output.prompt_token_ids),
            completion_tokens=len(ids),
        )

    def _label_logprobs(self, ids: list[int], logprobs: Any) -> LabelLogprobs | None:
        position = verdict_position(ids, self._spec.labels.opening, self._tokenizer)
        if position is None or not logprobs or position >= len(logprobs):
            return None
        return self._labels.read(logprobs[position])

    async def check(self) -> None:
        """Raises vLLM's ``EngineDeadError`` if the engine core is gone."""
        await self._llm.check_health()

    def close(self) -> None:
        """End the engine core."""
        self._llm.shutdown()


def _fitting(text: str) -> str:
    """The end of a text, as much of it as fits: the conclusion stands there."""
    while len(json.dumps(text, ensure_ascii=False).encode()) > MAX_TEXT_BYTES:
        text = text[len(text) // 4 :]
    return text


def engine_arguments(spec: ModelSpec, settings: EngineConfig, weights: Weights) -> dict[str, Any]:
    """VLLM's engine arguments."""
    recipe = spec.recipe
    side = math.isqrt(recipe.video.max_pixels) // recipe.video.factor * recipe.video.factor
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
        # Media come on the recipe's grid; the processor's own limits must not resize them again.
        "mm_processor_kwargs": {
            "images_kwargs": {"size": _size(recipe.image)},
            "videos_kwargs": {
                "size": _size(recipe.video),
                "do_sample_frames": False,
                "cap_pixels_per_frame": False,
            },
        },
        "limit_mm_per_prompt": {
            "image": 1,
            "video": {
                "count": 1,
                "num_frames": recipe.sampling.max_frames,
                "width": side,
                "height": side,
            },
        },
        # Qwen's generation_config.json has a repetition penalty, which is for chats.
        "generation_config": "vllm",
        "trust_remote_code": False,
        "seed": 0,
    }
    if settings.block_size is not None:
        arguments["block_size"] = settings.block_size
    return arguments


def _size(grid: PixelGrid) -> dict[str, int]:
    return {"shortest_edge": grid.min_pixels, "longest_edge": grid.max_pixels}


def _media(ask: Ask, pixels: npt.NDArray[np.uint8]) -> Any:
    if ask.kind is MediaKind.IMAGE:
        return Image.fromarray(pixels[0])
    assert ask.sampling is not None, "a video comes with its sampling"
    # A copy: torch takes no read-only memory.
    return np.array(pixels), {
        # Of the source, not of what was sampled: the positions in time are computed from these.
        "total_num_frames": ask.sampling.source_frames,
        "fps": ask.sampling.source_fps,
        "duration": ask.sampling.source_frames / ask.sampling.source_fps,
        "frames_indices": list(ask.sampling.frame_indices),
    }
