"""A URL out of an event -> what may be logged of it."""

from __future__ import annotations

from tests.fuzz.invariants import quickly
from worker.fetch.redact import redact

MAX_LEN = 1024

LONGEST = 400

SECRET = "7f3a-secret"

SCHEMES = frozenset({"http", "https", "s3", "gs"})
"""No other URL comes so far as to be written down: the policy refuses it without a word of it."""


def check(data: bytes) -> None:
    """It is printable and bounded, and neither a query nor a password is in it."""
    url = data.decode("utf-8", "replace")
    scheme, found, rest = url.partition("://")
    with quickly():
        _may_be_logged(redact(url))
        _may_be_logged(redact(f"{url}?{SECRET}"))
        if found and scheme.lower() in SCHEMES:
            _may_be_logged(redact(f"{scheme}://me:{SECRET}@{rest}"))


def _may_be_logged(shown: str) -> None:
    assert len(shown) <= LONGEST
    assert shown.isprintable(), ascii(shown)
    assert SECRET not in shown
