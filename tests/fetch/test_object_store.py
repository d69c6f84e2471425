"""S3 as a server speaks it (moto's, over real HTTP)."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from typing import Any

import boto3
import pytest
from moto.server import ThreadedMotoServer
from pydantic import SecretStr

from worker.domain.failure import Failure, Poison, Reason, Transient
from worker.domain.media import Content
from worker.domain.upload import MediaReference
from worker.fetch.config import FetchConfig
from worker.fetch.router import FetchRouter

BUCKET = "uploads"


@pytest.fixture(scope="module")
def endpoint() -> Iterator[str]:
    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    yield f"http://{host}:{port}"
    server.stop()


@pytest.fixture(scope="module")
def bucket(endpoint: str) -> Any:
    client = boto3.client(
        "s3",
        endpoint_url=endpoint,
        region_name="us-east-1",
        aws_access_key_id="key",
        aws_secret_access_key="secret",
    )
    client.create_bucket(Bucket=BUCKET)
    return client


@pytest.fixture
async def fetcher(endpoint: str) -> AsyncIterator[FetchRouter]:
    router = FetchRouter(
        FetchConfig(
            max_bytes=100_000,
            s3_endpoint=endpoint,
            s3_region="us-east-1",
            s3_access_key_id="key",
            s3_secret_access_key=SecretStr("secret"),
        )
    )
    yield router
    await router.close()


async def failure(fetcher: FetchRouter, url: str) -> Failure:
    with pytest.raises(Failure) as failed:
        await fetcher.fetch(MediaReference(url=url), lambda _: None)
    return failed.value


async def test_an_object_comes_whole(fetcher: FetchRouter, bucket: Any) -> None:
    data = bytes(range(256)) * 300
    bucket.put_object(Bucket=BUCKET, Key="a b/ü.png", Body=data)
    sizes: list[int] = []
    url = f"s3://{BUCKET}/a%20b/%C3%BC.png"
    content = await fetcher.fetch(MediaReference(url=url, mime="image/png"), sizes.append)
    assert content == Content.of(data, "image/png")
    assert set(sizes) == {len(data)}


async def test_what_is_not_there(fetcher: FetchRouter, bucket: Any) -> None:
    failed = await failure(fetcher, f"s3://{BUCKET}/none")
    assert isinstance(failed, Poison)
    assert failed.reason is Reason.MEDIA_NOT_FOUND


async def test_an_object_over_the_limit_is_not_read(fetcher: FetchRouter, bucket: Any) -> None:
    bucket.put_object(Bucket=BUCKET, Key="large", Body=bytes(100_001))
    failed = await failure(fetcher, f"s3://{BUCKET}/large")
    assert failed.reason is Reason.MEDIA_TOO_LARGE


async def test_an_empty_object(fetcher: FetchRouter, bucket: Any) -> None:
    bucket.put_object(Bucket=BUCKET, Key="empty", Body=b"")
    assert (await failure(fetcher, f"s3://{BUCKET}/empty")).reason is Reason.MEDIA_EMPTY


@pytest.mark.parametrize(
    "url", ["s3://", "s3://bucket", "s3://bucket/", "gs:///x", "s3://b/a?1.jpg", "s3://b/a#1.jpg"]
)
async def test_a_url_without_bucket_or_object(fetcher: FetchRouter, url: str) -> None:
    assert (await failure(fetcher, url)).reason is Reason.URL_FORBIDDEN


async def test_a_store_that_is_away_may_come_back() -> None:
    fetcher = FetchRouter(
        FetchConfig(
            s3_endpoint="http://127.0.0.1:9",
            s3_region="us-east-1",
            s3_access_key_id="key",
            s3_secret_access_key=SecretStr("secret"),
        )
    )
    failed = await failure(fetcher, "s3://bucket/key")
    assert isinstance(failed, Transient)
    assert "secret" not in failed.detail
    await fetcher.close()
