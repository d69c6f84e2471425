"""`ivy-worker quarantine` as an operator types it, on a real Redis."""

from __future__ import annotations

import json
import subprocess
import uuid
from collections.abc import AsyncIterator
from dataclasses import dataclass, field

import pytest
from pydantic import SecretStr
from typer.testing import CliRunner

from tests.cli.test_commands import ivy
from tests.support.factories import make_identity
from tests.support.ports import free_port
from tests.support.redis_server import RedisServer
from worker.cache.config import CacheConfig
from worker.cache.redis import RedisCache
from worker.cache.suspicion import NO_SUSPICION, Suspicion
from worker.cli.main import app
from worker.domain.cache_key import CacheKey

pytestmark = pytest.mark.redis

WIDE = {"COLUMNS": "200", "TERMINAL_WIDTH": "200"}


def make_key() -> CacheKey:
    return CacheKey.of(uuid.uuid4().hex * 2, make_identity())


@dataclass
class Desk:
    """Somebody on call, and a fleet with a prefix of its own."""

    url: str
    prefix: str = field(default_factory=lambda: uuid.uuid4().hex[:8])

    def __post_init__(self) -> None:
        self.cache = RedisCache(CacheConfig(url=SecretStr(self.url), prefix=self.prefix))

    def quarantine(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        settings = ("--set", f"cache.url={self.url}", "--set", f"cache.prefix={self.prefix}")
        return ivy("quarantine", *arguments, *settings)

    async def suspicion(self, key: CacheKey) -> Suspicion:
        return (await self.cache.claim(key)).suspicion


@pytest.fixture
async def desk(shared_redis: RedisServer) -> AsyncIterator[Desk]:
    desk = Desk(shared_redis.url)
    yield desk
    await desk.cache.close()


@pytest.mark.parametrize("command", ["ls", "lift"])
def test_help_has_an_example(command: str) -> None:
    ended = CliRunner().invoke(app, ["quarantine", command, "--help"], env=WIDE)
    assert ended.exit_code == 0
    assert f"ivy-worker quarantine {command}" in ended.stdout.split("Examples")[1]


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["lift"], "--all"),
        (["lift", "a" * 64, "--all"], "--all"),
        (["lift", "a" * 63], "64 hexadecimal digits"),
        (["lift", "*"], "64 hexadecimal digits"),
        (["lift", f"md5:{'a' * 64}"], "64 hexadecimal digits"),
    ],
    ids=" ".join,
)
def test_what_does_not_make_sense_is_told_before_settings_are_read(
    arguments: list[str], said: str
) -> None:
    arguments = ["quarantine", *arguments, "--config", "nowhere.yaml"]
    ended = CliRunner().invoke(app, arguments, env=WIDE)
    assert ended.exit_code == 2
    assert said in ended.stderr


async def test_suspects_are_listed_in_lines_and_as_json(desk: Desk) -> None:
    assert desk.quarantine("ls").stdout == ""
    suspected, convicted = make_key(), make_key()
    await desk.cache.accuse([suspected, convicted], alone=False)
    await desk.cache.accuse([convicted], alone=True)
    ended = desk.quarantine("ls", "--json")
    assert ended.returncode == 0
    first, second = (json.loads(line) for line in ended.stdout.splitlines())
    assert first["last_death"] >= second["last_death"]
    assert {name: first[name] for name in ("sha256", "model", "standing", "deaths", "among")} == {
        "sha256": convicted.sha256,
        "model": convicted.fingerprint,
        "standing": "convicted",
        "deaths": 2,
        "among": 1,
    }
    assert 0 < first["forgotten_in_s"] <= 7 * 24 * 3600
    assert (second["sha256"], second["standing"]) == (suspected.sha256, "suspected")
    lines = [line.split("\t") for line in desk.quarantine("ls").stdout.splitlines()]
    assert [line[:3] for line in lines] == [
        [convicted.sha256, convicted.fingerprint, "convicted"],
        [suspected.sha256, suspected.fingerprint, "suspected"],
    ]
    only = desk.quarantine("ls", "--convicted", "--json").stdout.splitlines()
    assert [json.loads(line)["sha256"] for line in only] == [convicted.sha256]


async def test_one_is_lifted_however_its_hash_is_written(desk: Desk) -> None:
    one, other, kept = (make_key() for _ in range(3))
    await desk.cache.accuse([one, other, kept], alone=False)
    ended = desk.quarantine("lift", f"sha256:{one.sha256}", other.sha256.upper())
    assert (ended.returncode, ended.stdout) == (0, "lifted 2\n")
    assert await desk.suspicion(one) == await desk.suspicion(other) == NO_SUSPICION
    assert (await desk.suspicion(kept)).deaths == 1


async def test_one_against_whom_nothing_is_held_is_told_and_the_others_are_lifted(
    desk: Desk,
) -> None:
    one, nobody = make_key(), make_key()
    await desk.cache.accuse([one], alone=True)
    ended = desk.quarantine("lift", nobody.sha256, one.sha256, "--json")
    assert ended.returncode == 1
    assert json.loads(ended.stdout) == {"lifted": 1}
    assert nobody.sha256 in ended.stderr
    assert one.sha256 not in ended.stderr
    assert await desk.suspicion(one) == NO_SUSPICION


async def test_all_are_lifted_and_nobody_elses(desk: Desk) -> None:
    neighbour = Desk(desk.url)
    theirs, ours = make_key(), [make_key() for _ in range(5)]
    await neighbour.cache.accuse([theirs], alone=True)
    await desk.cache.accuse(ours, alone=False)
    ended = desk.quarantine("lift", "--all")
    assert (ended.returncode, ended.stdout) == (0, "lifted 5\n")
    assert desk.quarantine("ls").stdout == ""
    assert (await neighbour.suspicion(theirs)).convicted
    await neighbour.cache.close()
    assert desk.quarantine("lift", "--all").returncode == 0


def test_redis_away_is_told() -> None:
    ended = ivy("quarantine", "ls", "--set", f"cache.url=redis://127.0.0.1:{free_port()}/0")
    assert ended.returncode == 1
    assert "cache.url" in ended.stderr
