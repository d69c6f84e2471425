"""Media in S3 and what speaks its language, and in Google Cloud Storage."""

from __future__ import annotations

import asyncio
from typing import Any, Protocol
from urllib.parse import unquote, urlsplit

from obstore.exceptions import (
    BaseError,
    NotFoundError,
    PermissionDeniedError,
    UnauthenticatedError,
)

from worker.domain.failure import Poison, Reason, Transient
from worker.domain.media import Content
from worker.domain.upload import MediaReference
from worker.fetch.config import FetchConfig
from worker.fetch.intake import Intake
from worker.fetch.protocol import OnSize
from worker.fetch.redact import redact


class OpensBuckets(Protocol):
    """Makes a store for a bucket."""

    def __call__(self, bucket: str) -> Any:
        """An obstore store."""
        ...


class ObjectStoreFetcher:
    """Streams with obstore; one client for each bucket, kept."""

    def __init__(self, config: FetchConfig, open_bucket: OpensBuckets) -> None:
        self._config = config
        self._open_bucket = open_bucket
        self._stores: dict[str, Any] = {}

    async def fetch(self, media: MediaReference, on_size: OnSize) -> Content:
        """See ``Fetcher``."""
        assert media.url is not None, "the router sends only URLs here"
        parts = urlsplit(media.url)
        path = unquote(parts.path).lstrip("/")
        if not parts.hostname or not path:
            raise Poison(Reason.URL_FORBIDDEN, f"{redact(media.url)} names no bucket and object")
        if parts.query or parts.fragment:
            # Legal in a key when escaped. Not escaped, what stands before would be another object.
            raise Poison(
                Reason.URL_FORBIDDEN, f"{redact(media.url)}: ? and # in a key must be escaped"
            )
        try:
            async with asyncio.timeout(self._config.total_timeout_s):
                return await self._get(parts.netloc, path, media.mime, on_size)
        except TimeoutError as error:
            raise Transient(
                Reason.FETCH_TIMEOUT, f"{redact(media.url)} took too long to answer"
            ) from error
        except (NotFoundError, FileNotFoundError) as error:
            raise Poison(
                Reason.MEDIA_NOT_FOUND, f"there is no object {redact(media.url)}"
            ) from error
        except (PermissionDeniedError, UnauthenticatedError, PermissionError) as error:
            # Ours to mend, not the event's fault: its dead letter can be replayed then.
            raise Transient(
                Reason.FETCH_FAILED, f"the credentials do not open {redact(media.url)}"
            ) from error
        except (BaseError, OSError) as error:
            raise Transient(
                Reason.FETCH_FAILED, f"{redact(media.url)}: {type(error).__name__}"
            ) from error

    async def _get(self, bucket: str, path: str, mime: str | None, on_size: OnSize) -> Content:
        store = self._stores.get(bucket)
        if store is None:
            store = self._stores[bucket] = self._open_bucket(bucket)
        found = await store.get_async(path)
        intake = Intake(self._config.max_bytes, on_size, stated=found.meta["size"])
        async for chunk in found.stream():
            intake.add(memoryview(chunk))
        return intake.content(mime)

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
