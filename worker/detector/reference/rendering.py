"""What vLLM makes of a question, by its own renderer and processor, without an engine behind."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from worker.detector.reference.inputs import ModelInputs
from worker.detector.vllm.config import EngineConfig
from worker.detector.vllm.engine import engine_arguments
from worker.detector.vllm.question import keep_times_exact, prompts, question
from worker.domain.media import PreparedMedia
from worker.models.spec import ModelSpec
from worker.models.weights import Weights
from worker.process.shared_memory import map_pixels


class Rendering:
    """VLLM up to its engine core. Pixels are normalised at once, so that they can be compared."""

    def __init__(self, spec: ModelSpec, settings: EngineConfig, weights: Weights) -> None:
        from vllm.engine.arg_utils import AsyncEngineArgs
        from vllm.renderers import renderer_from_config

        arguments = engine_arguments(spec, settings, weights)
        # On the device it is the same sum in 32 bits, and then rounded.
        arguments["mm_device_do_normalize"] = False
        config = AsyncEngineArgs(**arguments).create_engine_config()
        self._config = config.model_config
        self._renderer = renderer_from_config(config)
        self._prompts = prompts(spec, self._renderer)

    def render(self, media: PreparedMedia, begun: str = "") -> ModelInputs:
        """A question; ``begun`` is what the answer begins with already."""
        from vllm.renderers.inputs.preprocess import parse_model_prompt

        kind = media.facts.kind
        pixels = np.array(map_pixels(media.fd, media.shape))
        prompt = question(kind, self._prompts[kind] + begun, pixels, media.sampling)
        (rendered,) = self._renderer.render_cmpl(
            [parse_model_prompt(self._config, prompt)], self._renderer.default_cmpl_tok_params
        )
        keep_times_exact(rendered, media.sampling)
        (item,) = rendered["mm_kwargs"][kind.value]
        return ModelInputs(
            token_ids=list(rendered["prompt_token_ids"]),
            features={name: element.data for name, element in item.items()},
            positions=self._positions(rendered, kind.value),
        )

    def _positions(self, rendered: Any, modality: str) -> npt.NDArray[np.int64]:
        from vllm.multimodal.inputs import MultiModalFeatureSpec

        (item,), (place,) = (rendered[part][modality] for part in ("mm_kwargs", "mm_placeholders"))
        feature = MultiModalFeatureSpec(
            data=item, modality=modality, identifier="", mm_position=place
        )
        model, _ = self._config.registry.resolve_model_cls(self._config.architectures, self._config)
        # The method of the model's class, on an object that has nothing but its config.
        bare = model.__new__(model)
        object.__setattr__(bare, "config", self._config.hf_config)
        positions, _ = bare.get_mrope_input_positions(list(rendered["prompt_token_ids"]), [feature])
        found: npt.NDArray[np.int64] = positions.numpy()
        return found

    def close(self) -> None:
        """End its threads."""
        self._renderer.shutdown()
