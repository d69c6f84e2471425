"""A text stays a text and a number a number, whatever YAML and Go make of them on the way."""

from __future__ import annotations

import re
import shutil
from pathlib import Path
from typing import Any

import pytest

from tests.chart.mistakes import FEEDER, STATIC
from tests.chart.rendering import (
    CHART,
    RELEASE,
    Document,
    failure,
    helm,
    of_kind,
    one,
    render,
    render_text,
)
from tests.chart.test_versions import VERSIONS, faults
from tests.chart.worker_settings import load

WORDS = ("2024", "1e3", "0x1f", "on", "null", "true")
"""Names that may well be given, and that YAML takes for something else where no quotes are."""


def named(word: str) -> dict[str, Any]:
    """Values with this name wherever a name is free."""
    key = {"name": word, "key": word}
    tls = {"existingSecret": word, "caKey": word, "certKey": word, "keyKey": word}
    return {
        "global": {"imagePullSecrets": [word]},
        "image": {"registry": "", "repository": "12", "tag": "30"},
        "runtimeClassName": word,
        "priorityClassName": word,
        "podLabels": {"team": word},
        "podAnnotations": {"team": word},
        "nodeSelector": {"pool": word},
        "serviceAccount": {"name": word},
        "kafka": {
            "groupId": word,
            "instancePrefix": word,
            "topics": {
                "uploads": word,
                "backfill": f"{word}0",
                "verdicts": f"{word}1",
                "deadLetters": f"{word}2",
                "retries": [{"name": f"{word}3", "delaySeconds": 10}],
            },
            "securityProtocol": "SASL_SSL",
            "sasl": {
                "mechanism": "SCRAM-SHA-512",
                "existingSecret": word,
                "usernameKey": word,
                "passwordKey": word,
            },
            "tls": tls,
        },
        "redis": {
            "url": "rediss://redis:6380/0",
            "auth": {"existingSecret": word, "usernameKey": word, "passwordKey": word},
            "tls": tls,
        },
        "health": {"tokenSecret": key},
        "deadLetterReplay": {"enabled": True, "groupId": word},
    }


def gpu(word: str) -> list[Document]:
    """A GPU worker, its weights on a claim of this name."""
    model = {
        "spec": word,
        "revision": "1" * 40,
        "source": {
            "type": "init",
            "path": word,
            "hub": {"id": word, "tokenSecret": {"name": word, "key": word}},
            "init": {"volume": "pvc"},
            "pvc": {"existingClaim": word},
        },
    }
    claim = {"type": "pvc", "existingClaim": word}
    values = {**named(word), "nameOverride": word, "model": model, "compileCache": claim}
    return render(values, files=[STATIC], release=word)


def feeder(word: str, release: str) -> list[Document]:
    """A feeder of a model of this name."""
    secrets = {part: {"name": word, "key": word} for part in ("apiKeySecret", "caSecret")}
    model = {"remote": {"model": word, **secrets}, "source": {"hub": {"id": word}}}
    values = {
        **named(word),
        "model": {**model, "spec": word, "revision": word},
        "kafka": {**named(word)["kafka"], "instancePrefix": ""},
        "autoscaling": {"enabled": True},
    }
    return render(values, files=[FEEDER], release=release)


@pytest.mark.parametrize("word", WORDS)
def test_kubernetes_takes_every_name(word: str) -> None:
    assert faults(gpu(word) + feeder(word, word), VERSIONS[-1]) == []


@pytest.mark.parametrize("word", WORDS)
def test_the_worker_gets_every_name_as_it_was_given(
    word: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    secrets = {word: {word: "a" * 32}}
    settings = load(feeder(word, RELEASE), tmp_path, monkeypatch, secrets)
    assert (settings.model.spec, settings.model.source, settings.model.revision) == (word,) * 3
    assert settings.remote.model == word
    topics = settings.kafka.topics
    assert (topics.uploads, topics.backfill, topics.verdicts) == (word, f"{word}0", f"{word}1")
    assert [retry.name for retry in topics.retries] == [f"{word}3"]
    assert settings.kafka.consumer.group_id == word
    assert settings.kafka.ssl_certfile == f"/etc/ivy-worker/kafka-tls/{word}"


LARGE: dict[str, Any] = {
    "workload": {
        "revisionHistoryLimit": 1000000,
        "minReadySeconds": 1000000,
        "progressDeadlineSeconds": 3000000,
    },
    "startup": {"loadSeconds": 1200000},
    "probes": {
        name: {"periodSeconds": 2000000, "timeoutSeconds": 1000000, "failureThreshold": 1000000}
        for name in ("startup", "readiness", "liveness")
    },
    "lifecycle": {
        "drainSeconds": 1000000,
        "marginSeconds": 1000000,
        "terminationGracePeriodSeconds": 2000000,
    },
    "config": {"kafka": {"consumer": {"max_poll_interval_ms": 2000000000}}},
    "kafka": {
        "partitions": 2000000,
        "securityProtocol": "SASL_SSL",
        "sasl": {
            "mechanism": "OAUTHBEARER",
            "oauth": {"serviceAccountToken": {"audience": "kafka", "expirationSeconds": 1000000}},
        },
        "topics": {"retries": [{"name": "later", "delaySeconds": 2000000}]},
    },
    "serviceAccount": {"create": False, "name": "ivy"},
    "autoscaling": {
        "enabled": True,
        "minReplicas": 0,
        "maxReplicas": 1000000,
        "pollingInterval": 1000000,
        "cooldownPeriod": 1000000,
        "kafka": {
            "lagThreshold": 1000000,
            "activationLagThreshold": 1000000,
            "authenticationRef": {"name": "own"},
        },
        "age": {"enabled": True, "thresholdSeconds": 1000000},
        "fallback": {"failureThreshold": 1000000, "replicas": 1000000},
    },
    "deadLetterReplay": {
        "enabled": True,
        "limit": 20000000,
        "rate": 1000000,
        "maxReplays": 1000000,
        "activeDeadlineSeconds": 1000000,
    },
    "jobs": {"activeDeadlineSeconds": 1000000, "backoffLimit": 1000000},
    "telemetry": {"traces": "otlp", "endpoint": "http://otel:4318", "sampleRatio": 0.5},
}
"""From a million on, Go writes a number that it read from JSON with an exponent."""

EXPONENT = re.compile(r"\b[0-9](\.[0-9]+)?e\+[0-9]+\b")

JOB = {"topics": {"provision": {"enabled": True, "replicationFactor": 3}}}
STRIMZI = {"topics": {"strimzi": {"enabled": True, "cluster": "main"}}}


@pytest.mark.parametrize("topics", [JOB, STRIMZI], ids=["job", "strimzi"])
def test_large_numbers_have_no_exponent(topics: dict[str, Any]) -> None:
    text = render_text({**LARGE, **topics})
    assert "1000000" in text
    assert not EXPONENT.search(text)
    assert faults(render({**LARGE, **topics}), VERSIONS[-1]) == []


def test_a_static_fleets_numbers_have_none() -> None:
    startup = {"loadSeconds": 1200}
    values = {**LARGE, "startup": startup, "autoscaling": {}, "workload": {"replicas": 1000000}}
    assert not EXPONENT.search(render_text(values, files=[STATIC]))


def test_numbers_in_sentences_have_none() -> None:
    said = failure({**LARGE, "kafka": {**LARGE["kafka"], "partitions": 1}})
    assert "autoscaling.maxReplicas is 1000000" in said
    assert not EXPONENT.search(said)


def test_commands_get_numbers_that_they_can_read() -> None:
    job = one(render(LARGE), "CronJob")["spec"]["jobTemplate"]["spec"]["template"]["spec"]
    args = job["containers"][0]["args"]
    assert args[args.index("--rate") + 1] == "1000000"
    assert args[args.index("--limit") + 1] == "20000000"


def test_what_cannot_be_read_again_is_told() -> None:
    said = failure({"config": {"fetch": {"tenants": '{"acme": '}}})
    assert "config.fetch.tenants cannot be read" in said
    said = failure({"config": {"fetch": {"tenants": '{"acme": 8443}'}}})
    assert "config.fetch.tenants has 8443 for the tenant acme, and wants rules there" in said


@pytest.mark.parametrize(
    ("file", "before", "after", "said"),
    [
        (
            "_settings.tpl",
            "flow:\n",
            "flow: {\n",
            "the worker's settings cannot be read",
        ),
        (
            "_names.tpl",
            "app.kubernetes.io/component: worker\n",
            "app.kubernetes.io/component: [worker\n",
            "the selector cannot be read",
        ),
        (
            "_network.tpl",
            '{{- define "ivy-worker.internet" -}}',
            None,
            "peers of media cannot be read",
        ),
    ],
)
def test_a_fault_of_the_chart_is_not_hidden(
    file: str, before: str, after: str | None, said: str, tmp_path: Path
) -> None:
    chart = tmp_path / "ivy-worker"
    shutil.copytree(CHART, chart)
    template = chart / "templates" / file
    text = template.read_text(encoding="utf-8")
    assert before in text
    template.write_text(text.replace(before, after or f"{before}- {{", 1))
    ran = helm("template", "ivy", str(chart))
    assert ran.code
    assert said in ran.err


def test_everything_that_is_read_again_is_read_by_those_that_tell() -> None:
    for template in (CHART / "templates").rglob("*.*"):
        if template.name == "_parsing.tpl":
            continue
        text = template.read_text(encoding="utf-8")
        assert "fromYaml" not in text, template.name
        # JSON that `toJson` wrote a moment before can be read; a person's cannot.
        for piped in re.findall(r"\(fromJson [^)]*\)|fromJson \.\w+", text):
            pytest.fail(f"{template.name}: {piped}")
    assert of_kind(render(), "ConfigMap")
