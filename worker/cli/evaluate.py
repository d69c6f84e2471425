"""`ivy-worker eval`: measure a detector on labelled media."""

from __future__ import annotations

import typer

from worker.cli import (
    evaluate_compare,
    evaluate_fit,
    evaluate_judge,
    evaluate_report,
    evaluate_run,
    evaluate_similarity,
)

app = typer.Typer(
    no_args_is_help=True, help="Measure a model on labelled media, report, and compare two runs."
)
app.command("run", epilog=evaluate_run.EXAMPLES)(evaluate_run.run)
app.command("fit", epilog=evaluate_fit.EXAMPLES)(evaluate_fit.fit)
app.command("merge", epilog=evaluate_run.MERGE_EXAMPLES)(evaluate_run.merge_shards)
app.command("judge", epilog=evaluate_judge.EXAMPLES)(evaluate_judge.judge)
app.command("similarity", epilog=evaluate_similarity.EXAMPLES)(evaluate_similarity.similarity)
app.command("report", epilog=evaluate_report.EXAMPLES)(evaluate_report.report)
app.command("compare", epilog=evaluate_compare.EXAMPLES)(evaluate_compare.compare_runs)
