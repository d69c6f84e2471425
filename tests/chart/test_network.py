"""The network policy, judged by addresses and ports as the network would."""

from __future__ import annotations

import ipaddress
from typing import Any

import pytest

from tests.chart.mistakes import FEEDER
from tests.chart.rendering import of_kind, one, render, workload

PUBLIC = "93.184.215.14"
PUBLIC_V6 = "2606:2800:21f:cb07:6820:80da:af6b:8b2c"

PEERS = {
    "kafka": {"to": [{"podSelector": {"matchLabels": {"app": "kafka"}}}]},
    "redis": {"to": [{"podSelector": {"matchLabels": {"app": "redis"}}}]},
    "otlp": {"to": [{"podSelector": {"matchLabels": {"app": "otel"}}}]},
    "engine": {"to": [{"podSelector": {"matchLabels": {"app": "vllm"}}}]},
}


EVERYWHERE = [{"ipBlock": {"cidr": "0.0.0.0/0"}}, {"ipBlock": {"cidr": "::/0"}}]
"""What a rule without peers means."""


def policy(values: dict[str, Any] | None = None, files: tuple[str, ...] = ()) -> dict[str, Any]:
    """The spec of the policy, with every link's peers named."""
    found = {"networkPolicy": PEERS, **(values or {})}
    spec: dict[str, Any] = one(render(found, files=files), "NetworkPolicy")["spec"]
    return spec


def may_reach(spec: dict[str, Any], address: str, port: int) -> bool:
    """Whether an address outside of the cluster may be called."""
    called = ipaddress.ip_address(address)
    for rule in spec["egress"]:
        if port not in {entry["port"] for entry in rule["ports"]}:
            continue
        for peer in rule.get("to") or EVERYWHERE:
            block = peer.get("ipBlock")
            if block is None:
                continue
            inside = called in ipaddress.ip_network(block["cidr"])
            if inside and not any(
                called in ipaddress.ip_network(out) for out in block.get("except", [])
            ):
                return True
    return False


def ports_to(spec: dict[str, Any], app: str) -> list[int]:
    """Ports on which pods with this label may be called."""
    return [
        entry["port"]
        for rule in spec["egress"]
        for peer in rule.get("to", [])
        if peer.get("podSelector", {}).get("matchLabels", {}).get("app") == app
        for entry in rule["ports"]
    ]


def test_both_ways_are_closed_for_all_pods_of_the_release() -> None:
    documents = render({"topics": {"provision": {"enabled": True}}})
    spec = one(documents, "NetworkPolicy")["spec"]
    assert spec["policyTypes"] == ["Ingress", "Egress"]
    selector = spec["podSelector"]["matchLabels"].items()
    assert selector <= workload(documents)["spec"]["template"]["metadata"]["labels"].items()
    for job in of_kind(documents, "Job"):
        assert selector <= job["spec"]["template"]["metadata"]["labels"].items()
    tests = of_kind(documents, "Pod")
    assert tests
    for pod in tests:
        assert selector <= pod["metadata"]["labels"].items()


@pytest.mark.parametrize(
    "address",
    [
        "169.254.169.254",
        "169.254.170.2",
        "fd00:ec2::254",
        "10.0.0.1",
        "172.16.0.1",
        "172.31.255.255",
        "192.168.1.1",
        "100.64.0.1",
        "127.0.0.1",
        "0.0.0.0",
        "198.18.0.1",
        "224.0.0.1",
        "255.255.255.255",
        "fe80::1",
        "fc00::1",
        "::1",
        "ff02::1",
        "64:ff9b::a9fe:a9fe",
        "2002:a9fe:a9fe::1",
    ],
)
def test_media_come_from_no_address_that_is_not_public(address: str) -> None:
    spec = policy()
    assert not may_reach(spec, address, 80)
    assert not may_reach(spec, address, 443)


def test_media_come_from_the_internet_on_two_ports() -> None:
    spec = policy()
    for address in (PUBLIC, PUBLIC_V6):
        assert may_reach(spec, address, 80)
        assert may_reach(spec, address, 443)
        assert not may_reach(spec, address, 22)
        assert not may_reach(spec, address, 9092)


def test_the_workers_ports_and_networks_are_those_of_the_policy() -> None:
    fetch = {"allowed_networks": ["10.20.0.0/16"], "rules": {"allowed_ports": [443, 9000]}}
    spec = policy({"config": {"fetch": fetch}})
    assert may_reach(spec, "10.20.1.1", 9000)
    assert may_reach(spec, PUBLIC, 9000)
    assert not may_reach(spec, PUBLIC, 80)
    assert not may_reach(spec, "10.21.0.1", 9000)
    assert not may_reach(spec, "169.254.169.254", 443)


def test_no_internet_but_your_own_store() -> None:
    networks = {**PEERS, "media": {"enabled": False}, "hub": {"enabled": False}}
    config = {"fetch": {"allowed_networks": ["10.20.0.0/16"]}}
    spec = policy({"networkPolicy": networks, "config": config})
    assert may_reach(spec, "10.20.1.1", 443)
    assert not may_reach(spec, PUBLIC, 443)


def test_links_on_their_ports() -> None:
    spec = policy(
        {
            "kafka": {"bootstrapServers": ["a:9093", "b:9093", "c:9094"]},
            "redis": {"url": "rediss://redis.example.com:6380/0"},
            "telemetry": {"traces": "otlp", "endpoint": "http://otel"},
        }
    )
    assert ports_to(spec, "kafka") == [9093, 9094]
    assert ports_to(spec, "redis") == [6380]
    assert ports_to(spec, "otel") == [4318]
    assert ports_to(spec, "vllm") == []


def test_other_ports_of_the_links() -> None:
    networks = {**PEERS, "kafka": {**PEERS["kafka"], "ports": [9094]}}
    spec = policy(
        {
            "networkPolicy": networks,
            "redis": {"auth": {"existingSecret": "r", "urlKey": "url"}, "port": 6400},
            "telemetry": {"traces": "otlp", "endpoint": "http://otel", "protocol": "grpc"},
        }
    )
    assert ports_to(spec, "kafka") == [9094]
    assert ports_to(spec, "redis") == [6400]
    assert ports_to(spec, "otel") == [4317]


@pytest.mark.parametrize(
    ("url", "port"),
    [("http://vllm/v1", 80), ("https://vllm/v1", 443), ("http://vllm:8000/v1", 8000)],
)
def test_a_feeder_reaches_its_engine(url: str, port: int) -> None:
    spec = policy({"model": {"remote": {"baseUrl": url}}}, files=(FEEDER,))
    assert ports_to(spec, "vllm") == [port]


def test_dns_goes_to_the_clusters_own() -> None:
    rule = policy()["egress"][0]
    assert {(entry["protocol"], entry["port"]) for entry in rule["ports"]} == {
        ("UDP", 53),
        ("TCP", 53),
    }
    labels = rule["to"][0]["namespaceSelector"]["matchLabels"]
    assert labels == {"kubernetes.io/metadata.name": "kube-system"}


def test_only_monitoring_comes_in_and_only_to_the_health_port() -> None:
    rules = policy({"tests": {"enabled": False}})["ingress"]
    assert len(rules) == 1
    assert rules[0]["ports"] == [{"protocol": "TCP", "port": "health"}]
    labels = rules[0]["from"][0]["namespaceSelector"]["matchLabels"]
    assert labels == {"kubernetes.io/metadata.name": "monitoring"}


def test_nobody_comes_in_where_nobody_is_named() -> None:
    closed = {"networkPolicy": {"ingressFrom": []}, "tests": {"enabled": False}}
    assert policy(closed)["ingress"] == []


def test_helm_test_reaches_a_worker_of_its_own_release() -> None:
    documents = render({"networkPolicy": {"ingressFrom": []}, "health": {"port": 8181}})
    spec = one(documents, "NetworkPolicy")["spec"]
    (into,) = spec["ingress"]
    assert into["ports"] == [{"protocol": "TCP", "port": "health"}]
    tester = one(documents, "Pod", "ivy-ivy-worker-test-worker")["metadata"]["labels"]
    (peer,) = into["from"]
    assert peer["podSelector"]["matchLabels"].items() <= tester.items()
    workers = workload(documents)["spec"]["template"]["metadata"]["labels"]
    assert not peer["podSelector"]["matchLabels"].items() <= workers.items()
    (out,) = [
        rule for rule in spec["egress"] if rule["ports"] == [{"protocol": "TCP", "port": 8181}]
    ]
    (peer,) = out["to"]
    assert peer.keys() == {"podSelector"}
    assert peer["podSelector"]["matchLabels"].items() <= workers.items()


def test_exceptions_are_within_their_network() -> None:
    # The API server refuses others, and an IPv4-mapped one counts as IPv4 there.
    for rule in policy()["egress"]:
        for peer in rule.get("to", []):
            block = peer.get("ipBlock", {"cidr": "0.0.0.0/0"})
            whole = ipaddress.ip_network(block["cidr"])
            for out in block.get("except", []):
                assert ipaddress.ip_network(out).version == whole.version
                assert not out.startswith("::ffff:")


def test_it_can_be_left_out() -> None:
    assert not of_kind(render({"networkPolicy": {"enabled": False}}), "NetworkPolicy")
