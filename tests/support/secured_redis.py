"""A real redis-server behind TLS, that lets in by an ACL alone."""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from pydantic import SecretStr
from redis import Redis

from tests.support.certificates import CertificateAuthority, Pair
from tests.support.ports import free_port, wait_for_port
from worker.cache.config import CacheConfig
from worker.cache.rights import acl_rule

PASSWORD = "hunter2-of-the-worker"
ADMIN_PASSWORD = "hunter2-of-the-admin"
USER = "ivy-worker"


@dataclass
class SecuredRedis:
    """One server; users may be changed while it runs."""

    folder: Path
    authority: CertificateAuthority
    pair: Pair
    auth_clients: str
    port: int = field(default_factory=free_port)
    process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Start it, with the least rights for the worker, and none for anybody unnamed."""
        program = shutil.which("redis-server")
        assert program, "redis-server is missing: run `make parts`"
        acl = self.folder / "users.acl"
        acl.write_text(
            f"user default off\n"
            f"user admin on >{ADMIN_PASSWORD} allkeys allchannels allcommands\n"
            f"{acl_rule(USER, 'ivy')} >{PASSWORD}\n",
            encoding="utf-8",
        )
        self.process = subprocess.Popen(
            [
                *(program, "--port", "0", "--tls-port", str(self.port), "--bind", "127.0.0.1"),
                *("--tls-cert-file", str(self.pair.certificate)),
                *("--tls-key-file", str(self.pair.key)),
                *("--tls-ca-cert-file", str(self.authority.file)),
                *("--tls-auth-clients", self.auth_clients, "--aclfile", str(acl), "--save", ""),
            ],
            cwd=self.folder,
            stdout=subprocess.DEVNULL,
        )
        wait_for_port(self.port, self.process, 20)

    def stop(self) -> None:
        """Kill it."""
        if self.process is not None:
            self.process.kill()
            self.process.wait()

    def config(self, **settings: object) -> CacheConfig:
        """The worker's settings for it."""
        return CacheConfig.model_validate(
            {
                "url": SecretStr(f"rediss://localhost:{self.port}/0"),
                "username": USER,
                "password": SecretStr(PASSWORD),
                "ssl_cafile": str(self.authority.file),
                **settings,
            }
        )

    def administer(self, *command: str) -> object:
        """Send a command as its administrator."""
        with Redis(
            host="localhost",
            port=self.port,
            username="admin",
            password=ADMIN_PASSWORD,
            ssl=True,
            ssl_ca_certs=str(self.authority.file),
            ssl_certfile=str(self.pair.certificate),
            ssl_keyfile=str(self.pair.key),
        ) as redis:
            return redis.execute_command(*command)

    def change_rights(self, *rules: str) -> None:
        """Give the worker other rights, on top of those that it has."""
        self.administer("ACL", "SETUSER", USER, *rules)

    def restore_rights(self) -> None:
        """The least ones again."""
        _, user, *rules = acl_rule(USER, "ivy").split()
        self.administer("ACL", "SETUSER", user, "reset", *rules, f">{PASSWORD}")


def _secured(
    folder: Path, auth_clients: str, hosts: Sequence[str] = ("localhost",)
) -> SecuredRedis:
    authority = CertificateAuthority(folder, "redis-ca")
    server = SecuredRedis(folder, authority, authority.sign("redis", hosts), auth_clients)
    server.start()
    return server


@pytest.fixture(scope="session")
def secured_redis(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SecuredRedis]:
    """One that asks for no certificate; who changes the rights restores them."""
    server = _secured(tmp_path_factory.mktemp("secured-redis"), "no")
    yield server
    server.stop()


@pytest.fixture(scope="session")
def mutual_redis(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SecuredRedis]:
    """One that wants a certificate of each client."""
    server = _secured(tmp_path_factory.mktemp("mutual-redis"), "yes")
    yield server
    server.stop()
