"""The network policy where nobody narrows it: no metadata service, no port too many or too few."""

from __future__ import annotations

from typing import Any

import pytest

from tests.chart.mistakes import FEEDER, Case
from tests.chart.references import egress_ports, metadata_unreachable
from tests.chart.rendering import render
from tests.chart.test_network import PEERS, PUBLIC, may_reach, policy, ports_to
from worker.fetch.metadata import METADATA_ADDRESSES

OPEN: dict[str, Any] = {
    "links without peers": {
        "telemetry": {"traces": "otlp", "endpoint": "http://otel:80"},
        "redis": {"url": "redis://redis:80/0"},
        "networkPolicy": {"dns": {"to": []}},
        "config": {"fetch": {"s3_endpoint": "http://minio:80"}},
    },
    "wide networks": {
        "config": {"fetch": {"allowed_networks": ["fc00::/7", "160.0.0.0/4", "100.64.0.0/10"]}}
    },
    "no exceptions": {"networkPolicy": {"media": {"except": [], "exceptV6": []}}},
    "no ports": {"config": {"fetch": {"rules": {"allowed_ports": []}}}},
}


@pytest.mark.parametrize("name", OPEN)
def test_no_metadata_service_whatever_is_left_open(name: str) -> None:
    documents = render(OPEN[name], files=(FEEDER,))
    assert list(metadata_unreachable(documents)) == []
    assert list(egress_ports(documents)) == []
    spec = policy({**OPEN[name], "networkPolicy": OPEN[name].get("networkPolicy", {})}, (FEEDER,))
    for address in METADATA_ADDRESSES:
        for port in (53, 80, 443):
            assert not may_reach(spec, str(address), port)


def test_a_link_without_peers_may_still_be_anywhere_else() -> None:
    spec = policy({"networkPolicy": {}})
    for address in (PUBLIC, "10.1.2.3", "192.168.3.4"):
        assert may_reach(spec, address, 9092)
    kafka = next(r for r in spec["egress"] if {"protocol": "TCP", "port": 9092} in r["ports"])
    # Some plug-ins take no pod for an address.
    assert {"namespaceSelector": {}} in kafka["to"]


def test_lists_as_text_are_read_as_the_worker_does() -> None:
    fetch = {"rules": {"allowed_ports": "443, 9000"}, "allowed_networks": "10.20.0.0/16,10.9.9.9"}
    spec = policy({"config": {"fetch": fetch}})
    assert may_reach(spec, "10.20.1.1", 9000)
    assert may_reach(spec, "10.9.9.9", 443)
    assert not may_reach(spec, "10.9.9.8", 443)
    assert not may_reach(spec, PUBLIC, 80)


@pytest.mark.parametrize("as_text", [False, True])
def test_the_ports_of_tenants_are_open(as_text: bool) -> None:
    tenants = '{"a": {"allowed_ports": [8443]}}' if as_text else {"a": {"allowed_ports": [8443]}}
    spec = policy({"config": {"fetch": {"tenants": tenants}}})
    assert may_reach(spec, PUBLIC, 8443)
    assert may_reach(spec, PUBLIC, 443)


def test_no_media_ports_are_no_media() -> None:
    networks = {**PEERS, "hub": {"enabled": False}}
    fetch: dict[str, Any] = {"rules": {"allowed_ports": []}}
    spec = policy({"networkPolicy": networks, "config": {"fetch": fetch}})
    assert not may_reach(spec, PUBLIC, 80)
    assert not may_reach(spec, PUBLIC, 443)


@pytest.mark.parametrize(
    "values",
    [
        {"networkPolicy": {**PEERS, "media": {"enabled": False}}},
        {"config": {"fetch": {"rules": {"allowed_ports": [8080]}}}},
    ],
    ids=["no media", "other ports"],
)
def test_the_hub_is_reached_whatever_media_may(values: dict[str, Any]) -> None:
    assert may_reach(policy(values), PUBLIC, 443)


@pytest.mark.parametrize(
    ("url", "ports", "opened"),
    [
        ("http://minio:9000", [], [9000]),
        ("https://s3.example.com", [], [443]),
        ("http://minio:9000", [9001], [9001]),
    ],
)
def test_the_store_on_its_port(url: str, ports: list[int], opened: list[int]) -> None:
    store = {"to": [{"podSelector": {"matchLabels": {"app": "minio"}}}], "ports": ports}
    spec = policy(
        {"networkPolicy": {**PEERS, "store": store}, "config": {"fetch": {"s3_endpoint": url}}}
    )
    assert ports_to(spec, "minio") == opened


def test_redis_whose_url_is_in_a_store() -> None:
    external = {
        "enabled": True,
        "storeRef": {"name": "vault"},
        "data": {"cache.url": {"key": "ivy/redis", "property": "url"}},
    }
    values = {"secrets": {"external": external}, "redis": {"port": 6400}}
    assert ports_to(policy(values), "redis") == [6400]
    text = next(d for d in render(values) if d["kind"] == "ConfigMap")["data"]["worker.yaml"]
    assert "redis://" not in text


@pytest.mark.parametrize(
    "network", ["0.0.0.0/0", "::/0", "169.254.169.254", "168.63.129.16/32", "fd00:ec2::254"]
)
def test_a_network_that_is_the_metadata_service_is_refused(network: str) -> None:
    Case(
        {"config": {"fetch": {"allowed_networks": [network]}}},
        (f"config.fetch.allowed_networks names {network}", "metadata service"),
    ).check()
