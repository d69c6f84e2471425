"""Media in S3 and what speaks its language, and in Google Cloud Storage."""

from __future__ import annotations

import asyncio
from collections import OrderedDict
from typing import Any, Protocol
from urllib.parse import unquote

from obstore.exceptions import (
    BaseError,
    NotFoundError,
    PermissionDeniedError,
    UnauthenticatedError,
)

from worker.domain.failure import Poison, Reason, Transient
from worker.domain.media import Content
from worker.fetch.config import FetchConfig
from worker.fetch.intake import Intakes
from worker.fetch.protocol import OnSize
from worker.fetch.redact import redact
from worker.fetch.url_policy import Target

MAX_BUCKETS = 64
"""Clients that are kept: whoever writes the URLs chooses the names."""


class OpensBuckets(Protocol):
    """Makes a store for a bucket."""

    def __call__(self, bucket: str) -> Any:
        """An obstore store."""
        ...


class ObjectStoreFetcher:
    """Streams with obstore; a client for each bucket of late."""

    def __init__(self, config: FetchConfig, intakes: Intakes, open_bucket: OpensBuckets) -> None:
        self._config = config
        self._intakes = intakes
        self._open_bucket = open_bucket
        self._stores: OrderedDict[str, Any] = OrderedDict()

    async def fetch(self, target: Target, mime: str | None, on_size: OnSize) -> Content:
        """See ``SchemeFetcher``."""
        try:
            async with asyncio.timeout(self._config.total_timeout_s):
                return await self._get(target.host, unquote(target.path), mime, on_size)
        except TimeoutError as error:
            raise Transient(
                Reason.FETCH_TIMEOUT, f"{redact(target.url)} took too long to answer"
            ) from error
        except (NotFoundError, FileNotFoundError) as error:
            raise Poison(
                Reason.MEDIA_NOT_FOUND, f"there is no object {redact(target.url)}"
            ) from error
        except (PermissionDeniedError, UnauthenticatedError, PermissionError) as error:
            # Ours to mend, not the event's fault: its dead letter can be replayed then.
            raise Transient(
                Reason.FETCH_FAILED, f"the credentials do not open {redact(target.url)}"
            ) from error
        except (BaseError, OSError) as error:
            raise Transient(
                Reason.FETCH_FAILED, f"{redact(target.url)}: {type(error).__name__}"
            ) from error

    async def _get(self, bucket: str, path: str, mime: str | None, on_size: OnSize) -> Content:
        found = await self._store(bucket).get_async(path)
        with self._intakes.open(on_size) as intake:
            intake.expect(found.meta["size"])
            async for chunk in found.stream():
                await intake.add(memoryview(chunk))
            return await intake.content(mime)

    def _store(self, bucket: str) -> Any:
        store = self._stores.get(bucket)
        if store is None:
            store = self._stores[bucket] = self._open_bucket(bucket)
            if len(self._stores) > MAX_BUCKETS:
                self._stores.popitem(last=False)
        self._stores.move_to_end(bucket)
        return store

    async def close(self) -> None:
        """See ``Fetcher``."""
        self._stores.clear()


def s3_buckets(config: FetchConfig) -> OpensBuckets:
    """S3, or the store at ``fetch.s3_endpoint``."""
    from obstore.store import S3Store

    secret = config.s3_secret_access_key
    options: dict[str, Any] = {
        "endpoint": config.s3_endpoint,
        "region": config.s3_region,
        "access_key_id": config.s3_access_key_id,
        "secret_access_key": secret.get_secret_value() if secret else None,
    }
    given = {name: value for name, value in options.items() if value is not None}

    def open_bucket(bucket: str) -> Any:
        return S3Store(
            bucket,
            **given,
            client_options={
                "allow_http": (config.s3_endpoint or "").startswith("http://"),
                "connect_timeout": f"{config.connect_timeout_s}s",
                "timeout": f"{config.total_timeout_s}s",
            },
            # Tries are the pipeline's to count.
            retry_config={"max_retries": 0},
        )

    return open_bucket


def gcs_buckets(config: FetchConfig) -> OpensBuckets:
    """Google Cloud Storage."""
    from obstore.store import GCSStore

    def open_bucket(bucket: str) -> Any:
        options: dict[str, Any] = {
            name: value.get_secret_value() for name, value in config.gcs_options.items()
        }
        return GCSStore(bucket, **options, retry_config={"max_retries": 0})

    return open_bucket
