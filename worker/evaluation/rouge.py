"""ROUGE-L of the model's reasoning against the annotator's."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context

from worker.domain.generation import AnswerForm
from worker.evaluation.columns import Column
from worker.evaluation.outcome import Outcome
from worker.evaluation.rouge_pair import rouge_l
from worker.parsing.reply import parse
from worker.process.cores import usable_cores

NAME = "rouge_l"

ALONE = 100
"""Pairs that are worked out here: below, other processes take longer to start."""

CHUNK = 16


def reasoned(outcomes: Iterable[Outcome]) -> list[Outcome]:
    """Answers in a form that has a reasoning, about media whose set has one."""
    return [
        one
        for one in outcomes
        if one.gold_reasoning and one.answered and one.form is AnswerForm.THINK_FIRST
    ]


def rouge_column(outcomes: Sequence[Outcome], done: Callable[[], None]) -> Column:
    """F of the longest common subsequence, words stemmed, as the authors' second script has it.

    Of every outcome of ``reasoned``. What the model reasoned is read from its
    text as the service reads it. Half a thousand words against as many take some 60 ms: long sets
    are shared out to all cores.
    """
    chosen = reasoned(outcomes)
    pairs = [(one.gold_reasoning or "", parse(one.text).reasoning) for one in chosen]
    column: Column = {}
    if len(pairs) <= ALONE:
        found = map(rouge_l, pairs)
        for outcome, value in zip(chosen, found, strict=True):
            column[outcome.key] = value
            done()
        return column
    with ProcessPoolExecutor(usable_cores(), mp_context=get_context("spawn")) as pool:
        for outcome, value in zip(chosen, pool.map(rouge_l, pairs, chunksize=CHUNK), strict=True):
            column[outcome.key] = value
            done()
    return column
