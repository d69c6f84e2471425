"""Reliability diagrams: what scores say against what was so."""

from __future__ import annotations

import io
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from worker.calibration.atomic import write_whole
from worker.calibration.bins import Bin, equal_mass_bins
from worker.calibration.extra import require_extra
from worker.calibration.fit import Fitting
from worker.calibration.sample import Labels, Values
from worker.domain.calibration import BINS, Quality

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

PER_BIN = 10
"""Items in a bin at least: with fewer, its interval spans most of the diagram."""

RAW, CALIBRATED = "#D55E00", "#0072B2"
"""Vermillion and blue of Okabe and Ito's palette (2008), told apart by the colour-blind, too."""

HISTOGRAM_BINS = 20

DPI = 150


def save_plot(fitting: Fitting, folder: Path) -> list[Path]:
    """Write a reliability diagram as PNG and SVG, each whole, and name them.

    Raises ``OSError``, and ``ExtraMissing`` without matplotlib.
    """
    require_extra()
    from matplotlib import rc_context
    from matplotlib.backends.backend_agg import FigureCanvasAgg

    calibration = fitting.calibration
    stem = f"reliability-{calibration.score_kind}-{calibration.calibration_id}"
    written = []
    # The same calibration gives the same file: ids in an SVG are random otherwise, and it is dated.
    with rc_context({"svg.hashsalt": calibration.calibration_id, "svg.fonttype": "none"}):
        figure = _figure(fitting)
        FigureCanvasAgg(figure)
        for suffix, metadata in (("png", {}), ("svg", {"Date": None})):
            drawn = io.BytesIO()
            figure.savefig(drawn, format=suffix, dpi=DPI, metadata=metadata)
            path = folder / f"{stem}.{suffix}"
            write_whole(path, drawn.getvalue())
            written.append(path)
    return written


def _figure(fitting: Fitting) -> Figure:
    from matplotlib.figure import Figure

    sample, calibration = fitting.sample, fitting.calibration
    evaluation = calibration.evaluation
    series = (
        ("raw", RAW, sample.raw, evaluation.raw),
        (
            f"calibrated ({calibration.method})",
            CALIBRATED,
            fitting.out_of_fold,
            evaluation.calibrated,
        ),
    )
    figure = Figure(figsize=(6.4, 8), layout="constrained")
    top, bottom = figure.subplots(2, 1, sharex=True, height_ratios=(3, 1))
    top.plot([0, 1], [0, 1], color="0.6", linewidth=1, linestyle="--", label="perfect")
    for name, colour, scores, quality in series:
        draw_reliability(top, scores, sample.fake, colour, _legend(name, quality))
    top.set(ylabel="share of fakes", xlim=(-0.02, 1.02), ylim=(-0.02, 1.02))
    top.set_title(
        f"{sample.model.id}, {calibration.score_kind}\n{sample.name[:40]}: {sample.reals} real,"
        f" {sample.fakes} fake; out of fold; bars: 95 % (Wilson)",
        fontsize=9,
    )
    top.grid(alpha=0.25)
    top.legend(loc="upper left", fontsize=8)
    _draw_counts(bottom, series)
    return figure


def _legend(name: str, quality: Quality) -> str:
    return f"{name}: ECE {quality.ece:.3f}, log loss {quality.log_loss:.3f}"


def draw_reliability(axes: Axes, scores: Values, fake: Labels, colour: str, label: str) -> None:
    """Shares of fakes by score, over bins of equally many items, with 95 % intervals (Wilson)."""
    bins = equal_mass_bins(scores, fake, min(BINS, max(2, len(scores) // PER_BIN)))
    intervals = [_interval(each) for each in bins]
    shares = [each.share_of_fakes for each in bins]
    below = [share - low for share, (low, _) in zip(shares, intervals, strict=True)]
    above = [high - share for share, (_, high) in zip(shares, intervals, strict=True)]
    axes.errorbar(
        [each.mean_score for each in bins],
        shares,
        yerr=np.maximum([below, above], 0),
        color=colour,
        marker="o",
        markersize=4,
        linewidth=1.2,
        elinewidth=0.8,
        capsize=2,
        label=label,
    )


def _interval(one: Bin) -> tuple[float, float]:
    """95 % interval of the share of fakes (Wilson, 1927): sound for few items and near 0 and 1."""
    from scipy.stats import binomtest

    found = binomtest(one.fakes, one.count).proportion_ci(0.95, method="wilson")
    return float(found.low), float(found.high)


def _draw_counts(axes: Axes, series: tuple[tuple[str, str, Values, Quality], ...]) -> None:
    edges = np.linspace(0, 1, HISTOGRAM_BINS + 1)
    for _, colour, scores, _ in series:
        axes.hist(scores, bins=list(edges), histtype="step", color=colour, linewidth=1.4)
    axes.set(xlabel="score: P(AI-generated)", ylabel="items")
    axes.grid(alpha=0.25)
