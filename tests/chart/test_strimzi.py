"""Objects for Strimzi's operator: topics as the worker would make them, and its user."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest

from tests.chart.mistakes import Case
from tests.chart.rendering import Document, one, render
from tests.chart.test_versions import VERSIONS, faults
from tests.chart.worker_settings import load
from worker.stream.kafka.provisioning import Wishes, wanted_topics

SUBDOMAIN = re.compile(r"[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*")
"""RFC 1123, as Kubernetes asks of names."""


def strimzi(values: dict[str, Any] | None = None, **user: Any) -> list[Document]:
    """The objects for Strimzi's operator."""
    found = {"enabled": True, "cluster": "main", "namespace": "kafka", "user": user}
    made = render({"topics": {"strimzi": found}, **(values or {})})
    return [document for document in made if document["kind"].startswith("Kafka")]


def test_strimzi_makes_every_topic() -> None:
    topics = {made["spec"]["topicName"]: made for made in strimzi()}
    assert set(topics) == {
        "media.uploads",
        "media.verdicts",
        "media.uploads.dlq",
        "media.uploads.retry.10s",
        "media.uploads.retry.1m",
        "media.uploads.retry.10m",
    }
    for topic in topics.values():
        assert topic["metadata"]["labels"]["strimzi.io/cluster"] == "main"
        assert topic["metadata"]["namespace"] == "kafka"
        # An uninstall must not delete events.
        assert topic["metadata"]["annotations"]["helm.sh/resource-policy"] == "keep"


@pytest.mark.parametrize("largest", [None, 1048576, 12000000])
def test_topics_are_as_the_job_makes_them(
    largest: int | None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    producer = {} if largest is None else {"max_request_size": largest}
    documents = render(
        {
            "kafka": {"topics": {"backfill": "media.backfill"}},
            "topics": {"strimzi": {"enabled": True, "cluster": "main"}},
            "config": {"kafka": {"producer": producer}},
        }
    )
    made = {m["spec"]["topicName"]: m["spec"] for m in documents if m["kind"] == "KafkaTopic"}
    wanted = wanted_topics(load(documents, tmp_path, monkeypatch).kafka, Wishes(12, 3))
    assert set(made) == {topic.name for topic in wanted}
    for topic in wanted:
        spec = made[topic.name]
        assert (spec["partitions"], spec["replicas"]) == (topic.partitions, 3)
        assert {key: str(value) for key, value in spec["config"].items()} == topic.settings


def test_a_configuration_of_your_own_wins() -> None:
    own = {"retention.ms": 3600000, "max.message.bytes": 20000000, "min.insync.replicas": 1}
    found = {"enabled": True, "cluster": "main", "config": own}
    for made in render({"topics": {"strimzi": found}}):
        if made["kind"] == "KafkaTopic":
            assert made["spec"]["config"] == {**own, "cleanup.policy": "delete"}


def test_messages_that_a_topic_would_refuse_are_told() -> None:
    found = {"enabled": True, "cluster": "main", "config": {"max.message.bytes": 1000000}}
    Case(
        {"topics": {"strimzi": found}},
        ("max.message.bytes 1000000", "below config.kafka.producer.max_request_size (8388608)"),
    ).check()


@pytest.mark.parametrize(
    ("topic", "shown"),
    [
        ("media.uploads", r"ivy-ivy-worker-media\.uploads"),
        ("Media_Uploads", r"ivy-ivy-worker-media-uploads-[0-9a-f]{8}"),
        ("media..uploads", r"ivy-ivy-worker-media-uploads-[0-9a-f]{8}"),
        (".hidden-", r"ivy-ivy-worker-hidden-[0-9a-f]{8}"),
        ("___", r"ivy-ivy-worker-[0-9a-f]{8}"),
        ("t" * 249, r"ivy-ivy-worker-t{190}-[0-9a-f]{8}"),
    ],
)
def test_every_topic_has_a_valid_object(topic: str, shown: str) -> None:
    documents = strimzi({"kafka": {"topics": {"uploads": topic}}})
    (name,) = [m["metadata"]["name"] for m in documents if m["spec"].get("topicName") == topic]
    assert re.fullmatch(shown, name)
    assert SUBDOMAIN.fullmatch(name)
    assert len(name) <= 253
    assert faults(documents, VERSIONS[-1]) == []


def test_topics_that_differ_in_what_is_not_allowed_have_objects_of_their_own() -> None:
    topics = {
        "uploads": "media-uploads",
        "backfill": "media_uploads",
        "verdicts": "Media-Uploads",
        "deadLetters": "MEDIA_UPLOADS",
    }
    made = [m["metadata"]["name"] for m in strimzi({"kafka": {"topics": topics}})]
    assert len(made) == len(set(made)) == 7


def test_strimzis_user_has_what_a_worker_needs() -> None:
    values = {
        "workload": {"kind": "StatefulSet"},
        "kafka": {"delivery": "transactional", "instancePrefix": "blue-"},
    }
    user = one(strimzi(values, enabled=True), "KafkaUser")["spec"]
    assert user["authentication"] == {"type": "scram-sha-512"}
    rights = {
        (acl["resource"]["type"], acl["resource"]["name"]): set(acl["operations"])
        for acl in user["authorization"]["acls"]
    }
    assert rights["topic", "media.uploads"] == {"Read", "Describe"}
    assert rights["topic", "media.verdicts"] == {"Write", "Describe"}
    assert rights["topic", "media.uploads.retry.1m"] == {"Read", "Write", "Describe"}
    assert rights["group", "ivy-worker"] == {"Read", "Describe"}
    assert rights["transactionalId", "blue-ivy-ivy-worker-"] == {"Write", "Describe"}
