"""All real parts of the fault suite: started here, and ended here."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

from tests.faults.cluster import Cluster
from tests.faults.steady_ports import steady_port
from tests.faults.stream import PARTITIONS, Stream
from tests.faults.supervisor import Supervisor
from tests.support.fault_proxy import FaultProxy
from tests.support.redis_server import RedisServer
from tests.support.vllm_server import MODEL, VllmServer
from tests.support.worker_process import engine_assignments
from worker.stream.config import Client

SESSION_MS = 10_000
LEASE_S = 10
"""What a killed worker held, partitions and contents, is free after these: by default later."""


class Lab:
    """Three brokers, a Redis, a vLLM server, ways to each that can be cut, and workers."""

    def __init__(
        self,
        folder: Path,
        say: Callable[[str], None] = lambda _: None,
        engine: VllmServer | None = None,
        client: Client = "kafka-python",
    ) -> None:
        self.folder = folder
        self.client = client
        """That the workers' streams go through."""
        self.say = say
        """Tells whoever watches what is going on."""
        self.cluster = Cluster(folder / "kafka")
        self.redis = RedisServer(steady_port(), folder)
        self.redis_way = FaultProxy(steady_port(), to=self.redis.port)
        self._lent = engine is not None
        self.engine = engine or VllmServer(steady_port(), folder / "vllm.log")
        """Somebody else's, who ends it, or our own."""
        self.engine_way = FaultProxy(steady_port(), to=self.engine.port)
        self._workers: list[Supervisor] = []
        self._streams: list[Stream] = []

    def start(self) -> None:
        """Start all but the engine, which takes its time and is waited for when it is needed."""
        self.folder.mkdir(parents=True, exist_ok=True)
        self.redis.start()
        self.redis_way.start()
        self.engine_way.start()
        self.cluster.start()

    def stop(self) -> None:
        """End everything."""
        self.end_workers()
        if not self._lent:
            self.engine.stop()
        for stop in (
            self.cluster.stop,
            self.redis.stop,
            self.engine_way.stop,
            self.redis_way.stop,
        ):
            stop()

    def end_workers(self) -> None:
        """End all workers, and close the streams."""
        for worker in self._workers:
            worker.end()
        for stream in self._streams:
            stream.close()
        self._workers.clear()
        self._streams.clear()

    def last_words(self) -> list[str]:
        """Of each worker of the scenario that goes on: how it ended, and the end of its log."""
        return [
            f"{worker.name} ({[one.status for one in worker.exits]}): {worker.last_words()}"
            for worker in self._workers
        ]

    def mend(self) -> None:
        """Make everything whole again after a scenario, whatever became of it.

        Its topics go: a replica that begins anew does not take a damaged batch from its leader, and
        the cluster would never be whole again.
        """
        topics = [topic for stream in self._streams for topic in stream.topics]
        self.end_workers()
        self.cluster.heal()
        self.redis_way.heal()
        self.engine_way.heal()
        for broker in self.cluster.brokers:
            if not broker.running:
                broker.start()
        if self.redis.process is None:
            self.redis.start()
        self.cluster.wait_up()
        self.cluster.delete(topics)
        self.cluster.wait_whole()

    def stream(
        self, partitions: int = PARTITIONS, letters_on: tuple[int, ...] = (1, 2, 3)
    ) -> Stream:
        """New topics and a new group."""
        stream = Stream(self.cluster, partitions, letters_on)
        self._streams.append(stream)
        return stream

    def worker(
        self,
        stream: Stream,
        *settings: str,
        name: str = "worker",
        far: bool = False,
        own_engine: bool = False,
        environment: Mapping[str, str] | None = None,
        within: Sequence[str] = (),
    ) -> Supervisor:
        """Start a worker on a stream, under a supervisor; later settings win.

        ``far``: it reaches the brokers through the proxies. ``own_engine``: it has vLLM in a
        process of its own, and does not ask the server. ``within``: a command that runs it.
        """
        if own_engine:
            engine = engine_assignments()
        else:
            self._need_engine()
            origin = f"http://127.0.0.1:{self.engine_way.port}/v1"
            engine = [
                *("model.engine=openai", f"remote.base_url={origin}", f"remote.model={MODEL}"),
                "remote.start_timeout_s=120",
            ]
        brokers = self.cluster.far_bootstrap if far else self.cluster.bootstrap
        worker = Supervisor(
            name,
            [
                *(f"kafka.bootstrap_servers={brokers}", *stream.settings()),
                f"cache.url=redis://127.0.0.1:{self.redis_way.port}/0",
                f"cache.prefix={stream.tail}",
                f"stream.client={self.client}",
                *("model.spec=tiny", *engine),
                f"kafka.consumer.session_timeout_ms={SESSION_MS}",
                f"kafka.producer.transaction_timeout_ms={SESSION_MS}",
                f"cache.lease_s={LEASE_S}",
                # Neither has to do with delivery, and both take a start's time.
                *("decode.processes=1", "decode.text=false", "decode.provenance=false"),
                *settings,
            ],
            self.folder / f"{name}-{stream.tail}.log",
            environment or {},
            within,
        )
        self._workers.append(worker)
        worker.start()
        return worker

    def _need_engine(self) -> None:
        if self.engine.process is None:
            self.say("starting the vLLM server")
            self.engine.start()


@contextmanager
def opened(
    folder: Path,
    say: Callable[[str], None] = lambda _: None,
    engine: VllmServer | None = None,
    client: Client = "kafka-python",
) -> Iterator[Lab]:
    """A lab that is ended whatever happens."""
    lab = Lab(folder, say, engine, client)
    try:
        say("starting three brokers and Redis")
        lab.start()
        yield lab
    finally:
        lab.stop()
