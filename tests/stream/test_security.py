"""Entering a real Kafka by every way that there is, and what is said where it refuses."""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any
from urllib.parse import unquote_plus

import pytest
from aiohttp import BasicAuth, web
from pydantic import SecretStr, ValidationError

from tests.support.certificates import CertificateAuthority
from tests.support.secured_kafka import PASSWORD, REAUTHENTICATE_MS, SecuredKafka
from tests.support.stream_clients import StreamClient
from worker.domain.failure import Systemic
from worker.domain.record import Message, Outlet
from worker.stream.kafka.config import KafkaConfig
from worker.stream.kafka.rights import missing_rights, wished_rights, worker_rights
from worker.stream.kafka.security import SecurityConfig
from worker.stream.kafka.stream import KafkaStream
from worker.stream.kafka.topic_reader import TopicReader
from worker.stream.kafka.topics import describe_topics

pytestmark = pytest.mark.kafka

BOUND_S = 15.0
"""Within which every refusal is told."""


async def carry(client: StreamClient, kafka: SecuredKafka, config: KafkaConfig) -> None:
    """One event from end to end by the settings: taken, its outcome published, committed."""
    before = len(await asyncio.to_thread(kafka.broker.read_all, config.topics.verdicts))
    await asyncio.to_thread(kafka.broker.publish, config.topics.uploads, [b"one"])
    stream = client.stream(config)
    await stream.start_publishing()
    try:
        await stream.source.start()
        await settle_one(stream)
    finally:
        await stream.source.close()
        await stream.end_publishing()
    verdicts = await asyncio.to_thread(kafka.broker.read_all, config.topics.verdicts)
    assert len(verdicts) == before + 1
    group = config.consumer.group_id
    offsets = await asyncio.to_thread(kafka.broker.committed, group, config.topics.uploads)
    assert sum(offsets.values()) == before + 1


async def settle_one(stream: KafkaStream) -> None:
    async with asyncio.timeout(30):
        async for delivery in stream.source.deliveries():
            await stream.settlement.settle(delivery, Message(Outlet.VERDICTS, b"verdict"))
            return


async def _work(stream: KafkaStream) -> None:
    await stream.start_publishing()
    await stream.source.start()
    await settle_one(stream)


async def refusal(client: StreamClient, config: KafkaConfig) -> str:
    """What a worker says that does not get in."""
    begun = time.monotonic()
    stream = client.stream(config)
    try:
        with pytest.raises(Systemic) as caught:
            await _work(stream)
    finally:
        with contextlib.suppress(Systemic):
            await stream.source.close()
        await stream.end_publishing()
    assert time.monotonic() - begun < BOUND_S
    assert PASSWORD not in caught.value.detail
    return caught.value.detail


@pytest.mark.parametrize("delivery", ["at_least_once", "transactional"])
@pytest.mark.parametrize(
    ("listener", "mechanism"),
    [
        ("SASLPLAIN", "PLAIN"),
        ("SASLPLAIN", "SCRAM-SHA-256"),
        ("SASLPLAIN", "SCRAM-SHA-512"),
        ("SASLSSL", "SCRAM-SHA-512"),
    ],
)
async def test_user_and_password(
    secured_kafka: SecuredKafka,
    listener: str,
    mechanism: str,
    delivery: str,
    client: StreamClient,
) -> None:
    topics = secured_kafka.broker.topics(1)
    config = secured_kafka.config(listener, topics, sasl_mechanism=mechanism, delivery=delivery)
    await carry(client, secured_kafka, secured_kafka.welcome("ivy", config))


@pytest.mark.parametrize("delivery", ["at_least_once", "transactional"])
async def test_a_certificate(
    secured_kafka: SecuredKafka, delivery: str, client: StreamClient
) -> None:
    config = secured_kafka.config(
        "MUTUAL",
        secured_kafka.broker.topics(1, retry_delays_s=[1], backfill=True),
        delivery=delivery,
        **secured_kafka.certificate("cert-ivy"),
    )
    await carry(client, secured_kafka, secured_kafka.welcome("CN=cert-ivy", config))


class Endpoint:
    """A token endpoint, which may refuse."""

    def __init__(self, kafka: SecuredKafka) -> None:
        self._kafka = kafka
        self.secret = "s3cr3t/+ "
        self.lives_s = 3.0
        self.given = 0
        self.url = ""

    async def answer(self, request: web.Request) -> web.Response:
        form = await request.post()
        auth = BasicAuth.decode(request.headers["Authorization"])
        # Each form-encoded, then both together in base64 (RFC 6749, 2.3.1).
        if (unquote_plus(auth.login), unquote_plus(auth.password)) != ("worker 1", self.secret):
            return web.json_response({"error": "invalid_client"}, status=401)
        if form["grant_type"] != "client_credentials" or form.get("scope") != "kafka":
            return web.json_response({"error": "invalid_scope"}, status=400)
        self.given += 1
        token = self._kafka.signer.sign("oauth-ivy", lives_s=self.lives_s)
        return web.json_response(
            {"access_token": token, "token_type": "Bearer", "expires_in": self.lives_s}
        )

    def settings(self, **changes: object) -> dict[str, object]:
        found = {
            "token_endpoint": self.url,
            "client_id": "worker 1",
            "client_secret": SecretStr(self.secret),
            "scope": "kafka",
        }
        return {"sasl_mechanism": "OAUTHBEARER", "sasl_oauth": found | changes}


@pytest.fixture
async def endpoint(secured_kafka: SecuredKafka) -> AsyncIterator[Endpoint]:
    found = Endpoint(secured_kafka)
    app = web.Application()
    app.router.add_post("/token", found.answer)
    runner = web.AppRunner(app)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    port = runner.addresses[0][1]
    found.url = f"http://127.0.0.1:{port}/token"
    yield found
    await runner.cleanup()


async def test_tokens_are_renewed_before_they_end(
    secured_kafka: SecuredKafka,
    endpoint: Endpoint,
    client: StreamClient,
) -> None:
    """Their life is shorter than the test, and so is the session that the broker grants."""
    config = secured_kafka.config("OAUTH", secured_kafka.broker.topics(1), **endpoint.settings())
    secured_kafka.welcome("oauth-ivy", config)
    stream = client.stream(config)
    await stream.start_publishing()
    await stream.source.start()
    at_start = endpoint.given
    assert at_start <= 3  # shared by all clients; they took a moment
    for _ in range(3):
        await asyncio.sleep(REAUTHENTICATE_MS / 1000)
        await asyncio.to_thread(secured_kafka.broker.publish, config.topics.uploads, [b"one"])
        await settle_one(stream)
    assert endpoint.given > at_start
    await stream.source.close()
    await stream.end_publishing()
    verdicts = await asyncio.to_thread(secured_kafka.broker.read_all, config.topics.verdicts)
    assert len(verdicts) == 3


async def test_a_token_in_a_file(
    secured_kafka: SecuredKafka, tmp_path: Path, client: StreamClient
) -> None:
    file = tmp_path / "token"
    file.write_text(secured_kafka.signer.sign("oauth-ivy") + "\n", encoding="ascii")
    config = secured_kafka.config(
        "OAUTH",
        secured_kafka.broker.topics(1),
        sasl_mechanism="OAUTHBEARER",
        sasl_oauth={"token_file": file},
        delivery="transactional",
    )
    await carry(client, secured_kafka, secured_kafka.welcome("oauth-ivy", config))
    file.write_text(secured_kafka.signer.sign("oauth-ivy", audience="others"), encoding="ascii")
    assert "the brokers do not accept our token" in await refusal(client, config)
    file.unlink()
    said = await refusal(client, config)
    assert f"kafka.sasl_oauth.token_file names {file}, which cannot be read" in said


async def test_refusals_of_a_token_endpoint(
    secured_kafka: SecuredKafka,
    endpoint: Endpoint,
    client: StreamClient,
) -> None:
    topics = secured_kafka.broker.topics(1)
    settings = endpoint.settings(client_secret=SecretStr("wrong"))
    said = await refusal(client, secured_kafka.config("OAUTH", topics, **settings))
    assert "kafka.sasl_oauth.client_id, kafka.sasl_oauth.client_secret" in said
    said = await refusal(
        client, secured_kafka.config("OAUTH", topics, **endpoint.settings(scope="all"))
    )
    assert "does not give this scope (kafka.sasl_oauth.scope)" in said
    nowhere = endpoint.url.replace("/token", "/nowhere")
    settings = endpoint.settings(token_endpoint=nowhere) | {"connect_timeout_ms": 2_000}
    said = await refusal(client, secured_kafka.config("OAUTH", topics, **settings))
    assert "(kafka.sasl_oauth.token_endpoint) answers with HTTP status 404" in said


async def test_a_wrong_password(secured_kafka: SecuredKafka, client: StreamClient) -> None:
    topics = secured_kafka.broker.topics(1)
    for mechanism in ("PLAIN", "SCRAM-SHA-512"):
        config = secured_kafka.config(
            "SASLPLAIN", topics, sasl_mechanism=mechanism, sasl_password="wrong"
        )
        said = await refusal(client, config)
        assert f"refuse user 'ivy' by {mechanism}: check kafka.sasl_username" in said
    reader = TopicReader(config, topics.verdicts, "kafka.topics.verdicts")
    for connect in (
        lambda: describe_topics(config),
        reader.__enter__,
        lambda: missing_rights(config, worker_rights(config)),
    ):
        with pytest.raises(Systemic, match=r"kafka\.sasl_password"):
            await asyncio.to_thread(connect)
    config = secured_kafka.config("SASLSSL", topics, sasl_mechanism="PLAIN")
    assert "does not offer PLAIN (kafka.sasl_mechanism)" in await refusal(client, config)


async def test_certificates_of_brokers(
    secured_kafka: SecuredKafka, tmp_path: Path, client: StreamClient
) -> None:
    topics = secured_kafka.broker.topics(1)
    stranger = CertificateAuthority(tmp_path, "stranger")
    said = await refusal(
        client, secured_kafka.config("SASLSSL", topics, ssl_cafile=str(stranger.file))
    )
    assert "kafka.ssl_cafile must hold the CA's certificate" in said
    assert "broker's certificate has expired" in await refusal(
        client, secured_kafka.config("EXPIRED", topics)
    )
    elsewhere = secured_kafka.config("ELSEWHERE", topics)
    assert "(kafka.ssl_check_hostname)" in await refusal(client, elsewhere)
    unchecked = elsewhere.model_copy(update={"ssl_check_hostname": False})
    await carry(client, secured_kafka, unchecked)
    gone = secured_kafka.config("SASLSSL", topics, ssl_cafile=str(tmp_path / "gone.pem"))
    assert f"kafka.ssl_cafile names {tmp_path}/gone.pem, which" in await refusal(client, gone)


async def test_certificates_of_ours(
    secured_kafka: SecuredKafka, tmp_path: Path, client: StreamClient
) -> None:
    topics = secured_kafka.broker.topics(1)
    said = await refusal(client, secured_kafka.config("MUTUAL", topics))
    assert "the broker wants a certificate of us: set kafka.ssl_certfile" in said
    expired = secured_kafka.certificate("expired-ivy", days=-5)
    said = await refusal(client, secured_kafka.config("MUTUAL", topics, **expired))
    assert "the broker does not accept our certificate (kafka.ssl_certfile)" in said
    stranger = CertificateAuthority(tmp_path, "stranger").sign("cert-ivy")
    files = {"ssl_certfile": str(stranger.certificate), "ssl_keyfile": str(stranger.key)}
    said = await refusal(client, secured_kafka.config("MUTUAL", topics, **files))
    assert "the broker does not accept our certificate (kafka.ssl_certfile)" in said
    files["ssl_keyfile"] = secured_kafka.certificate("other")["ssl_keyfile"]
    said = await refusal(client, secured_kafka.config("MUTUAL", topics, **files))
    assert "kafka.ssl_certfile and kafka.ssl_keyfile are no pair" in said


async def test_a_door_of_another_kind(secured_kafka: SecuredKafka, client: StreamClient) -> None:
    topics = secured_kafka.broker.topics(1)
    port = secured_kafka.ports["ADMIN"]
    there = {"bootstrap_servers": f"localhost:{port}", "connect_timeout_ms": 3_000}
    said = await refusal(client, secured_kafka.config("SASLSSL", topics, **there))
    assert "kafka.security_protocol" in said
    there["bootstrap_servers"] = f"localhost:{secured_kafka.ports['SASLSSL']}"
    assert "kafka.security_protocol" in await refusal(
        client, secured_kafka.config("ADMIN", topics, **there)
    )


@pytest.mark.parametrize("delivery", ["at_least_once", "transactional"])
async def test_each_missing_right_is_named_by_the_worker_and_by_the_doctor(
    secured_kafka: SecuredKafka,
    delivery: str,
    client: StreamClient,
) -> None:
    config = secured_kafka.config("SASLPLAIN", secured_kafka.broker.topics(1), delivery=delivery)
    rights = worker_rights(config)
    secured_kafka.welcome("ivy", config)
    await carry(client, secured_kafka, config)
    assert await asyncio.to_thread(missing_rights, config, rights) == []
    wished = wished_rights(config)
    assert await asyncio.to_thread(missing_rights, config, wished) == list(wished)
    await asyncio.to_thread(secured_kafka.broker.publish, config.topics.uploads, [b"two"])
    for right in rights:
        secured_kafka.forbid("ivy", [right])
        assert await asyncio.to_thread(missing_rights, config, rights) == [right]
        if right.name != config.topics.dead_letters or delivery == "at_least_once":
            said = await refusal(client, config)
            assert right.setting in said or right.kind == "transactional_id", said
            assert "our principal may not" in said
        secured_kafka.allow("ivy", [right])


async def test_tokens_that_are_no_longer_given_end_a_worker_at_work(
    secured_kafka: SecuredKafka,
    endpoint: Endpoint,
    client: StreamClient,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    for module in ("kafka.watched_client", "confluent.welcome"):
        monkeypatch.setattr(f"worker.stream.{module}.PATIENCE_S", 4.0)
    config = secured_kafka.config("OAUTH", secured_kafka.broker.topics(1), **endpoint.settings())
    secured_kafka.welcome("oauth-ivy", config)
    stream = client.stream(config)
    await stream.start_publishing()
    await stream.source.start()
    endpoint.secret = "another"
    async with asyncio.timeout(60):
        with pytest.raises(Systemic, match=r"kafka\.sasl_oauth\.client_secret"):
            async for _ in stream.source.deliveries():
                pass
    with contextlib.suppress(Systemic):
        await stream.source.close()
    await stream.end_publishing()


async def _settle_all(stream: KafkaStream) -> None:
    async with asyncio.timeout(BOUND_S):
        async for delivery in stream.source.deliveries():
            await stream.settlement.settle(delivery, Message(Outlet.VERDICTS, b"verdict"))


async def test_rights_that_are_taken_away_from_a_worker_at_work(
    secured_kafka: SecuredKafka,
    client: StreamClient,
) -> None:
    config = secured_kafka.config("SASLPLAIN", secured_kafka.broker.topics(1))
    secured_kafka.welcome("ivy", config)
    stream = client.stream(config)
    await stream.start_publishing()
    await stream.source.start()
    group = [right for right in worker_rights(config) if right.kind == "group"]
    secured_kafka.forbid("ivy", group)
    await asyncio.to_thread(secured_kafka.broker.publish, config.topics.uploads, [b"one"])
    with pytest.raises(Systemic, match=r"kafka\.consumer\.group_id"):
        await _settle_all(stream)
    with pytest.raises(Systemic):
        await stream.source.close()
    await stream.end_publishing()


async def test_renewed_certificates_are_taken_at_the_next_connection(
    secured_kafka: SecuredKafka,
) -> None:
    """One client, whose certificate ends and is written over in place."""
    topics = secured_kafka.broker.topics(1)
    files = secured_kafka.certificate("rotated")
    config = secured_kafka.config("MUTUAL", topics, **files)
    secured_kafka.welcome("CN=rotated", config)
    stream = KafkaStream(config)
    await stream.start_publishing()
    sink: Any = stream._output
    secured_kafka.certificate("rotated", days=-5)
    manager = sink._producer._sender._client._manager
    drop_connections(manager)
    await asyncio.sleep(1)
    assert manager._refused, "the certificate that had ended was not read"
    secured_kafka.certificate("rotated")
    await sink.publish(Message(Outlet.VERDICTS, b"verdict"))
    assert not manager._refused
    await stream.end_publishing()


def drop_connections(manager: Any) -> None:
    """As a broker does that restarts."""

    def drop() -> None:
        for conn in list(manager._conns.values()):
            conn.close()
        manager.cluster.request_update()

    manager.call_soon(drop)


@pytest.mark.parametrize(
    ("settings", "said"),
    [
        ({"security_protocol": "SASL_SSL"}, "needs kafka.sasl_mechanism"),
        ({"security_protocol": "SASL_SSL", "sasl_mechanism": "PLAIN"}, "needs kafka.sasl_username"),
        ({"sasl_password": "x"}, "kafka.sasl_password has no effect"),
        ({"ssl_cafile": "ca.pem"}, "kafka.ssl_cafile has no effect"),
        ({"security_protocol": "SSL", "ssl_keyfile": "k"}, "needs kafka.ssl_certfile"),
        (
            {"security_protocol": "SASL_SSL", "sasl_mechanism": "OAUTHBEARER"},
            "needs kafka.sasl_oauth.token_endpoint or kafka.sasl_oauth.token_file",
        ),
        (
            {
                "security_protocol": "SASL_SSL",
                "sasl_mechanism": "OAUTHBEARER",
                "sasl_oauth": {"token_endpoint": "https://h/t", "client_id": "i"},
            },
            "needs kafka.sasl_oauth.client_secret",
        ),
    ],
)
def test_settings_that_do_not_fit(settings: dict[str, object], said: str) -> None:
    with pytest.raises(ValidationError, match=said):
        KafkaConfig.model_validate(settings)


def test_what_is_risky_is_told() -> None:
    user = {"sasl_mechanism": "PLAIN", "sasl_username": "u", "sasl_password": "p"}
    clear = SecurityConfig.model_validate({"security_protocol": "SASL_PLAINTEXT", **user})
    assert "the password crosses the network in the clear" in clear.risks()[0]
    loose = SecurityConfig(security_protocol="SSL", ssl_check_hostname=False)
    assert "kafka.ssl_check_hostname is off" in loose.risks()[0]
    assert SecurityConfig(security_protocol="SSL").risks() == []
