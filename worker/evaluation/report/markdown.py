"""A report as Markdown, for a pull request or a model card."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from worker.evaluation.paper.tables import PaperTable
from worker.evaluation.report.report import Report, Section
from worker.evaluation.report.words import change, estimate, number, summary_rows
from worker.printable import printable

SPECIAL = str.maketrans({character: f"\\{character}" for character in "\\`*_{}[]<>#|~&!"})


def escaped(text: str) -> str:
    """A stranger's words, which must stay words."""
    return printable(text).translate(SPECIAL)


def table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """A pipe table; the first column is left-aligned. Cells are escaped by whoever makes them."""
    lines = [head, ["---", *("---:" for _ in head[1:])], *rows]
    return "".join(f"| {' | '.join(line)} |\n" for line in lines)


def render_markdown(report: Report) -> str:
    """All of it, but for the pictures and single answers."""
    return "\n".join(_parts(report))


def _parts(report: Report) -> Iterator[str]:
    run, used = report.run, report.run.question.set
    yield f"# {escaped(run.model.id)} on {escaped(used.name)}\n"
    yield (
        f"{report.made_at:%Y-%m-%d %H:%M} UTC, {report.made_by}. {used.real} real and {used.fake}"
        f" fake media, set `{used.fingerprint}`; model revision {escaped(run.model.revision)},"
        f" prompt {escaped(run.model.prompt_version)}, {escaped(run.model.engine)}. Intervals:"
        f" 95 %, {report.resamples} resamples within each label, seed {report.seed}; of shares,"
        " Wilson's.\n"
    )
    for notice in report.notices:
        yield f"> {escaped(notice)}\n"
    for section in report.sections:
        yield from _section(section)
    cost = report.cost
    price = "" if cost.price is None else f", price {cost.price:.4g}"
    yield "## Cost of 1,000 outcomes\n"
    yield (
        f"{number(cost.engine_seconds, 1)} engine seconds, {cost.prompt_tokens:.0f} prompt tokens,"
        f" {cost.completion_tokens:.0f} completion tokens{price}.\n"
    )


def _section(section: Section) -> Iterator[str]:
    yield f"## {section.form.value}: {section.overall.items} answers\n"
    for notice in section.notices:
        yield f"> {escaped(notice)}\n"
    yield table(("metric", "value (95 %)", "note"), summary_rows(section.overall))
    yield "### Confusion\n"
    yield table(
        ("it was", "said real", "said fake", "said nothing"),
        (
            (label, *(str(count) for count in row.values()))
            for label, row in section.overall.confusion.items()
        ),
    )
    for paper in section.papers:
        yield from _paper(paper)
    yield from _groups(section)
    yield from _variations(section)
    yield from _controls(section)
    yield from _held_out(section)
    yield from _explained(section)


def _paper(paper: PaperTable) -> Iterator[str]:
    yield f"### {escaped(paper.title)}\n"
    head = [f"{block} {column}".strip() for block in paper.blocks for column in paper.columns]
    yield table(
        ("model", *head),
        (
            (
                escaped(row.model),
                *(
                    number(cell, paper.digits[place % len(paper.columns)])
                    for place, cell in enumerate(row.cells)
                ),
            )
            for row in paper.rows
        ),
    )
    for note in paper.notes:
        yield f"* {escaped(note)}"
    yield ""


def _groups(section: Section) -> Iterator[str]:
    yield "### By generator\n"
    yield table(
        ("source", "kind", "real", "fake", "accuracy on real", "recall of fakes", "AUC", "against"),
        (
            (
                *(escaped(one.name), one.kind.value),
                *(str(one.summary.reals), str(one.summary.fakes)),
                *(estimate(one.summary.recall_real), estimate(one.summary.recall_fake)),
                *(estimate(one.auc), one.against),
            )
            for one in section.generators
        ),
    )
    for title, groups in (
        ("By kind of media", [(one.name, one.summary) for one in section.kinds]),
        ("By shorter side in pixels", [(one.name, one.summary) for one in section.resolutions]),
    ):
        if groups:
            yield f"### {title}\n"
            yield table(
                ("", "media", "no conclusion", "accuracy", "balanced accuracy", "AUC"),
                (
                    (
                        escaped(name),
                        str(found.items),
                        number(found.parse_failure_rate.value),
                        *(estimate(found.accuracy), estimate(found.balanced_accuracy)),
                        estimate(found.auc),
                    )
                    for name, found in groups
                ),
            )


def _variations(section: Section) -> Iterator[str]:
    if section.variations:
        yield "### After something was done to the media\n"
        yield table(
            (
                *("variant", "media", "accuracy", "difference", "AUC", "difference"),
                *("accuracy on real", "on fake"),
            ),
            (
                (
                    *(one.variant, str(one.pairs)),
                    number(one.differences.accuracy.after),
                    change(one.differences.accuracy.difference),
                    *(number(one.differences.auc.after), change(one.differences.auc.difference)),
                    *(number(one.summary.recall_real.value), number(one.summary.recall_fake.value)),
                )
                for one in section.variations
            ),
        )


def _controls(section: Section) -> Iterator[str]:
    if section.probes:
        yield "### Control: the labels told without a look at the pixels\n"
        yield table(
            ("by", "kind", "variant", "AUC", "the model's AUC", "usual of real", "of fake"),
            (
                (
                    *(one.facts, one.kind.value, one.variant),
                    *(estimate(one.auc), estimate(one.model_auc)),
                    *(escaped(one.real), escaped(one.fake)),
                )
                for one in section.probes
            ),
        )
    for note in section.probe_notes:
        yield f"{escaped(note)}\n"
    if section.floors:
        yield "### Control: real against real\n"
        yield table(
            ("real media of", "kind", "media", "others", "AUC", ""),
            (
                (
                    *(escaped(one.part), one.kind.value, str(one.inside), str(one.others)),
                    *(estimate(one.auc), "told apart" if one.told_apart else "not told apart"),
                )
                for one in section.floors
            ),
        )


def _held_out(section: Section) -> Iterator[str]:
    if section.held_out:
        yield "### Leave one generator out\n"
        yield table(
            (
                *("generator", "fakes", "real", "threshold", "recall", "false alarms"),
                *("balanced accuracy", "at 0.5", "Brier raw", "calibrated"),
            ),
            (
                (
                    *(escaped(one.generator), str(one.fakes), f"{one.reals} ({one.reals_are})"),
                    *(number(one.threshold), estimate(one.recall), estimate(one.false_alarms)),
                    *(number(one.balanced_accuracy), number(one.balanced_accuracy_at_half)),
                    *(number(one.brier_raw), number(one.brier_calibrated)),
                )
                for one in section.held_out
            ),
        )


def _explained(section: Section) -> Iterator[str]:
    if section.explained:
        yield "### Explanations\n"
        yield table(
            ("measure", "media", "all answers", "right verdicts only"),
            (
                (
                    escaped(one.column),
                    one.where,
                    estimate(one.all_answers),
                    estimate(one.correct_only),
                )
                for one in section.explained
            ),
        )
    for note in section.explained_notes:
        yield f"* {escaped(note)}"
    yield ""
