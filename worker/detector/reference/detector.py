"""The reference: slow, one question at a time, and as close to the model card's snippet as it goes.

Pixels come prepared, as for every detector, and the steps after them are the snippet's own: chat
template, processor, greedy `generate`. Or they come from a file, and all steps are.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from dataclasses import replace
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import structlog
from PIL import Image

from worker.detector.forcing import forcing
from worker.detector.load import EngineLoad
from worker.detector.reference.inputs import PARTS, ModelInputs
from worker.detector.reference.positions import count_on_from_the_media
from worker.detector.reference.snippet import snippet_inputs
from worker.detector.verdict_position import LabelTokens, NoLabelToken, verdict_position
from worker.domain.answer import ModelIdentity
from worker.domain.failure import Reason, Systemic
from worker.domain.generation import AnswerForm, FinishReason, Generation, LabelLogprobs
from worker.domain.media import MediaKind, PreparedMedia
from worker.domain.recipe import PIXELS_VERSION, DecodeRecipe
from worker.models.spec import ModelSpec, version_of
from worker.models.tensors import WeightsUnusable
from worker.models.weights import find_weights
from worker.process.shared_memory import map_pixels

log = structlog.get_logger(__name__)


class ReferenceDetector:
    """Runs in this process, on the device that torch finds; ``dtype`` by its name in torch."""

    def __init__(self, spec: ModelSpec, dtype: str = "bfloat16") -> None:
        self._spec = spec
        self._dtype = dtype
        self._one_at_a_time = asyncio.Lock()
        self._revision = ""
        self._model: Any = None
        self._processor: Any = None
        self._labels: LabelTokens | None = None

    @cached_property
    def identity(self) -> ModelIdentity:
        """See ``Detector``."""
        import transformers

        assert self._model is not None, "start() comes first"
        return ModelIdentity(
            id=self._spec.id,
            revision=self._revision,
            prompt_version=version_of(self._spec.prompt),
            preprocessing_version=f"{PIXELS_VERSION}-{version_of(self._spec.recipe)}",
            sampling_version=version_of(self._spec.sampling, self._spec.labels),
            engine=f"transformers {transformers.__version__} {self._dtype}",
        )

    @property
    def recipe(self) -> DecodeRecipe:
        """See ``Detector``."""
        return self._spec.recipe

    async def start(self) -> None:
        """See ``Detector``."""
        await asyncio.to_thread(self._load)

    def _load(self) -> None:
        import torch
        from transformers import AutoConfig, AutoModelForImageTextToText, AutoProcessor

        try:
            weights = find_weights(self._spec)
        except WeightsUnusable as error:
            raise Systemic(Reason.ENGINE_DEAD, str(error)) from error
        for warning in weights.warnings:
            log.warning("checkpoint", said=warning)
        self._revision = weights.revision
        self._processor = AutoProcessor.from_pretrained(weights.folder)
        config = AutoConfig.from_pretrained(weights.folder)
        _correct(config, weights.overrides)
        device = "cuda" if torch.cuda.is_available() else "cpu"
        self._model = (
            AutoModelForImageTextToText.from_pretrained(
                weights.folder, config=config, dtype=getattr(torch, self._dtype)
            )
            .eval()
            .to(device)
        )
        count_on_from_the_media(self._model.model)
        try:
            self._labels = LabelTokens.of(self._spec.labels, self._processor.tokenizer)
        except NoLabelToken as error:
            raise Systemic(Reason.ENGINE_DEAD, str(error)) from error

    async def generate(
        self,
        media: PreparedMedia,
        *,
        form: AnswerForm = AnswerForm.THINK_FIRST,
        priority: int = 0,  # noqa: ARG002 - one at a time
    ) -> Generation:
        """See ``Detector``."""
        return await self._answer(lambda begun: self.inputs(media, begun), form)

    async def generate_from_file(
        self, path: Path, kind: MediaKind, *, form: AnswerForm = AnswerForm.THINK_FIRST
    ) -> Generation:
        """An answer about a file, in the model card's own steps. Raises as ``snippet_inputs``."""
        return await self._answer(lambda begun: self.file_inputs(path, kind, begun), form)

    async def _answer(self, inputs: Callable[[str], Any], form: AnswerForm) -> Generation:
        step = self._verdict_first if form is AnswerForm.VERDICT_FIRST else self._think_first
        async with self._one_at_a_time:
            return await asyncio.to_thread(step, inputs)

    def model_inputs(self, features: Any) -> ModelInputs:
        """What of ``inputs`` or ``file_inputs`` reaches the model, for a comparison."""
        named = {name: features[name] for name in (*PARTS, "attention_mask") if name in features}
        places = {name: value for name, value in named.items() if PARTS.get(name) != "pixels"}
        positions, _ = self._model.model.get_rope_index(
            features["input_ids"], mm_token_type_ids=features["mm_token_type_ids"], **places
        )
        return ModelInputs(
            token_ids=features["input_ids"][0].tolist(),
            positions=positions[:, 0].cpu().numpy(),
            features=named,
        )

    def file_inputs(self, path: Path, kind: MediaKind, begun: str = "") -> Any:
        """What the model card's snippet makes of a file. See ``snippet_inputs``."""
        features = snippet_inputs(self._processor, self._spec, path, kind, begun)
        return features.to(self._model.device)

    def inputs(self, media: PreparedMedia, begun: str = "") -> Any:
        """The processor's output: token ids, and pixels as the model takes them.

        ``begun`` is what the answer begins with already.
        """
        pixels = np.array(map_pixels(media.fd, media.shape))
        text = self._processor.apply_chat_template(
            self._spec.prompt.messages(media.facts.kind),
            add_generation_prompt=True,
            tokenize=False,
        )
        features = self._processor(
            text=[text + begun], return_tensors="pt", **_media(media, pixels)
        )
        features.pop("video_metadata", None)
        return features.to(self._model.device)

    def _think_first(self, ask: Callable[[str], Any]) -> Generation:
        import torch

        inputs = ask("")
        prompt_tokens = int(inputs["input_ids"].shape[1])
        with torch.inference_mode():
            output = self._model.generate(
                **inputs,
                max_new_tokens=self._spec.sampling.max_tokens,
                do_sample=False,
                # Of the checkpoint's own generation_config.json nothing but its end tokens counts.
                repetition_penalty=1.0,
                return_dict_in_generate=True,
                output_logits=True,
            )
        ids = [int(token) for token in output.sequences[0, prompt_tokens:]]
        ends = self._model.generation_config.eos_token_id
        stopped = ids[-1] in (ends if isinstance(ends, list) else [ends])
        said = ids[:-1] if stopped else ids
        generation = Generation(
            text=self._processor.tokenizer.decode(said, skip_special_tokens=True),
            finish_reason=FinishReason.STOP if stopped else FinishReason.LENGTH,
            label_logprobs=self._label_logprobs(ids, output.logits),
            prompt_tokens=prompt_tokens,
            completion_tokens=len(ids),
        )
        if stopped or generation.label_logprobs is not None:
            return generation
        return self._forced(ask, generation)

    def _forced(self, ask: Callable[[str], Any], cut: Generation) -> Generation:
        begun = cut.text + forcing(cut.text, self._spec.labels)
        word, logprobs = self._next_label(ask(begun))
        return replace(cut, text=begun + word, label_logprobs=logprobs, forced=True)

    def _verdict_first(self, ask: Callable[[str], Any]) -> Generation:
        opening = self._spec.labels.opening
        inputs = ask(opening)
        word, logprobs = self._next_label(inputs)
        return Generation(
            text=opening + word,
            finish_reason=FinishReason.STOP,
            label_logprobs=logprobs,
            form=AnswerForm.VERDICT_FIRST,
            prompt_tokens=int(inputs["input_ids"].shape[1]),
            completion_tokens=1,
        )

    def _next_label(self, inputs: Any) -> tuple[str, LabelLogprobs]:
        """The likeliest label word after a prompt, where nothing else may follow."""
        import torch

        assert self._labels is not None
        with torch.inference_mode():
            logits = self._model(**inputs).logits[0, -1]
        token = max(self._labels.ids, key=lambda label: float(logits[label]))
        return self._processor.tokenizer.decode([token]), self._read_labels(logits)

    def _label_logprobs(self, ids: list[int], logits: Any) -> LabelLogprobs | None:
        position = verdict_position(ids, self._spec.labels.opening, self._processor.tokenizer)
        return None if position is None else self._read_labels(logits[position][0])

    def _read_labels(self, logits: Any) -> LabelLogprobs:
        import torch

        assert self._labels is not None
        logprobs = torch.log_softmax(logits.float(), dim=-1)
        return LabelLogprobs(
            authentic={word: float(logprobs[i]) for i, word in self._labels.authentic.items()},
            ai_generated={
                word: float(logprobs[i]) for i, word in self._labels.ai_generated.items()
            },
        )

    @property
    def load(self) -> EngineLoad:
        """Of no interest: it answers one question at a time, for comparison."""
        return EngineLoad()

    async def wait_dead(self) -> None:
        """Never returns: it lives and dies with this process."""
        await asyncio.Event().wait()

    async def close(self) -> None:
        """See ``Detector``."""
        self._model = None


def _correct(config: Any, overrides: Mapping[str, Any]) -> None:
    """Set what is overridden in a config.json that is loaded, in its parts, too."""
    for name, value in overrides.items():
        part = getattr(config, name, None)
        if isinstance(value, Mapping) and hasattr(part, "to_dict"):
            _correct(part, value)
        else:
            setattr(config, name, value)


def _media(media: PreparedMedia, pixels: npt.NDArray[np.uint8]) -> dict[str, Any]:
    if media.facts.kind is MediaKind.IMAGE:
        return {"images": [Image.fromarray(pixels[0])], "images_kwargs": {"do_resize": False}}
    from transformers.video_utils import VideoMetadata

    assert media.sampling is not None, "a video comes with its sampling"
    metadata = VideoMetadata(
        total_num_frames=media.sampling.source_frames,
        fps=media.sampling.source_fps,
        duration=media.sampling.source_frames / media.sampling.source_fps,
        frames_indices=list(media.sampling.frame_indices),
    )
    return {
        "videos": [pixels],
        "video_metadata": [metadata],
        "videos_kwargs": {"do_sample_frames": False, "do_resize": False},
    }
