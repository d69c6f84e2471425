"""The topics of a worker."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Annotated, Any

from pydantic import (
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    PlainSerializer,
    model_validator,
)

from worker.domain.lane import Lane


class RetryTopic(BaseModel):
    """A topic whose records wait for a fixed time before they are tried again."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    name: str = Field(min_length=1, description="The topic.")
    delay_s: float = Field(gt=0, description="Seconds that a record waits in it.")


def _read(value: Any) -> Any:
    """``a=10,b=60`` as people type it, or a list of such, or of tables with name and delay_s."""
    if value is None:
        return ()  # `kafka.topics.retries=`, as YAML reads it
    if isinstance(value, str):
        value = [part.strip() for part in value.split(",") if part.strip()]
    if isinstance(value, list | tuple):
        return tuple(_read_one(part) for part in value)
    return value


def _read_one(value: Any) -> Any:
    if not isinstance(value, str):
        return value
    name, separator, delay = value.partition("=")
    if not separator:
        raise ValueError(f"a retry topic is given as TOPIC=SECONDS, not as {value!r}")
    return {"name": name.strip(), "delay_s": delay.strip()}


def _written(topics: tuple[RetryTopic, ...]) -> str:
    return ",".join(f"{topic.name}={topic.delay_s:g}" for topic in topics)


class TopicNames(BaseModel):
    """Topics. They must exist: whether and how to replicate them is not for a worker to decide."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    uploads: str = Field(default="media.uploads", description="Upload events are taken from here.")
    backfill: str | None = Field(
        default=None,
        description="A second topic of upload events, which give way to the first; also where a"
        " tenant's burst goes that would hold up the others (`flow.admission.crowd_share`).",
    )
    verdicts: str = Field(default="media.verdicts", description="Verdict events go here.")
    retries: Annotated[
        tuple[RetryTopic, ...], BeforeValidator(_read), PlainSerializer(_written, when_used="json")
    ] = Field(
        default=(
            RetryTopic(name="media.uploads.retry.10s", delay_s=10),
            RetryTopic(name="media.uploads.retry.1m", delay_s=60),
            RetryTopic(name="media.uploads.retry.10m", delay_s=600),
        ),
        description="Where events wait that failed for now: `TOPIC=SECONDS,...`, one after the"
        " other; empty for none.",
    )
    dead_letters: str = Field(
        default="media.uploads.dlq", description="Events without a verdict go here, as they came."
    )

    @model_validator(mode="after")
    def _distinct(self) -> TopicNames:
        seen: dict[str, str] = {}
        for setting, topic in self.all():
            if topic in seen:
                raise ValueError(f"{setting} and {seen[topic]} are both {topic!r}")
            seen[topic] = setting
        return self

    def all(self) -> Iterator[tuple[str, str]]:
        """Every topic, with the part of the settings that names it."""
        yield "uploads", self.uploads
        if self.backfill is not None:
            yield "backfill", self.backfill
        yield "verdicts", self.verdicts
        for topic in self.retries:
            yield "retries", topic.name
        yield "dead_letters", self.dead_letters

    def inputs(self) -> Iterator[tuple[str, str]]:
        """Those that records are taken from, likewise."""
        for setting, topic in self.all():
            if setting in {"uploads", "backfill", "retries"}:
                yield setting, topic

    def lane(self, topic: str) -> Lane:
        """The lane of a topic's records."""
        return Lane.BACKFILL if topic == self.backfill else Lane.LIVE

    def is_retry(self, topic: str) -> bool:
        """Whether it is a retry topic."""
        return any(topic == one.name for one in self.retries)
