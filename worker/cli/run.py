"""`ivy-worker run`: the service."""

from __future__ import annotations

import asyncio
import signal

from worker.app.service import Service
from worker.cli.exits import Exit, fail
from worker.cli.options import Assignments, ConfigFile
from worker.process.descriptors import allow_descriptors
from worker.process.heap import steady_heap
from worker.settings.relations import check_relations
from worker.settings.settings import Settings, load_settings
from worker.stream.choice import require_client
from worker.stream.confluent.extra import ExtraMissing
from worker.telemetry.logs import configure_logs

EXAMPLES = """
[bold]Examples[/bold]

  ivy-worker run --config worker.yaml

  IVY_KAFKA__BOOTSTRAP_SERVERS=kafka-1:9092,kafka-2:9092 ivy-worker run

  ivy-worker run --set model.spec=tiny --set log.format=console
"""


def run(config: ConfigFile = None, assignments: Assignments = None) -> None:
    """Take upload events from Kafka and publish verdicts, until told to stop.

    SIGTERM or Ctrl-C drains: what was taken is finished, published and committed first. A second
    one does not wait for it. The exit code is 0 after a drain, 1 if something broke for good, 2 if
    the settings cannot be used, 3 if the consumer stood still, 130 if it did not wait.
    """
    settings = load_settings(config, assignments or ())
    check_relations(settings)
    try:
        require_client(settings.stream.client)
    except ExtraMissing as error:
        fail(str(error), Exit.USAGE)
    allow_descriptors()
    steady_heap()
    configure_logs(settings.log.level, settings.log.format)
    try:
        asyncio.run(_serve(settings))
    except asyncio.CancelledError:
        fail("ended without waiting; what was in flight comes again", Exit.INTERRUPTED)


async def _serve(settings: Settings) -> None:
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    this = asyncio.current_task()
    assert this is not None

    def told() -> None:
        if stop.is_set():
            this.cancel()  # the second time: do not wait for what is in flight
        stop.set()

    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, told)
    await Service(settings).run(stop)
