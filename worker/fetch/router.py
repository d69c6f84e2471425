"""Which fetcher a reference goes to."""

from __future__ import annotations

from worker.domain.clock import Clock
from worker.domain.media import Content
from worker.domain.upload import MediaReference
from worker.fetch.addresses import AddressRules
from worker.fetch.config import FetchConfig
from worker.fetch.file import FileFetcher
from worker.fetch.http import HttpFetcher
from worker.fetch.inline import InlineFetcher
from worker.fetch.intake import Intakes
from worker.fetch.object_store import ObjectStoreFetcher, gcs_buckets, s3_buckets
from worker.fetch.pool import open_pool
from worker.fetch.protocol import OnSize, SchemeFetcher
from worker.fetch.resolver import Resolver, SystemResolver
from worker.fetch.url_policy import UrlPolicy


class FetchRouter:
    """One fetcher for each scheme, and no scheme beside these; the rules before all of them."""

    def __init__(
        self, config: FetchConfig, *, resolver: Resolver | None = None, clock: Clock | None = None
    ) -> None:
        addresses = AddressRules(config.allowed_networks)
        intakes = self._intakes = Intakes.of(config)
        self._resolver = resolver or SystemResolver()
        self._policy = UrlPolicy(config.rules, config.tenants, addresses)
        pool = open_pool(config, addresses, self._resolver)
        http = self._http = HttpFetcher(config, self._policy, pool, intakes, clock)
        self._inline = InlineFetcher(config.max_inline_bytes)
        self._by_scheme: dict[str, SchemeFetcher] = {
            "http": http,
            "https": http,
            "file": FileFetcher(config.file_root, intakes),
            "s3": ObjectStoreFetcher(config, intakes, s3_buckets(config)),
            "gs": ObjectStoreFetcher(config, intakes, gcs_buckets(config)),
        }

    async def fetch(
        self, media: MediaReference, on_size: OnSize, tenant: str = "default"
    ) -> Content:
        """See ``Fetcher``."""
        if media.url is None:
            return await self._inline.fetch(media, on_size)
        target = self._policy.check(media.url, tenant)
        return await self._by_scheme[target.scheme].fetch(target, media.mime, on_size)

    @property
    def spilled_bytes(self) -> int:
        """Room for large media that is set aside on the disk."""
        return self._intakes.room.used

    @property
    def hosts_left_alone(self) -> int:
        """Hosts that are not asked for now."""
        return self._http.hosts_left_alone

    async def close(self) -> None:
        """See ``Fetcher``."""
        for fetcher in set(self._by_scheme.values()):
            await fetcher.close()
        self._resolver.close()
