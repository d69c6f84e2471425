"""Hooks, jobs and topics; each command is one that the worker has."""

from __future__ import annotations

from typing import Any

import pytest
import typer

from tests.chart.mistakes import FEEDER
from tests.chart.rendering import Document, of_kind, one, pod_of, render, workload
from worker.cli.main import app

EXTERNAL = {
    "enabled": True,
    "storeRef": {"name": "vault"},
    "data": {"cache.url": {"key": "ivy/redis"}},
}


def parsed(arguments: list[str]) -> dict[str, Any]:
    """Options of the innermost command for some arguments; runs nothing.

    Raises ``UsageError``, of the click that typer brings, for a command or an option that the
    worker does not have.
    """
    command: Any = typer.main.get_command(app)
    context = command.make_context("ivy-worker", list(arguments))
    while hasattr(context.command, "resolve_command"):
        rest = [*context._protected_args, *context.args]
        name, inner, rest = context.command.resolve_command(context, rest)
        context = inner.make_context(name, rest, parent=context)
    found: dict[str, Any] = context.params
    return found


def hook(document: Document) -> tuple[str, int]:
    """When a hook runs, and where in the order."""
    annotations = document["metadata"]["annotations"]
    return annotations["helm.sh/hook"], int(annotations["helm.sh/hook-weight"])


def everything() -> list[Document]:
    """All jobs there are."""
    return render(
        {
            "model": {
                "revision": "a" * 40,
                "source": {"type": "init", "init": {"checksums": "00  config.json"}},
            },
            "topics": {"provision": {"enabled": True, "retentionMs": 604800000}},
            "deadLetterReplay": {"enabled": True, "reasons": ["fetch_failed"], "rate": 2.5},
        }
    )


def test_every_command_is_one_that_the_worker_has() -> None:
    documents = [d for d in everything() if d["kind"] in {"Deployment", "Job", "CronJob", "Pod"}]
    containers: list[dict[str, Any]] = []
    for document in documents:
        pod = pod_of(document)
        containers += [*pod["containers"], *pod.get("initContainers", [])]
    commands = [container["args"] for container in containers]
    assert sorted(args[0] for args in commands) == [
        *("config", "dlq", "doctor", "doctor", "models", "run", "topics")
    ]
    for args in commands:
        assert parsed(args)


def test_a_command_that_is_not_there_would_be_found() -> None:
    with pytest.raises(Exception, match="No such option: --no-such-option"):
        parsed(["topics", "provision", "--no-such-option"])


def test_settings_are_checked_first_then_topics_are_made() -> None:
    documents = everything()
    config = hook(one(documents, "ConfigMap", "ivy-ivy-worker-hook"))
    check = hook(one(documents, "Job", "ivy-ivy-worker-config-check"))
    topics = hook(one(documents, "Job", "ivy-ivy-worker-topics"))
    assert config[0] == check[0] == topics[0] == "pre-install,pre-upgrade"
    assert config[1] < check[1] < topics[1]


def test_hooks_wait_for_an_external_secret() -> None:
    values = {"secrets": {"external": EXTERNAL}, "topics": {"provision": {"enabled": True}}}
    documents = render(values)
    for job in of_kind(documents, "Job"):
        assert hook(job)[0] == "post-install,pre-upgrade"


def test_hooks_use_nothing_that_is_not_there_yet() -> None:
    documents = everything()
    for job in of_kind(documents, "Job"):
        pod = pod_of(job)
        # The release's own account and settings come after them.
        assert "serviceAccountName" not in pod
        names = {v["configMap"]["name"] for v in pod["volumes"] if "configMap" in v}
        assert names == {"ivy-ivy-worker-hook"}


def test_an_account_that_is_there_is_used_by_hooks() -> None:
    documents = render({"serviceAccount": {"create": False, "name": "ivy"}})
    assert not of_kind(documents, "ServiceAccount")
    assert pod_of(one(documents, "Job"))["serviceAccountName"] == "ivy"
    assert pod_of(workload(documents))["serviceAccountName"] == "ivy"


def test_the_job_of_the_topics() -> None:
    args = pod_of(one(everything(), "Job", "ivy-ivy-worker-topics"))["containers"][0]["args"]
    params = parsed(args)
    assert params["partitions"] == 12
    assert params["replication_factor"] == 3
    assert params["retention_ms"] == 604_800_000


def test_the_replay_waits_for_a_person() -> None:
    job = one(everything(), "CronJob")["spec"]
    assert job["suspend"] is True
    assert job["concurrencyPolicy"] == "Forbid"
    assert job["jobTemplate"]["spec"]["activeDeadlineSeconds"] == 3600
    args = job["jobTemplate"]["spec"]["template"]["spec"]["containers"][0]["args"]
    params = parsed(args)
    assert params["yes"] is True
    assert params["rate"] == 2.5
    assert params["group"] == "ivy-replay"


@pytest.mark.parametrize("what", ["links", "worker"])
def test_helm_test_tries_the_links_and_asks_a_worker(what: str) -> None:
    pod = one(render(files=[FEEDER]), "Pod", f"ivy-ivy-worker-test-{what}")
    assert pod["metadata"]["annotations"]["helm.sh/hook"] == "test"
    assert pod["spec"]["containers"][0]["args"][:2] == ["doctor", f"--{what}"]


@pytest.mark.parametrize("files", [(), ("values-static.yaml",)], ids=["deployment", "statefulset"])
def test_the_worker_is_asked_through_its_service(files: tuple[str, ...]) -> None:
    documents = render({"health": {"port": 8181}}, files=files)
    service = one(documents, "Service")
    url = f"http://{service['metadata']['name']}:{service['spec']['ports'][0]['port']}"
    pod = one(documents, "Pod", "ivy-ivy-worker-test-worker")
    assert url == "http://ivy-ivy-worker:8181"
    assert parsed(pod["spec"]["containers"][0]["args"])["worker"] == url


@pytest.mark.parametrize(
    "values",
    [
        {"service": {"enabled": False}},
        {
            "workload": {"replicas": None},
            "autoscaling": {"enabled": True, "minReplicas": 0, "maxReplicas": 4},
        },
    ],
    ids=["no service", "perhaps no worker"],
)
def test_no_worker_is_asked_where_none_may_answer(values: dict[str, Any]) -> None:
    assert [pod["metadata"]["name"] for pod in of_kind(render(values), "Pod")] == [
        "ivy-ivy-worker-test-links"
    ]


def test_they_can_be_left_out() -> None:
    documents = render({"configCheck": {"enabled": False}, "tests": {"enabled": False}})
    assert not of_kind(documents, "Job")
    assert not of_kind(documents, "Pod")
    assert not [d for d in documents if d["metadata"]["name"].endswith("-hook")]
