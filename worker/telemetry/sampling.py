"""Which traces are kept."""

from __future__ import annotations

from collections.abc import Sequence

from opentelemetry.context import Context
from opentelemetry.sdk.trace.sampling import (
    ALWAYS_ON,
    ParentBased,
    Sampler,
    SamplingResult,
    TraceIdRatioBased,
)
from opentelemetry.trace import Link, SpanKind, TraceState
from opentelemetry.util.types import Attributes


class LinkedOrRatio(Sampler):
    """Of traces that begin here: all that are linked to one that is kept, and a share of the rest.

    A poll and a commit begin traces of their own and are about many events. They are kept with any
    of these, or a kept event would be linked to what is not there.
    """

    def __init__(self, ratio: float) -> None:
        self._ratio = TraceIdRatioBased(ratio)

    def should_sample(
        self,
        parent_context: Context | None,
        trace_id: int,
        name: str,
        kind: SpanKind | None = None,
        attributes: Attributes = None,
        links: Sequence[Link] | None = None,
        trace_state: TraceState | None = None,  # noqa: ARG002 - the parent's is passed on
    ) -> SamplingResult:
        """See ``Sampler``."""
        linked = any(link.context.trace_flags.sampled for link in links or ())
        chosen = ALWAYS_ON if linked else self._ratio
        return chosen.should_sample(parent_context, trace_id, name, kind, attributes, links)

    def get_description(self) -> str:
        """See ``Sampler``."""
        return f"LinkedOr{{{self._ratio.get_description()}}}"


def sampler(ratio: float) -> Sampler:
    """The uploader's decision where there is one."""
    return ParentBased(LinkedOrRatio(ratio))
