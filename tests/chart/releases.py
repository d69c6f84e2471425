"""Releases to look at: each role of the worker, with all that the chart can make switched on."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from tests.chart.rendering import Document, render

DIGEST = "sha256:" + "0a" * 32
COMMIT = "0123456789abcdef0123456789abcdef01234567"

IMAGE: dict[str, Any] = {"registry": "registry.example.com", "digest": DIGEST}

LINKS: dict[str, Any] = {
    "kafka": {
        "bootstrapServers": ["kafka-1:9093", "kafka-2:9093"],
        "securityProtocol": "SASL_SSL",
        "sasl": {"mechanism": "SCRAM-SHA-512", "existingSecret": "kafka-user"},
        "tls": {"existingSecret": "kafka-ca"},
    },
    "redis": {
        "url": "rediss://redis:6380/0",
        "auth": {"existingSecret": "redis-user", "usernameKey": "username"},
        "tls": {"existingSecret": "redis-ca"},
    },
}
"""Both links as they should be: encrypted, with passwords from Secrets."""

EXTRAS: dict[str, Any] = {
    "autoscaling": {"enabled": True, "age": {"enabled": True}},
    "monitoring": {
        "podMonitor": {"enabled": True},
        "rules": {"enabled": True},
        "dashboards": {"enabled": True},
    },
    "topics": {"provision": {"enabled": True}},
    "deadLetterReplay": {"enabled": True},
    "secrets": {
        "external": {
            "enabled": True,
            "storeRef": {"name": "vault"},
            "data": {"fetch.s3_secret_access_key": {"key": "ivy/s3", "property": "secret"}},
        }
    },
    "health": {"tokenSecret": {"name": "ivy-debug"}},
    "telemetry": {"traces": "otlp", "metricsOtlp": True, "endpoint": "http://otel:4318"},
}
"""What is off by default."""


@dataclass(frozen=True)
class Release:
    """Values as a person would give them, and the oldest Kubernetes that they are for."""

    name: str
    files: tuple[str, ...]
    values: dict[str, Any] = field(default_factory=dict)
    since: str = "1.30.0"

    def documents(self, kube_version: str | None = None) -> list[Document]:
        """What helm makes of it, for the oldest Kubernetes where no other is named."""
        return render(self.values, files=self.files, kube_version=kube_version or self.since)


RELEASES = (
    Release("gpu", ("values-gpu.yaml",), {"image": IMAGE}),
    Release(
        "gpu-everything",
        ("values-gpu.yaml",),
        {
            "image": IMAGE,
            **LINKS,
            **EXTRAS,
            "workload": {"replicas": None},
            "model": {
                "revision": COMMIT,
                "source": {"type": "init", "init": {"volume": "pvc"}, "pvc": {"create": True}},
            },
        },
    ),
    Release(
        "gpu-image-volume",
        ("values-gpu.yaml",),
        {
            "image": IMAGE,
            "model": {
                "source": {
                    "type": "image",
                    "image": {"reference": f"registry.example.com/ivy-fake@{DIGEST}"},
                }
            },
            "gpu": {"resource": "nvidia.com/mig-3g.40gb"},
        },
        since="1.33.0",
    ),
    Release(
        "feeder",
        ("values-feeder.yaml",),
        {"image": IMAGE, "monitoring": {"serviceMonitor": {"enabled": True}}},
    ),
    Release("feeder-everything", ("values-feeder.yaml",), {"image": IMAGE, **LINKS, **EXTRAS}),
    Release(
        "feeder-tokens",
        ("values-feeder.yaml",),
        {
            "image": IMAGE,
            "caBundle": {"secret": "authorities"},
            "kafka": {
                "securityProtocol": "SASL_SSL",
                "sasl": {
                    "mechanism": "OAUTHBEARER",
                    "existingSecret": "kafka-client",
                    "oauth": {"tokenEndpoint": "https://id.example.com/token", "scope": "kafka"},
                },
                "topics": {"backfill": "media.backfill"},
            },
            "redis": {"url": "rediss://redis:6380/0"},
            "autoscaling": {"enabled": True, "idleReplicas": 0, "initialCooldownPeriod": 600},
            "topics": {"provision": {"enabled": True, "existingSecret": "kafka-admin"}},
            "deadLetterReplay": {"enabled": True, "existingSecret": "kafka-replay"},
            "jobs": {
                "image": {"tag": "0.1.0-slim"},
                "nodeSelector": {"pool": "cpu"},
                "tolerations": [{"key": "cpu", "operator": "Exists"}],
            },
        },
    ),
    Release("static", ("values-gpu.yaml", "values-static.yaml"), {"image": IMAGE}),
    Release(
        "strimzi",
        ("values-gpu.yaml",),
        {
            "image": IMAGE,
            **LINKS,
            "topics": {
                "strimzi": {
                    "enabled": True,
                    "apiVersion": "kafka.strimzi.io/v1",
                    "cluster": "main",
                    "user": {"enabled": True},
                }
            },
        },
    ),
)

KINDS = {
    *("ConfigMap", "CronJob", "Deployment", "ExternalSecret", "Job", "KafkaTopic", "KafkaUser"),
    *("NetworkPolicy", "PersistentVolumeClaim", "Pod", "PodDisruptionBudget", "PodMonitor"),
    *("PrometheusRule", "ScaledObject", "Service", "ServiceAccount", "ServiceMonitor"),
    *("StatefulSet", "TriggerAuthentication"),
}
"""All kinds that the chart can make: the releases above must have every one of them."""


def named(release: Release) -> str:
    """Its name, for pytest."""
    return release.name
