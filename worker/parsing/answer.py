"""One generation read whole."""

from __future__ import annotations

from datetime import datetime

from worker.domain.answer import Answer, Conclusion, ExplanationMode, ModelIdentity
from worker.domain.generation import FinishReason, Generation
from worker.domain.media import MediaFacts
from worker.parsing.reply import Reply, parse
from worker.parsing.score import score

CUT = {
    FinishReason.LENGTH: "the answer was cut at its longest length",
    FinishReason.REPETITION: "the answer repeats itself without end",
    FinishReason.ABORT: "the answer was broken off",
    FinishReason.ERROR: "the answer was broken off by an error",
}


def read_answer(
    generation: Generation, identity: ModelIdentity, facts: MediaFacts, now: datetime
) -> Answer:
    """The model's answer; ``problem`` says so where it cannot be taken at its word."""
    reply = parse(generation.text)
    return Answer(
        conclusion=reply.conclusion,
        explanation=reply.reasoning,
        explanation_mode=ExplanationMode.PRE if reply.reasoning else ExplanationMode.NONE,
        score=score(generation.label_logprobs, forced=generation.forced, form=generation.form),
        problem=_problem(generation, reply),
        model=identity,
        media=facts,
        answered_at=now,
        prompt_tokens=generation.prompt_tokens,
        completion_tokens=generation.completion_tokens,
    )


def _problem(generation: Generation, reply: Reply) -> str | None:
    # A long reasoning still led somewhere; one that goes in circles did not.
    led_somewhere = generation.forced and generation.finish_reason is FinishReason.LENGTH
    if generation.finish_reason in CUT and not led_somewhere:
        return CUT[generation.finish_reason]
    if reply.conclusion is Conclusion.NONE:
        return "the answer closes with neither real nor fake"
    if generation.label_logprobs is None:
        return "the answer has no verdict position to score"
    return None
