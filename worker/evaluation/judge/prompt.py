"""What a judge is asked, read from ``prompts/NAME.yaml``: the name is its version."""

from __future__ import annotations

import json
from functools import cache
from importlib.resources import files
from typing import Any, Literal

import yaml
from pydantic import BaseModel, ConfigDict

from worker.evaluation.outcome import Outcome
from worker.parsing.reply import parse

PROMPT = "four-marks-1"

MAX_TEXT = 20_000
"""Characters of each text: an annotation has 800 tokens at most, an answer 2,048."""

MAX_TOKENS = 2_000
"""Of the judge's answer: 30 are enough, but for a judge that reasons before."""

Format = Literal["schema", "object", "text"]
"""How the server is told to answer: by a JSON schema, as any object, or in the prompt alone."""


class Prompt(BaseModel):
    """One version of the question."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    system: str
    marks: tuple[str, ...]
    least: int
    most: int


@cache
def prompt(name: str = PROMPT) -> Prompt:
    """By its version."""
    text = files("worker.evaluation.judge").joinpath(f"prompts/{name}.yaml").read_text("utf-8")
    return Prompt.model_validate(yaml.safe_load(text))


def question(outcome: Outcome, model: str, form: Format) -> dict[str, Any]:
    """The body of a request to ``/chat/completions``. The texts go as JSON: they stay data."""
    asked = prompt()
    fields = {
        "verdict": outcome.label.value,
        "reference": (outcome.gold_reasoning or "")[:MAX_TEXT],
        "candidate": parse(outcome.text).reasoning[:MAX_TEXT],
    }
    if not outcome.correct:
        fields["said"] = outcome.conclusion or "nothing"
    body: dict[str, Any] = {
        "model": model,
        "messages": [
            {"role": "system", "content": asked.system},
            {"role": "user", "content": json.dumps(fields, ensure_ascii=False)},
        ],
        "temperature": 0,
        "seed": 0,
        "max_tokens": MAX_TOKENS,
    }
    if form == "object":
        body["response_format"] = {"type": "json_object"}
    elif form == "schema":
        body["response_format"] = {"type": "json_schema", "json_schema": _schema(asked)}
    return body


def _schema(asked: Prompt) -> dict[str, Any]:
    # As an enumeration: not every server knows bounds of a number.
    mark = {"type": "integer", "enum": list(range(asked.least, asked.most + 1))}
    return {
        "name": "marks",
        "strict": True,
        "schema": {
            "type": "object",
            "properties": dict.fromkeys(asked.marks, mark),
            "required": list(asked.marks),
            "additionalProperties": False,
        },
    }
