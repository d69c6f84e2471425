"""What is asked, as the body of a request to ``/chat/completions``."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

from worker.detector.openai.config import Flavor
from worker.detector.openai.packing import Packed
from worker.detector.processor_options import processor_options
from worker.detector.verdict_position import LabelTokens
from worker.models.spec import ModelSpec

TOP_LOGPROBS = 20
"""The most that OpenAI's API gives for a position, and vLLM's own limit by default."""

UNTOUCHED = {
    "top_p": 1.0,
    "top_k": 0,
    "min_p": 0.0,
    "repetition_penalty": 1.0,
    "presence_penalty": 0.0,
    "frequency_penalty": 0.0,
}
"""Said with each request: a server takes what is left open from the checkpoint's
generation_config.json, and Qwen's has a repetition penalty, which is for chats."""


@dataclass(frozen=True, slots=True)
class Questions:
    """Makes the bodies, for one model on one server."""

    spec: ModelSpec
    model: str
    """The name that it is served under."""
    labels: LabelTokens | None
    """None where the server is not vLLM: the likeliest tokens must do."""
    media_options: bool = False
    """Whether the server takes options about media with a request."""
    priorities: bool = False
    """Whether it takes a priority."""

    @property
    def flavor(self) -> Flavor:
        """The one that these are for."""
        return Flavor.OPENAI if self.labels is None else Flavor.VLLM

    def whole(self, media: Packed, priority: int = 0) -> bytes:
        """The question that is to be answered in full."""
        sampling = self.spec.sampling
        body = self._body(media, priority)
        body |= {"temperature": sampling.temperature, "max_tokens": sampling.max_tokens}
        if self.flavor is Flavor.VLLM and sampling.loop_pattern:
            body["repetition_detection"] = {
                "max_pattern_size": sampling.loop_pattern,
                "min_count": sampling.loop_count,
            }
        return _packed(body)

    def label_only(self, media: Packed, begun: str, priority: int = 0) -> bytes:
        """The question that is answered with a label word, after an answer's ``begun``."""
        assert self.labels is not None, "only vLLM goes on with an answer that is begun"
        body = self._body(media, priority)
        body["messages"] = [*body["messages"], {"role": "assistant", "content": begun}]
        # The logprobs are taken before the limit to these tokens, so that the mass still tells how
        # far the model was from saying one.
        body |= {
            "continue_final_message": True,
            "add_generation_prompt": False,
            "allowed_token_ids": self.labels.ids,
            "temperature": 0.0,
            "max_tokens": 1,
        }
        return _packed(body)

    def probe(self, media: Packed, priority: int = 0) -> bytes:
        """The whole question, of whose answer one token is enough."""
        return _packed(self._body(media, priority) | {"temperature": 0.0, "max_tokens": 1})

    def _body(self, media: Packed, priority: int) -> dict[str, Any]:
        body: dict[str, Any] = {
            "model": self.model,
            "messages": self._messages(media),
            "stream": False,
            "logprobs": True,
        }
        if self.labels is None:
            return body | {"top_p": 1.0, "top_logprobs": TOP_LOGPROBS}
        body |= UNTOUCHED
        body |= {
            "logprob_token_ids": self.labels.ids,
            # Two tokens may have one text; ids tell them apart.
            "return_tokens_as_token_ids": True,
        }
        if self.media_options:
            body["mm_processor_kwargs"] = processor_options(self.spec.recipe)
            if media.media_options:
                body["media_io_kwargs"] = media.media_options
        if self.priorities and priority:
            body["priority"] = priority
        return body

    def _messages(self, media: Packed) -> list[dict[str, Any]]:
        """The spec's chat, the media in its place."""
        *before, user = self.spec.prompt.messages(media.kind)
        content = [
            media.part if part["type"] == media.kind.value else part for part in user["content"]
        ]
        return [*before, {**user, "content": content}]


def _packed(body: dict[str, Any]) -> bytes:
    return json.dumps(body).encode("ascii")
