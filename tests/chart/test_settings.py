"""The worker itself reads what the chart writes: `worker.yaml`, environment and secret files."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tests.chart.mistakes import FEEDER, STATIC
from tests.chart.rendering import one, render
from tests.chart.worker_settings import POD, load

GPU = "values-gpu.yaml"


@pytest.mark.parametrize(
    ("files", "engine"),
    [((), "vllm"), ((GPU,), "vllm"), ((GPU, STATIC), "vllm"), ((FEEDER,), "openai")],
    ids=str,
)
def test_each_role_has_settings_that_the_worker_takes(
    files: tuple[str, ...], engine: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings = load(render(files=files), tmp_path, monkeypatch)
    assert settings.model.engine == engine
    assert settings.flow.drain_timeout_s == 60
    assert settings.fetch.spill_folder == Path("/var/spool/ivy-worker")
    assert [topic.delay_s for topic in settings.kafka.topics.retries] == [10, 60, 600]


def test_a_static_member_is_named_after_its_pod(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    values = {"kafka": {"instancePrefix": "blue-"}}
    settings = load(render(values, files=[GPU, STATIC]), tmp_path, monkeypatch)
    consumer = settings.kafka.consumer
    assert consumer.group_instance_id == f"blue-{POD}"
    assert settings.kafka.producer.transactional_id == f"blue-{POD}"
    assert settings.kafka.delivery == "transactional"
    assert consumer.session_timeout_ms == 1_260_000


def test_a_deployment_has_no_static_members(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings = load(render(), tmp_path, monkeypatch)
    assert settings.kafka.consumer.group_instance_id is None
    assert settings.kafka.consumer.session_timeout_ms == 45_000


def test_all_links_with_their_secrets(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    values: dict[str, Any] = {
        "kafka": {
            "securityProtocol": "SASL_SSL",
            "sasl": {"mechanism": "SCRAM-SHA-512", "existingSecret": "kafka-user"},
            "tls": {"existingSecret": "kafka-tls", "certKey": "tls.crt", "keyKey": "tls.key"},
        },
        "redis": {
            "url": "rediss://redis:6380/1",
            "auth": {"existingSecret": "redis-user", "usernameKey": "user"},
            "tls": {"existingSecret": "redis-tls"},
        },
        "health": {"tokenSecret": {"name": "debug"}},
        "secrets": {
            "existing": [
                {
                    "name": "bucket",
                    "items": {
                        "fetch.s3_access_key_id": "id",
                        "fetch.s3_secret_access_key": "secret",
                    },
                }
            ]
        },
    }
    secrets = {
        "kafka-user": {"username": "ivy", "password": "k-pass"},
        "redis-user": {"user": "ivy", "password": "r-pass"},
        "debug": {"token": "t" * 32},
        "bucket": {"id": "AKIA", "secret": "s-key"},
    }
    settings = load(render(values), tmp_path, monkeypatch, secrets)
    assert settings.kafka.sasl_password is not None
    assert settings.kafka.sasl_password.get_secret_value() == "k-pass"
    assert settings.kafka.ssl_keyfile == "/etc/ivy-worker/kafka-tls/tls.key"
    assert settings.cache.password is not None
    assert settings.cache.password.get_secret_value() == "r-pass"
    assert settings.cache.ssl_cafile == "/etc/ivy-worker/redis-tls/ca.crt"
    assert settings.fetch.s3_secret_access_key is not None
    assert settings.fetch.s3_secret_access_key.get_secret_value() == "s-key"


def test_redis_whole_url_in_a_secret(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    values = {"redis": {"auth": {"existingSecret": "redis", "urlKey": "url"}}}
    secrets = {"redis": {"url": "redis://:pass@elsewhere:6400/0"}}
    documents = render(values)
    assert "url:" not in one(documents, "ConfigMap", "ivy-ivy-worker")["data"]["worker.yaml"]
    settings = load(documents, tmp_path, monkeypatch, secrets)
    assert settings.cache.url.get_secret_value() == secrets["redis"]["url"]


def test_tokens_by_the_service_account(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    oauth = {"serviceAccountToken": {"audience": "kafka"}}
    values = {
        "kafka": {
            "securityProtocol": "SASL_SSL",
            "sasl": {"mechanism": "OAUTHBEARER", "oauth": oauth},
        }
    }
    settings = load(render(values), tmp_path, monkeypatch)
    assert settings.kafka.sasl_oauth.token_file == Path("/etc/ivy-worker/kafka-token/token")


def test_tokens_by_an_endpoint(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    sasl = {
        "mechanism": "OAUTHBEARER",
        "existingSecret": "client",
        "oauth": {"tokenEndpoint": "https://id.example.com/token", "scope": "kafka"},
    }
    values = {"kafka": {"securityProtocol": "SASL_SSL", "sasl": sasl}}
    secrets = {"client": {"username": "ivy", "password": "c-secret"}}
    oauth = load(render(values), tmp_path, monkeypatch, secrets).kafka.sasl_oauth
    assert oauth.client_id == "ivy"
    assert oauth.client_secret is not None
    assert oauth.client_secret.get_secret_value() == "c-secret"


def test_secrets_of_an_external_store(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    values = {
        "secrets": {
            "external": {
                "enabled": True,
                "storeRef": {"name": "vault"},
                "data": {"cache.url": {"key": "ivy/redis", "property": "url"}},
            }
        }
    }
    documents = render(values)
    made = one(documents, "ExternalSecret")["spec"]
    secret = {entry["secretKey"]: "redis://:pass@redis:6379/0" for entry in made["data"]}
    secrets = {made["target"]["name"]: secret}
    settings = load(documents, tmp_path, monkeypatch, secrets)
    assert settings.cache.url.get_secret_value() == "redis://:pass@redis:6379/0"


def test_telemetry_and_free_settings(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    values = {
        "telemetry": {"traces": "otlp", "endpoint": "http://otel:4317", "protocol": "grpc"},
        "config": {
            "policy": {"mode": "shadow"},
            "fetch": {"max_bytes": 1073741824, "allowed_networks": ["10.20.0.0/16"]},
        },
    }
    settings = load(render(values), tmp_path, monkeypatch)
    assert settings.policy.mode == "shadow"
    assert settings.fetch.max_bytes == 1024**3
    assert settings.telemetry.traces == "otlp"
    assert settings.telemetry.otlp_endpoint == "http://otel:4317"


def test_the_hooks_read_the_same_settings() -> None:
    documents = render({"config": {"policy": {"mode": "shadow"}}})
    own = one(documents, "ConfigMap", "ivy-ivy-worker")["data"]
    hook = one(documents, "ConfigMap", "ivy-ivy-worker-hook")["data"]
    assert own["worker.yaml"] == hook["worker.yaml"]
