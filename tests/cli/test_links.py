"""`ivy-worker doctor --links`, `run` and `topics`, where Kafka and Redis let in whom they know."""

from __future__ import annotations

import time
from pathlib import Path

import pytest
import yaml

from tests.cli.test_commands import ivy
from tests.support.secured_kafka import PASSWORD, SecuredKafka
from tests.support.secured_redis import PASSWORD as REDIS_PASSWORD
from tests.support.secured_redis import USER, SecuredRedis
from worker.stream.kafka.config import KafkaConfig
from worker.stream.kafka.rights import provisioning_rights, wished_rights, worker_rights

pytestmark = [pytest.mark.kafka, pytest.mark.redis]


class Installation:
    """A settings file and a folder of secrets, as a chart mounts them."""

    def __init__(self, folder: Path, kafka: KafkaConfig, redis: SecuredRedis) -> None:
        self.file = folder / "worker.yaml"
        secrets = folder / "secrets"
        secrets.mkdir()
        (secrets / "kafka__sasl_password").write_text(PASSWORD, encoding="utf-8")
        (secrets / "cache__password").write_text(REDIS_PASSWORD, encoding="utf-8")
        self.secrets = secrets
        topics = kafka.topics
        settings = {
            "kafka": {
                "bootstrap_servers": ",".join(kafka.bootstrap_servers),
                "security_protocol": kafka.security_protocol,
                "sasl_mechanism": kafka.sasl_mechanism,
                "sasl_username": kafka.sasl_username,
                "ssl_cafile": kafka.ssl_cafile,
                "connect_timeout_ms": 10_000,
                "delivery": kafka.delivery,
                "topics": {
                    "uploads": topics.uploads,
                    "verdicts": topics.verdicts,
                    "retries": "",
                    "dead_letters": topics.dead_letters,
                },
                "consumer": {"group_id": kafka.consumer.group_id},
            },
            "cache": {
                "url": f"rediss://localhost:{redis.port}/0",
                "username": USER,
                "ssl_cafile": str(redis.authority.file),
            },
            "health": {"port": 0},
        }
        self.file.write_text(yaml.safe_dump(settings), encoding="utf-8")

    def ivy(self, *arguments: str) -> tuple[int, str]:
        """Exit code, and all that was said, on one line."""
        ended = ivy(
            *arguments, "--config", str(self.file), env={"IVY_SECRETS_DIR": str(self.secrets)}
        )
        said = " ".join((ended.stdout + ended.stderr).split())
        assert PASSWORD not in said
        assert REDIS_PASSWORD not in said
        return ended.returncode, said


def test_doctor_names_every_broken_link(
    secured_kafka: SecuredKafka, secured_redis: SecuredRedis, tmp_path: Path
) -> None:
    kafka = secured_kafka.config(
        "SASLSSL", secured_kafka.broker.topics(1), delivery="transactional"
    )
    there = Installation(tmp_path, secured_kafka.welcome("ivy", kafka), secured_redis)
    code, said = there.ivy("doctor", "--links")
    assert code == 0, said
    assert "all rights; without DESCRIBE_CONFIGS on topic" in said
    assert "Redis 7" in said
    assert "decoder" not in said

    secured_kafka.allow("ivy", wished_rights(kafka))
    letters = [one for one in worker_rights(kafka) if one.name == kafka.topics.dead_letters]
    secured_kafka.forbid("ivy", letters)
    secured_redis.change_rights("-incr")
    try:
        code, said = there.ivy("doctor", "--links")
    finally:
        secured_redis.restore_rights()
    assert code == 1
    assert f"lacks WRITE on topic '{kafka.topics.dead_letters}' (kafka.topics.dead_letters)" in said
    assert "forbids its user INCR (ACL SETUSER)" in said


def test_run_ends_with_1_and_the_sentence(
    secured_kafka: SecuredKafka, secured_redis: SecuredRedis, tmp_path: Path
) -> None:
    kafka = secured_kafka.config("SASLSSL", secured_kafka.broker.topics(1))
    there = Installation(tmp_path, kafka, secured_redis)
    (there.secrets / "kafka__sasl_password").write_text("wrong", encoding="utf-8")
    begun = time.monotonic()
    code, said = there.ivy("run")
    assert code == 1
    assert (
        "stream_failed: the brokers refuse user 'ivy' by SCRAM-SHA-512: check kafka.sasl_username,"
        " kafka.sasl_password and kafka.sasl_mechanism" in said
    )
    assert time.monotonic() - begun < 60  # most of it for imports, on a busy machine
    (there.secrets / "kafka__sasl_password").write_text(PASSWORD, encoding="utf-8")
    code, said = there.ivy("run")
    assert code == 1
    assert f"our principal may not see topic '{kafka.topics.verdicts}'" in said


def test_topics_are_made_with_just_their_rights(
    secured_kafka: SecuredKafka, secured_redis: SecuredRedis, tmp_path: Path
) -> None:
    topics = secured_kafka.broker.topics(1)
    made = topics.model_copy(
        update={"verdicts": f"new-{topics.verdicts}", "dead_letters": f"new-{topics.dead_letters}"}
    )
    kafka = secured_kafka.config("SASLSSL", made)
    there = Installation(tmp_path, kafka, secured_redis)
    code, said = there.ivy("topics", "provision")
    assert code == 1
    assert "our principal needs CREATE, DESCRIBE and DESCRIBE_CONFIGS on it" in said
    secured_kafka.allow("ivy", provisioning_rights(kafka))
    code, said = there.ivy("topics", "provision")
    assert code == 0, said
    assert "2 topics made, 3 in all" in said
