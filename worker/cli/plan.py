"""`ivy-worker plan`: how many machines a stream of uploads needs."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated, Any

import typer
from pydantic import ValidationError
from rich.console import Console
from rich.progress import Progress

from worker.cli.exits import Exit, fail
from worker.sizing.costs import Costs, CostsInvalid, load_costs
from worker.sizing.demand import Demand
from worker.sizing.load import Missing
from worker.sizing.needs import PlanImpossible
from worker.sizing.plan import Plan, make_plan
from worker.sizing.rows import FORMULAS, assumed_of
from worker.sizing.simulation.check import Simulated, simulate
from worker.sizing.tables import as_json, check_tables, plan_tables

EXAMPLES = """
[bold]Examples[/bold]

  ivy-worker bench --save costs.json   (first, on the machine that you plan with)

  ivy-worker plan --costs costs.json --uploads-per-second 500 --video-share 0.1
  --duplicate-share 0.3

  ivy-worker plan --costs costs.json --uploads-per-second 500 --explain --simulate

  ivy-worker plan --costs costs.json --uploads-per-second 500 --workers 12 --simulate
  (would 12 do?)
"""

OPTIONS = {
    "uploads_per_s": "--uploads-per-second",
    "burst_s": "--burst-seconds",
    "p99_s": "--p99-seconds",
    "recovery_s": "--recovery-seconds",
    "session_timeout_s": "--session-timeout-seconds",
    "rebalance_s": "--rebalance-seconds",
}
"""Options that are not called as their field; all others are, with dashes."""


def plan(
    costs: Annotated[
        Path, typer.Option(metavar="FILE", help="What `ivy-worker bench --save` measured.")
    ],
    uploads_per_second: Annotated[
        float, typer.Option(metavar="N", help="Mean rate, all uploads counted.")
    ],
    video_share: Annotated[float, typer.Option(help="Part that are videos.")] = 0.0,
    duplicate_share: Annotated[
        float, typer.Option(help="Part whose content is known: answered from Redis.")
    ] = 0.0,
    second_pass_share: Annotated[
        float, typer.Option(help="Part that is asked about twice (text in it, a cascade).")
    ] = 0.0,
    video_seconds: Annotated[float, typer.Option(help="Mean length of a video.")] = 10.0,
    image_megapixels: Annotated[
        float | None, typer.Option(help="Of a picture; else as those that were measured.")
    ] = None,
    video_megapixels: Annotated[
        float | None, typer.Option(help="Of a video's frame; else as those that were measured.")
    ] = None,
    image_bytes: Annotated[
        float | None, typer.Option(help="Mean size of a picture, for the network.")
    ] = None,
    video_bytes: Annotated[
        float | None, typer.Option(help="Mean size of a video, for the network.")
    ] = None,
    burst: Annotated[float, typer.Option(help="Rate in a burst over the mean rate.")] = 2.0,
    burst_seconds: Annotated[float, typer.Option(help="How long a burst is.")] = 60.0,
    p99_seconds: Annotated[
        float, typer.Option(help="99 % have a verdict within so long, bursts included.")
    ] = 60.0,
    utilisation: Annotated[
        float, typer.Option(help="Most of an engine that the mean rate may take.")
    ] = 0.7,
    node_failures: Annotated[int, typer.Option(help="Nodes that may be lost at once.")] = 1,
    recovery_seconds: Annotated[
        float, typer.Option(help="In which such a loss is caught up with.")
    ] = 600.0,
    gpus_per_node: Annotated[int, typer.Option(help="Workers on one node.")] = 1,
    retention_days: Annotated[float, typer.Option(help="Of the topics.")] = 7.0,
    replication: Annotated[int, typer.Option(help="Copies of a topic's log.")] = 3,
    answer_days: Annotated[
        float, typer.Option(help="For which an answer is kept (cache.ttl_s).")
    ] = 30.0,
    session_timeout_seconds: Annotated[
        float, typer.Option(help="kafka.consumer.session_timeout_ms.")
    ] = 45.0,
    rebalance_seconds: Annotated[
        float, typer.Option(help="Until the partitions of a lost worker are read again, after it.")
    ] = 5.0,
    max_in_flight: Annotated[int, typer.Option(help="kafka.consumer.max_in_flight.")] = 2048,
    workers: Annotated[
        int | None,
        typer.Option(metavar="N", min=1, help="Take this many, and see what they keep."),
    ] = None,
    simulate_it: Annotated[
        bool, typer.Option("--simulate", help="Check it, event by event; the exit code tells.")
    ] = False,
    seed: Annotated[int, typer.Option(min=0, max=2**31, help="Of the simulation.")] = 0,
    explain: Annotated[bool, typer.Option("--explain", help="Show every formula.")] = False,
    as_data: Annotated[bool, typer.Option("--json", help="Everything, as one object.")] = False,
) -> None:
    """Say how many GPUs, nodes, cores, partitions and bytes a stream needs, from measured costs.

    The exit code is 1 if no number of workers keeps what is asked, or if the simulation says that
    a promise does not hold.
    """
    try:
        known = load_costs(costs)
        demand = _demand(
            uploads_per_s=uploads_per_second,
            video_share=video_share,
            duplicate_share=duplicate_share,
            second_pass_share=second_pass_share,
            video_seconds=video_seconds,
            image_megapixels=image_megapixels,
            video_megapixels=video_megapixels,
            image_bytes=image_bytes,
            video_bytes=video_bytes,
            burst=burst,
            burst_s=burst_seconds,
            p99_s=p99_seconds,
            utilisation=utilisation,
            node_failures=node_failures,
            recovery_s=recovery_seconds,
            gpus_per_node=gpus_per_node,
            retention_days=retention_days,
            replication=replication,
            answer_days=answer_days,
            session_timeout_s=session_timeout_seconds,
            rebalance_s=rebalance_seconds,
            max_in_flight=max_in_flight,
        )
        made = make_plan(known, demand, workers)
    except (CostsInvalid, _DemandInvalid, Missing) as error:
        fail(str(error), Exit.USAGE)
    except PlanImpossible as error:
        fail(f"There is no such plan. {error}.", Exit.FAILED)
    simulated = _simulated(made, seed) if simulate_it else None
    if as_data:
        typer.echo(json.dumps(as_json(made, known, simulated), indent=2))
    else:
        _show(made, known, simulated, explain=explain)
    if simulated is not None and not simulated.holds:
        raise typer.Exit(Exit.FAILED)


class _DemandInvalid(Exception):
    """Options that cannot be."""


def _demand(**values: Any) -> Demand:
    try:
        return Demand(**values)
    except ValidationError as error:
        raise _DemandInvalid("\n".join(_said(fault) for fault in error.errors())) from error


def _said(fault: Any) -> str:
    said = str(fault["msg"]).removeprefix("Value error, ")
    if not fault["loc"]:
        return said
    name = str(fault["loc"][0])
    return f"{OPTIONS.get(name, '--' + name.replace('_', '-'))}: {said}"


def _simulated(made: Plan, seed: int) -> Simulated:
    with Progress(console=Console(stderr=True), transient=True) as progress:
        task = progress.add_task("Simulating workers", total=None)
        return simulate(made, seed=seed, tick=lambda: progress.advance(task))


def _show(made: Plan, known: Costs, simulated: Simulated | None, *, explain: bool) -> None:
    console = Console()
    machine = known.machine
    console.print(
        f"Costs {known.kind} with {known.versions.model} on {machine.gpu or machine.cpu}"
        f" ({known.measured_at:%Y-%m-%d}).",
        markup=False,
        highlight=False,
    )
    if known.kind == "assumed":
        console.print("[yellow]These costs are assumed, not measured: so is the plan.[/]")
    elif machine.gpu is None:
        console.print(
            "[yellow]They were measured without a GPU. A worker here is one such machine; measure"
            " on your GPU before you plan with GPUs.[/]"
        )
    console.print(assumed_of(made.demand), markup=False, highlight=False)
    for table in plan_tables(made, explain=explain):
        console.print(table)
    if explain:
        for paragraph in FORMULAS:
            console.print(paragraph, markup=False, highlight=False)
    if simulated is not None:
        for table in check_tables(simulated):
            console.print(table)
