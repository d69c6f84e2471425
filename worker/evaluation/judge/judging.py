"""Asking a judge about many outcomes at once."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Callable, Collection, Iterable, Sequence

from worker.detector.openai.reply import Completion
from worker.domain.failure import Failure, Reason, Systemic, Transient
from worker.domain.generation import AnswerForm, FinishReason
from worker.evaluation.journal import Journal
from worker.evaluation.judge.endpoint import Endpoint, Refused
from worker.evaluation.judge.ledger import Judged
from worker.evaluation.judge.marks import Marks, MarksUnreadable
from worker.evaluation.judge.prompt import Format, question
from worker.evaluation.outcome import Key, Outcome
from worker.evaluation.variant import ORIGINAL
from worker.flow.retry import Retry
from worker.parsing.reply import parse

IN_A_ROW = 16
"""Questions without an answer, each tried to the end, after which the server is taken for gone."""

RETRY = Retry(attempts=6, base_s=1.0, cap_s=30.0)
"""A minute or so in all: hosted models often ask for some patience, and nobody waits for us."""


def to_judge(
    outcomes: Iterable[Outcome], *, wrong_too: bool, done: Collection[Key]
) -> list[Outcome]:
    """Reasoned answers about annotated media as they are, whose verdict is right.

    A reasoning that leads to the wrong verdict is no good one, and to mark it 0, as the released
    script does, makes the marks say the accuracy once more. With ``wrong_too`` all are judged.
    """
    return [
        one
        for one in outcomes
        if one.answered
        and one.form is AnswerForm.THINK_FIRST
        and one.variant == ORIGINAL
        and one.gold_reasoning
        and parse(one.text).reasoning
        and (one.correct or wrong_too)
        and one.key not in done
    ]


async def judge_all(
    outcomes: Sequence[Outcome],
    endpoint: Endpoint,
    journal: Journal,
    *,
    model: str,
    form: Format,
    at_once: int,
    done: Callable[[], None],
    retry: Retry = RETRY,
) -> Counter[Reason]:
    """A line for each outcome; those that a server did not answer are counted, and have none.

    Raises ``Systemic`` where a setting is at fault, or the server is gone.
    """
    passing: Counter[Reason] = Counter()
    waiting = iter(outcomes)
    in_a_row = 0

    async def carry() -> None:
        nonlocal in_a_row
        for outcome in waiting:
            try:
                journal.append([await _judge(outcome, endpoint, model, form, retry)])
                in_a_row = 0
            except Transient as failure:
                passing[failure.reason] += 1
                in_a_row += 1
                if in_a_row >= IN_A_ROW:
                    raise Systemic(
                        failure.reason,
                        f"{in_a_row} questions in a row have no answer, the last one: "
                        f"{failure.detail}",
                    ) from failure
            done()

    try:
        async with asyncio.TaskGroup() as group:
            for _ in range(min(at_once, len(outcomes))):
                group.create_task(carry())
    except BaseExceptionGroup as broken:
        raise broken.exceptions[0] from broken
    return passing


async def _judge(
    outcome: Outcome, endpoint: Endpoint, model: str, form: Format, retry: Retry
) -> Judged:
    body = question(outcome, model, form)
    try:
        answer = await retry.run(lambda: endpoint.ask(body), _ignored)
    except Refused as refused:
        return Judged.of(outcome, "", None, str(refused))
    marks, failure = _read(answer)
    judged = Judged.of(outcome, answer.text, marks, failure)
    tokens = answer.usage.model_dump(include={"prompt_tokens", "completion_tokens"})
    return judged.model_copy(update=tokens)


def _read(answer: Completion) -> tuple[Marks | None, str | None]:
    if answer.finish_reason is FinishReason.LENGTH:
        return None, "the answer was cut at its longest length"
    try:
        return Marks.read(answer.text), None
    except MarksUnreadable as error:
        return None, str(error)


def _ignored(_: Failure) -> None:
    """A try that failed; what counts is the last one."""
