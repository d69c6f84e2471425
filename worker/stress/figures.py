"""The figures of a run by the names that expectations and reports call them by."""

from __future__ import annotations

import re

from worker.domain.failure import Reason
from worker.stress.histogram import Histogram
from worker.stress.lag import Lag
from worker.stress.measures import Measures

QUANTILES = {"p50": 0.5, "p90": 0.9, "p95": 0.95, "p99": 0.99}
"""By name. ``max`` and ``mean`` stand beside them."""

LATENCIES = ("mean", *QUANTILES, "max")

COUNTS = (
    "sent",
    "published",
    "refused",
    "verdicts",
    "cached",
    "dead_letters",
    "retried",
    "lost",
    "waiting",
    "pending",
    "repeated",
    "contradicting",
    "wrong",
    "both",
)
"""Of uploads or events; may be asked for as a share of what was sent."""

RATES = ("sent_per_s", "answered_per_s")

TIMES = tuple(
    f"{of}{name}_ms" for of in ("", "cached.", "uncached.", "outside.") for name in LATENCIES
)

KNOWN = (*COUNTS, *RATES, "lag", "highest_lag", "late_p99_ms", *TIMES)

BY_REASON = tuple(f"dead_letters.{reason}" for reason in Reason)

STAGE = re.compile(rf"stage\.[a-z_]+\.(?:{'|'.join(LATENCIES)})_ms")
"""A stage of the worker's own ``timings_ms``; which there are depends on its version."""

Figures = dict[str, float | None]
"""None where there is nothing to tell it from."""


def is_known(name: str) -> bool:
    """Whether there is a figure of this name."""
    return name in KNOWN or name in BY_REASON or STAGE.fullmatch(name) is not None


def is_count(name: str) -> bool:
    """Whether it counts uploads or events."""
    return name in COUNTS or name in BY_REASON


def figures_of(
    measures: Measures, *, now: float, timeout_s: float, lag: Lag, highest_lag: int
) -> Figures:
    """All of them. ``now`` is of the monotonic clock."""
    with measures.lock:
        counts, ledger = measures.counts, measures.ledger
        lost, waiting, pending = ledger.open_ones(now, timeout_s)
        figures: Figures = {
            "sent": counts.sent,
            "published": counts.published,
            "refused": counts.refused.total(),
            "verdicts": counts.verdicts,
            "cached": counts.cached,
            "dead_letters": counts.dead_letters.total(),
            "retried": counts.retried,
            "lost": lost,
            "waiting": waiting,
            "pending": pending,
            "repeated": counts.repeated,
            "contradicting": counts.contradicting,
            "wrong": counts.wrong,
            "both": counts.both,
            "lag": lag.records,
            "highest_lag": None if lag.records is None else highest_lag,
            "late_p99_ms": _ms(measures.late.quantile(0.99)),
            **dict.fromkeys(BY_REASON, 0),
            **{f"dead_letters.{name}": count for name, count in counts.dead_letters.items()},
            **_rates(measures, now),
        }
        histograms = {
            "": measures.all,
            "cached.": measures.cached,
            "uncached.": measures.uncached,
            "outside.": measures.outside,
            **{f"stage.{name}.": one for name, one in measures.stages.items()},
        }
        for of, histogram in histograms.items():
            for name, value in latencies_ms(histogram).items():
                figures[f"{of}{name}_ms"] = value
        return figures


def _rates(measures: Measures, now: float) -> Figures:
    """Sent while sending; answered from the first second to the last one with an answer."""
    sending = max(measures.last_sent - measures.began, 1e-9)
    last = max(measures.answered_in, default=0)
    length = min(max(1.0, last + 1.0), max(1e-9, now - measures.began))
    sent = measures.counts.sent
    return {
        "sent_per_s": sent / sending if sent else None,
        "answered_per_s": measures.answered / length if measures.answered else None,
    }


def latencies_ms(histogram: Histogram) -> Figures:
    """Mean, quantiles and maximum in milliseconds."""
    found: Figures = {"mean": _ms(histogram.mean)}
    found |= {name: _ms(histogram.quantile(share)) for name, share in QUANTILES.items()}
    return found | {"max": _ms(histogram.largest) if histogram.count else None}


def _ms(seconds: float | None) -> float | None:
    return None if seconds is None else round(seconds * 1000, 3)
