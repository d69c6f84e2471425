"""How often two sides say the same word, and how much of that is chance."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable, Sequence
from typing import Self

from pydantic import BaseModel, ConfigDict, Field

Z = 1.959964
"""Of a standard normal, for 95 %."""

DIGITS = 6
"""Of a share: what differs beyond it is rounding."""


class Matrix(BaseModel):
    """A confusion matrix of two sides, neither of which is the truth."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    counts: dict[str, dict[str, int]] = Field(description="By the live word, then the shadow's.")
    compared: int
    agreement: float | None = Field(
        description="Share on the diagonal; null where nothing was compared."
    )
    agreement_from: float | None = Field(description="95 % interval of it (Wilson 1927).")
    agreement_to: float | None
    kappa: float | None = Field(
        description="Agreement beyond chance (Cohen 1960); null where both sides always say one and"
        " the same word."
    )

    @classmethod
    def of(cls, pairs: Iterable[tuple[str, str]], words: Sequence[str]) -> Self:
        """Count pairs of a live and a shadow word."""
        found = Counter((str(live), str(shadow)) for live, shadow in pairs)
        counts = {
            str(live): {str(shadow): found[live, shadow] for shadow in words} for live in words
        }
        total = sum(sum(row.values()) for row in counts.values())
        same = sum(counts[word][word] for word in counts)
        low, high = wilson(same, total)
        return cls(
            counts=counts,
            compared=total,
            agreement=_rounded(same / total if total else None),
            agreement_from=_rounded(low),
            agreement_to=_rounded(high),
            kappa=_rounded(kappa(counts)),
        )


def kappa(counts: dict[str, dict[str, int]]) -> float | None:
    """Cohen's kappa: (p_o - p_e) / (1 - p_e), p_e from both sides' shares of each word.

    Source: J. Cohen, "A coefficient of agreement for nominal scales", Educational and Psychological
    Measurement 20 (1960), 37-46. None where p_e is 1, or nothing was counted.
    """
    total = sum(sum(row.values()) for row in counts.values())
    if total == 0:
        return None
    observed = sum(counts[word][word] for word in counts)
    # In whole numbers, so that "always the same word" is found exactly.
    expected = sum(
        sum(counts[word].values()) * sum(row[word] for row in counts.values()) for word in counts
    )
    if expected == total * total:
        return None
    return (observed * total - expected) / (total * total - expected)


def wilson(same: int, total: int) -> tuple[float | None, float | None]:
    """95 % interval of a share.

    Source: E. B. Wilson, "Probable inference, the law of succession, and statistical inference",
    JASA 22 (1927), 209-212. It says how far chance goes in a draw of this many independent events;
    uploads of one person, or of one hour, are not independent.
    """
    if total == 0:
        return None, None
    share, room = same / total, Z * Z / total
    middle = share + room / 2
    reach = Z * math.sqrt(share * (1 - share) / total + room / (4 * total))
    return max(0.0, (middle - reach) / (1 + room)), min(1.0, (middle + reach) / (1 + room))


def _rounded(value: float | None) -> float | None:
    return None if value is None else round(value, DIGITS)
