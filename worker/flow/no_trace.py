"""Nobody who follows an event: what a journey has without tracing."""

from __future__ import annotations

from contextlib import AbstractContextManager, nullcontext

from worker.domain.failure import Failure
from worker.domain.outcome import Outcome
from worker.domain.upload import UploadEvent

_NOTHING = nullcontext()


class NoTrace:
    """See ``Trace``."""

    def stage(self, name: str) -> AbstractContextManager[object]:  # noqa: ARG002
        """See ``Trace``."""
        return _NOTHING

    def read(self, upload: UploadEvent) -> None:
        """See ``Trace``."""

    def failed(self, failure: Failure) -> None:
        """See ``Trace``."""

    def ended(self, outcome: Outcome) -> None:
        """See ``Trace``."""


NO_TRACE = NoTrace()
