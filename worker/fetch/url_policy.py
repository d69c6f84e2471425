"""Which URLs are followed at all, before anything is asked of the network."""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from urllib.parse import urlsplit

import httpx

from worker.domain.failure import Poison, Reason
from worker.fetch.addresses import Address, AddressRules
from worker.fetch.metadata import METADATA_NAMES
from worker.fetch.rules import BUCKET, NAME, FetchRules

DEFAULT_PORTS = {"http": 80, "https": 443}

MAX_HOST = 253
"""Characters of a host name (RFC 1035, 2.3.4, less the root's own)."""

NUMBER = re.compile(r"[0-9]+|0[xX][0-9a-fA-F]*")
"""A last label that makes a host an IPv4 address to some (WHATWG URL, "ends in a number")."""

PORT = re.compile(r"(?::[0-9]{0,5})?")
"""Digits of ASCII only: Python's own numbers may have a sign, and digits of other scripts. httpx
takes a port without a colon behind an IPv6 address."""

LOOPBACK = ipaddress.IPv4Address("127.0.0.1")
"""What `localhost` and all below it is, whatever a resolver says (RFC 6761, 6.3)."""


@dataclass(frozen=True, slots=True)
class Target:
    """A URL that was read once, and may be followed."""

    scheme: str
    host: str
    """A name in ASCII, an address, or a bucket; empty for a file."""
    port: int
    """0 where the scheme has none."""
    path: str = field(repr=False)
    """For http(s) as it is sent, with its query; for a bucket the key, still escaped."""
    url: str = field(repr=False)
    """All of it, and perhaps signed: never to be written down (``redact``)."""
    tenant: str

    @property
    def stated_port(self) -> int | None:
        """The port as an HTTP client names it: not where it is the scheme's own."""
        return None if self.port == DEFAULT_PORTS.get(self.scheme) else self.port

    @property
    def authority(self) -> str:
        """Host and port likewise, IPv6 in brackets (RFC 9110, 7.2)."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return host if self.stated_port is None else f"{host}:{self.stated_port}"


class UrlPolicy:
    """The rules of all tenants.

    Strict where readers of URLs differ: what two of them could take for different hosts is refused.
    """

    def __init__(
        self, rules: FetchRules, tenants: Mapping[str, FetchRules], addresses: AddressRules
    ) -> None:
        self._rules = rules
        self._tenants = dict(tenants)
        self._addresses = addresses

    def check(self, url: str, tenant: str) -> Target:
        """Raises ``Poison`` (``url_forbidden``) that names the setting which refused."""
        check_characters(url)
        rules = self._tenants.get(tenant)
        setting = "fetch.rules" if rules is None else "fetch.tenants"
        rules = rules or self._rules
        scheme, colon, _ = url.partition(":")
        scheme = scheme.lower()
        if not colon or scheme not in rules.allowed_schemes:
            raise _refused(
                "the scheme of the URL is none of"
                f" {', '.join(rules.allowed_schemes)} ({setting}.allowed_schemes)"
            )
        if scheme in DEFAULT_PORTS:
            return self._web(url, scheme, tenant, rules, setting)
        if scheme == "file":
            return Target(scheme, "", 0, "", url, tenant)
        return _object(url, scheme, tenant, rules, setting)

    def _web(self, url: str, scheme: str, tenant: str, rules: FetchRules, setting: str) -> Target:
        authority = re.split("[/?#]", url.partition("//")[2], maxsplit=1)[0]
        if "@" in authority:
            raise _refused("the URL has a user in it")
        try:
            # The one reading of it: what the client is given below comes from here.
            parsed = httpx.URL(url)
        except httpx.InvalidURL as error:
            raise _refused("the URL is not a URL") from error
        host = parsed.raw_host.decode("ascii")
        address = _literal(host)
        host = str(address or host)
        self._check_host(host, address, rules, setting)
        if not PORT.fullmatch(_behind_host(authority)):
            raise _refused("the port of the URL is no number")
        port = DEFAULT_PORTS[scheme] if parsed.port is None else parsed.port
        if port not in rules.allowed_ports:
            raise _refused(f"the port of the URL is not allowed ({setting}.allowed_ports)")
        return Target(scheme, host, port, parsed.raw_path.decode("ascii"), url, tenant)

    def _check_host(
        self, host: str, address: Address | None, rules: FetchRules, setting: str
    ) -> None:
        if rules.denies_host(host):
            raise _refused(f"the host of the URL is refused ({setting}.denied_hosts)")
        if not rules.takes_host(host):
            raise _refused(f"the host of the URL is not allowed ({setting}.allowed_hosts)")
        if host in METADATA_NAMES:
            raise _refused("the host of the URL is a cloud's metadata service")
        if host == "localhost" or host.endswith(".localhost"):
            address = LOOPBACK
        objection = self._addresses.objection(address) if address is not None else None
        if objection is not None:
            raise _refused(f"the address in the URL is {objection} (fetch.allowed_networks)")


def check_characters(url: str) -> None:
    """Raises ``Poison`` for what one reader of URLs skips, and another takes for an end."""
    for character in url:
        if character == "\\" or character.isspace() or ord(character) < 0x20:
            break
        if 0x7F <= ord(character) < 0xA0:
            break
    else:
        return
    raise _refused("spaces, control characters and backslashes in the URL must be escaped")


def _behind_host(authority: str) -> str:
    """A colon and a port, or nothing, where the authority is well formed."""
    _, bracket, rest = authority.rpartition("]")
    if bracket:
        return rest
    _, colon, port = authority.partition(":")
    return colon + port


def _literal(host: str) -> Address | None:
    """The address that the host is, None for a name. Raises ``Poison`` for what is neither."""
    if not host:
        raise _refused("the URL names no host")
    if "%" in host:
        raise _refused("the host of the URL has a zone or an escape in it")
    if ":" in host:
        return ipaddress.IPv6Address(host)
    if host.endswith("."):
        raise _refused("the host of the URL ends in a dot")
    if NUMBER.fullmatch(host.rpartition(".")[2]):
        try:
            return ipaddress.IPv4Address(host)
        except ValueError as error:
            raise _refused(
                "the host of the URL is a number, and no IPv4 address as usually written"
            ) from error
    if len(host) > MAX_HOST or not NAME.fullmatch(host):
        raise _refused("the host of the URL is no host name")
    return None


def _object(url: str, scheme: str, tenant: str, rules: FetchRules, setting: str) -> Target:
    """A bucket and a key in it."""
    try:
        parts = urlsplit(url)
    except ValueError as error:
        raise _refused("the URL is not a URL") from error
    if not parts.netloc or not parts.path.strip("/"):
        raise _refused("the URL names no bucket and object")
    if parts.query or parts.fragment or url.endswith(("?", "#")):
        # Legal in a key when escaped. Not escaped, what stands before would be another object.
        raise _refused("? and # in a key must be escaped")
    if not BUCKET.fullmatch(parts.netloc):
        raise _refused("the bucket of the URL has no bucket's name")
    if not rules.takes_bucket(parts.netloc):
        raise _refused(f"the bucket of the URL is not allowed ({setting}.allowed_buckets)")
    return Target(scheme, parts.netloc, 0, parts.path.lstrip("/"), url, tenant)


def _refused(detail: str) -> Poison:
    return Poison(Reason.URL_FORBIDDEN, detail)
