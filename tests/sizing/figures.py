"""Costs of an engine that nobody measured: for tests, and marked so."""

from __future__ import annotations

from datetime import UTC, datetime

from worker.sizing.costs import (
    Bytes,
    Costs,
    DecodeCost,
    EngineCost,
    EngineCosts,
    Machine,
    Plumbing,
    Point,
    Versions,
    Windows,
)


def make_points(*rates: tuple[int, float]) -> tuple[Point, ...]:
    """Points of a curve: concurrency and answers a second; latencies by Little's law."""
    return tuple(
        Point(
            concurrency=at,
            items=100,
            items_per_s=rate,
            output_tokens_per_s=rate * 100,
            mean_s=at / rate,
            p99_s=at / rate,
        )
        for at, rate in rates
    )


def make_engine(*rates: tuple[int, float], scv: float = 0.0) -> EngineCost:
    """One kind of question."""
    return EngineCost(
        points=make_points(*rates),
        prompt_tokens=300,
        completion_tokens=100,
        scv=scv,
        pixel_bytes=600_000,
    )


IMAGE = ((1, 0.8), (4, 3.0), (16, 10.0), (64, 22.0), (128, 26.0), (256, 28.0))
VIDEO = ((1, 0.5), (4, 1.8), (16, 5.0), (64, 9.0), (256, 11.0))
"""The shape of an engine with continuous batching: almost linear at first, then flat."""


def make_costs(
    image: EngineCost | None = None, video: EngineCost | None = None, max_num_seqs: int = 256
) -> Costs:
    """Costs of the shape that a GPU has. Assumed, not measured."""
    return Costs(
        kind="assumed",
        measured_at=datetime(2026, 1, 2, tzinfo=UTC),
        machine=Machine(cpu="none", cores=16, memory_bytes=2**37),
        versions=Versions(
            worker="0",
            python="3.11",
            model="test/model",
            revision="r1",
            engine="none",
            max_num_batched_tokens=16384,
            enforce_eager=False,
        ),
        engine=EngineCosts(
            image=image or make_engine(*IMAGE, scv=0.1),
            video=video or make_engine(*VIDEO, scv=0.1),
            max_num_seqs=max_num_seqs,
        ),
        decode=(
            DecodeCost(
                kind="image",
                format="jpg",
                megapixels=2.0,
                bytes_in=500_000,
                cpu_s=0.05,
                wall_s=0.05,
                items=10,
            ),
            DecodeCost(
                kind="image",
                format="jpg",
                megapixels=12.0,
                bytes_in=3_000_000,
                cpu_s=0.2,
                wall_s=0.2,
                items=10,
            ),
            DecodeCost(
                kind="video",
                format="mp4",
                megapixels=0.9,
                duration_s=10,
                bytes_in=5_000_000,
                cpu_s=0.3,
                wall_s=0.3,
                items=10,
            ),
        ),
        plumbing=Plumbing(new_cpu_s=0.003, cached_cpu_s=0.0015, events=1000),
        bytes=Bytes(
            cached_answer=2500, cached_answer_by="redis", upload_event=400, verdict_event=2500
        ),
        windows=Windows(longer_than_s=60, length_s=6, max_count=100),
    )
