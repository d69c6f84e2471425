"""A file -> what it says of its own origin, but for C2PA, which a library reads in a fork."""

from __future__ import annotations

import warnings

from tests.fuzz.invariants import quickly
from worker.domain.provenance import MAX_SIGNALS, Provenance
from worker.provenance import reader
from worker.provenance.blocks import Blocks

MAX_LEN = 4096
MIMES = sorted(reader.CONTAINERS)


def check(data: bytes) -> None:
    """Signals within the model's bounds, all text printable, in bounded time.

    The first byte says which container. What Pillow raises is caught by the reader, and means that
    nothing was found.
    """
    if not data:
        return
    container = reader.CONTAINERS[MIMES[data[0] % len(MIMES)]]
    with quickly(), warnings.catch_warnings():
        warnings.simplefilter("ignore")
        blocks = reader._attempt(lambda: container(data[1:]), Blocks())
        signals = tuple(reader._signals(reader._read(blocks)))
    assert len(signals) <= MAX_SIGNALS
    found = Provenance(signals=signals)
    assert Provenance.model_validate_json(found.model_dump_json()) == found
    for signal in signals:
        assert signal.detail.isprintable()
