"""A real Apache Kafka: a listener for each way in, an authorizer that allows nothing unsaid."""

from __future__ import annotations

import base64
import json
import shutil
import subprocess
import time
import uuid
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding, rsa
from kafka import KafkaAdminClient
from kafka.admin import (
    ACL,
    ACLOperation,
    ACLPermissionType,
    ACLResourcePatternType,
    ResourcePattern,
    ResourceType,
    UserScramCredentialUpsertion,
)

from tests.support.certificates import CertificateAuthority, Pair
from tests.support.fault_proxy import FaultProxy
from tests.support.kafka_broker import LIBS, START_S, KafkaBroker
from tests.support.ports import free_port, wait_for_port
from worker.stream.kafka.config import KafkaConfig
from worker.stream.kafka.rights import Right, worker_rights
from worker.stream.kafka.topic_names import TopicNames

PASSWORD = "hunter2-of-the-worker"
AUDIENCE, ISSUER = "kafka", "https://issuer.test"
REAUTHENTICATE_MS = 2_000
"""After which the listener for tokens wants a new one."""

SECURITY = "org.apache.kafka.common.security"
VALIDATOR = "OAuthBearerValidatorCallbackHandler"

LISTENERS = {
    "ADMIN": "PLAINTEXT",
    "SASLPLAIN": "SASL_PLAINTEXT",
    "SASLSSL": "SASL_SSL",
    "OAUTH": "SASL_SSL",
    "MUTUAL": "SSL",
    "EXPIRED": "SSL",
    "ELSEWHERE": "SSL",
}


@dataclass
class TokenSigner:
    """Signs JWTs (RFC 7519) as an identity provider does."""

    key: rsa.RSAPrivateKey = field(default_factory=lambda: rsa.generate_private_key(65_537, 2048))

    def keys(self) -> str:
        """Its public key as a JWK set (RFC 7517)."""
        numbers = self.key.public_key().public_numbers()
        one = {
            "kty": "RSA",
            "kid": "one",
            "alg": "RS256",
            "use": "sig",
            "n": _base64(numbers.n.to_bytes(256, "big")),
            "e": _base64(numbers.e.to_bytes(3, "big")),
        }
        return json.dumps({"keys": [one]})

    def sign(self, subject: str, *, lives_s: float = 60, audience: str = AUDIENCE) -> str:
        """A token for this subject."""
        now = int(time.time())
        claims: dict[str, object] = {"sub": subject, "aud": audience, "iss": ISSUER}
        claims |= {"iat": now, "exp": now + int(lives_s), "jti": uuid.uuid4().hex}
        head = {"alg": "RS256", "typ": "JWT", "kid": "one"}
        text = ".".join(_base64(json.dumps(part).encode()) for part in (head, claims))
        signature = self.key.sign(text.encode(), padding.PKCS1v15(), hashes.SHA256())
        return f"{text}.{_base64(signature)}"


def _base64(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


@dataclass
class SecuredKafka:
    """One broker, its ports by listener, and what a test asks of it as an administrator."""

    broker: KafkaBroker
    ports: dict[str, int]
    authority: CertificateAuthority
    signer: TokenSigner

    def config(self, listener: str, topics: TopicNames, **settings: object) -> KafkaConfig:
        """A worker's settings for one of its doors."""
        protocol = LISTENERS[listener]
        found: dict[str, object] = {
            "bootstrap_servers": (f"localhost:{self.ports[listener]}",),
            "security_protocol": protocol,
            "topics": topics,
            "connect_timeout_ms": 10_000,
        }
        if protocol in {"SSL", "SASL_SSL"}:
            found["ssl_cafile"] = str(self.authority.file)
        if listener.startswith("SASL"):
            found |= {
                "sasl_mechanism": "SCRAM-SHA-512",
                "sasl_username": "ivy",
                "sasl_password": PASSWORD,
            }
        consumer = {"group_id": f"group-{topics.uploads}", "commit_interval_ms": 100}
        return KafkaConfig.model_validate(found | {"consumer": consumer} | settings)

    def certificate(self, name: str, days: int = 30) -> dict[str, str]:
        """Settings with a certificate of the worker's own."""
        pair = self.authority.sign(name, days=days)
        return {"ssl_certfile": str(pair.certificate), "ssl_keyfile": str(pair.key)}

    def allow(self, principal: str, rights: Iterable[Right]) -> None:
        """Give a principal these rights."""
        self._change(principal, rights, give=True)

    def forbid(self, principal: str, rights: Iterable[Right]) -> None:
        """Take these rights from a principal."""
        self._change(principal, rights, give=False)

    def _change(self, principal: str, rights: Iterable[Right], *, give: bool) -> None:
        acls = [_acl(principal, right) for right in rights]
        with KafkaAdminClient(bootstrap_servers=self.broker.bootstrap) as admin:
            if give:
                assert not admin.create_acls(acls)["failed"]
            else:
                assert admin.delete_acls(acls)

    def welcome(self, principal: str, config: KafkaConfig) -> KafkaConfig:
        """The settings, with the least rights given for them."""
        self.allow(principal, worker_rights(config))
        return config


def _acl(principal: str, right: Right) -> ACL:
    pattern = ACLResourcePatternType.PREFIXED if right.prefixed else ACLResourcePatternType.LITERAL
    return ACL(
        principal=f"User:{principal}",
        host="*",
        operation=ACLOperation[right.operation],
        permission_type=ACLPermissionType.ALLOW,
        resource_pattern=ResourcePattern(ResourceType[right.kind.upper()], right.name, pattern),
    )


def _keystore(folder: Path, pair: Pair, name: str) -> Path:
    path = folder / f"{name}.keystore.pem"
    path.write_bytes(pair.key.read_bytes() + pair.certificate.read_bytes())
    return path


def _properties(
    folder: Path, ports: dict[str, int], authority: CertificateAuthority, jwks: Path
) -> str:
    controller = free_port()
    listeners = [f"{name}://127.0.0.1:{port}" for name, port in ports.items()]
    # Clients go on to the name that the broker advertises.
    advertised = [f"{name}://localhost:{port}" for name, port in ports.items()]
    protocols = [f"{name}:{protocol}" for name, protocol in LISTENERS.items()]
    plain = "listener.name.saslplain.plain.sasl.jaas.config"
    oauth = "listener.name.oauth.oauthbearer"
    own = authority.sign("broker")
    stores = {
        "SASLSSL": own,
        "OAUTH": own,
        "MUTUAL": own,
        "EXPIRED": authority.sign("expired-broker", days=-5),
        "ELSEWHERE": authority.sign("elsewhere-broker", hosts=("kafka.elsewhere.test",)),
    }
    lines = [
        "process.roles=broker,controller",
        "node.id=1",
        f"controller.quorum.voters=1@127.0.0.1:{controller}",
        f"listeners={','.join(listeners)},CONTROLLER://127.0.0.1:{controller}",
        f"advertised.listeners={','.join(advertised)}",
        f"listener.security.protocol.map={','.join(protocols)},CONTROLLER:PLAINTEXT",
        "controller.listener.names=CONTROLLER",
        "inter.broker.listener.name=ADMIN",
        f"log.dirs={folder}/logs",
        "auto.create.topics.enable=false",
        "offsets.topic.replication.factor=1",
        "offsets.topic.num.partitions=2",
        "transaction.state.log.replication.factor=1",
        "transaction.state.log.min.isr=1",
        "transaction.state.log.num.partitions=2",
        "group.initial.rebalance.delay.ms=0",
        "authorizer.class.name=org.apache.kafka.metadata.authorizer.StandardAuthorizer",
        "super.users=User:ANONYMOUS",
        "listener.name.saslplain.sasl.enabled.mechanisms=PLAIN,SCRAM-SHA-256,SCRAM-SHA-512",
        f'{plain}={SECURITY}.plain.PlainLoginModule required user_ivy="{PASSWORD}";',
        "listener.name.saslssl.sasl.enabled.mechanisms=SCRAM-SHA-512",
        "listener.name.oauth.sasl.enabled.mechanisms=OAUTHBEARER",
        f"{oauth}.sasl.jaas.config={SECURITY}.oauthbearer.OAuthBearerLoginModule required;",
        f"{oauth}.sasl.server.callback.handler.class={SECURITY}.oauthbearer.{VALIDATOR}",
        f"listener.name.oauth.oauthbearer.connections.max.reauth.ms={REAUTHENTICATE_MS}",
        f"listener.name.oauth.sasl.oauthbearer.jwks.endpoint.url=file://{jwks}",
        f"listener.name.oauth.sasl.oauthbearer.expected.audience={AUDIENCE}",
        f"listener.name.oauth.sasl.oauthbearer.expected.issuer={ISSUER}",
        "listener.name.mutual.ssl.client.auth=required",
        "listener.name.mutual.ssl.truststore.type=PEM",
        f"listener.name.mutual.ssl.truststore.location={authority.file}",
    ]
    lines += [
        f"listener.name.{way}.sasl.jaas.config={SECURITY}.scram.ScramLoginModule required;"
        for way in ("saslplain.scram-sha-256", "saslplain.scram-sha-512", "saslssl.scram-sha-512")
    ]
    for name, pair in stores.items():
        start = f"listener.name.{name.lower()}.ssl.keystore"
        lines += [f"{start}.type=PEM", f"{start}.location={_keystore(folder, pair, name)}"]
    return "\n".join(lines)


@pytest.fixture(scope="session")
def secured_kafka(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SecuredKafka]:
    """One for all tests; topics, groups and principals' rights must be their own."""
    assert shutil.which("java"), "java is missing: run `make parts`"
    folder = tmp_path_factory.mktemp("secured-kafka")
    authority, signer = CertificateAuthority(folder, "kafka-ca"), TokenSigner()
    jwks = folder / "jwks.json"
    jwks.write_text(signer.keys(), encoding="utf-8")
    ports = {name: free_port() for name in LISTENERS}
    file = folder / "server.properties"
    file.write_text(_properties(folder, ports, authority, jwks), encoding="utf-8")
    java = [
        *("java", "-Xmx384m", "-XX:TieredStopAtLevel=1", "-cp", f"{LIBS}/*"),
        "-Dorg.slf4j.simpleLogger.defaultLogLevel=warn",
        f"-Dorg.apache.kafka.sasl.oauthbearer.allowed.urls=file://{jwks}",
        f"-Dorg.apache.kafka.sasl.oauthbearer.allowed.files={jwks}",
    ]
    subprocess.run(
        [
            *java,
            "kafka.tools.StorageTool",
            "format",
            "-t",
            "5L6g3nShT-eMCtK--X86sw",
            "-c",
            str(file),
        ],
        check=True,
        capture_output=True,
    )
    with (folder / "broker.log").open("wb") as log:
        process = subprocess.Popen(
            [*java, "kafka.Kafka", str(file)], stdout=log, stderr=subprocess.STDOUT
        )
    try:
        wait_for_port(ports["ADMIN"], process, START_S)
        bootstrap = f"127.0.0.1:{ports['ADMIN']}"
        with KafkaAdminClient(bootstrap_servers=bootstrap) as admin:
            for mechanism in ("SCRAM-SHA-256", "SCRAM-SHA-512"):  # one in a request
                credential = UserScramCredentialUpsertion("ivy", mechanism, PASSWORD)
                assert admin.alter_user_scram_credentials([credential]) == {"ivy": None}
        far = FaultProxy(free_port(), to=ports["ADMIN"])
        far.start()
        yield SecuredKafka(KafkaBroker(bootstrap, far, folder / "logs"), ports, authority, signer)
        far.stop()
    finally:
        process.kill()
        process.wait()
