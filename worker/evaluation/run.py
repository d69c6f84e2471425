"""Asking about a labelled set, many media at once, in a folder that may be gone on with."""

from __future__ import annotations

import asyncio
import tempfile
from collections import Counter
from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path

from worker.domain.failure import Failure, Poison, Reason, Systemic
from worker.domain.generation import AnswerForm
from worker.evaluation.gallery import Gallery, drawing
from worker.evaluation.journal import Journal, read_outcomes
from worker.evaluation.manifest import (
    NAME,
    Manifest,
    Question,
    RunInvalid,
    check_same_model,
    check_same_question,
    load_manifest,
)
from worker.evaluation.outcome import Key, Outcome
from worker.evaluation.plan import Plan, Task
from worker.evaluation.recorder import Recorder
from worker.scoring.asking import ask, prepare
from worker.scoring.rooms import ScoringRooms


class Run:
    """A run's folder, and what it has already."""

    def __init__(self, folder: Path, question: Question) -> None:
        """Raises ``RunInvalid`` for a folder of something else, or of another question."""
        self._folder = folder
        self._question = question
        self._manifest: Manifest | None = None
        self._gallery = Gallery(folder)
        self.done: set[Key] = set()
        if (folder / NAME).exists():
            self._manifest = load_manifest(folder)
            check_same_question(folder, self._manifest.question, question)
            for outcome in read_outcomes(folder):
                self.done.add(outcome.key)
                self._gallery.see(outcome)
        elif folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
            raise RunInvalid(f"{folder} is no run, and not empty: name a new folder (--to)")

    async def go(
        self,
        plan: Plan,
        rooms: ScoringRooms,
        *,
        at_once: int,
        done: Callable[[int], None],
        notice: str | None = None,
    ) -> Counter[Reason]:
        """Carry out a plan; ``done`` is told how many outcomes more there are.

        An item that fails stops no other. One that will always fail has an outcome; the others
        are counted by what was in their way, and asked again when the run is gone on with.
        However it ends, all outcomes so far are kept. Raises ``RunInvalid`` if the run was begun
        with another model, and ``Systemic`` if the engine or the like breaks.
        """
        self._folder.mkdir(parents=True, exist_ok=True)
        if self._manifest is None:
            self._manifest = Manifest.of(self._question, rooms.detector, rooms.clock.now(), notice)
            self._manifest.save(self._folder)
        else:
            check_same_model(self._folder, self._manifest, rooms.detector)
        passing: Counter[Reason] = Counter()
        with Journal(self._folder) as journal:
            recorder = Recorder(self._folder, journal, rooms.clock)

            async def carry(tasks: asyncio.Queue[Task]) -> None:
                while not tasks.empty():
                    task = tasks.get_nowait()
                    try:
                        await self._carry(plan.set_name, task, rooms, recorder)
                    except Systemic:
                        raise
                    except Failure as failure:
                        passing[failure.reason] += 1
                    done(len(task.forms))

            waiting: asyncio.Queue[Task] = asyncio.Queue()
            for task in plan.tasks:
                waiting.put_nowait(task)
            try:
                async with asyncio.TaskGroup() as group:
                    for _ in range(min(at_once, len(plan.tasks))):
                        group.create_task(carry(waiting))
            except BaseExceptionGroup as broken:
                raise broken.exceptions[0] from broken
            finally:
                recorder.flush()
        return passing

    async def _carry(
        self, set_name: str, task: Task, rooms: ScoringRooms, recorder: Recorder
    ) -> None:
        """All forms of one media. Raises ``Transient`` and the like, and ``Systemic``."""
        clock, begun = rooms.clock, rooms.clock.monotonic()

        def failed(failure: Poison, form: AnswerForm) -> Outcome:
            return Outcome.failed(
                task.item,
                failure,
                set_name=set_name,
                variant=task.variant.name,
                form=form,
                seconds=round(clock.monotonic() - begun, 4),
                model=rooms.detector.identity,
            )

        with ExitStack() as stack:
            folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="ivy-eval-")))
            try:
                path = await asyncio.to_thread(task.variant.render, task.item.path, folder)
                media, sha256 = await prepare(path, rooms)
            except Poison as poison:
                for form in task.forms:
                    recorder.add(failed(poison, form))
                return
            stack.enter_context(media)
            preparing = clock.monotonic() - begun
            for form in task.forms:
                asking = clock.monotonic()
                try:
                    asked = await ask(media, form, rooms)
                except Poison as poison:
                    recorder.add(failed(poison, form))
                    continue
                outcome = Outcome.of(
                    task.item,
                    asked,
                    set_name=set_name,
                    variant=task.variant.name,
                    sha256=sha256,
                    seconds=round(preparing + clock.monotonic() - asking, 4),
                )
                self._gallery.see(outcome, drawing(media))
                recorder.add(outcome)
