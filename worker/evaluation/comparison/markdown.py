"""A comparison as Markdown, for a pull request."""

from __future__ import annotations

from collections.abc import Iterator

from worker.evaluation.comparison.comparison import Comparison, PartDifference
from worker.evaluation.comparison.words import chance, interval, metrics
from worker.evaluation.report.markdown import escaped, table
from worker.evaluation.report.words import number


def render_markdown(found: Comparison) -> str:
    """All of it, but for single answers."""
    return "\n".join(_parts(found))


def _parts(found: Comparison) -> Iterator[str]:
    yield f"# {escaped(found.after.name)} against {escaped(found.before.name)}\n"
    yield (
        f"{found.made_at:%Y-%m-%d %H:%M} UTC, {found.made_by}. {found.compared} media that both"
        f" answered; {found.resamples} paired resamples, seed {found.seed}.\n"
    )
    for notice in found.notices:
        yield f"> {escaped(notice)}\n"
    for gate in found.gates:
        yield f"* **{'passed' if gate.passed else 'failed'}**: {escaped(gate.because)}"
    yield ""
    yield table(
        ("metric", "before", "after", "difference (95 %)"),
        (
            (title, number(one.before), number(one.after), interval(one))
            for title, one in metrics(found.whole.differences)
        ),
    )
    test = found.whole.mcnemar
    yield (
        f"McNemar: p {escaped(chance(test.p))}{' (exact)' if test.exact else ''}; right in one"
        f" alone: {test.only_before} before, {test.only_after} after.\n"
    )
    for title, rows in (
        ("By kind of media", found.kinds),
        ("By generator", found.generators),
        ("By shorter side in pixels", found.resolutions),
    ):
        yield f"## {title}\n"
        yield _table(rows)


def _table(rows: list[PartDifference]) -> str:
    return table(
        ("", "media", "accuracy", "AUC", "right before alone", "right after alone", "p"),
        (
            (
                *(escaped(one.name), str(one.media)),
                *(interval(one.differences.accuracy), interval(one.differences.auc)),
                *(str(one.mcnemar.only_before), str(one.mcnemar.only_after)),
                escaped(chance(one.mcnemar.p)),
            )
            for one in rows
        ),
    )
