"""One answer about a long video, out of those about its windows."""

from __future__ import annotations

from collections.abc import Sequence

from worker.domain.answer import Answer, Stretch
from worker.domain.media import MediaFacts, Span


def merge(
    answers: Sequence[tuple[Span, Answer]], whole: MediaFacts, unseen: Sequence[Stretch] = ()
) -> Answer:
    """The answer about the window with the highest score, and the timeline of all.

    A video is as generated as its most generated part: an insert of two seconds must not be
    averaged away by ten minutes around it. The price is that with n windows the chance of a false
    alarm grows towards n times that of one; the policy answers that by asking for a person's eyes
    where only a part is flagged (``worker/domain/policy.py``). Answers with a problem decide only
    where no other did. ``unseen`` are windows without an answer.
    """
    window, decisive = max(answers, key=_rank)
    stretches = [
        Stretch(start_s=span.start_s, end_s=span.end_s, score=answer.score, problem=answer.problem)
        for span, answer in answers
    ]
    return decisive.model_copy(
        update={
            "media": whole,
            "explained_from_s": window.start_s,
            "timeline": tuple(sorted([*stretches, *unseen], key=lambda one: one.start_s)),
            "prompt_tokens": sum(answer.prompt_tokens for _, answer in answers),
            "completion_tokens": sum(answer.completion_tokens for _, answer in answers),
        }
    )


def _rank(answered: tuple[Span, Answer]) -> tuple[bool, float]:
    answer = answered[1]
    return answer.problem is None, -1.0 if answer.score.value is None else answer.score.value
