"""A plan and its check on a terminal, and as JSON."""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Iterable
from typing import Any

from rich.table import Table

from worker.sizing.costs import Costs
from worker.sizing.plan import Plan
from worker.sizing.rows import Row, machine_rows, need_rows, promise_rows
from worker.sizing.simulation.check import Simulated
from worker.units import as_count, as_seconds


def plan_tables(plan: Plan, *, explain: bool) -> tuple[Table, ...]:
    """What is needed, what decides it, what can be promised; with the formulas if wanted."""
    tables = [_table("Plan", machine_rows(plan), explain=explain)]
    if plan.needs:
        tables.append(_table("Workers that each promise needs", need_rows(plan), explain=True))
    tables.append(_table("By the formulas", promise_rows(plan), explain=explain))
    return tuple(tables)


def _table(title: str, rows: Iterable[Row], *, explain: bool) -> Table:
    table = Table(title=title, title_justify="left")
    table.add_column("")
    table.add_column("", justify="right", no_wrap=True)
    if explain:
        table.add_column("how")
    for row in rows:
        table.add_row(row.name, row.figure, *((row.how,) if explain else ()))
    return table


def check_tables(simulated: Simulated) -> tuple[Table, Table]:
    """Promise by promise, and what was seen in each stretch."""
    checks = Table(title="Simulated", title_justify="left")
    for name in ("promise", "asked", "formulas", "simulated", ""):
        checks.add_column(name, justify="left" if name in ("promise", "") else "right")
    for check in simulated.checks:
        checks.add_row(
            check.name,
            as_seconds(check.asked),
            as_seconds(check.formula),
            as_seconds(check.seen),
            "[green]✓[/]" if check.holds else "[red]✗ does not hold[/]",
        )
    stretches = Table(title="Stretches", title_justify="left")
    for name in ("stretch", "uploads", "workers simulated", "p50", "p99", "highest lag"):
        stretches.add_column(name, justify="left" if name == "stretch" else "right")
    for one in simulated.stretches:
        stretches.add_row(
            one.name,
            as_count(one.uploads),
            as_count(one.simulated_workers),
            as_seconds(one.p50_s),
            as_seconds(one.p99_s),
            as_count(one.lag),
        )
    return checks, stretches


def as_json(plan: Plan, costs: Costs, simulated: Simulated | None) -> dict[str, Any]:
    """Plain data. What has no bound is null."""
    data: dict[str, Any] = {
        "costs": {
            "kind": costs.kind,
            "model": costs.versions.model,
            "machine": costs.machine.model_dump(),
        },
        "demand": plan.demand.model_dump(),
        "workers": plan.fleet.workers,
        "nodes": plan.nodes,
        "partitions": plan.fleet.partitions,
        "decode_cores_per_worker": plan.fleet.decoders,
        "redis_bytes": plan.redis_bytes,
        "upload_topic_bytes": plan.upload_topic_bytes,
        "verdict_topic_bytes": plan.verdict_topic_bytes,
        "network_bits_per_s": plan.network_bits,
        "pixels_bytes_per_worker": plan.pixels_bytes,
        "keda_lag_threshold": plan.lag_threshold,
        "needs": [{"name": need.name, "workers": need.workers} for need in plan.needs],
        "promise": dataclasses.asdict(plan.promise),
        "simulated": None if simulated is None else dataclasses.asdict(simulated),
    }
    if simulated is not None:
        data["simulated"]["holds"] = simulated.holds
    bounded: dict[str, Any] = _bounded(data)
    return bounded


def _bounded(value: Any) -> Any:
    """JSON knows no infinity."""
    if isinstance(value, dict):
        return {name: _bounded(one) for name, one in value.items()}
    if isinstance(value, list | tuple):
        return [_bounded(one) for one in value]
    return None if isinstance(value, float) and not math.isfinite(value) else value
