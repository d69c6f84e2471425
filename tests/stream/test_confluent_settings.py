"""Our settings as librdkafka takes them."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from confluent_kafka import Consumer, KafkaError, Producer

from worker.domain.failure import Systemic
from worker.stream.confluent.config import consumer_settings, producer_settings
from worker.stream.confluent.welcome import Welcome
from worker.stream.kafka.config import ConsumerConfig, KafkaConfig, ProducerConfig
from worker.stream.kafka.security import OAuthConfig
from worker.stream.kafka.tokens import TokenUnavailable

USER = {"sasl_username": "ivy", "sasl_password": "secret"}


def told(config: KafkaConfig, member: str = "") -> dict[str, Any]:
    return consumer_settings(config, Welcome(config), member=member, on_commit=lambda *_: None)


@pytest.mark.parametrize(
    "changes",
    [
        {},
        {"security_protocol": "SSL"},
        {"security_protocol": "SSL", "ssl_check_hostname": False},
        {"security_protocol": "SASL_SSL", "sasl_mechanism": "PLAIN", **USER},
        {"security_protocol": "SASL_PLAINTEXT", "sasl_mechanism": "SCRAM-SHA-256", **USER},
        {"security_protocol": "SASL_SSL", "sasl_mechanism": "SCRAM-SHA-512", **USER},
        {"api_version": "2.3"},
        {"consumer": {"group_instance_id": "pod-1", "client_rack": "zone-a"}},
        {"consumer": {"partition_assignment_strategy": "range", "session_timeout_ms": 6_000}},
        {"producer": {"compression": "zstd", "linger_ms": 0, "max_request_size": 1}},
        {"producer": {"compression": "none", "delivery_timeout_ms": 1_000_000}},
        {"producer": {"transaction_timeout_ms": 5_000}},
    ],
)
def test_librdkafka_takes_what_they_become(changes: dict[str, Any]) -> None:
    config = KafkaConfig.model_validate({"bootstrap_servers": "127.0.0.1:1", **changes})
    Consumer(told(config)).close()
    for name in (None, "transactional"):
        producer = Producer(producer_settings(config, Welcome(config), name))
        producer.close()


def test_they_mean_the_same() -> None:
    config = KafkaConfig(
        security_protocol="SSL",
        ssl_check_hostname=False,
        consumer=ConsumerConfig(
            group_instance_id="pod-1", client_rack="zone-a", session_timeout_ms=6_000
        ),
        producer=ProducerConfig(max_request_size=5_000_000, transaction_timeout_ms=8_000),
    )
    found = told(config, "-1-retries")
    assert found["ssl.endpoint.identification.algorithm"] == "none"
    assert found["client.rack"] == "zone-a"
    assert found["group.instance.id"] == "pod-1-1-retries"
    assert found["heartbeat.interval.ms"] == 2_000
    assert found["isolation.level"] == "read_committed"
    assert found["enable.auto.commit"] is False
    sent = producer_settings(config, Welcome(config), "name")
    assert sent["acks"] == "all"
    assert sent["enable.idempotence"] is True
    assert sent["message.max.bytes"] == 5_000_000
    assert sent["delivery.timeout.ms"] < sent["transaction.timeout.ms"] == 8_000


def test_a_token_has_its_end(tmp_path: Any) -> None:
    file = tmp_path / "token"
    file.write_text("abc.def.ghi", encoding="ascii")
    config = KafkaConfig(
        security_protocol="SASL_SSL",
        sasl_mechanism="OAUTHBEARER",
        sasl_oauth=OAuthConfig(token_file=file, extensions="logicalCluster=lkc-1"),
    )
    import time

    before = time.time()
    token, end, _, extensions = told(config)["oauth_cb"]("")
    assert token == "abc.def.ghi"
    assert before < end < before + 3_600
    assert extensions == {"logicalCluster": "lkc-1"}


def test_while_no_token_is_given_the_refusal_of_the_old_one_is_a_consequence(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("worker.stream.confluent.welcome.PATIENCE_S", 0.0)
    file = tmp_path / "token"
    config = KafkaConfig(
        security_protocol="SASL_SSL",
        sasl_mechanism="OAUTHBEARER",
        sasl_oauth=OAuthConfig(token_file=file),
    )
    welcome = Welcome(config)
    ask = producer_settings(config, welcome)["oauth_cb"]
    refused = KafkaError(KafkaError._AUTHENTICATION, '{"status":"invalid_token"}')
    with pytest.raises(TokenUnavailable):
        ask("")
    welcome.note(refused)
    with pytest.raises(Systemic, match=r"kafka\.sasl_oauth\.token_file names"):
        welcome.check()
    file.write_text("abc.def.ghi", encoding="ascii")
    ask("")
    welcome.note(refused)
    with pytest.raises(Systemic, match="do not accept our token"):
        welcome.check()
