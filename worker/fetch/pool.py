"""The connections of the HTTP fetcher."""

from __future__ import annotations

import httpcore
import httpx

from worker.fetch.addresses import AddressRules
from worker.fetch.config import FetchConfig
from worker.fetch.network import GuardedNetwork
from worker.fetch.resolver import Resolver

IDLE_S = 5.0
"""Seconds for which a connection is kept for the next transfer: httpx's own choice."""


def open_pool(
    config: FetchConfig, addresses: AddressRules, resolver: Resolver
) -> httpcore.AsyncConnectionPool:
    """Connections of our own to checked addresses, or all through ``fetch.proxy``.

    A proxy is the operator's word: its address is not checked, and it resolves the media's names.
    """
    # The bundle of certifi, or SSL_CERT_FILE, SSL_CERT_DIR.
    trust = httpx.create_ssl_context()
    return httpcore.AsyncConnectionPool(
        ssl_context=trust,
        proxy=_proxy(config),
        max_connections=config.max_connections,
        max_keepalive_connections=config.max_connections,
        keepalive_expiry=IDLE_S,
        network_backend=None if config.proxy else GuardedNetwork(resolver, addresses),
    )


def _proxy(config: FetchConfig) -> httpcore.Proxy | None:
    if config.proxy is None:
        return None
    url = httpx.URL(config.proxy.get_secret_value())
    secured = url.scheme == "https"
    return httpcore.Proxy(
        httpcore.URL(scheme=url.raw_scheme, host=url.raw_host, port=url.port, target=b"/"),
        auth=(url.username.encode(), url.password.encode()) if url.userinfo else None,
        ssl_context=httpx.create_ssl_context() if secured else None,
    )
