"""Monitors, rules and dashboards."""

from __future__ import annotations

import json
from typing import Any

import pytest
import yaml

from tests.chart.rendering import CHART, failure, of_kind, one, render, workload

ALL = {
    "labels": {"release": "kps"},
    "rules": {"enabled": True, "runbookBaseUrl": "https://wiki.example.com/runbooks/"},
    "dashboards": {"enabled": True},
}


def test_nothing_by_default() -> None:
    kinds = {document["kind"] for document in render()}
    assert not kinds & {"ServiceMonitor", "PodMonitor", "PrometheusRule"}


def test_the_service_monitor_finds_the_service() -> None:
    values = {"monitoring": {**ALL, "serviceMonitor": {"enabled": True, "interval": "15s"}}}
    documents = render(values)
    monitor, service = one(documents, "ServiceMonitor"), one(documents, "Service")
    selector = monitor["spec"]["selector"]["matchLabels"]
    assert selector.items() <= service["metadata"]["labels"].items()
    assert monitor["metadata"]["labels"]["release"] == "kps"
    endpoint = monitor["spec"]["endpoints"][0]
    assert endpoint["port"] in {port["name"] for port in service["spec"]["ports"]}
    assert (endpoint["path"], endpoint["interval"]) == ("/metrics", "15s")
    # Else a worker that loads or drains would be out of sight.
    assert service["spec"]["publishNotReadyAddresses"] is True


def test_the_pod_monitor_finds_the_pods() -> None:
    documents = render({"monitoring": {"podMonitor": {"enabled": True}}})
    selector = one(documents, "PodMonitor")["spec"]["selector"]["matchLabels"]
    labels = workload(documents)["spec"]["template"]["metadata"]["labels"]
    assert selector.items() <= labels.items()


@pytest.fixture
def rules() -> list[dict[str, Any]]:
    return of_kind(render({"monitoring": ALL}), "PrometheusRule")


def test_every_file_of_rules_becomes_an_object(rules: list[dict[str, Any]]) -> None:
    files = sorted((CHART / "rules").glob("*.yaml"))
    assert files
    assert len(rules) == len(files)
    for made, file in zip(rules, files, strict=True):
        text = file.read_text(encoding="utf-8")
        wanted = yaml.safe_load(text.replace("__RUNBOOKS__", "https://wiki.example.com/runbooks"))
        # Prometheus's own templates are as they were, too; test_scope.py looks at expressions.
        assert _without_expressions(made["spec"]) == _without_expressions(wanted)
        assert made["metadata"]["labels"]["release"] == "kps"


def _without_expressions(spec: dict[str, Any]) -> dict[str, Any]:
    groups = [
        {**group, "rules": [{**rule, "expr": ""} for rule in group["rules"]]}
        for group in spec["groups"]
    ]
    return {**spec, "groups": groups}


def test_every_alert_links_to_its_runbook(rules: list[dict[str, Any]]) -> None:
    alerts = [
        rule
        for made in rules
        for group in made["spec"]["groups"]
        for rule in group["rules"]
        if "alert" in rule
    ]
    assert alerts
    for alert in alerts:
        link = alert["annotations"]["runbook_url"]
        assert link.startswith("https://wiki.example.com/runbooks/")
        assert "__" not in link


def alert_names(values: dict[str, Any]) -> list[str]:
    """Of all alerts that the chart makes, in its order."""
    monitoring = {"rules": {"enabled": True, **values.pop("rules", {})}}
    spec = one(render({"monitoring": monitoring, **values}), "PrometheusRule")["spec"]
    return [rule["alert"] for group in spec["groups"] for rule in group["rules"] if "alert" in rule]


def test_alerts_that_are_disabled_are_left_out() -> None:
    every = alert_names({})
    left_out = {"IvyWorkerGpuIdle", "IvyWorkerCacheHitsFell"}
    assert left_out <= set(every)
    kept = alert_names({"rules": {"disabled": sorted(left_out)}})
    assert kept == [name for name in every if name not in left_out]


def test_a_group_without_a_rule_is_left_out() -> None:
    groups = yaml.safe_load((CHART / "rules" / "ivy-worker.yaml").read_text("utf-8"))["groups"]
    cache = next(group for group in groups if group["name"] == "ivy-worker-cache")
    disabled = [rule["alert"] for rule in cache["rules"]]
    values = {"monitoring": {"rules": {"enabled": True, "disabled": disabled}}}
    made = one(render(values), "PrometheusRule")["spec"]["groups"]
    kept = [group["name"] for group in groups if group["name"] != "ivy-worker-cache"]
    assert [group["name"] for group in made] == kept


def test_an_alert_that_is_not_there_cannot_be_disabled() -> None:
    disabled = ["IvyWorkerGpuIdle", "IvyWorkerGpuIdel"]
    said = failure({"monitoring": {"rules": {"enabled": True, "disabled": disabled}}})
    assert "monitoring.rules.disabled names IvyWorkerGpuIdel" in said
    assert "IvyWorkerGpuIdle," not in said


@pytest.mark.parametrize(
    ("enabled", "least", "there"), [(True, 0, False), (True, 1, True), (False, 0, True)]
)
def test_a_fleet_that_may_be_empty_is_not_missed(enabled: bool, least: int, there: bool) -> None:
    scaling = {"enabled": enabled, "minReplicas": least, "maxReplicas": 4}
    workload = {"workload": {"replicas": None}} if enabled else {}
    names = alert_names({"autoscaling": scaling, **workload})
    assert ("IvyWorkerAbsent" in names) is there
    assert "IvyWorkerNoneReady" in names


def test_dashboards_are_config_maps_that_the_sidecar_finds() -> None:
    documents = render({"monitoring": ALL})
    found = [
        document
        for document in of_kind(documents, "ConfigMap")
        if document["metadata"]["labels"].get("grafana_dashboard") == "1"
    ]
    files = {file.name: file for file in (CHART / "dashboards").glob("*.json")}
    assert files
    assert {name for document in found for name in document["data"]} == set(files)
    for document in found:
        assert document["metadata"]["annotations"]["grafana_folder"] == "Ivy Worker"
        for name, text in document["data"].items():
            written = files[name].read_text(encoding="utf-8")
            filled = written.replace("__RUNBOOKS__", "https://wiki.example.com/runbooks")
            made, wanted = json.loads(text), json.loads(filled)
            assert made["panels"] == wanted["panels"]
            assert made["links"] == wanted["links"]
            assert "__RUNBOOKS__" not in text
            # The API server takes no ConfigMap above 1 MiB.
            assert len(text) < 900_000


@pytest.mark.parametrize("rules", [{}, {"runbookBaseUrl": ""}], ids=["default", "empty"])
def test_without_a_base_there_are_no_links_to_runbooks(rules: dict[str, str]) -> None:
    documents = render(
        {"monitoring": {"rules": {"enabled": True, **rules}, "dashboards": {"enabled": True}}}
    )
    spec = one(documents, "PrometheusRule")["spec"]
    alerts = [rule for group in spec["groups"] for rule in group["rules"] if "alert" in rule]
    assert alerts
    assert all(set(alert["annotations"]) == {"summary", "description"} for alert in alerts)
    for file in (CHART / "dashboards").glob("*.json"):
        name = f"ivy-ivy-worker-dashboard-{file.stem}"
        text = one(documents, "ConfigMap", name)["data"][file.name]
        made, wanted = json.loads(text), json.loads(file.read_text(encoding="utf-8"))
        assert (made["panels"], made["links"]) == (
            _without_runbooks(wanted["panels"]),
            _without_runbooks(wanted["links"]),
        )


def _without_runbooks(node: Any) -> Any:
    """The same, without its links that begin with the runbooks' placeholder."""
    if isinstance(node, dict):
        return {key: _without_runbooks(value) for key, value in node.items()}
    if isinstance(node, list):
        return [_without_runbooks(one) for one in node if not _leads_to_a_runbook(one)]
    return node


def _leads_to_a_runbook(node: Any) -> bool:
    return isinstance(node, dict) and str(node.get("url")).startswith("__RUNBOOKS__")


def test_a_base_that_is_no_url_is_refused() -> None:
    assert "runbookBaseUrl" in failure({"monitoring": {"rules": {"runbookBaseUrl": "wiki"}}})
