"""The runbooks: settings, queries, commands and links in them are those that there are."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path
from typing import Any

import pytest
import yaml
from typer.core import TyperGroup
from typer.main import get_command

from scripts.dashboards.prometheus import ROOT
from scripts.dashboards.promql import asked
from tests.alerts.known_series import faults
from tests.alerts.rule_file import RUNBOOKS, recorded
from worker.cli.main import app
from worker.settings.listing import entries

PAGES = sorted(RUNBOOKS.glob("*.md"))
each_page = pytest.mark.parametrize("page", PAGES, ids=[page.stem for page in PAGES])

SETTINGS = {entry.name for entry in entries()}
VALUES = yaml.safe_load((ROOT / "charts" / "ivy-worker" / "values.yaml").read_text("utf-8"))
SECTIONS = {name.split(".")[0] for name in SETTINGS}


@each_page
def test_names_settings_that_there_are(page: Path) -> None:
    named = re.findall(r"`([a-z_]+(?:\.[a-z_]+)+)(?:: [^`]*)?`", page.read_text(encoding="utf-8"))
    settings = [name for name in named if name.split(".")[0] in SECTIONS]
    unknown = [
        name
        for name in settings
        if name not in SETTINGS
        and not any(one.startswith(f"{name}.") for one in SETTINGS)
        and not _is_value_of_the_chart(name)
    ]
    assert unknown == []


def _is_value_of_the_chart(name: str) -> bool:
    found: Any = VALUES
    for part in name.split("."):
        if not isinstance(found, dict) or part not in found:
            return False
        found = found[part]
    return True


def queries(page: Path) -> list[str]:
    blocks = re.findall(r"```promql\n(.*?)```", page.read_text(encoding="utf-8"), re.DOTALL)
    return "".join(blocks).splitlines()


def test_every_query_is_sound(promtool: str, tmp_path: Path) -> None:
    rules = [
        {"record": f"{page.stem}:{number}".replace(":", ":q"), "expr": query}
        for page in PAGES
        for number, query in enumerate(queries(page))
    ]
    assert len(rules) > len(PAGES)
    file = tmp_path / "queries.yaml"
    file.write_text(yaml.safe_dump({"groups": [{"name": "asked", "rules": rules}]}), "utf-8")
    checked = subprocess.run(
        [promtool, "check", "rules", file], capture_output=True, text=True, check=False
    )
    assert checked.returncode == 0, checked.stdout + checked.stderr


@each_page
def test_asks_for_what_there_is(page: Path) -> None:
    for query in queries(page):
        found = [fault for one in asked(query).selectors for fault in faults(one, recorded())]
        assert found == [], query


@each_page
def test_links_to_what_there_is(page: Path) -> None:
    links = re.findall(r"\]\(([^)#]+)", page.read_text(encoding="utf-8"))
    missing = [
        link
        for link in links
        if not link.startswith("https://") and not (page.parent / link).exists()
    ]
    assert missing == []


@each_page
def test_gives_commands_that_there_are(page: Path) -> None:
    text = page.read_text(encoding="utf-8")
    spans = [*re.findall(r"```sh\n(.*?)```", text, re.DOTALL), *re.findall(r"`([^`\n]+)`", text)]
    for line in "\n".join(spans).splitlines():
        for words in re.findall(r"(?:^| )ivy-worker ([a-z-].*)", line):
            assert _unknown(words.split("|")[0].split()) == [], line


def _unknown(words: list[str]) -> list[str]:
    """What is no command, and no option of the one that is named."""
    command = get_command(app)
    while isinstance(command, TyperGroup) and words and not words[0].startswith("-"):
        if words[0] not in command.commands:
            return words[:1]
        command, words = command.commands[words[0]], words[1:]
    known = {"--help", *(name for one in command.params for name in one.opts + one.secondary_opts)}
    return [word for word in words if word.startswith("-") and word not in known]


def test_a_command_that_is_not_there_is_seen() -> None:
    assert _unknown(["dlq", "list"]) == ["list"]
    assert _unknown(["doctor", "--link"]) == ["--link"]
