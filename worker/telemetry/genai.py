"""OpenTelemetry's names for generative AI, and those of our own that stand beside them.

They left the main conventions with 1.42, for
https://github.com/open-telemetry/semantic-conventions-genai, and are still being renamed: they are
written nowhere else.
"""

from __future__ import annotations

OPERATION = "gen_ai.operation.name"
PROVIDER = "gen_ai.provider.name"
REQUEST_MODEL = "gen_ai.request.model"
RESPONSE_MODEL = "gen_ai.response.model"
REQUEST_MAX_TOKENS = "gen_ai.request.max_tokens"
REQUEST_TEMPERATURE = "gen_ai.request.temperature"
INPUT_TOKENS = "gen_ai.usage.input_tokens"
OUTPUT_TOKENS = "gen_ai.usage.output_tokens"
FINISH_REASONS = "gen_ai.response.finish_reasons"
OUTPUT_MESSAGES = "gen_ai.output.messages"
"""Only with ``telemetry.record_content``."""

CHAT = "chat"
"""The value of ``OPERATION``: a question goes through the model's chat template."""
VLLM = "vllm"
OPENAI = "openai"
"""Values of ``PROVIDER``; the first is not among the well-known ones, and allowed."""

FORM = "ivy.answer.form"
MEDIA_KIND = "ivy.media.kind"
FORCED = "ivy.answer.forced"
"""The answer was cut, and its conclusion asked for on its own."""
