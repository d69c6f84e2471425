"""No URL reaches the network that we are in: not by its form, not by DNS, not by redirects."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from tests.fetch.local import failure, fetch, local_config, opened, picture, strict
from tests.fetch.servers import OUTSIDE, Canary, Names, serving
from tests.fetch.urls import METADATA, URLS
from worker.domain.failure import Poison, Reason
from worker.fetch.router import FetchRouter


@pytest.fixture
async def router(bird: Canary) -> AsyncIterator[FetchRouter]:
    async with opened(strict(bird), resolver=Names(otherwise=["127.0.0.1"])) as router:
        yield router


@pytest.mark.parametrize(("url", "why"), URLS.values(), ids=URLS.keys())
async def test_no_form_of_a_url_reaches_the_canary(
    bird: Canary, router: FetchRouter, url: str, why: str
) -> None:
    refused = await failure(router, url.replace("PORT", str(bird.port)))
    assert (type(refused), refused.reason) == (Poison, Reason.URL_FORBIDDEN)
    assert why in refused.detail
    assert bird.hits == []


async def test_the_canary_would_notice(bird: Canary) -> None:
    config = strict(bird, allowed_networks=["127.0.0.0/8", "::1/128"])
    async with opened(config, resolver=Names(otherwise=["127.0.0.1"])) as router:
        for host in ("127.0.0.1", "[::1]", "localhost", "media.evil.test", "127.3.2.1"):
            assert (await fetch(router, f"http://{host}:{bird.port}/")).data == b"secret"
    assert len(bird.hits) == 5


ANSWERS: dict[str, list[str]] = {
    "loopback": ["127.0.0.1"],
    "loopback-ipv6": ["::1"],
    "private": ["10.1.2.3"],
    "unspecified": ["0.0.0.0"],
    "unspecified-ipv6": ["::"],
    "mapped": ["::ffff:127.0.0.1"],
    "nat64": ["64:ff9b::7f00:1"],
    "metadata": ["169.254.169.254"],
    "link-local-with-scope": ["fe80::1%1"],
    "unique-local": ["fc00::1"],
    "public-and-loopback": [OUTSIDE, "127.0.0.1"],
    "loopback-and-public": ["127.0.0.1", OUTSIDE],
    "many-and-one-bad": [*[OUTSIDE] * 30, "::1"],
    "public-and-metadata": [OUTSIDE, "169.254.169.254"],
}


@pytest.mark.parametrize("answer", ANSWERS.values(), ids=ANSWERS.keys())
async def test_no_answer_of_a_name_server_reaches_the_canary(
    bird: Canary, answer: list[str]
) -> None:
    config = strict(bird, allowed_networks=[f"{OUTSIDE}/32"])
    names = Names(otherwise=answer)
    async with opened(config, resolver=names) as router:
        refused = await failure(router, f"http://media.evil.test:{bird.port}/")
    assert (type(refused), refused.reason) == (Poison, Reason.URL_FORBIDDEN)
    assert "resolves to" in refused.detail
    assert not any(address in refused.detail for address in answer), "tells of our networks"
    assert names.asked == ["media.evil.test"]
    assert bird.hits == []


async def test_what_networks_are_allowed_does_not_open_the_metadata_service(bird: Canary) -> None:
    config = strict(bird, allowed_networks=["0.0.0.0/0", "::/0"])
    async with opened(config, resolver=Names(otherwise=["169.254.169.254"])) as router:
        for url in (
            "http://media.evil.test/",
            "http://169.254.169.254/",
            "http://[::ffff:a9fe:a9fe]/",
            "http://[2002:a9fe:a9fe::]/",
            "http://[64:ff9b:1:a9fe:a9:fe00::]/",
            "http://168.63.129.16/",
        ):
            assert METADATA in (await failure(router, url)).detail


async def test_a_name_that_rebinds_is_called_where_it_was_checked(bird: Canary) -> None:
    """First answer allowed, every later one not: nobody asks a second time between the two."""
    names = Names(answers={"media.evil.test": [[OUTSIDE], ["127.0.0.1"]]})
    url = f"http://media.evil.test:{bird.port}/"
    config = strict(bird, allowed_networks=[f"{OUTSIDE}/32"])
    async with (
        serving(picture, host=OUTSIDE, port=bird.port),
        opened(config, resolver=names) as router,
    ):
        assert (await fetch(router, url)).data == b"picture"
        assert names.asked == ["media.evil.test"]
        # Over the connection that is there already, to the address that was checked.
        assert (await fetch(router, url)).data == b"picture"
        assert names.asked == ["media.evil.test"]
    async with opened(config, resolver=names) as router:
        assert (await failure(router, url)).reason is Reason.URL_FORBIDDEN
    assert bird.hits == []


async def test_the_next_address_is_tried_when_one_does_not_answer() -> None:
    async with (
        serving(picture, host=OUTSIDE) as port,
        opened(local_config(), resolver=Names(otherwise=["127.0.0.3", OUTSIDE])) as router,
    ):
        assert (await fetch(router, f"http://two.test:{port}/")).data == b"picture"
