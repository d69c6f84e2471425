"""What a cascade would save, and what it would change, from scores in both forms."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from rich.table import Table

from worker.calibration.scored import ScoredItem
from worker.domain.answer import ModelIdentity
from worker.domain.generation import AnswerForm
from worker.domain.policy import MIN_MASS
from worker.labelled.items import Truth

BANDS = ((0.0, 1.0), (0.01, 0.99), (0.05, 0.95), (0.1, 0.9), (0.3, 0.7), (0.5, 0.5))
"""``cascade.think_from`` and ``think_to``: from thinking about everything to about nothing."""

MIDDLE = 0.5


@dataclass(frozen=True, slots=True)
class Pair:
    """One media, asked in both forms."""

    truth: Truth
    first: float
    """Verdict-first P(fake), as the model gave it."""
    think: float
    """Think-first P(fake)."""
    first_tokens: int
    think_tokens: int


@dataclass(frozen=True, slots=True)
class Agreement:
    """A cascade with one band, against thinking first about everything."""

    think_from: float
    think_to: float
    thinks: float
    """Share of media that are asked a second time."""
    agrees: float
    """Share in which it says what thinking first says."""
    accuracy: float
    """Share in which it says what is true."""
    tokens: float
    """Tokens written, for each that thinking first about everything writes."""


def pairs_of(items: Iterable[ScoredItem]) -> list[Pair]:
    """Media with a usable score in both forms by one model; equal bytes count once."""
    found: dict[tuple[ModelIdentity, str], dict[AnswerForm, ScoredItem]] = {}
    for item in items:
        usable = item.problem is None and (item.score.mass is None or item.score.mass >= MIN_MASS)
        if usable and item.score.value is not None:
            found.setdefault((item.model, item.sha256), {})[item.form] = item
    pairs = []
    for forms in found.values():
        first, think = forms.get(AnswerForm.VERDICT_FIRST), forms.get(AnswerForm.THINK_FIRST)
        if first is None or think is None:
            continue
        assert first.score.value is not None
        assert think.score.value is not None
        pairs.append(
            Pair(
                first.label,
                first.score.value,
                think.score.value,
                first.completion_tokens,
                think.completion_tokens,
            )
        )
    return pairs


def agreement(pairs: Sequence[Pair], think_from: float, think_to: float) -> Agreement:
    """Of a cascade with this band. ``pairs`` must not be empty."""
    inside = [think_from <= pair.first <= think_to for pair in pairs]
    says = [
        (pair.think if thinks else pair.first) > MIDDLE
        for pair, thinks in zip(pairs, inside, strict=True)
    ]
    written = sum(
        pair.first_tokens + (pair.think_tokens if thinks else 0)
        for pair, thinks in zip(pairs, inside, strict=True)
    )
    return Agreement(
        think_from,
        think_to,
        thinks=_share(inside),
        agrees=_share(
            word == (pair.think > MIDDLE) for word, pair in zip(says, pairs, strict=True)
        ),
        accuracy=_share(
            word == (pair.truth is Truth.FAKE) for word, pair in zip(says, pairs, strict=True)
        ),
        tokens=written / max(1, sum(pair.think_tokens for pair in pairs)),
    )


def _share(flags: Iterable[bool]) -> float:
    counted = list(flags)
    return sum(counted) / len(counted)


def agreement_table(pairs: Sequence[Pair]) -> Table:
    """One line a band."""
    table = Table(
        title=f"A cascade on {len(pairs)} media, against thinking first", title_justify="left"
    )
    for column in ("think_from", "think_to", "thinks", "agrees", "accuracy", "tokens"):
        table.add_column(column, justify="right")
    for band in BANDS:
        one = agreement(pairs, *band)
        table.add_row(
            f"{one.think_from:g}",
            f"{one.think_to:g}",
            f"{one.thinks:.1%}",
            f"{one.agrees:.1%}",
            f"{one.accuracy:.1%}",
            f"{one.tokens:.2f}",
        )
    return table
