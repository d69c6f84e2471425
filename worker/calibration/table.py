"""What was fitted, as tables for a terminal."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable

from rich.markup import escape
from rich.table import Table

from worker.calibration.fit import Fitting
from worker.domain.calibration import Quality
from worker.domain.failure import Reason
from worker.domain.generation import AnswerForm
from worker.domain.score_mapping import Isotonic, Platt, Temperature
from worker.printable import printable


def quality_table(fitting: Fitting) -> Table:
    """Raw scores and each method, out of fold; the chosen one is marked."""
    sample, calibration = fitting.sample, fitting.calibration
    model, name = (escape(printable(text)) for text in (sample.model.id, sample.name))
    table = Table(
        title=f"{model}, {calibration.score_kind}: {len(sample.raw)} scores"
        f" ({sample.reals} real, {sample.fakes} fake) of {name}",
        title_justify="left",
        caption=f"Out of fold ({calibration.evaluation.folds} folds). Less is better but for AUC.",
        caption_justify="left",
    )
    table.add_column("scores")
    for name in ("log loss", "Brier", "ECE", "AUC"):
        table.add_column(name, justify="right")
    table.add_column("mapping")
    table.add_row("raw", *_figures(calibration.evaluation.raw), "")
    for method, quality in fitting.compared.items():
        chosen = method is calibration.method
        table.add_row(
            method.value,
            *_figures(quality),
            f"chosen: {described(calibration.mapping)}" if chosen else "",
            style="bold" if chosen else None,
        )
    return table


def described(mapping: Temperature | Platt | Isotonic) -> str:
    """A mapping in a few words."""
    if isinstance(mapping, Temperature):
        return f"T = {mapping.temperature:g}"
    if isinstance(mapping, Platt):
        return f"a = {mapping.a:g}, b = {mapping.b:g}"
    return f"{len(mapping.x)} knots"


def _figures(quality: Quality) -> tuple[str, ...]:
    return tuple(
        f"{value:.4f}" for value in (quality.log_loss, quality.brier, quality.ece, quality.auc)
    )


def left_out_table(failures: Counter[Reason], left_out: Counter[tuple[AnswerForm, str]]) -> Table:
    """Media without a score, and scores that were not taken."""
    table = Table(title="Left out", title_justify="left")
    table.add_column("items", justify="right")
    table.add_column("form")
    table.add_column("why")
    rows: Iterable[tuple[tuple[str, str], int]] = (
        *((("", reason), count) for reason, count in failures.most_common()),
        *(((form.value, why), count) for (form, why), count in left_out.most_common()),
    )
    for (form, why), count in rows:
        table.add_row(str(count), form, escape(printable(why)))
    return table
