"""What an operator allows, and each tenant."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from worker.domain.failure import Poison
from worker.fetch.addresses import AddressRules
from worker.fetch.config import FetchConfig
from worker.fetch.rules import FetchRules
from worker.fetch.url_policy import UrlPolicy
from worker.settings.settings import load_settings


def refusal(url: str, tenant: str = "default", **settings: Any) -> str:
    """Why; empty where it may be followed."""
    config = FetchConfig.model_validate(settings)
    policy = UrlPolicy(config.rules, config.tenants, AddressRules(config.allowed_networks))
    try:
        policy.check(url, tenant)
    except Poison as refused:
        return refused.detail
    return ""


@pytest.mark.parametrize(
    "url",
    [
        "http://example.com",
        "https://cdn.example.com:443/a/b.jpg?X-Amz-Signature=1&b=%20#f",
        "https://8.8.8.8/a",
        "https://[2606:4700::1111]/a",
        "https://[2606:4700:0:0:0:0:0:1111]/a",
        "https://bücher.example/straße.jpg",
        "https://my_bucket.s3.example.com/a",
        "https://a-b.xn--p1ai/",
        "HTTPS://EXAMPLE.COM/",
        "http://example.com:/a",
        "s3://my-bucket/a/b%20c.jpg",
        "gs://my_bucket.example.com/ü.jpg",
    ],
)
def test_by_default_anything_public_is_followed(url: str) -> None:
    assert refusal(url) == ""


@pytest.mark.parametrize(
    ("host", "taken"),
    [
        ("cdn.example.com", True),
        ("a.cdn.example.com", True),
        ("a.b.cdn.example.com", True),
        ("A.CDN.Example.COM", True),
        ("example.com", False),
        ("xcdn.example.com", False),
        ("cdn.example.com.evil.test", False),
        ("bilder.bücher.example", True),
        ("bücher.example", False),
        ("8.8.8.8", False),
    ],
)
def test_allowed_hosts(host: str, taken: bool) -> None:
    rules = {"allowed_hosts": "cdn.example.com, *.cdn.example.com, *.Bücher.example"}
    why = refusal(f"https://{host}/a", rules=rules)
    assert why == "" if taken else "fetch.rules.allowed_hosts" in why


def test_denied_hosts_win() -> None:
    rules = {"allowed_hosts": "*", "denied_hosts": "*.evil.test,evil.test"}
    assert "fetch.rules.denied_hosts" in refusal("https://a.evil.test/", rules=rules)
    assert "fetch.rules.denied_hosts" in refusal("https://evil.test/", rules=rules)
    assert refusal("https://notevil.test/", rules=rules) == ""


@pytest.mark.parametrize(
    ("url", "rules", "setting"),
    [
        ("http://a.test/", {"allowed_schemes": "https,s3"}, "allowed_schemes"),
        ("file:///a", {"allowed_schemes": "https"}, "allowed_schemes"),
        ("https://a.test:8443/", {"allowed_ports": "443"}, "allowed_ports"),
        ("s3://other-bucket/a", {"allowed_buckets": "uploads,uploads-*"}, "allowed_buckets"),
        ("gs://upload/a", {"allowed_buckets": "uploads*"}, "allowed_buckets"),
    ],
)
def test_the_setting_that_refused_is_named(url: str, rules: dict[str, str], setting: str) -> None:
    assert f"(fetch.rules.{setting})" in refusal(url, rules=rules)


def test_buckets() -> None:
    rules = {"allowed_buckets": "uploads,eu-*"}
    assert [refusal(f"s3://{name}/a", rules=rules) for name in ("uploads", "eu-1")] == ["", ""]


def test_a_tenants_rules_replace_the_default_ones() -> None:
    settings: dict[str, Any] = {
        "rules": {"allowed_hosts": "cdn.example.com"},
        "tenants": {"acme": {"allowed_hosts": ["*.acme.test"], "allowed_schemes": ["https"]}},
    }
    assert refusal("https://a.acme.test/", "acme", **settings) == ""
    assert "(fetch.tenants.allowed_hosts)" in refusal(
        "https://cdn.example.com/", "acme", **settings
    )
    assert "(fetch.tenants.allowed_schemes)" in refusal("http://a.acme.test/", "acme", **settings)
    assert "(fetch.rules.allowed_hosts)" in refusal("https://a.acme.test/", "other", **settings)
    # No tenant's rules open what addresses are closed.
    assert "fetch.allowed_networks" in refusal("https://127.0.0.1/", "open", tenants={"open": {}})


def test_from_the_environment(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("IVY_FETCH__RULES__ALLOWED_HOSTS", "a.test,*.b.test")
    monkeypatch.setenv("IVY_FETCH__RULES__ALLOWED_PORTS", "443,8443")
    monkeypatch.setenv("IVY_FETCH__ALLOWED_NETWORKS", "10.1.0.0/16,fd00::/64")
    tenants = {"acme": {"allowed_hosts": "acme.test", "allowed_ports": [443]}}
    monkeypatch.setenv("IVY_FETCH__TENANTS", json.dumps(tenants))
    fetch = load_settings().fetch
    assert fetch.rules == FetchRules.model_validate(
        {"allowed_hosts": ["a.test", "*.b.test"], "allowed_ports": [443, 8443]}
    )
    assert fetch.tenants["acme"].allowed_hosts == ("acme.test",)
    assert [str(network) for network in fetch.allowed_networks] == ["10.1.0.0/16", "fd00::/64"]


@pytest.mark.parametrize(
    "settings",
    [
        {"rules": {"allowed_hosts": ["http://a.test"]}},
        {"rules": {"allowed_hosts": ["*a.test"]}},
        {"rules": {"allowed_hosts": ["a.*.test"]}},
        {"rules": {"allowed_hosts": ["a.test."]}},
        {"rules": {"allowed_buckets": ["*-uploads"]}},
        {"rules": {"allowed_ports": [0]}},
        {"rules": {"allowed_schemes": ["ftp"]}},
        {"allowed_networks": ["10.0.0.1/8"]},
        {"max_bytes": 10_000, "spill_over_bytes": 10, "spill_max_bytes": 100},
    ],
)
def test_rules_that_would_not_do_what_they_say_are_refused(settings: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match="validation error"):
        FetchConfig.model_validate(settings)
