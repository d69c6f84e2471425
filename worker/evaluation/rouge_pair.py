"""ROUGE-L of one pair. Other processes import this file, and little else."""

from __future__ import annotations

from functools import cache
from typing import Any

Pair = tuple[str, str]
"""The annotator's words, and the model's."""


def rouge_l(pair: Pair) -> float:
    """F of the longest common subsequence of stemmed words, 0 to 1 (Lin, 2004)."""
    gold, said = pair
    return round(float(_scorer().score(target=gold, prediction=said)["rougeL"].fmeasure), 6)


@cache
def _scorer() -> Any:
    from rouge_score.rouge_scorer import RougeScorer

    return RougeScorer(["rougeL"], use_stemmer=True)
