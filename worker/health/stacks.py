"""Where every thread and every task stands. No variables: they hold secrets, and users' data."""

from __future__ import annotations

import asyncio
import sys
import threading
import traceback
from collections import Counter

MAX_GROUPS = 200
"""Different stacks of tasks that are shown; thousands of events stand at a few places."""

MAX_FRAMES = 30
"""Of one stack, the innermost."""


def thread_stacks() -> str:
    """All threads, the innermost frame last."""
    names = {thread.ident: thread.name for thread in threading.enumerate()}
    parts = []
    for ident, frame in sys._current_frames().items():  # noqa: SLF001 - documented for debuggers
        lines = "".join(traceback.format_stack(frame, limit=-MAX_FRAMES))
        parts.append(f"thread {names.get(ident, 'of no name')} ({ident})\n{lines}")
    return "\n".join(parts)


def task_stacks() -> str:
    """All tasks of this event loop, those at the same place together, the most first."""
    tasks = asyncio.all_tasks()
    groups = Counter(_place(task) for task in tasks)
    parts = [
        f"{count} at\n" + "".join(f"  {line}\n" for line in place)
        for place, count in groups.most_common(MAX_GROUPS)
    ]
    left = len(groups) - len(parts)
    rest = [f"and {left} places more\n"] if left > 0 else []
    return "\n".join([f"{len(tasks)} tasks\n", *parts, *rest])


def _place(task: asyncio.Task[object]) -> tuple[str, ...]:
    """Its coroutines from the outermost to the innermost.

    ``Task.get_stack`` gives the outermost frame of a task that waits, and no more.
    """
    place: list[str] = []
    waits_for: object = task.get_coro()
    while waits_for is not None and len(place) < MAX_FRAMES:
        frame = getattr(waits_for, "cr_frame", None) or getattr(waits_for, "ag_frame", None)
        if frame is None:
            break
        name = getattr(waits_for, "__qualname__", type(waits_for).__name__)
        place.append(f"{name} ({frame.f_code.co_filename}:{frame.f_lineno})")
        waits_for = getattr(waits_for, "cr_await", None) or getattr(waits_for, "ag_await", None)
    return tuple(place) or (type(waits_for).__name__,)
