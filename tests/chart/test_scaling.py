"""KEDA's objects, and the disruption budget."""

from __future__ import annotations

from typing import Any

import pytest

from tests.chart.mistakes import STATIC
from tests.chart.rendering import of_kind, one, render
from tests.chart.test_versions import VERSIONS, faults

ON = {"enabled": True, "maxReplicas": 8}


def scaled(values: dict[str, Any], files: tuple[str, ...] = ()) -> dict[str, Any]:
    """The ScaledObject's spec."""
    spec: dict[str, Any] = one(render(values, files=files), "ScaledObject")["spec"]
    return spec


def test_off_by_default() -> None:
    assert not of_kind(render(), "ScaledObject")
    assert not of_kind(render(), "TriggerAuthentication")


def test_by_lag_of_the_workers_own_group_and_topic() -> None:
    values = {
        "autoscaling": ON,
        "kafka": {
            "groupId": "moderation",
            "topics": {"uploads": "up"},
            "bootstrapServers": ["a:9092", "b:9092"],
        },
    }
    spec = scaled(values)
    assert (spec["minReplicaCount"], spec["maxReplicaCount"]) == (1, 8)
    trigger = spec["triggers"][0]
    assert trigger["type"] == "kafka"
    metadata = trigger["metadata"]
    assert metadata["bootstrapServers"] == "a:9092,b:9092"
    assert (metadata["consumerGroup"], metadata["topic"]) == ("moderation", "up")
    # The worker's own policy; another would make KEDA see no lag where there is one.
    assert metadata["offsetResetPolicy"] == "earliest"
    assert metadata["excludePersistentLag"] == "true"
    # KEDA takes text only.
    assert all(isinstance(value, str) for value in metadata.values())
    assert "authenticationRef" not in trigger


def test_it_names_the_workload_it_scales() -> None:
    assert scaled({"autoscaling": ON})["scaleTargetRef"]["kind"] == "Deployment"
    target = scaled({"autoscaling": ON}, files=(STATIC,))["scaleTargetRef"]
    assert (target["kind"], target["name"]) == ("StatefulSet", "ivy-ivy-worker")


def test_by_age_as_many_times_as_there_are_workers() -> None:
    spec = scaled({"autoscaling": {**ON, "age": {"enabled": True, "thresholdSeconds": 90}}})
    metadata = spec["triggers"][1]["metadata"]
    random = "[bcdfghjklmnpqrstvwxz2456789]"
    pods = f"ivy-ivy-worker-{random}+-{random}{{5}}"
    series = f'ivy_consumer_oldest_age_seconds{{namespace="moderation",pod=~"{pods}"}}'
    assert metadata["query"] == f"max({series}) * count({series})"
    assert metadata["threshold"] == "90"


def test_a_query_of_your_own() -> None:
    age = {"enabled": True, "query": "max(my_age)"}
    spec = scaled({"autoscaling": {**ON, "age": age, "kafka": {"enabled": False}}})
    assert [trigger["metadata"]["query"] for trigger in spec["triggers"]] == ["max(my_age)"]


def test_slow_down_and_keep_what_there_is_while_blind() -> None:
    spec = scaled({"autoscaling": {**ON, "minReplicas": 0}})
    down = spec["advanced"]["horizontalPodAutoscalerConfig"]["behavior"]["scaleDown"]
    assert down["stabilizationWindowSeconds"] == 900
    assert spec["fallback"] == {
        "failureThreshold": 3,
        "replicas": 1,
        "behavior": "currentReplicasIfHigher",
    }


def test_an_older_keda_gets_no_behaviour_of_the_fallback() -> None:
    fallback = {"replicas": 6, "behavior": ""}
    spec = scaled({"autoscaling": {**ON, "fallback": fallback}})
    assert spec["fallback"] == {"failureThreshold": 3, "replicas": 6}


def test_keda_enters_kafka_with_the_workers_secrets() -> None:
    values = {
        "autoscaling": ON,
        "kafka": {
            "securityProtocol": "SASL_SSL",
            "sasl": {"mechanism": "SCRAM-SHA-256", "existingSecret": "user"},
            "tls": {"existingSecret": "tls", "certKey": "tls.crt", "keyKey": "tls.key"},
        },
    }
    documents = render(values)
    trigger = one(documents, "ScaledObject")["spec"]["triggers"][0]
    assert trigger["metadata"]["sasl"] == "scram_sha256"
    assert trigger["metadata"]["tls"] == "enable"
    made = one(documents, "TriggerAuthentication")
    assert trigger["authenticationRef"] == {"name": made["metadata"]["name"]}
    refs = {ref["parameter"]: (ref["name"], ref["key"]) for ref in made["spec"]["secretTargetRef"]}
    assert refs == {
        "username": ("user", "username"),
        "password": ("user", "password"),
        "ca": ("tls", "ca.crt"),
        "cert": ("tls", "tls.crt"),
        "key": ("tls", "tls.key"),
    }


def test_keda_enters_kafka_with_an_external_secret() -> None:
    ref = {"key": "ivy/kafka"}
    values = {
        "autoscaling": ON,
        "kafka": {"securityProtocol": "SASL_SSL", "sasl": {"mechanism": "PLAIN"}},
        "secrets": {
            "external": {
                "enabled": True,
                "storeRef": {"name": "vault"},
                "data": {"kafka.sasl_username": ref, "kafka.sasl_password": ref},
            }
        },
    }
    documents = render(values)
    made = one(documents, "TriggerAuthentication")["spec"]["secretTargetRef"]
    secret = one(documents, "ExternalSecret")["spec"]
    assert {entry["name"] for entry in made} == {secret["target"]["name"]}
    assert {entry["key"] for entry in made} == {entry["secretKey"] for entry in secret["data"]}


def test_an_authentication_of_your_own() -> None:
    own = {"name": "msk", "kind": "ClusterTriggerAuthentication"}
    values = {
        "autoscaling": {**ON, "kafka": {"authenticationRef": own}},
        "kafka": {
            "securityProtocol": "SASL_SSL",
            "sasl": {
                "mechanism": "OAUTHBEARER",
                "oauth": {"serviceAccountToken": {"audience": "kafka"}},
            },
        },
    }
    documents = render(values)
    assert not of_kind(documents, "TriggerAuthentication")
    trigger = one(documents, "ScaledObject")["spec"]["triggers"][0]
    assert trigger["authenticationRef"] == own


def oauth(**values: Any) -> dict[str, Any]:
    """Kafka's values with tokens by an endpoint."""
    found = {"tokenEndpoint": "https://id.example.com/token", **values}
    sasl = {"mechanism": "OAUTHBEARER", "existingSecret": "client", "oauth": found}
    return {"securityProtocol": "SASL_SSL", "sasl": sasl}


def test_keda_gets_tokens_where_the_workers_do() -> None:
    values = {"autoscaling": ON, "kafka": oauth(scope="kafka read")}
    documents = render(values)
    assert faults(documents, VERSIONS[-1]) == []
    trigger = one(documents, "ScaledObject")["spec"]["triggers"][0]
    assert trigger["metadata"]["sasl"] == "oauthbearer"
    made = one(documents, "TriggerAuthentication")
    assert trigger["authenticationRef"] == {"name": made["metadata"]["name"]}
    refs = {ref["parameter"]: ref["name"] for ref in made["spec"]["secretTargetRef"]}
    assert refs == {"username": "client", "password": "client"}
    maps = {ref["parameter"]: ref for ref in made["spec"]["configMapTargetRef"]}
    (name,) = {ref["name"] for ref in maps.values()}
    data = one(documents, "ConfigMap", name)["data"]
    # KEDA divides scopes at commas, the worker's endpoint at spaces.
    assert {parameter: data[ref["key"]] for parameter, ref in maps.items()} == {
        "oauthTokenEndpointUri": "https://id.example.com/token",
        "scopes": "kafka,read",
    }


def test_keda_gets_the_clients_secret_of_a_store() -> None:
    ref = {"key": "ivy/kafka"}
    kafka = oauth()
    kafka["sasl"].pop("existingSecret")
    data = {"kafka.sasl_oauth.client_id": ref, "kafka.sasl_oauth.client_secret": ref}
    external = {"enabled": True, "storeRef": {"name": "vault"}, "data": data}
    documents = render({"autoscaling": ON, "kafka": kafka, "secrets": {"external": external}})
    made = one(documents, "TriggerAuthentication")["spec"]["secretTargetRef"]
    secret = one(documents, "ExternalSecret")["spec"]
    assert {entry["key"] for entry in made} == {entry["secretKey"] for entry in secret["data"]}


def test_an_authentication_without_parameters_is_not_made() -> None:
    tls = {"existingSecret": "tls", "caKey": ""}
    documents = render({"autoscaling": ON, "kafka": {"securityProtocol": "SSL", "tls": tls}})
    assert not of_kind(documents, "TriggerAuthentication")
    trigger = one(documents, "ScaledObject")["spec"]["triggers"][0]
    assert trigger["metadata"]["tls"] == "enable"
    assert "authenticationRef" not in trigger


@pytest.mark.parametrize("kind", ["configMap", "secret"])
def test_keda_believes_your_authorities(kind: str) -> None:
    values = {
        "autoscaling": ON,
        "kafka": {"securityProtocol": "SSL"},
        "caBundle": {kind: "authorities"},
    }
    spec = one(render(values), "TriggerAuthentication")["spec"]
    assert spec == {
        f"{kind}TargetRef": [{"parameter": "ca", "name": "authorities", "key": "ca.crt"}]
    }


def test_the_backfill_has_a_trigger_of_its_own() -> None:
    kafka = {"topics": {"backfill": "media.backfill"}}
    spec = scaled({"autoscaling": ON, "kafka": kafka})
    live, backfill = spec["triggers"]
    assert (live["name"], backfill["name"]) == ("lag", "backfill-lag")
    assert backfill["metadata"] == {**live["metadata"], "topic": "media.backfill"}
    own = {**ON, "kafka": {"backfill": {"lagThreshold": 9000}}}
    triggers = scaled({"autoscaling": own, "kafka": kafka})["triggers"]
    assert [found["metadata"]["lagThreshold"] for found in triggers] == ["500", "9000"]
    off = {**ON, "kafka": {"backfill": {"enabled": False}}}
    assert len(scaled({"autoscaling": off, "kafka": kafka})["triggers"]) == 1
    assert len(scaled({"autoscaling": ON})["triggers"]) == 1


def test_an_idle_fleet_has_no_worker_and_is_not_missed() -> None:
    on = {**ON, "minReplicas": 3, "idleReplicas": 0, "initialCooldownPeriod": 900}
    documents = render({"autoscaling": on, "monitoring": {"rules": {"enabled": True}}})
    assert faults(documents, VERSIONS[-1]) == []
    spec = one(documents, "ScaledObject")["spec"]
    assert (spec["idleReplicaCount"], spec["minReplicaCount"]) == (0, 3)
    assert spec["initialCooldownPeriod"] == 900
    rules = [
        rule.get("alert")
        for made in of_kind(documents, "PrometheusRule")
        for group in made["spec"]["groups"]
        for rule in group["rules"]
    ]
    assert "IvyWorkerAbsent" not in rules


def test_what_keda_has_by_default_is_left_to_it() -> None:
    assert not {"idleReplicaCount", "initialCooldownPeriod"} & scaled({"autoscaling": ON}).keys()


def test_the_budget_lets_one_go_and_those_that_are_not_ready() -> None:
    budget = one(render(), "PodDisruptionBudget")["spec"]
    assert budget["maxUnavailable"] == 1
    assert "minAvailable" not in budget
    assert budget["unhealthyPodEvictionPolicy"] == "AlwaysAllow"
