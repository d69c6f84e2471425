"""Links, settings, monitoring and topics: mistakes fail with a sentence on what to change."""

from __future__ import annotations

from typing import Any

import pytest

from tests.chart.mistakes import FEEDER, STATIC, Case

SASL: dict[str, Any] = {"securityProtocol": "SASL_SSL", "sasl": {"mechanism": "SCRAM-SHA-512"}}

CASES = {
    # Links.
    "transactions without a name": Case(
        {"kafka": {"delivery": "transactional"}},
        ("set workload.kind=StatefulSet, or kafka.delivery=at_least_once",),
    ),
    "static member that is late": Case(
        {"kafka": {"sessionTimeoutSeconds": 45}},
        ("kafka.sessionTimeoutSeconds is 45", "Raise it above 1200", "workload.kind=Deployment"),
        (STATIC,),
    ),
    "session above the brokers' limit": Case(
        {"startup": {"loadSeconds": 1750}, "workload": {"progressDeadlineSeconds": 3600}},
        ("a session timeout of 1810 s", "group.max.session.timeout.ms"),
        (STATIC,),
    ),
    "SASL without a mechanism": Case(
        {"kafka": {"securityProtocol": "SASL_SSL", "sasl": {"existingSecret": "k"}}},
        ("kafka.securityProtocol=SASL_SSL needs kafka.sasl.mechanism",),
    ),
    "SASL without a password": Case(
        {"kafka": SASL}, ("name their Secret in kafka.sasl.existingSecret", "kafka.sasl_password")
    ),
    "SASL of no effect": Case(
        {"kafka": {"sasl": {"mechanism": "PLAIN"}}},
        ("kafka.sasl has no effect with kafka.securityProtocol=PLAINTEXT",),
    ),
    "tokens from nowhere": Case(
        {
            "kafka": {
                "securityProtocol": "SASL_SSL",
                "sasl": {"mechanism": "OAUTHBEARER", "existingSecret": "k"},
            }
        },
        ("kafka.sasl.oauth.tokenEndpoint",),
    ),
    "TLS of no effect": Case(
        {"kafka": {"tls": {"existingSecret": "k"}}}, ("kafka.tls.existingSecret has no effect",)
    ),
    "certificate without a key": Case(
        {"kafka": {"tls": {"certKey": "tls.crt"}}},
        ("kafka.tls.certKey and kafka.tls.keyKey belong together",),
    ),
    "password in a ConfigMap": Case(
        {"redis": {"url": "redis://:secret@redis:6379/0"}},
        ("redis.url holds a user or password", "redis.auth.existingSecret"),
    ),
    "Redis without TLS, with its CA": Case(
        {"redis": {"tls": {"existingSecret": "ca"}}}, ("begin the URL with rediss://",)
    ),
    "store of nothing": Case(
        {"secrets": {"external": {"enabled": True}}},
        ("secrets.external.enabled needs secrets.external.storeRef.name",),
    ),
    "a setting from two Secrets": Case(
        {
            "redis": {"auth": {"existingSecret": "r"}},
            "secrets": {"existing": [{"name": "s", "items": {"cache.password": "p"}}]},
        },
        ("the setting cache.password comes from two Secrets",),
    ),
    "all networks opened": Case(
        {"config": {"fetch": {"allowed_networks": ["0.0.0.0/0"]}}},
        ("config.fetch.allowed_networks names 0.0.0.0/0", "metadata service"),
    ),
    "KEDA without a password": Case(
        {
            "autoscaling": {"enabled": True},
            "kafka": SASL,
            "secrets": {"existing": [{"name": "k", "items": {"kafka.sasl_password": "p"}}]},
        },
        ("KEDA needs Kafka's user and password", "autoscaling.kafka.authenticationRef.name"),
    ),
    "KEDA with tokens": Case(
        {
            "autoscaling": {"enabled": True},
            "kafka": {
                "securityProtocol": "SASL_SSL",
                "sasl": {
                    "mechanism": "OAUTHBEARER",
                    "oauth": {"serviceAccountToken": {"audience": "kafka"}},
                },
            },
        },
        (
            "KEDA has no token of the pod's ServiceAccount",
            "autoscaling.kafka.authenticationRef.name",
        ),
    ),
    "KEDA with an audience": Case(
        {
            "autoscaling": {"enabled": True},
            "kafka": {
                "securityProtocol": "SASL_SSL",
                "sasl": {
                    "mechanism": "OAUTHBEARER",
                    "existingSecret": "client",
                    "oauth": {"tokenEndpoint": "https://id/token", "audience": "kafka"},
                },
            },
        },
        ("kafka.sasl.oauth.audience would be left out",),
    ),
    "an idle fleet that is no smaller": Case(
        {"autoscaling": {"enabled": True, "minReplicas": 0, "idleReplicas": 0}},
        ("autoscaling.idleReplicas must be below autoscaling.minReplicas",),
    ),
    "an idle fleet that tells its age": Case(
        {
            "autoscaling": {
                "enabled": True,
                "idleReplicas": 0,
                "kafka": {"enabled": False},
                "age": {"enabled": True},
            }
        },
        ("autoscaling.idleReplicas is 0", "leave idleReplicas out"),
    ),
    "a first cool-down without an end": Case(
        {"autoscaling": {"enabled": True, "initialCooldownPeriod": 60}},
        ("autoscaling.initialCooldownPeriod has no effect",),
    ),
    # Settings.
    "a setting of the chart's": Case(
        {"config": {"flow": {"drain_timeout_s": 10}}},
        ("config.flow.drain_timeout_s is written by the chart", "use lifecycle.drainSeconds"),
    ),
    "a section of the chart's": Case(
        {"config": {"kafka": {"topics": {"uploads": "mine"}}}},
        ("config.kafka.topics is written by the chart: remove it, and use kafka.topics",),
    ),
    "a secret in the settings": Case(
        {"config": {"fetch": {"s3_secret_access_key": "x"}}},
        ("config.fetch.s3_secret_access_key is a secret", "secrets.existing"),
    ),
    "a secret in a URL": Case(
        {"config": {"fetch": {"proxy": "http://me:pass@proxy:3128"}}},
        ("config.fetch.proxy is a secret",),
    ),
    "a broker's port that is none": Case(
        {"kafka": {"bootstrapServers": ["a:9092", "b:99999"]}},
        ("kafka.bootstrapServers names the port 99999", "1 to 65535"),
    ),
    "a URL's port that is none": Case(
        {"redis": {"url": "redis://redis:70000/0"}}, ("redis.url names the port 70000",)
    ),
    "an engine's port that is none": Case(
        {"model": {"remote": {"baseUrl": "http://vllm:0/v1"}}},
        ("model.remote.baseUrl names the port 0",),
        (FEEDER,),
    ),
    "a store's port that is none": Case(
        {"config": {"fetch": {"s3_endpoint": "http://minio:65536"}}},
        ("config.fetch.s3_endpoint names the port 65536",),
    ),
    # Monitoring and topics.
    "two monitors": Case(
        {"monitoring": {"serviceMonitor": {"enabled": True}, "podMonitor": {"enabled": True}}},
        ("would be read twice", "Disable one"),
    ),
    "monitor of no Service": Case(
        {"monitoring": {"serviceMonitor": {"enabled": True}}, "service": {"enabled": False}},
        ("set service.enabled=true, or use monitoring.podMonitor",),
    ),
    "traces to nowhere": Case(
        {"telemetry": {"traces": "otlp"}}, ("telemetry.endpoint is empty", "name your collector")
    ),
    "a replay that never ends": Case(
        {"deadLetterReplay": {"enabled": True, "limit": 10000, "rate": 2}},
        ("takes 5000 s", "raise the deadline or lower the limit"),
    ),
    "topics by an account that is not there yet": Case(
        {
            "topics": {"provision": {"enabled": True}},
            "kafka": {
                "securityProtocol": "SASL_SSL",
                "sasl": {
                    "mechanism": "OAUTHBEARER",
                    "oauth": {"serviceAccountToken": {"audience": "kafka"}},
                },
            },
        },
        ("set serviceAccount.create to false",),
    ),
    "topics that take nothing": Case(
        {"topics": {"strimzi": {"enabled": True, "cluster": "main", "replicas": 1}}},
        ("min.insync.replicas 2, above topics.strimzi.replicas (1)", "lower the one"),
    ),
    "two makers of topics": Case(
        {
            "topics": {
                "provision": {"enabled": True},
                "strimzi": {"enabled": True, "cluster": "main"},
            }
        },
        ("would both make the topics",),
    ),
    "Strimzi without a cluster": Case(
        {"topics": {"strimzi": {"enabled": True}}}, ("needs topics.strimzi.cluster",)
    ),
    "a user without topics": Case(
        {"topics": {"strimzi": {"user": {"enabled": True}}}}, ("enable both",)
    ),
    "a topic twice": Case(
        {"kafka": {"topics": {"verdicts": "media.uploads"}}}, ("names a topic twice",)
    ),
}


@pytest.mark.parametrize("case", CASES.values(), ids=CASES.keys())
def test_a_mistake_is_told_with_what_to_change(case: Case) -> None:
    case.check()
