"""The sweep in Markdown, to be pasted where it is read."""

from __future__ import annotations

from collections.abc import Sequence

from scripts.bench_gpu.cell import LeftOut, Measured
from worker.domain.media import MediaKind

HEAD = (
    "axis",
    "value",
    "media",
    "in flight",
    "answers/s",
    "tokens written/s",
    "tokens read, written",
    "mean s",
    "p99 s",
)

ANCHORS = (
    (
        "Qwen2.5-VL-3B, images, one H100, 128 output tokens, vLLM 0.7.2",
        "about 4.3/s",
        "as it was passed on; not looked up at its source",
    ),
    (
        "Qwen2.5-VL-7B, videos of some 30 frames at 360p, one A100, vLLM 0.9.1",
        "about 13 a minute, 0.22/s",
        "a user's report with the GPU a fifth used (github.com/QwenLM/Qwen3-VL, issue 1378)",
    ),
)
"""Others' figures, on others' machines and media: an order of magnitude, no reference."""

NO_GPU = (
    "**Not a GPU's figures**: the CPU engine, to see that the sweep works. Nothing here says"
    " anything about a GPU."
)


def table(results: Sequence[Measured | LeftOut]) -> str:
    """A line a cell."""
    lines = [HEAD, tuple("---" for _ in HEAD), *(_row(one) for one in results)]
    return "".join(f"| {' | '.join(line)} |\n" for line in lines)


def _row(one: Measured | LeftOut) -> tuple[str, ...]:
    if isinstance(one, LeftOut):
        return _filled(one.axis, one.value, f"left out: {one.because}")
    cell, point = one.cell, one.point
    if point is None:
        # The first line: vLLM's last words may be many.
        return _filled(cell.axis, cell.value, f"failed: {(one.failure or '?').splitlines()[0]}")
    return (
        cell.axis,
        cell.value,
        cell.kind.value,
        str(cell.in_flight),
        f"{point.items_per_s:.3g}",
        f"{point.output_tokens_per_s:.3g}",
        f"{one.prompt_tokens:.0f}, {one.completion_tokens:.0f}",
        f"{point.mean_s:.3g}",
        f"{point.p99_s:.3g}",
    )


def _filled(axis: str, value: str, said: str) -> tuple[str, ...]:
    cells = (axis, value, said.replace("|", "/"))
    return (*cells, *("" for _ in range(len(HEAD) - len(cells))))


def anchors(results: Sequence[Measured | LeftOut]) -> str:
    """What others told, and the nearest cells of this sweep."""
    lines = ["Others' figures, on other machines, models and media (an order of magnitude):\n"]
    lines += [f"* {what}: {figure}; {source}\n" for what, figure, source in ANCHORS]
    best = [
        (name, _best(results, kind))
        for name, kind in (("images", MediaKind.IMAGE), ("videos", MediaKind.VIDEO))
    ]
    for name, one in best:
        if one is not None and one.point is not None:
            lines.append(
                f"* here, {name}, {one.cell.axis} {one.cell.value}: {one.point.items_per_s:.3g}/s"
                f" with {one.completion_tokens:.0f} tokens written each\n"
            )
    return "".join(lines)


def _best(results: Sequence[Measured | LeftOut], kind: MediaKind) -> Measured | None:
    """The fastest that thinks first: verdict first writes one token."""
    found = [
        one
        for one in results
        if isinstance(one, Measured)
        and one.point is not None
        and one.cell.kind is kind
        and one.cell.form.value == "think_first"
    ]
    return max(found, key=lambda one: one.point.items_per_s if one.point else 0.0, default=None)
