from __future__ import annotations

import json
from pathlib import Path

import pytest

from worker.settings.listing import entries, shown
from worker.settings.relations import check_relations
from worker.settings.settings import Settings, load_settings
from worker.settings.sources import SettingsInvalid


@pytest.fixture(autouse=True)
def clean_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    import os

    for name in list(os.environ):
        if name.startswith("IVY_"):
            monkeypatch.delenv(name)


def fault(*assignments: str, config: Path | None = None) -> str:
    with pytest.raises(SettingsInvalid) as invalid:
        check_relations(load_settings(config, assignments))
    return str(invalid.value)


def test_the_defaults_are_valid_and_fit_together() -> None:
    check_relations(load_settings())


def test_sources_win_in_their_order(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    config = tmp_path / "worker.yaml"
    config.write_text(
        "kafka: {topics: {uploads: yaml, verdicts: yaml, dead_letters: yaml}}\n"
        "cache: {prefix: yaml}\n",
        encoding="utf-8",
    )
    secrets = tmp_path / "secrets"
    secrets.mkdir()
    (secrets / "cache__prefix").write_text("file", encoding="utf-8")
    monkeypatch.setenv("IVY_SECRETS_DIR", str(secrets))
    monkeypatch.setenv("IVY_KAFKA__TOPICS__VERDICTS", "environment")
    monkeypatch.setenv("IVY_KAFKA__TOPICS__DEAD_LETTERS", "environment")
    settings = load_settings(config, ["kafka.topics.dead_letters=command"])
    assert settings.kafka.topics.uploads == "yaml"
    assert settings.cache.prefix == "file"
    assert settings.kafka.topics.verdicts == "environment"
    assert settings.kafka.topics.dead_letters == "command"


def test_a_file_can_be_named_by_the_environment(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    config = tmp_path / "worker.yaml"
    config.write_text("log: {level: debug}", encoding="utf-8")
    monkeypatch.setenv("IVY_CONFIG", str(config))
    assert load_settings().log.level == "debug"


def test_lists_and_mappings_can_be_given_in_the_environment(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("IVY_KAFKA__BOOTSTRAP_SERVERS", "a:1, b:2")
    monkeypatch.setenv("IVY_FETCH__GCS_OPTIONS", '{"skip_signature": "true"}')
    monkeypatch.setenv("IVY_POLICY__RULES", '[{"surface": "avatar", "thresholds": {}}]')
    settings = load_settings()
    assert settings.kafka.bootstrap_servers == ("a:1", "b:2")
    assert settings.fetch.gcs_options["skip_signature"].get_secret_value() == "true"
    assert settings.policy.rules[0].surface == "avatar"


@pytest.mark.parametrize(
    ("assignment", "said"),
    [
        ("kafka.topic.uploads=x", "kafka.topic: there is no such setting"),
        ("nothing=1", "nothing: there is no such setting"),
        ("engine.max_num_seqs=many", "engine.max_num_seqs: Input should be a valid integer"),
        ("engine.max_num_seqs=0", "engine.max_num_seqs: Input should be greater than or equal"),
        ("kafka", "--set takes NAME=VALUE"),
        ("cache.prefix.inner=1", "cache.prefix: Input should be a valid string"),
    ],
)
def test_a_fault_is_named_by_its_setting(assignment: str, said: str) -> None:
    assert said in fault(assignment)


def test_a_secret_is_not_repeated_in_an_error() -> None:
    assert "hunter2" not in fault("cache.url={'a': 'hunter2'}")


def test_an_assignment_below_a_value_is_an_error() -> None:
    assert "goes below kafka" in fault("kafka=1", "kafka.topics.uploads=x")


def test_a_variable_that_names_nothing_is_an_error(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("IVY_KAFAK__TOPICS__UPLOADS", "x")
    assert "IVY_KAFAK__TOPICS__UPLOADS names no setting" in fault()


def test_what_kubernetes_says_of_a_service_is_no_setting(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("SERVICE_HOST", "SERVICE_PORT", "SERVICE_PORT_HTTP", "PORT", "PORT_80_TCP_ADDR"):
        monkeypatch.setenv(f"IVY_WORKER_{name}", "10.0.0.1")
    load_settings()


def test_a_file_that_is_not_yaml_is_not_quoted(tmp_path: Path) -> None:
    config = tmp_path / "worker.yaml"
    config.write_text("cache: {url: 'redis://:hunter2@h'\n  x: [", encoding="utf-8")
    told = fault(config=config)
    assert "hunter2" not in told
    assert "line 2" in told


def test_a_variable_of_a_section_with_an_unknown_name_is_an_error(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("IVY_KAFKA__TOPICS__UPLOAD", "x")
    assert "kafka.topics.upload" in fault()


@pytest.mark.parametrize(
    ("content", "said"), [(None, "cannot read"), (b"a: [", "not YAML"), (b"- a", "a mapping")]
)
def test_a_file_that_cannot_be_used_is_named(
    tmp_path: Path, content: bytes | None, said: str
) -> None:
    config = tmp_path / "worker.yaml"
    if content is not None:
        config.write_bytes(content)
    told = fault(config=config)
    assert said in told
    assert str(config) in told


@pytest.mark.parametrize(
    ("assignments", "named"),
    [
        (["policy.thresholds.authentic_below=0.9"], "policy.thresholds"),
        (
            ["policy.rules=[{tenant: a, thresholds: {authentic_below: 0.9}}]"],
            "policy.rules[0].thresholds",
        ),
        (["flow.drain_timeout_s=300"], "kafka.consumer.max_poll_interval_ms"),
        (
            ["stream.client=confluent", "kafka.consumer.session_timeout_ms=400000"],
            "stream.client=confluent",
        ),
        (["stream.client=librdkafka"], "stream.client"),
        (["kafka.producer.delivery_timeout_ms=5"], "kafka.producer.linger_ms"),
        (
            ["model.engine=openai", "remote.flavor=openai", "cascade.enabled=true"],
            "cascade.enabled",
        ),
    ],
)
def test_settings_that_do_not_fit_together_are_named(assignments: list[str], named: str) -> None:
    assert named in fault(*assignments)


def test_every_fault_is_told_at_once() -> None:
    told = fault("flow.drain_timeout_s=300", "cascade.think_from=0.9", "cascade.think_to=0.1")
    assert "flow.drain_timeout_s" in told
    assert "cascade.think_from" in told


@pytest.mark.parametrize(
    "url",
    ["vllm:8000/v1", "ftp://vllm/v1", "http://me:secret@vllm/v1", "http://vllm/v1?key=secret"],
)
def test_a_servers_url_must_be_one_and_hold_no_secret(url: str) -> None:
    told = fault(f"remote.base_url={url}")
    assert "remote.base_url" in told
    assert "secret" not in told


def test_a_key_that_no_header_can_hold_is_told_and_not_shown() -> None:
    told = fault("remote.api_key=my secret")
    assert "remote.api_key" in told
    assert "my secret" not in told


def test_the_engine_is_chosen_and_its_key_is_not_shown() -> None:
    assert load_settings().chosen_engine.in_flight == 384
    settings = load_settings(
        assignments=["model.engine=openai", "remote.api_key=hidden", "remote.max_in_flight=5"]
    )
    check_relations(settings)
    assert settings.chosen_engine.in_flight == 5
    assert "hidden" not in json.dumps(shown(settings))
    assert "hidden" not in repr(settings)


def test_every_setting_says_what_it_is() -> None:
    listed = list(entries())
    assert len(listed) > 50
    assert [entry.name for entry in listed if not entry.description] == []
    assert "IVY_KAFKA__TOPICS__UPLOADS" in {entry.variable for entry in listed}


def test_secrets_are_masked_where_settings_are_shown() -> None:
    settings = load_settings(
        assignments=[
            "cache.url=redis://:hunter2@host/0",
            "fetch.gcs_options={service_account_key: hunter2}",
        ]
    )
    assert "hunter2" not in json.dumps(shown(settings))
    assert settings.cache.url.get_secret_value() == "redis://:hunter2@host/0"


def test_there_is_a_json_schema() -> None:
    assert "kafka" in Settings.model_json_schema()["properties"]


def test_retry_topics_are_given_as_people_type_them(tmp_path: Path) -> None:
    def given(assignment: str) -> list[tuple[str, float]]:
        topics = load_settings(assignments=[assignment]).kafka.topics.retries
        return [(topic.name, topic.delay_s) for topic in topics]

    assert given("kafka.topics.retries=a=10, b=0.5") == [("a", 10.0), ("b", 0.5)]
    assert given("kafka.topics.retries=") == []
    assert len(load_settings().kafka.topics.retries) == 3
    config = tmp_path / "worker.yaml"
    config.write_text("kafka: {topics: {retries: [{name: a, delay_s: 5}, b=7]}}", encoding="utf-8")
    found = load_settings(config).kafka.topics.retries
    assert [(topic.name, topic.delay_s) for topic in found] == [("a", 5.0), ("b", 7.0)]


@pytest.mark.parametrize(
    "assignments",
    [
        ["kafka.topics.retries=later"],
        ["kafka.topics.retries=later=soon"],
        ["kafka.topics.retries=later=-1"],
        ["kafka.topics.verdicts=media.uploads"],
        ["kafka.topics.retries=media.verdicts=5"],
    ],
)
def test_topics_that_cannot_be_are_named(assignments: list[str]) -> None:
    assert "kafka.topics" in fault(*assignments)


@pytest.mark.parametrize("name", ["20261124", "1e5", "true", "2026-11-24", "0.5"])
def test_a_name_may_look_like_something_else(name: str) -> None:
    assert load_settings(assignments=[f"cache.prefix={name}"]).cache.prefix == name


def test_numbers_and_flags_are_read_where_they_are_wanted() -> None:
    found = load_settings(
        assignments=["cache.ttl_s=60", "cache.timeout_s=.5", "cascade.enabled=true"]
    )
    assert (found.cache.ttl_s, found.cache.timeout_s, found.cascade.enabled) == (60, 0.5, True)
