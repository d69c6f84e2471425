"""What a remote engine sends -> the answer's text and its label probabilities."""

from __future__ import annotations

import math

from pydantic import ValidationError

from tests.fuzz.invariants import quickly
from worker.detector.openai.reply import MAX_TEXT, Completion, label_logprobs
from worker.domain.answer import ScoreKind
from worker.models.spec import LabelWords
from worker.parsing.score import score

MAX_LEN = 4096


def check(data: bytes) -> None:
    """A score from 0 to 1 or none, or no reply at all: as if the server were in a stranger's hand.

    ``worker/detector/openai/server.py`` turns a ``ValidationError`` into a failure that is tried
    again.
    """
    with quickly():
        try:
            reply = Completion.model_validate_json(data)
        except ValidationError:
            return
        assert len(reply.text) <= MAX_TEXT
        assert reply.finish_reason
        found = score(label_logprobs(reply.positions, LabelWords(), None))
    assert (found.value is None) == (found.kind is ScoreKind.NONE)
    for share in (found.value, found.mass):
        assert share is None or (math.isfinite(share) and 0 <= share <= 1)
