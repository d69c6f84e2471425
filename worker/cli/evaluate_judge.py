"""`ivy-worker eval judge`: a language model marks the reasons that a run gave."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated

import typer
from pydantic import SecretStr
from rich.console import Console

from worker.cli.data_options import progress
from worker.cli.exits import Exit, fail, reported
from worker.domain.failure import Reason
from worker.evaluation.journal import Journal, read_outcomes
from worker.evaluation.judge.endpoint import Endpoint
from worker.evaluation.judge.judging import judge_all, to_judge
from worker.evaluation.judge.ledger import Judge, Ledger
from worker.evaluation.judge.prompt import PROMPT, Format
from worker.evaluation.manifest import RunInvalid, load_manifest
from worker.evaluation.outcome import Outcome

EXAMPLES = """
[bold]Examples[/bold]

  ivy-worker eval judge runs/a --url https://api.openai.com/v1 --model gpt-4o-mini \\
    --api-key-file key

  ivy-worker eval judge runs/a --url http://localhost:8000/v1 --model judge --at-once 64

  ivy-worker eval report runs/a --html a.html             (the marks are in it)
"""


def judge(
    run: Annotated[Path, typer.Argument(metavar="RUN", help="A run's folder.", show_default=False)],
    url: Annotated[
        str,
        typer.Option(metavar="URL", help="The root of an OpenAI-compatible API, with its /v1."),
    ],
    model: Annotated[str, typer.Option(metavar="NAME", help="The judge, as it is served.")],
    api_key_file: Annotated[
        Path | None, typer.Option(metavar="FILE", help="Holds the key; none where absent.")
    ] = None,
    wrong_too: Annotated[
        bool,
        typer.Option("--wrong-too", help="Judge wrong verdicts as well; by default right ones."),
    ] = False,
    limit: Annotated[
        int | None, typer.Option(metavar="N", min=1, help="Judge no more than N now.")
    ] = None,
    retry_failed: Annotated[
        bool, typer.Option("--retry-failed", help="Judge again what the judge gave no marks.")
    ] = False,
    how: Annotated[
        Format,
        typer.Option(
            "--format",
            help="How the server is told to answer: by a JSON schema, as any JSON object, or in"
            " words alone, for a server that knows neither.",
        ),
    ] = "schema",
    at_once: Annotated[int, typer.Option(metavar="N", min=1, max=1024, help="Questions.")] = 8,
    timeout: Annotated[
        float, typer.Option(metavar="SECONDS", min=1, help="For one answer of the judge.")
    ] = 120.0,
) -> None:
    """Have each reasoning marked from 1 to 5 by a language model, in four ways.

    The marks are of completeness, relevance, level of detail and explanation. The judge sees the
    label, the annotator's words and the model's, and no media: texts go to the server that is
    named. By default only reasons of right verdicts are judged. The same command goes on where it
    was; an answer without readable marks is counted, and never guessed at.
    """
    if not url.startswith(("http://", "https://")):
        fail(f"--url: {url} is no http(s) URL", Exit.USAGE)
    try:
        load_manifest(run)
        outcomes = list(read_outcomes(run))
        ledger = Ledger(run)
        ledger.begin(Judge(model=model, prompt=PROMPT, format=how))
        known = ledger.read()
        done = {key for key, one in known.items() if one.marks is not None or not retry_failed}
        chosen = to_judge(outcomes, wrong_too=wrong_too, done=done)
        _check(run, outcomes, chosen, bool(known))
        endpoint = Endpoint(url, _key(api_key_file), timeout, at_once)
        with reported(), ledger.journal() as journal:
            passing = asyncio.run(_go(chosen[:limit], endpoint, journal, model, how, at_once))
    except RunInvalid as error:
        fail(str(error), Exit.USAGE)
    except OSError as error:
        fail(f"{error.filename}: {error.strerror}", Exit.FAILED)
    _tell(run, ledger, passing, len(chosen[:limit]))


def _check(run: Path, outcomes: list[Outcome], chosen: list[Outcome], known: bool) -> None:
    """Raises ``RunInvalid`` where there is nothing to judge and never was."""
    if chosen or known:
        return
    if not any(one.gold_reasoning for one in outcomes):
        raise RunInvalid(
            f"{run}: its set has no annotations, which marks are held against: see docs/datasets.md"
        )
    raise RunInvalid(f"{run} has no reasoning to judge: was it asked in the form think_first?")


def _key(file: Path | None) -> SecretStr | None:
    if file is None:
        return None
    key = file.read_text("utf-8").strip()
    if not key.isascii() or not key.isprintable() or not key or " " in key:
        fail(f"--api-key-file: {file} holds no key: printable ASCII, without spaces", Exit.USAGE)
    return SecretStr(key)


async def _go(
    chosen: Sequence[Outcome],
    endpoint: Endpoint,
    journal: Journal,
    model: str,
    how: Format,
    at_once: int,
) -> Counter[Reason]:
    async with endpoint:
        with progress() as shown:
            task = shown.add_task("Judging", total=len(chosen))
            return await judge_all(
                chosen,
                endpoint,
                journal,
                model=model,
                form=how,
                at_once=at_once,
                done=lambda: shown.advance(task),
            )


def _tell(run: Path, ledger: Ledger, passing: Counter[Reason], asked: int) -> None:
    judged = ledger.read()
    without = [one for one in judged.values() if one.marks is None]
    console = Console(stderr=True)
    console.print(f"{len(judged) - len(without)} reasonings have marks, {len(without)} have none.")
    reasons = Counter(one.failure for one in without).most_common(3)
    for reason, count in reasons:
        console.print(f"  {count} x {reason}", markup=False, highlight=False)
    if passing:
        fail(
            f"{passing.total()} of {asked} were not answered: the same command asks again.",
            Exit.FAILED,
        )
    if without and len(without) == len(judged):
        fail(
            "Not one answer of this judge could be read: try --format text, or another judge;"
            " --retry-failed asks again.",
            Exit.FAILED,
        )
    console.print(f"Next: ivy-worker eval report {run}", markup=False, soft_wrap=True)
