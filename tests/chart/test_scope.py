"""Rules, dashboards and triggers of one release do not see another one beside it."""

from __future__ import annotations

import json
import re
import subprocess
from pathlib import Path
from typing import Any

import pytest
import yaml

from scripts.dashboards.prometheus import PROGRAMS, RULES
from scripts.dashboards.promql import Matcher, Selector, asked
from tests.alerts.rule_file import TESTS, alerts
from tests.chart.rendering import CHART, HELM, of_kind, one, render

MONITORING = {"rules": {"enabled": True}, "dashboards": {"enabled": True}}
JOBS = {
    "serviceMonitor": "ivy-ivy-worker",
    "podMonitor": "moderation/ivy-ivy-worker",
    "job": "media-workers",
}
"""What the Prometheus operator calls the job of each, and one of somebody's own."""


def monitored(by: str) -> dict[str, Any]:
    """Values with the monitor, or with a job that is named."""
    own: dict[str, Any] = {"job": JOBS["job"]} if by == "job" else {by: {"enabled": True}}
    return {"monitoring": {**MONITORING, **own}}


def expressions(values: dict[str, Any], files: tuple[str, ...] = ()) -> list[str]:
    groups = one(render(values, files=files), "PrometheusRule")["spec"]["groups"]
    return [rule["expr"] for group in groups for rule in group["rules"]]


def plain_expressions() -> list[str]:
    groups = yaml.safe_load(RULES.read_text(encoding="utf-8"))["groups"]
    return [rule["expr"] for group in groups for rule in group["rules"]]


def expected(selector: Selector, job: str) -> Selector:
    """The same, asked of this release."""
    own = (Matcher("namespace", "=", "moderation"), Matcher("job", "=", job))
    if selector.metric.startswith("kube_"):
        random = "[bcdfghjklmnpqrstvwxz2456789]"
        own = (own[0], Matcher("pod", "=~", f"ivy-ivy-worker-{random}+-{random}{{5}}"))
    return Selector(selector.metric, own + selector.matchers)


@pytest.mark.parametrize("by", JOBS)
def test_every_series_of_every_rule_is_of_this_release(by: str) -> None:
    for made, plain in zip(expressions(monitored(by)), plain_expressions(), strict=True):
        wanted = tuple(expected(one, JOBS[by]) for one in asked(plain).selectors)
        assert asked(made).selectors == wanted, plain


def test_where_no_job_is_known_it_is_the_namespace() -> None:
    for made in expressions({"monitoring": MONITORING}):
        for selector in asked(made).selectors:
            assert selector.matchers[0] == Matcher("namespace", "=", "moderation")
            assert "job" not in {matcher.label for matcher in selector.matchers}


def rule_file(folder: Path, release: str, namespace: str, **monitoring: Any) -> Path:
    """What a release makes of the rules, as a file for promtool."""
    file = folder / f"{release}.yaml"
    values = {"rules": {"enabled": True, "runbookBaseUrl": "https://x"}, **monitoring}
    made = subprocess.run(
        [
            *(HELM, "template", release, CHART, "--namespace", namespace, "--values", "-"),
            *("--values", CHART / "values-static.yaml", "--show-only", "templates/rules.yaml"),
        ],
        input=json.dumps({"monitoring": values}),
        capture_output=True,
        text=True,
        check=True,
    ).stdout.replace("https://x", "__RUNBOOKS__")
    file.write_text(yaml.safe_dump(yaml.safe_load(made)["spec"]), encoding="utf-8")
    return file


def promtool(*arguments: str | Path) -> tuple[int, str]:
    done = subprocess.run(
        [PROGRAMS / "promtool", *arguments], capture_output=True, text=True, check=False
    )
    return done.returncode, done.stdout + done.stderr


def test_each_alert_fires_as_before_for_its_own_release(tmp_path: Path) -> None:
    made = rule_file(tmp_path, "ivy-worker", "media", job="ivy-worker")
    status, said = promtool("check", "rules", "--lint-fatal", made)
    assert status == 0, said
    for alert in alerts():
        text = alert.test_file.read_text(encoding="utf-8")
        of_made = re.sub(r"^- \.\./\.\./.*$", f"- {made.name}", text, flags=re.MULTILINE)
        (tmp_path / alert.test_file.name).write_text(of_made, encoding="utf-8")
    status, said = promtool("test", "rules", *sorted(tmp_path.glob("*.test.yaml")))
    assert status == 0, said
    assert len(list(tmp_path.glob("*.test.yaml"))) == len(list(TESTS.glob("*.test.yaml")))


def test_what_befalls_the_release_beside_it_is_no_alert_of_its_own(tmp_path: Path) -> None:
    made = rule_file(tmp_path, "ivy", "media", podMonitor={"enabled": True})
    looping = "kube_pod_container_status_waiting_reason"
    series = []
    for name in ("ivy-ivy-worker", "ivy-ivy-worker-b"):
        container = f'namespace="media", pod="{name}-0", container="worker"'
        series += [
            (f'ivy_ready{{namespace="media", job="media/{name}"}}', "0x40"),
            (f'ivy_ready{{namespace="elsewhere", job="media/{name}"}}', "0x40"),
            (f'{looping}{{{container}, reason="CrashLoopBackOff"}}', "1x40"),
            (f'kube_pod_container_info{{{container}, image="ivy-worker:1"}}', "1x40"),
        ]
    (tmp_path / "beside.yaml").write_text(
        yaml.safe_dump(
            {
                "rule_files": [made.name],
                "evaluation_interval": "1m",
                "tests": [
                    {
                        "interval": "1m",
                        "input_series": [{"series": one, "values": value} for one, value in series],
                        "promql_expr_test": [
                            {
                                "expr": 'ALERTS{alertstate="firing", severity="page"}',
                                "eval_time": "20m",
                                "exp_samples": [
                                    {
                                        "labels": 'ALERTS{alertname="IvyWorkerNoneReady",'
                                        ' alertstate="firing", severity="page",'
                                        ' namespace="media", job="media/ivy-ivy-worker"}',
                                        "value": 1,
                                    },
                                    {
                                        "labels": 'ALERTS{alertname="IvyWorkerCrashLooping",'
                                        ' alertstate="firing", severity="page",'
                                        ' needs="kube-state-metrics",'
                                        ' namespace="media", pod="ivy-ivy-worker-0"}',
                                        "value": 1,
                                    },
                                ],
                            }
                        ],
                    }
                ],
            }
        ),
        encoding="utf-8",
    )
    status, said = promtool("test", "rules", tmp_path / "beside.yaml")
    assert status == 0, said


@pytest.mark.parametrize(
    ("files", "its_own", "others"),
    [
        (
            (),
            ("ivy-ivy-worker-7f9c6d5b8-x2k4z", "ivy-ivy-worker-55-bbbbb"),
            (
                "ivy-ivy-worker-b-7f9c6d5b8-x2k4z",
                "ivy-ivy-worker-2-x2k4z-x2k4z",
                "ivy-ivy-worker-b-0",
                "ivy-ivy-worker-topics-x2k4z",
                "xivy-ivy-worker-7f9c6d5b8-x2k4z",
            ),
        ),
        (
            ("values-static.yaml",),
            ("ivy-ivy-worker-0", "ivy-ivy-worker-12"),
            ("ivy-ivy-worker-b-0", "ivy-ivy-worker-topics-x2k4z", "ivy-ivy-worker-0-0"),
        ),
    ],
    ids=["deployment", "statefulset"],
)
def test_names_of_pods_are_this_releases_alone(
    files: tuple[str, ...], its_own: tuple[str, ...], others: tuple[str, ...]
) -> None:
    found = [asked(expr).selectors for expr in expressions({"monitoring": MONITORING}, files)]
    (pattern,) = {
        matcher.value
        for selectors in found
        for selector in selectors
        for matcher in selector.matchers
        if matcher.label == "pod"
    }
    assert [name for name in its_own if not re.fullmatch(pattern, name)] == []
    assert [name for name in others if re.fullmatch(pattern, name)] == []


@pytest.mark.parametrize("by", JOBS)
def test_all_of_a_dashboard_is_all_of_this_release(by: str) -> None:
    boards = [
        json.loads(text)
        for found in of_kind(render(monitored(by)), "ConfigMap")
        if "grafana_dashboard" in found["metadata"]["labels"]
        for text in found["data"].values()
    ]
    assert len(boards) == len(list((CHART / "dashboards").glob("*.json")))
    own = (Matcher("namespace", "=", "moderation"), Matcher("job", "=", JOBS[by]))
    for board in boards:
        variables = {one["name"]: one for one in board["templating"]["list"]}
        assert variables["namespace"]["allValue"] == "moderation"
        assert variables["job"]["allValue"] == JOBS[by]
        for name in ("cluster", "namespace", "job", "pod"):
            (series,) = re.findall(r"label_values\((.*), \w+\)", variables[name]["query"])
            (selector,) = asked(re.sub(r", *}", "}", series)).selectors
            assert selector.matchers[:2] == own
        for panel in board["panels"]:
            for target in panel.get("targets", []):
                for selector in asked(target["expr"]).selectors:
                    labels = {matcher.label for matcher in selector.matchers}
                    assert labels >= {"namespace", "job"}, target["expr"]


def test_the_dashboards_of_two_releases_can_be_in_one_grafana() -> None:
    def of(values: dict[str, Any]) -> tuple[set[str], set[str]]:
        boards = [
            json.loads(text)
            for found in of_kind(render(values), "ConfigMap")
            if "grafana_dashboard" in found["metadata"]["labels"]
            for text in found["data"].values()
        ]
        return {board["uid"] for board in boards}, {board["title"] for board in boards}

    uids, titles = of({"monitoring": MONITORING})
    other_uids, other_titles = of({"monitoring": MONITORING, "fullnameOverride": "ivy-b"})
    assert uids
    assert not uids & other_uids
    assert not titles & other_titles
    assert max(map(len, uids | other_uids)) <= 40  # Grafana's limit
