"""Alerts and recording rules: sound, tested one by one, and on metrics that there are."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path

import pytest
import yaml

from scripts.dashboards.prometheus import RULES
from scripts.dashboards.promql import asked
from tests.alerts.known_series import OURS, TARGET, faults
from tests.alerts.rule_file import RUNBOOKS, TESTS, Alert, alerts, recorded, rules
from worker.telemetry.prometheus_names import prometheus_label

ALERTS = alerts()
each_alert = pytest.mark.parametrize("alert", ALERTS, ids=[alert.name for alert in ALERTS])


def run(*command: str) -> tuple[int, str]:
    """Exit status and all that was said."""
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    return done.returncode, done.stdout + done.stderr


def test_promtool_finds_the_rules_sound(promtool: str) -> None:
    status, said = run(promtool, "check", "rules", "--lint-fatal", str(RULES))
    assert status == 0, said


def test_promtool_says_that_each_alert_fires_when_it_should_and_only_then(promtool: str) -> None:
    status, said = run(promtool, "test", "rules", *(str(alert.test_file) for alert in ALERTS))
    assert status == 0, said


def test_a_threshold_that_is_moved_fails_its_test(promtool: str, tmp_path: Path) -> None:
    rule = RULES.read_text(encoding="utf-8")
    test = (TESTS / "IvyWorkerWatermarkGap.test.yaml").read_text(encoding="utf-8")
    moved = rule.replace("(ivy_consumer_gap) > 5000", "(ivy_consumer_gap) > 4999")
    assert moved != rule
    (tmp_path / "rules.yaml").write_text(moved, encoding="utf-8")
    (tmp_path / "gap.yaml").write_text(
        test.replace("../../charts/ivy-worker/rules/ivy-worker.yaml", "rules.yaml"),
        encoding="utf-8",
    )
    status, said = run(promtool, "test", "rules", str(tmp_path / "gap.yaml"))
    assert status != 0
    assert "5000 wait" in said


@each_alert
def test_is_tested_both_ways(alert: Alert) -> None:
    document = yaml.safe_load(alert.test_file.read_text(encoding="utf-8"))
    cases = [case for test in document["tests"] for case in test["alert_rule_test"]]
    assert {case["alertname"] for case in cases} == {alert.name}
    assert any(case["exp_alerts"] for case in cases), "no case in which it fires"
    assert any(not case["exp_alerts"] for case in cases), "no case in which it does not"


@each_alert
def test_says_what_and_where_to_read(alert: Alert) -> None:
    assert alert.labels["severity"] in {"page", "ticket"}
    assert set(alert.annotations) == {"summary", "description", "runbook_url"}
    assert alert.annotations["runbook_url"] == f"__RUNBOOKS__/{alert.name}.md"
    assert "$labels" in alert.annotations["description"]
    assert ("kube_" in alert.expr) == (alert.labels.get("needs") == "kube-state-metrics")


@each_alert
def test_has_a_runbook_with_all_its_parts(alert: Alert) -> None:
    text = alert.runbook.read_text(encoding="utf-8")
    assert text.startswith(f"# {alert.name}\n")
    assert f"**{alert.labels['severity'].capitalize()}.**" in text
    found = re.findall(r"^## (.+)$", text, re.MULTILINE)
    assert found == [
        "What it means",
        "What users notice",
        "How to check",
        "How to mend it",
        "How to silence it",
        "What not to do",
    ]
    index = (RUNBOOKS / "README.md").read_text(encoding="utf-8")
    assert f"[{alert.name}]({alert.name}.md)" in index


def test_no_test_and_no_runbook_is_left_of_an_alert_that_is_gone() -> None:
    names = {alert.name for alert in ALERTS}
    assert {file.name.removesuffix(".test.yaml") for file in TESTS.glob("*.test.yaml")} == names
    assert {file.stem for file in RUNBOOKS.glob("*.md")} == names | {"README"}


@pytest.mark.parametrize("rule", rules(), ids=lambda rule: rule.get("alert") or rule["record"])
def test_asks_for_metrics_and_labels_that_there_are(rule: dict[str, str]) -> None:
    found = asked(rule["expr"])
    assert [fault for one in found.selectors for fault in faults(one, recorded())] == []
    own = {
        prometheus_label(label.name)
        for one in found.selectors
        if one.metric in OURS
        for label in OURS[one.metric].labels
    }
    foreign = {"container"} if "kube_" in rule["expr"] else set()
    assert found.grouped_by <= TARGET | own | foreign


def test_a_name_that_is_not_in_the_table_is_seen() -> None:
    wrong = 'rate(ivy_verdict_total[5m]) / ivy_consumer_lag{color="red"} > ivy_ready{pod="a"}'
    found = [fault for one in asked(wrong).selectors for fault in faults(one)]
    assert found == [
        "ivy_verdict_total is no metric of the table",
        "ivy_consumer_lag has no label color",
    ]


def test_a_value_that_there_is_never_is_seen() -> None:
    wrong = 'ivy_breaker_open{breaker="reactor"} or ivy_event_age_seconds_bucket{le="60.0"}'
    found = [fault for one in asked(wrong).selectors for fault in faults(one)]
    assert found == ["breaker is never 'reactor'", "ivy.event.age has no bucket 60.0"]
