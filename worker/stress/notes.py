"""What a person should know before they believe the figures, in sentences."""

from __future__ import annotations

from collections.abc import Iterator

from worker.stress.figures import Figures
from worker.stress.lag import Lag
from worker.stress.measures import Measures
from worker.stress.wish import Wish

LATE_MS = 100.0
"""Sent later than this at the 99th percentile, the publisher did not keep its schedule. Latencies
are told rightly all the same, for they count from when an upload was due."""

OVERRUN = 0.02
"""Likewise if sending took this part longer than asked."""

BEHIND_S = 2.0
"""Lag beyond so many seconds of uploads: more than what is under way between two commits."""


def kept_up(wish: Wish, measures: Measures, figures: Figures) -> bool:
    """Whether uploads were sent when they were due."""
    took = measures.last_sent - measures.began
    late = figures["late_p99_ms"]
    return (late or 0.0) <= LATE_MS and took <= wish.schedule.duration_s * (1 + OVERRUN)


def notes_of(
    wish: Wish,
    measures: Measures,
    figures: Figures,
    at_start: Lag,
    lag: Lag,
    contents: int | None,
    *,
    interrupted: bool,
) -> tuple[str, ...]:
    """Sentences."""
    return (
        *_of_sending(wish, measures, figures, contents, interrupted=interrupted),
        *_of_workers(wish, figures, at_start, lag),
    )


def _of_sending(
    wish: Wish,
    measures: Measures,
    figures: Figures,
    contents: int | None,
    *,
    interrupted: bool,
) -> Iterator[str]:
    if interrupted:
        yield "Interrupted: what was not answered by then is pending, and may still be answered."
    if measures.counts.sent and not kept_up(wish, measures, figures):
        yield (
            f"The publisher did not keep its schedule: {figures['sent_per_s']:.4g}/s of"
            f" {wish.schedule.rate:.4g}/s asked, 99 % at most {figures['late_p99_ms']:.4g} ms late."
            " That time counts in the latencies; for a higher rate run several at once."
        )
    shown = measures.counts.new_contents
    if contents is not None and shown >= contents and measures.counts.sent > contents:
        yield (
            f"All {contents:,} files were shown; every upload after that repeated one, which a"
            " worker answers from its cache."
        )
    if figures["refused"]:
        errors = ", ".join(f"{name} {count:,}" for name, count in measures.counts.refused.items())
        yield f"The brokers did not take all uploads: {errors}."


def _of_workers(wish: Wish, figures: Figures, at_start: Lag, lag: Lag) -> Iterator[str]:
    group, answered = wish.kafka.consumer.group_id, figures["verdicts"] or figures["dead_letters"]
    if not answered and figures["sent"]:
        yield (
            "Nothing was answered. Does a worker run in group"
            f" {group!r} on these topics, with this cluster? (`ivy-worker doctor`)"
        )
    if lag.records is None:
        yield f"The lag of group {group!r} is not known: {lag.unknown_because}."
        return
    if not at_start.committed and lag.committed is False:
        yield f"Group {group!r} (kafka.consumer.group_id) has never committed anything here."
    before = at_start.records or 0
    if before > BEHIND_S * wish.schedule.rate:
        yield f"The group was {before:,} records behind before the run: latencies hold that, too."
    if lag.records - before > BEHIND_S * wish.schedule.rate and answered:
        yield (
            f"The workers fell behind: the lag went from {before:,} to {lag.records:,}. At this"
            " rate latencies have no bound; they grow for as long as the run is."
        )
    if figures["waiting"]:
        yield (
            f"{figures['waiting']:,.0f} uploads wait in a retry topic: neither lost nor answered"
            " within the run."
        )
