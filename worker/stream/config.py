"""Which client the stream goes through."""

from __future__ import annotations

from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

Client = Literal["kafka-python", "confluent"]


class StreamConfig(BaseModel):
    """The client library."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    client: Client = Field(
        default="kafka-python",
        description="Library that takes and publishes: `kafka-python`, or `confluent` (librdkafka),"
        " which needs less than half of the CPU for each event, and the extra `confluent`"
        " (docs/delivery.md, Two clients).",
    )
