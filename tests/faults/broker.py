"""One of the cluster's Kafka brokers, in a process that can be killed."""

from __future__ import annotations

import os
import signal
import subprocess
from dataclasses import dataclass, field
from pathlib import Path

from tests.faults.leash import end, launch
from tests.faults.steady_ports import steady_port
from tests.support.fault_proxy import FaultProxy
from tests.support.kafka_broker import LIBS
from tests.support.ports import wait_for_port

UP_WITHIN_S = 180
JAVA = (
    *("java", "-Xmx256m", "-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1"),
    *("-cp", f"{LIBS}/*", "-Dorg.slf4j.simpleLogger.defaultLogLevel=warn"),
)
"""A small heap that starts fast: three of them share a laptop with everything else."""

CLUSTER_ID = "5L6g3nShT-eMCtK--X86sw"


@dataclass
class Broker:
    """Broker and controller in one node (KRaft)."""

    number: int
    folder: Path
    inner: int = field(default_factory=steady_port)
    """Port for the other brokers, and for clients that nothing is to happen to."""
    near: int = field(default_factory=steady_port)
    controller: int = field(default_factory=steady_port)
    process: subprocess.Popen[bytes] | None = None

    def __post_init__(self) -> None:
        self.way = FaultProxy(steady_port(), to=self.near)
        """The way of clients that something is to happen to."""

    @property
    def logs(self) -> Path:
        """The folder of its partitions."""
        return self.folder / "logs"

    @property
    def _properties(self) -> Path:
        return self.folder / "server.properties"

    def configure(self, voters: str) -> None:
        """Write its settings; see Kafka's "Broker Configs"."""
        self.folder.mkdir(parents=True)
        host = "127.0.0.1"
        self._properties.write_text(
            f"""
process.roles=broker,controller
node.id={self.number}
controller.quorum.voters={voters}
listeners=INNER://{host}:{self.inner},OUTER://{host}:{self.near},CONTROLLER://{host}:{self.controller}
advertised.listeners=INNER://{host}:{self.inner},OUTER://{host}:{self.way.port}
listener.security.protocol.map=INNER:PLAINTEXT,OUTER:PLAINTEXT,CONTROLLER:PLAINTEXT
inter.broker.listener.name=INNER
controller.listener.names=CONTROLLER
log.dirs={self.logs}
auto.create.topics.enable=false
default.replication.factor=3
min.insync.replicas=2
offsets.topic.replication.factor=3
offsets.topic.num.partitions=3
transaction.state.log.replication.factor=3
transaction.state.log.num.partitions=3
transaction.state.log.min.isr=2
group.initial.rebalance.delay.ms=0
group.min.session.timeout.ms=3000
num.network.threads=2
num.io.threads=4
""",
            encoding="utf-8",
        )

    def format(self) -> subprocess.Popen[bytes]:
        """Begin to make its storage."""
        command = ("kafka.tools.StorageTool", "format", "-t", CLUSTER_ID, "-c")
        return launch([*JAVA, *command, str(self._properties)], self.folder / "format.log")

    def start(self) -> None:
        """Start it; it is up later."""
        self.process = launch(
            [*JAVA, "kafka.Kafka", str(self._properties)], self.folder / "broker.log"
        )

    def wait_up(self) -> None:
        """Return once it listens."""
        assert self.process is not None
        wait_for_port(self.inner, self.process, UP_WITHIN_S)

    @property
    def running(self) -> bool:
        """Whether its process is there."""
        return self.process is not None and self.process.poll() is None

    def kill(self) -> None:
        """SIGKILL: no goodbye to clients, no clean log."""
        end(self.process)
        self.process = None

    def stop(self) -> None:
        """SIGTERM, and wait: a clean end."""
        assert self.process is not None
        os.kill(self.process.pid, signal.SIGTERM)
        try:
            self.process.wait(60)
        finally:
            self.kill()
