"""Where a person's JSON lies: in a file of lines, or in a topic."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

from worker.settings.settings import load_settings
from worker.shadow.lines import Lines
from worker.shadow.protocol import Origin, OriginUnusable
from worker.shadow.topic import NAME, Topic

KAFKA = "kafka:"


def origin_of(
    name: str, since: datetime | None, config: Path | None, assignments: list[str] | None
) -> Origin:
    """Raises ``OriginUnusable``. A file that is there is meant before a topic of that name."""
    path, topic = Path(name), name.removeprefix(KAFKA)
    if topic == name and path.exists() and not path.is_dir():
        return Lines(path)
    if NAME.fullmatch(topic) is None:
        raise OriginUnusable(f"{name} is no file that is there, and cannot be a topic's name")
    return Topic(load_settings(config, assignments or ()).kafka, topic, since)
