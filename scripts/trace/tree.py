"""A trace as a person reads it: who called whom, for how long, and what is linked."""

from __future__ import annotations

from collections.abc import Iterable

from rich.markup import escape
from rich.tree import Tree

from scripts.trace.collected import CollectedSpan

SHOWN = (
    "messaging.destination.partition.id",
    "messaging.kafka.offset",
    "messaging.batch.message_count",
    "ivy.outcome",
    "ivy.verdict.label",
    "ivy.cache.found",
    "gen_ai.usage.input_tokens",
    "gen_ai.usage.output_tokens",
    "gen_ai.response.finish_reasons",
    "gen_ai.latency.time_in_queue",
    "gen_ai.latency.time_in_model_prefill",
    "gen_ai.latency.time_in_model_decode",
    "error.type",
)
"""Attributes that stand in the tree; the others are in the collector's file."""


def trace_tree(spans: Iterable[CollectedSpan], trace_id: str) -> Tree:
    """The spans of one trace, and those of other traces that are linked with one of them."""
    found = sorted(spans, key=lambda span: (span.start_ns, -span.end_ns))
    ours = [span for span in found if span.trace_id == trace_id]
    tree = Tree(f"[bold]trace {trace_id}[/]")
    nodes: dict[str, Tree] = {}
    for span in _parents_first(ours):
        above = nodes.get(span.parent_id, tree)
        nodes[span.span_id] = above.add(_line(span))
        for other in found:
            if other.trace_id != trace_id and _linked(span, other):
                nodes[span.span_id].add(f"[dim]linked:[/] {_line(other)}")
    return tree


def _parents_first(spans: list[CollectedSpan]) -> list[CollectedSpan]:
    """By their begin, but never before the parent: clocks of two processes differ a little."""
    left, done, ordered = list(spans), set[str](), list[CollectedSpan]()
    ids = {span.span_id for span in spans}
    while left:
        ready = next(s for s in left if s.parent_id not in ids or s.parent_id in done)
        left.remove(ready)
        done.add(ready.span_id)
        ordered.append(ready)
    return ordered


def _linked(one: CollectedSpan, other: CollectedSpan) -> bool:
    return (one.trace_id, one.span_id) in other.links or (
        other.trace_id,
        other.span_id,
    ) in one.links


def _line(span: CollectedSpan) -> str:
    told = " ".join(
        f"{name.rpartition('.')[2]}={_short(span.attributes[name])}"
        for name in SHOWN
        if name in span.attributes
    )
    colour = "red" if span.failed else "green" if span.service.startswith("ivy") else "cyan"
    events = f" events={','.join(span.events)}" if span.events else ""
    head = f"[{colour}]{escape(span.name)}[/] [dim]{span.kind} {escape(span.service)}[/]"
    return f"{head} {span.ms:.1f} ms{escape(events)} [dim]{escape(told)}[/]"


def _short(value: object) -> str:
    return f"{value:.4f}" if isinstance(value, float) else str(value)
