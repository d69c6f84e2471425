"""What is asked of a fleet of workers."""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict, Field

DAY_S = 86_400


class Demand(BaseModel):
    """A stream of uploads, and what is promised about it."""

    model_config = ConfigDict(extra="forbid", frozen=True, allow_inf_nan=False)

    uploads_per_s: float = Field(gt=0, le=10_000_000, description="Mean, all uploads counted.")
    video_share: float = Field(default=0.0, ge=0, le=1, description="Part that are videos.")
    duplicate_share: float = Field(
        default=0.0, ge=0, lt=1, description="Part whose content is known: answered from Redis."
    )
    second_pass_share: float = Field(
        default=0.0,
        ge=0,
        le=1,
        description="Part that is asked about twice (text in the picture, a cascade).",
    )
    video_seconds: float = Field(default=10.0, gt=0, description="Mean length of a video.")
    image_megapixels: float | None = Field(default=None, gt=0, description="Of a picture.")
    video_megapixels: float | None = Field(default=None, gt=0, description="Of a video's frame.")
    image_bytes: float | None = Field(default=None, gt=0, description="Mean size of a picture.")
    video_bytes: float | None = Field(default=None, gt=0, description="Mean size of a video.")

    burst: float = Field(
        default=2.0, ge=1, le=1000, description="Rate in a burst over the mean rate."
    )
    burst_s: float = Field(default=60.0, gt=0, description="Seconds of a burst.")
    p99_s: float = Field(
        default=60.0, gt=0, description="99 % of the uploads have a verdict within so many seconds."
    )
    utilisation: float = Field(
        default=0.7, gt=0, lt=1, description="Most of an engine that the mean rate may take."
    )
    node_failures: int = Field(
        default=1, ge=0, le=1000, description="Nodes that may be lost at once."
    )
    recovery_s: float = Field(
        default=600.0, gt=0, description="Seconds in which what such a loss left is caught up with."
    )
    gpus_per_node: int = Field(default=1, ge=1, le=64, description="Workers on one node.")
    retention_days: float = Field(default=7.0, gt=0, description="Of the topics.")
    replication: int = Field(default=3, ge=1, le=10, description="Copies of a topic's log.")
    answer_days: float = Field(
        default=30.0, gt=0, description="Days for which an answer is kept (`cache.ttl_s`)."
    )
    session_timeout_s: float = Field(
        default=45.0, gt=0, description="`kafka.consumer.session_timeout_ms`."
    )
    rebalance_s: float = Field(
        default=5.0,
        ge=0,
        description="From there until the partitions are read again; cooperative-sticky takes two"
        " rounds of the group.",
    )
    max_in_flight: int = Field(default=2048, ge=1, description="`kafka.consumer.max_in_flight`.")

    @property
    def blind_s(self) -> float:
        """Seconds in which nobody reads the partitions of a node that is lost."""
        return self.session_timeout_s + self.rebalance_s
