"""Which fetcher a reference goes to."""

from __future__ import annotations

from urllib.parse import urlsplit

from worker.domain.failure import Poison, Reason
from worker.domain.media import Content
from worker.domain.upload import MediaReference
from worker.fetch.config import FetchConfig
from worker.fetch.file import FileFetcher
from worker.fetch.http import HttpFetcher
from worker.fetch.inline import InlineFetcher
from worker.fetch.object_store import ObjectStoreFetcher, gcs_buckets, s3_buckets
from worker.fetch.protocol import Fetcher, OnSize


class FetchRouter:
    """One fetcher for each scheme, and no scheme beside these."""

    def __init__(self, config: FetchConfig) -> None:
        http = HttpFetcher(config)
        self._inline = InlineFetcher(config.max_inline_bytes)
        self._by_scheme: dict[str, Fetcher] = {
            "http": http,
            "https": http,
            "file": FileFetcher(config.file_root, config.max_bytes),
            "s3": ObjectStoreFetcher(config, s3_buckets(config)),
            "gs": ObjectStoreFetcher(config, gcs_buckets(config)),
        }

    async def fetch(self, media: MediaReference, on_size: OnSize) -> Content:
        """See ``Fetcher``."""
        if media.url is None:
            return await self._inline.fetch(media, on_size)
        try:
            scheme = urlsplit(media.url).scheme.lower()
        except ValueError as error:
            raise Poison(Reason.URL_FORBIDDEN, "media.url is not a URL") from error
        fetcher = self._by_scheme.get(scheme)
        if fetcher is None:
            raise Poison(
                Reason.URL_FORBIDDEN,
                f"the scheme of media.url is none of {', '.join(self._by_scheme)}",
            )
        return await fetcher.fetch(media, on_size)

    async def close(self) -> None:
        """See ``Fetcher``."""
        for fetcher in set(self._by_scheme.values()):
            await fetcher.close()
