"""A run while it goes on."""

from __future__ import annotations

import time
from types import TracebackType
from typing import Self

from rich.console import Console
from rich.live import Live
from rich.text import Text

from worker.stress.load_run import LoadRun
from worker.stress.sparkline import sparkline

REFRESHES_PER_S = 4.0
"""Quick enough to be alive, and no load of its own."""

SHOWN_S = 30
"""Seconds of the sparkline; the rate shown is over the last ``RATE_S``."""

RATE_S = 5


class LiveView:
    """A few lines that change, on a terminal; elsewhere nothing. A context manager."""

    def __init__(self, run: LoadRun, console: Console) -> None:
        self._run = run
        self._shows = console.is_terminal
        self._live = Live(
            get_renderable=self._shown,
            console=console,
            refresh_per_second=REFRESHES_PER_S,
            transient=True,
        )

    def __enter__(self) -> Self:
        """Begin to show."""
        if self._shows:
            self._live.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if self._shows:
            self._live.stop()

    def _shown(self) -> Text:
        return Text("\n".join(self.lines(time.monotonic())), no_wrap=True, overflow="crop")

    def lines(self, now: float) -> list[str]:
        """What is shown, at a moment of the monotonic clock."""
        measures, wish = self._run.measures, self._run.wish
        with measures.lock:
            counts, passed = measures.counts, max(0.0, now - measures.began)
            passed = passed if measures.began else 0.0
            second = int(passed)
            sent = [measures.sent_in[at] for at in range(max(0, second - SHOWN_S), second)]
            answered = [measures.answered_in[at] for at in range(max(0, second - SHOWN_S), second)]
            p99 = measures.all.quantile(0.99)
            done, letters = measures.answered, counts.dead_letters.total()
            total = counts.sent
        lag = self._run.gauge.last.records
        recent = answered[-RATE_S:]
        rate = sum(recent) / len(recent) if recent else 0.0
        highest = max((*sent, *answered), default=0)
        state = "sending" if passed < wish.schedule.duration_s else "waiting for the last answers"
        return [
            f"{wish.run.name}  {state}  {passed:.0f} s of {wish.schedule.duration_s:.0f} s",
            (
                f"sent {total:,}  answered {done:,} ({rate:.3g}/s)  dead letters {letters:,}"
                f"  p99 {'-' if p99 is None else f'{p99:.3g} s'}"
                f"  lag {'-' if lag is None else f'{lag:,}'}"
            ),
            f"sent     {sparkline(sent, highest=highest)}",
            f"answered {sparkline(answered, highest=highest)}",
        ]
