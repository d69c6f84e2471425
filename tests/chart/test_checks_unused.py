"""What would be passed over in silence is told, with what to do about it."""

from __future__ import annotations

from typing import Any

import pytest

from tests.chart.mistakes import FEEDER, STATIC, Case
from tests.chart.rendering import render

SHA = "a" * 40
OAUTH: dict[str, Any] = {
    "securityProtocol": "SASL_SSL",
    "sasl": {"mechanism": "OAUTHBEARER", "existingSecret": "client"},
}
BY_POD = {"serviceAccountToken": {"audience": "kafka"}}
SCRAM: dict[str, Any] = {
    "securityProtocol": "SASL_SSL",
    "sasl": {"mechanism": "SCRAM-SHA-512", "existingSecret": "user"},
}


def source(kind: str, **values: Any) -> dict[str, Any]:
    """Values for weights from there, and what else is said of weights."""
    given = {
        "pvc": {"pvc": {"existingClaim": "w"}},
        "image": {"image": {"reference": f"r/w@sha256:{'0' * 64}"}},
        "hostPath": {"hostPath": {"path": "/srv/models"}},
    }.get(kind, {})
    revision = {"revision": SHA} if kind == "init" else {}
    return {"model": {**revision, "source": {"type": kind, **given, **values}}}


CASES = {
    # One source of weights.
    "a claim made for the hub": Case(
        source("hub", pvc={"create": True}),
        ("model.source.pvc.create has no effect with model.source.type=hub", "init.volume=pvc"),
    ),
    "a claim made beside an emptyDir": Case(
        source("init", pvc={"create": True}),
        (
            "model.source.pvc.create has no effect",
            "model.source.type=init and init.volume=emptyDir",
        ),
    ),
    "a claim beside the hub": Case(
        source("hub", pvc={"existingClaim": "w"}),
        ("model.source.pvc.existingClaim has no effect", "set model.source.type=pvc"),
    ),
    "an image beside a claim": Case(
        source("pvc", image={"reference": f"r/w@sha256:{'0' * 64}"}),
        ("model.source.image.reference has no effect with model.source.type=pvc",),
    ),
    "a folder beside an image": Case(
        source("image", hostPath={"path": "/srv"}), ("model.source.hostPath.path has no effect",)
    ),
    "checksums that nobody checks": Case(
        source("hub", init={"checksums": "00  a"}), ("model.source.init.checksums has no effect",)
    ),
    "a path on the hub": Case(source("hub", path="v1"), ("model.source.path has no effect",)),
    "another hub beside a folder": Case(
        source("hostPath", hub={"id": "a/b"}), ("model.source.hub.id has no effect",)
    ),
    "the hub's token beside a claim": Case(
        source("pvc", hub={"tokenSecret": {"name": "hf"}}),
        ("model.source.hub.tokenSecret.name has no effect",),
    ),
    "a revision of a folder": Case(
        {"model": {**source("pvc")["model"], "revision": SHA}},
        ("model.revision has no effect with model.source.type=pvc", "hash of its files"),
    ),
    "an engine elsewhere beside one here": Case(
        {"model": {"remote": {"baseUrl": "http://vllm:8000/v1"}}},
        ("model.remote.baseUrl has no effect with model.engine=vllm",),
    ),
    "its key": Case(
        {"model": {"remote": {"apiKeySecret": {"name": "k"}}}},
        ("model.remote.apiKeySecret.name has no effect",),
    ),
    "a claim for an emptyDir of what is compiled": Case(
        {"compileCache": {"existingClaim": "c"}}, ("set compileCache.type=pvc",)
    ),
    "a folder for it": Case({"compileCache": {"path": "/c"}}, ("set compileCache.type=hostPath",)),
    # Workload and links.
    "names of members that are not static": Case(
        {"kafka": {"instancePrefix": "blue-"}},
        ("kafka.instancePrefix has no effect with workload.kind=Deployment",),
    ),
    "the order of a Deployment": Case(
        {"workload": {"podManagementPolicy": "OrderedReady"}},
        ("workload.podManagementPolicy=OrderedReady has no effect",),
    ),
    "replacing by hand": Case(
        {"workload": {"updateStrategy": "OnDelete"}},
        ("workload.updateStrategy=OnDelete has no effect",),
    ),
    "no Service for a StatefulSet": Case(
        {"service": {"enabled": False}}, ("service.enabled=false has no effect",), (STATIC,)
    ),
    "annotations of another's account": Case(
        {"serviceAccount": {"create": False, "annotations": {"a": "b"}}},
        ("serviceAccount.annotations has no effect with serviceAccount.create=false",),
    ),
    "tokens beside a password": Case(
        {"kafka": {**SCRAM, "sasl": {**SCRAM["sasl"], "oauth": {"scope": "kafka"}}}},
        ("kafka.sasl.oauth has no effect with kafka.sasl.mechanism=SCRAM-SHA-512",),
    ),
    "tokens without SASL": Case(
        {"kafka": {"sasl": {"oauth": BY_POD}}}, ("kafka.sasl.oauth has no effect with no",)
    ),
    "tokens from two places": Case(
        {
            "kafka": {
                "securityProtocol": "SASL_SSL",
                "sasl": {
                    "mechanism": "OAUTHBEARER",
                    "oauth": {**BY_POD, "tokenEndpoint": "https://id/token"},
                },
            }
        },
        ("tokens come from one place",),
    ),
    "a client's secret beside the pod's token": Case(
        {"kafka": {**OAUTH, "sasl": {**OAUTH["sasl"], "oauth": BY_POD}}},
        ("kafka.sasl.existingSecret has no effect", "the pod's own token is shown"),
    ),
    "a certificate from nowhere": Case(
        {"kafka": {"tls": {"certKey": "tls.crt", "keyKey": "tls.key"}}},
        ("kafka.tls.certKey has no effect with no kafka.tls.existingSecret",),
    ),
    "Redis's certificate from nowhere": Case(
        {"redis": {"tls": {"certKey": "tls.crt", "keyKey": "tls.key"}}},
        ("redis.tls.certKey has no effect with no redis.tls.existingSecret",),
    ),
    "a user beside a URL with one": Case(
        {"redis": {"auth": {"existingSecret": "r", "urlKey": "url", "usernameKey": "user"}}},
        ("redis.auth.usernameKey has no effect with redis.auth.urlKey",),
    ),
    "a URL in no Secret": Case(
        {"redis": {"auth": {"urlKey": "url"}}},
        ("redis.auth.urlKey (or usernameKey) has no effect with no redis.auth.existingSecret",),
    ),
    "two bundles": Case(
        {"caBundle": {"configMap": "a", "secret": "b"}}, ("caBundle.secret has no effect",)
    ),
    # Telemetry, scaling, jobs.
    "the engine's traces without traces": Case(
        {"telemetry": {"engineTraces": True}},
        ("telemetry.engineTraces=true has no effect with telemetry.traces=none",),
    ),
    "a share of no traces": Case(
        {"telemetry": {"sampleRatio": 0.1}}, ("telemetry.sampleRatio has no effect",)
    ),
    "a collector that gets nothing": Case(
        {"telemetry": {"endpoint": "http://otel:4318"}}, ("telemetry.endpoint has no effect",)
    ),
    "its protocol": Case({"telemetry": {"protocol": "grpc"}}, ("telemetry.protocol has no",)),
    "a first worker where there is always one": Case(
        {"autoscaling": {"enabled": True, "kafka": {"activationLagThreshold": 5}}},
        ("autoscaling.kafka.activationLagThreshold has no effect",),
    ),
    "a user of topics without SASL": Case(
        {"topics": {"provision": {"enabled": True, "existingSecret": "admin"}}},
        ("topics.provision.existingSecret has no effect", "kafka.sasl.existingSecret"),
    ),
    "a user of the replay without SASL": Case(
        {"deadLetterReplay": {"enabled": True, "existingSecret": "replay"}},
        ("deadLetterReplay.existingSecret has no effect",),
    ),
    "a certificate of topics without TLS": Case(
        {"topics": {"provision": {"enabled": True, "existingTlsSecret": "admin"}}},
        ("topics.provision.existingTlsSecret has no effect", "kafka.tls.existingSecret"),
    ),
    "a certificate of the replay without TLS": Case(
        {"deadLetterReplay": {"enabled": True, "existingTlsSecret": "replay"}},
        ("deadLetterReplay.existingTlsSecret has no effect",),
    ),
    "volumes of jobs without mounts": Case(
        {"jobs": {"extraVolumes": []}}, ("jobs.extraVolumes and jobs.extraVolumeMounts belong",)
    ),
}


@pytest.mark.parametrize("case", CASES.values(), ids=CASES.keys())
def test_what_has_no_effect_is_told(case: Case) -> None:
    case.check()


@pytest.mark.parametrize(
    ("values", "files"),
    [
        (source("init", init={"volume": "pvc"}, pvc={"create": True}), ()),
        (source("init", init={"volume": "hostPath"}, hostPath={"path": "/srv/models"}), ()),
        (source("init", path="v1", hub={"id": "a/b", "tokenSecret": {"name": "hf"}}), ()),
        ({"model": {"revision": SHA, "source": {"hub": {"id": "a/b"}}}}, ()),
        ({"model": {"remote": {"caSecret": {"name": "ca"}, "flavor": "openai"}}}, (FEEDER,)),
        ({"kafka": {"instancePrefix": "blue-"}}, (STATIC,)),
        ({"telemetry": {"metricsOtlp": True, "endpoint": "http://otel:4318"}}, ()),
        (
            {
                "autoscaling": {
                    "enabled": True,
                    "minReplicas": 0,
                    "kafka": {"activationLagThreshold": 5},
                }
            },
            (),
        ),
        ({"deadLetterReplay": {"reasons": ["fetch_failed"]}}, ()),
    ],
    ids=str,
)
def test_what_has_one_renders(values: dict[str, Any], files: tuple[str, ...]) -> None:
    assert render(values, files=files)
