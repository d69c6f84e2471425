"""The reference: slow, one question at a time, and as close to the model card's snippet as it goes.

Pixels come prepared, as for every detector; the steps after them are the snippet's own: chat
template, processor, greedy `generate`.
"""

from __future__ import annotations

import asyncio
from typing import Any

import numpy as np
import numpy.typing as npt
from PIL import Image

from worker.detector.verdict_position import LabelTokens, NoLabelToken, verdict_position
from worker.domain.answer import ModelIdentity
from worker.domain.failure import Reason, Systemic
from worker.domain.generation import AnswerForm, FinishReason, Generation, LabelLogprobs
from worker.domain.media import MediaKind, PreparedMedia
from worker.domain.recipe import PIXELS_VERSION, DecodeRecipe
from worker.models.spec import ModelSpec, version_of
from worker.models.weights import WeightsMissing, find_weights
from worker.process.shared_memory import map_pixels


class ReferenceDetector:
    """Runs in this process, on the device that torch finds."""

    def __init__(self, spec: ModelSpec) -> None:
        self._spec = spec
        self._one_at_a_time = asyncio.Lock()
        self._revision = ""
        self._model: Any = None
        self._processor: Any = None
        self._labels: LabelTokens | None = None

    @property
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
            engine=f"transformers {transformers.__version__} bfloat16",
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
        from transformers import AutoModelForImageTextToText, AutoProcessor

        try:
            weights = find_weights(self._spec)
        except WeightsMissing as error:
            raise Systemic(Reason.ENGINE_DEAD, str(error)) from error
        self._revision = weights.revision
        self._processor = AutoProcessor.from_pretrained(weights.folder)
        device = "cuda" if torch.cuda.is_available() else "cpu"
        self._model = (
            AutoModelForImageTextToText.from_pretrained(weights.folder, dtype=torch.bfloat16)
            .eval()
            .to(device)
        )
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
        async with self._one_at_a_time:
            return await asyncio.to_thread(self._generate, media, form)

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

    def _generate(self, media: PreparedMedia, form: AnswerForm) -> Generation:
        import torch

        if form is AnswerForm.VERDICT_FIRST:
            return self._verdict_first(media)
        inputs = self.inputs(media)
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
        tokenizer = self._processor.tokenizer
        return Generation(
            text=tokenizer.decode(said, skip_special_tokens=True),
            finish_reason=FinishReason.STOP if stopped else FinishReason.LENGTH,
            label_logprobs=self._label_logprobs(said, output.logits),
            prompt_tokens=prompt_tokens,
            completion_tokens=len(ids),
        )

    def _verdict_first(self, media: PreparedMedia) -> Generation:
        import torch

        assert self._labels is not None
        opening = self._spec.labels.opening
        inputs = self.inputs(media, opening)
        with torch.inference_mode():
            logits = self._model(**inputs).logits[0, -1]
        token = max(self._labels.ids, key=lambda label: float(logits[label]))
        return Generation(
            text=opening + self._processor.tokenizer.decode([token]),
            finish_reason=FinishReason.STOP,
            label_logprobs=self._read_labels(logits),
            form=AnswerForm.VERDICT_FIRST,
            prompt_tokens=int(inputs["input_ids"].shape[1]),
            completion_tokens=1,
        )

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

    async def wait_dead(self) -> None:
        """Never returns: it lives and dies with this process."""
        await asyncio.Event().wait()

    async def close(self) -> None:
        """See ``Detector``."""
        self._model = None


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
