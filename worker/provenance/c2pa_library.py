"""The C2PA library: the manifest store of a file as JSON, validated, and never over the network."""

from __future__ import annotations

import io
import json
from collections.abc import Callable
from functools import lru_cache
from typing import Any

from worker.provenance.apart import apart
from worker.provenance.text import parse_object

MAX_STORE = 4 << 20
"""Bytes of the library's JSON: a store of many edits has some 100,000."""

SECONDS = 2.0
BYTES_A_SECOND = 32 << 20
"""Time for one file, and more for a large one, all of which is hashed. The library needs some
milliseconds, but its work grows as the square of a file's boxes and a manifest's assertions: half a
megabyte of them, signed by anybody, takes three seconds."""

MAX_DECOMPRESSED_MB = 8
"""For compressed manifests; the library itself allows 32, of which a few at once would do harm."""

START_SECONDS = 30.0
"""For a first fork on a busy machine."""

SETTINGS: dict[str, Any] = {
    "verify": {
        # The library's own default is true: it would fetch any URL that a stranger's file names.
        "remote_manifest_fetch": False,
        "ocsp_fetch": False,
        "verify_after_reading": True,
        "verify_trust": True,
        "verify_timestamp_trust": True,
    },
    "core": {
        # An empty list blocks every host, should there be a way that the two above leave open.
        "allowed_network_hosts": [],
        "allow_redirects": False,
        # CAWG identities can be did:web, which is resolved over the network, and by c2pa-rs #1645
        # past the list of hosts.
        "decode_identity_assertions": False,
        "max_decompressed_manifest_size_in_mb": MAX_DECOMPRESSED_MB,
    },
}
"""c2pa-rs 0.91 (``sdk/src/settings``). Unknown names are passed over without an error, so a test
holds each of those that close the network against a server that counts."""


PEM = "-----BEGIN CERTIFICATE-----"
NO_ANCHORS = "the trust anchors are no certificates in PEM form"


@lru_cache(maxsize=4)
def load(trust_anchors: str | None = None) -> None:
    """Load the library (23 MB), and see that it takes the trust anchors.

    ``trust_anchors`` are certificates as PEM text. Raises ``ValueError`` where they are none; the
    library's own words stay here.
    """
    _context(trust_anchors)


def _context(trust_anchors: str | None) -> Any:
    import c2pa

    settings = SETTINGS
    if trust_anchors is not None:
        # The library also takes lines of base64 for hashes, which half of all words are.
        if PEM not in trust_anchors:
            raise ValueError(NO_ANCHORS)
        settings = {**SETTINGS, "trust": {"trust_anchors": trust_anchors}}
    try:
        return c2pa.Context.from_json(json.dumps(settings))
    except c2pa.C2paError:
        raise ValueError(NO_ANCHORS) from None


def check(trust_anchors: str | None = None) -> None:
    """Load the library and see that it works in a fork.

    Raises ``ValueError`` as ``load`` does, ``OSError`` where this process may not fork, and
    ``RuntimeError`` where the fork does not answer: otherwise signed files would look unsigned.
    """
    load(trust_anchors)

    def work() -> bytes:
        _context(trust_anchors)
        return b"works"

    if apart(work, seconds=START_SECONDS, most=len(b"works")) != b"works":
        raise RuntimeError("the C2PA library does not work in a fork of this process")


def read_store(data: bytes, mime: str, trust_anchors: str | None) -> dict[str, Any]:
    """The manifest store as the library tells it; empty where there is none that can be read.

    The bytes are read from memory, and hashed as a whole. Done in a fork: a stranger's manifest
    that takes too long, or ends the library's process, is a manifest that cannot be read.
    """
    text = read_text(data, mime, trust_anchors, lambda: None)
    return parse_object(text.decode(), MAX_STORE) if text is not None else {}


def read_text(
    data: bytes, mime: str, trust_anchors: str | None, confine: Callable[[], object]
) -> bytes | None:
    """The manifest store as JSON text; None where none can be read.

    ``confine`` is called in the fork, before the library sees a stranger's byte.
    """
    load(trust_anchors)

    def work() -> bytes:
        confine()
        return _read(data, mime, trust_anchors)

    return apart(work, seconds=SECONDS + len(data) / BYTES_A_SECOND, most=MAX_STORE)


def _read(data: bytes, mime: str, trust_anchors: str | None) -> bytes:
    import c2pa

    # A context does not survive a fork, so each has its own.
    with c2pa.Reader(mime, io.BytesIO(data), context=_context(trust_anchors)) as reader:
        text: str = reader.json()
    return text.encode()
