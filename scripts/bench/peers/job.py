"""What a peer is given, and what it tells.

Read by our environment and by each peer's, so it needs nothing but Python.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from importlib.metadata import version

TOLD = "bench: "
"""How the one line begins that a peer tells: its library may write others."""


@dataclass(frozen=True, slots=True)
class Job:
    """Take all of ``source``, publish ``result`` for each to ``sink``, commit what is published."""

    bootstrap: str
    group: str
    source: str
    sink: str
    events: int
    result: str
    compression: str
    linger_ms: int
    commit_interval_s: float

    def as_argument(self) -> str:
        """For a peer's command line."""
        return json.dumps(asdict(self))

    @classmethod
    def given(cls) -> Job:
        """That of this process's command line."""
        return cls(**json.loads(sys.argv[1]))

    def producer(self) -> dict[str, str | int | bool]:
        """Settings of a producer as librdkafka names them, the same as ours."""
        return {
            "acks": "all",
            "enable.idempotence": True,
            "compression.type": self.compression,
            "linger.ms": self.linger_ms,
        }


@dataclass(frozen=True, slots=True)
class Told:
    """From the first record in hand to the group being left, and the libraries' versions."""

    seconds: float
    versions: dict[str, str]

    @classmethod
    def by(cls, output: str) -> Told:
        """Raises ``ValueError`` if the output has none."""
        for line in output.splitlines():
            if line.startswith(TOLD):
                return cls(**json.loads(line.removeprefix(TOLD)))
        raise ValueError("it told nothing")


def tell(seconds: float, packages: Sequence[str]) -> None:
    """Say how long it took, with the versions of what did it."""
    told = Told(seconds, {name: version(name) for name in packages})
    print(f"{TOLD}{json.dumps(asdict(told))}", flush=True)
