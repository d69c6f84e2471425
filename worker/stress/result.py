"""What a run found, and its report for programs."""

from __future__ import annotations

import platform
from dataclasses import dataclass
from datetime import datetime
from importlib.metadata import version
from typing import Any

from worker import __version__
from worker.stress.expectation import Checked
from worker.stress.figures import Figures, latencies_ms
from worker.stress.histogram import RELATIVE_ERROR, Histogram
from worker.stress.lag import Lag
from worker.stress.measures import Measures
from worker.stress.notes import kept_up
from worker.stress.wish import Wish

SCHEMA_VERSION = "1"
"""Of the report: raised when a field changes its meaning."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Result:
    """All of it."""

    wish: Wish
    began_at: datetime
    ended_at: datetime
    interrupted: bool
    measures: Measures
    figures: Figures
    lag_at_start: Lag
    lag: Lag
    checked: tuple[Checked, ...]
    notes: tuple[str, ...]

    @property
    def holds(self) -> bool:
        """Whether all that was expected is so."""
        return all(one.holds for one in self.checked)

    def seconds(self) -> tuple[list[int], list[int]]:
        """Uploads sent and answered in each second from the start."""
        measures = self.measures
        last = max((*measures.sent_in, *measures.answered_in), default=-1)
        return (
            [measures.sent_in[second] for second in range(last + 1)],
            [measures.answered_in[second] for second in range(last + 1)],
        )

    def as_json(self) -> dict[str, Any]:
        """Plain data, with milliseconds where a name ends so; null where nothing is known."""
        measures, figures = self.measures, self.figures
        counts = measures.counts
        sent, answered = self.seconds()
        return {
            "schema_version": SCHEMA_VERSION,
            "run": self.wish.run.name,
            "began_at": self.began_at.isoformat(),
            "ended_at": self.ended_at.isoformat(),
            "interrupted": self.interrupted,
            "asked": self.wish.as_json(),
            "versions": {
                "ivy_worker": __version__,
                "python": platform.python_version(),
                "kafka_python": version("kafka-python"),
            },
            "sending": {
                "asked_per_s": self.wish.schedule.rate,
                "sent_per_s": figures["sent_per_s"],
                "kept_up": kept_up(self.wish, measures, figures),
                "late_ms": _latency(measures.late),
                "sent": counts.sent,
                "published": counts.published,
                "refused": dict(counts.refused),
                "new_contents": counts.new_contents,
            },
            "outcomes": {
                name: figures[name]
                for name in ("verdicts", "cached", "retried", "lost", "waiting", "pending")
            }
            | {name: figures[name] for name in ("repeated", "contradicting", "wrong", "both")}
            | {
                "dead_letters": dict(counts.dead_letters),
                "answered_per_s": figures["answered_per_s"],
            },
            "latency_ms": {
                "relative_error": RELATIVE_ERROR,
                "all": _latency(measures.all),
                "cached": _latency(measures.cached),
                "uncached": _latency(measures.uncached),
                "outside_workers": _latency(measures.outside),
            },
            "stages_ms": {name: _latency(one) for name, one in sorted(measures.stages.items())},
            "lag": {
                "at_start": self.lag_at_start.records,
                "at_end": self.lag.records,
                "highest": figures["highest_lag"],
                "unknown_because": self.lag.unknown_because,
            },
            "per_second": {"sent": sent, "answered": answered},
            "expectations": [
                {
                    "text": one.expectation.text,
                    "figure": one.expectation.figure,
                    "value": one.value,
                    "holds": one.holds,
                }
                for one in self.checked
            ],
            "holds": self.holds,
            "notes": list(self.notes),
        }


def _latency(histogram: Histogram) -> dict[str, Any]:
    return {"count": histogram.count, **latencies_ms(histogram)}
