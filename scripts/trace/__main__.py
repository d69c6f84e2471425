"""Show the trace of one upload: an embedded Kafka and Redis, real vLLM, a real collector.

The trace runs from the service that takes the upload over the worker to the one that reads the
verdict. With --keep, the collector's file stays, with every attribute of every span.

  python -m scripts.trace
  python -m scripts.trace --media cat.jpg
  python -m scripts.trace --missing          # an upload whose file is not there: a dead letter
"""

from __future__ import annotations

import argparse
import asyncio
import shutil
import sys
import tempfile
from pathlib import Path
from typing import Any

from rich.console import Console

from scripts.trace.collected import read_spans
from scripts.trace.collector import collector
from scripts.trace.platform import Platform
from scripts.trace.tree import trace_tree
from worker.demo.samples import make_samples
from worker.demo.small import SMALL_ENGINE
from worker.demo.stage import open_stage
from worker.domain.failure import Failure

ANSWER_S = 120.0
WIDTH = 150
"""Of the tree where no terminal says how wide it is."""


async def main(wish: argparse.Namespace, console: Console) -> int:
    """Run, print, and tell by the exit status."""
    with tempfile.TemporaryDirectory(prefix="ivy-trace-") as name:
        folder = Path(name)
        media = folder / "media"
        media.mkdir()
        if wish.media is None:
            file = make_samples(media)[0].path
        else:
            file = Path(shutil.copy(wish.media, media))
        with collector(folder) as collected:
            settings = [
                *SMALL_ENGINE,
                "telemetry.traces=otlp",
                f"telemetry.otlp_endpoint={collected.http}",
                "telemetry.engine_traces=true",
            ]
            with console.status("Starting Kafka (embedded), Redis (embedded), a worker, vLLM ..."):
                trace_id = await _one_upload(wish, folder, file, settings, collected.http)
            collected.stop()
            console.print(trace_tree(read_spans(collected.file), trace_id))
            if wish.keep:
                console.print(f"All spans: {shutil.copy(collected.file, wish.keep)}")
    return 0


async def _one_upload(
    wish: argparse.Namespace, folder: Path, file: Path, settings: list[str], endpoint: str
) -> str:
    async with open_stage(folder, file.parent, model="tiny", settings=settings) as stage:
        topics = stage.kafka.topics
        platform = Platform(endpoint, _client(stage.kafka.client()))
        url = stage.server.url(file) + (".gone" if wish.missing else "")
        event = {"event_id": "upload-1", "content_id": file.name, "media": {"url": url}}
        trace_id = await asyncio.to_thread(platform.upload, topics.uploads, event)
        outcome = topics.dead_letters if wish.missing else topics.verdicts
        await asyncio.to_thread(platform.read, outcome, ANSWER_S)
        return trace_id


def _client(settings: dict[str, Any]) -> dict[str, Any]:
    """Of other services than the worker."""
    return {name: settings[name] for name in ("bootstrap_servers", "api_version")}


def _wish() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="python -m scripts.trace",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--media", type=Path, metavar="FILE", help="a file, not a drawn picture")
    parser.add_argument("--missing", action="store_true", help="upload what is not there")
    parser.add_argument("--keep", type=Path, metavar="FILE", help="keep the spans here, as JSON")
    return parser.parse_args()


if __name__ == "__main__":
    shown = Console()
    if not shown.is_terminal:
        shown = Console(width=WIDTH)
    try:
        sys.exit(asyncio.run(main(_wish(), shown)))
    except (Failure, OSError) as problem:
        sys.exit(f"scripts.trace: {problem}")
    except KeyboardInterrupt:
        sys.exit(130)
