"""A URL out of an event -> what may be followed."""

from __future__ import annotations

import ipaddress
import re
from urllib.parse import urlsplit

import httpx

from tests.fuzz.invariants import fit_to_publish, quickly
from worker.domain.failure import Poison, Reason
from worker.fetch.addresses import AddressRules
from worker.fetch.rules import FetchRules
from worker.fetch.url_policy import Target, UrlPolicy

MAX_LEN = 1024

EVERYWHERE = tuple(range(1, 65536))
POLICY = UrlPolicy(FetchRules(allowed_ports=EVERYWHERE), {}, AddressRules())
"""Any host and port of the public internet: what is left to refuse is how they are written."""

NAME = re.compile(r"[a-z0-9_-]+(?:\.[a-z0-9_-]+)*")
NUMERIC = re.compile(r"(?:0[xX][0-9a-fA-F]*|[0-9]+)(?:\.(?:0[xX][0-9a-fA-F]*|[0-9]+)){0,3}\.?")


def check(data: bytes) -> None:
    """What is accepted is read by every client as it was read by the policy."""
    url = data.decode("utf-8", "replace")
    with quickly():
        try:
            target = POLICY.check(url, "default")
        except Poison as refusal:
            fit_to_publish(refusal, {Reason.URL_FORBIDDEN})
            return
        assert url.isprintable() or not re.search(r"[\x00-\x20\x7f-\x9f\\]", url)
        if target.scheme in {"http", "https"}:
            _is_one_place(target)


def _is_one_place(target: Target) -> None:
    """Scheme, host and port are those that two clients of different make see in the URL."""
    ours = httpx.URL(target.url)
    theirs = urlsplit(target.url)
    assert ours.scheme == theirs.scheme == target.scheme
    assert not ours.userinfo
    assert "@" not in theirs.netloc
    assert (ours.port or _default(ours.scheme)) == target.port
    assert (theirs.port or _default(ours.scheme)) == target.port
    host = ours.raw_host.decode("ascii")
    assert "%" not in host
    if ":" in host:
        address = ipaddress.ip_address(target.host)
        assert ipaddress.ip_address(host) == address
        assert ipaddress.ip_address(theirs.hostname or "") == address
    else:
        assert host == target.host
        assert NAME.fullmatch(host), host
        if NUMERIC.fullmatch(host):
            assert str(ipaddress.IPv4Address(host)) == host
        if (theirs.hostname or "").isascii():
            assert theirs.hostname == host
    assert target.path.startswith("/")
    assert target.path.isascii()
    assert target.path.isprintable()
    # What is called, put together again, leads to the same place.
    again = httpx.URL(f"{target.scheme}://{target.authority}{target.path}")
    assert again.raw_host.decode("ascii") == target.host
    assert (again.port or _default(again.scheme)) == target.port
    assert again.raw_path.decode("ascii") == target.path


def _default(scheme: str) -> int:
    return 443 if scheme == "https" else 80
