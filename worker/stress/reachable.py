"""Whether workers with these settings may fetch what a run serves."""

from __future__ import annotations

import ipaddress
from collections.abc import Iterator
from urllib.parse import urlsplit

from worker.fetch.config import FetchConfig

USUAL_PORTS = {"http": 80, "https": 443}


def obstacles(prefix: str, fetch: FetchConfig, tenant: str) -> Iterator[str]:
    """Settings that stand in the way, as far as can be told from here: no name is looked up.

    Every upload would become a dead letter, ``url_forbidden``.
    """
    url, rules = urlsplit(prefix), fetch.tenants.get(tenant, fetch.rules)
    port = url.port or USUAL_PORTS.get(url.scheme, 0)
    if url.scheme not in rules.allowed_schemes:
        yield f"fetch.rules.allowed_schemes does not have {url.scheme}"
    if url.scheme in USUAL_PORTS and port not in rules.allowed_ports:
        yield f"fetch.rules.allowed_ports does not have {port}"
    try:
        address = ipaddress.ip_address(url.hostname or "")
    except ValueError:
        return
    if not address.is_global and not any(address in network for network in fetch.allowed_networks):
        yield f"fetch.allowed_networks does not have {address}, which is no public address"
