"""Diagrams of scores, as SVG."""

from __future__ import annotations

import io
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

import numpy as np

from worker.calibration.plot import CALIBRATED, RAW, draw_reliability
from worker.evaluation.metrics.answers import Answers
from worker.evaluation.outcome import Outcome

if TYPE_CHECKING:
    from matplotlib.axes import Axes

FAKES, REALS = RAW, CALIBRATED
"""Vermillion and blue of Okabe and Ito's palette (2008), told apart by the colour-blind, too."""

HISTOGRAM_BINS = 40

SIZE_IN = (5.2, 3.8)


def figures(answered: Sequence[Outcome]) -> dict[str, bytes]:
    """By title; none where no answer has a score."""
    scored = Answers.of(answered).scored
    if not len(scored):
        return {}
    drawings: dict[str, Callable[[Axes, Answers], None]] = {
        "Reliability of the raw score": _reliability,
        "Raw scores by label": _histogram,
    }
    if scored.reals and scored.fakes:
        drawings["ROC"] = _roc
    return {title: _svg(draw, scored) for title, draw in drawings.items()}


def _svg(draw: Callable[[Axes, Answers], None], scored: Answers) -> bytes:
    from matplotlib import rc_context
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    drawn = io.BytesIO()
    # The same answers give the same file: ids in an SVG are random otherwise, and it is dated.
    with rc_context({"svg.hashsalt": "ivy-worker", "svg.fonttype": "path"}):
        figure = Figure(figsize=SIZE_IN, layout="constrained")
        FigureCanvasAgg(figure)
        draw(figure.subplots(), scored)
        figure.savefig(drawn, format="svg", metadata={"Date": None})
    return drawn.getvalue()


def _reliability(axes: Axes, scored: Answers) -> None:
    axes.plot([0, 1], [0, 1], color="0.6", linewidth=1, linestyle="--", label="perfect")
    draw_reliability(axes, scored.score, scored.fake, RAW, "raw score; bars: 95 % (Wilson)")
    axes.set(xlabel="score: P(AI-generated)", ylabel="share of fakes")
    axes.set(xlim=(-0.02, 1.02), ylim=(-0.02, 1.02))
    axes.grid(alpha=0.25)
    axes.legend(loc="upper left", fontsize=8)


def _histogram(axes: Axes, scored: Answers) -> None:
    edges = list(np.linspace(0, 1, HISTOGRAM_BINS + 1))
    for label, colour, chosen in (("real", REALS, ~scored.fake), ("fake", FAKES, scored.fake)):
        axes.hist(scored.score[chosen], bins=edges, color=colour, alpha=0.6, label=label)
    axes.set(xlabel="score: P(AI-generated)", ylabel="media")
    # Scores pile up at both ends: in between a single one must still be seen.
    axes.set_yscale("symlog", linthresh=1)
    axes.set_xlim(-0.02, 1.02)
    axes.grid(alpha=0.25)
    axes.legend(loc="upper center", fontsize=8)


def _roc(axes: Axes, scored: Answers) -> None:
    from sklearn.metrics import roc_curve

    wrong, found, _ = roc_curve(scored.fake, scored.score)
    axes.plot([0, 1], [0, 1], color="0.6", linewidth=1, linestyle="--")
    axes.plot(wrong, found, color=RAW, linewidth=1.6)
    axes.set(xlabel="share of real media flagged", ylabel="share of fakes found")
    axes.set(xlim=(-0.02, 1.02), ylim=(-0.02, 1.02))
    axes.grid(alpha=0.25)
