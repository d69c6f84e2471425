"""Whether a cluster is one of a developer's own machine."""

from __future__ import annotations

import ipaddress
from collections.abc import Sequence

LOCAL_NAMES = frozenset({"localhost", "localhost.localdomain", "ip6-localhost"})


def is_local(bootstrap_servers: Sequence[str]) -> bool:
    """Whether all brokers to begin with are on this machine. A name is not looked up."""
    return all(_is_here(server.rpartition(":")[0].strip("[]")) for server in bootstrap_servers)


def _is_here(host: str) -> bool:
    if host.lower() in LOCAL_NAMES:
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False
