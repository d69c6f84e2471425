"""Asking a teacher about a labelled set, and keeping what is fit; resumable."""

from __future__ import annotations

import asyncio
import base64
import json
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from io import BytesIO
from pathlib import Path
from typing import Any

import httpx
from PIL import Image

from worker.decode.decode import Pixels
from worker.domain.recipe import DecodeRecipe
from worker.labelled.items import LabelledItem
from worker.labelled.written import write_listing
from worker.parsing.reply import parse
from worker.training.distil.filters import Length, reason_against
from worker.training.distil.prompts import system_prompt, user_prompt
from worker.training.media import look

JOURNAL = "answers.jsonl"
KEPT = "distilled.jsonl"
USUAL = Length()
TRIES = 3
BACK_OFF_S = 2.0
PASSING = frozenset((408, 409, 425, 429, *range(500, 600)))
"""HTTP statuses after which the same question may be answered."""


class TeacherFailed(Exception):
    """The teacher does not answer; the text says what it said."""


@dataclass(frozen=True, slots=True)
class Teacher:
    """An OpenAI-compatible API."""

    base_url: str
    model: str
    api_key: str | None = None
    temperature: float = 0.0
    max_tokens: int = 2048
    at_once: int = 4
    timeout_s: float = 300.0


@dataclass(slots=True)
class Distilled:
    """What came of it."""

    kept: int = 0
    against: Counter[str] = field(default_factory=Counter)


async def distil(
    items: Sequence[LabelledItem],
    teacher: Teacher,
    recipe: DecodeRecipe,
    to: Path,
    *,
    count: Callable[[str], int],
    length: Length = USUAL,
    done: Callable[[], None] = lambda: None,
) -> Distilled:
    """Ask about every item that has no answer yet, then write those that are kept.

    ``to`` is a folder: a journal of all answers, and the list to train on. Raises
    ``TeacherFailed``, ``StageInvalid`` for a file that cannot be opened, and ``OSError``.
    """
    journal = to / JOURNAL
    answers = await asyncio.to_thread(_read, journal)
    for item in items:
        if item.name in answers:
            done()
    missing = [item for item in items if item.name not in answers]
    headers = {"authorization": f"Bearer {teacher.api_key}"} if teacher.api_key else {}
    with journal.open("a", encoding="utf-8") as file:
        async with httpx.AsyncClient(headers=headers, timeout=teacher.timeout_s) as client:
            gate = asyncio.Semaphore(teacher.at_once)

            async def one(item: LabelledItem) -> None:
                async with gate:
                    text = await _ask(client, teacher, item, recipe)
                answers[item.name] = text
                file.write(json.dumps({"name": item.name, "text": text}) + "\n")
                file.flush()
                done()

            try:
                async with asyncio.TaskGroup() as group:
                    for item in missing:
                        group.create_task(one(item))
            except ExceptionGroup as failures:
                # Several failed at once, and for one reason.
                raise failures.exceptions[0] from None
    return _keep(items, answers, to / KEPT, count, length)


def _keep(
    items: Sequence[LabelledItem],
    answers: dict[str, str],
    to: Path,
    count: Callable[[str], int],
    length: Length,
) -> Distilled:
    came, kept = Distilled(), []
    for item in items:
        text = answers[item.name]
        against = reason_against(text, item.label, count, length)
        if against is None:
            kept.append(replace(item, reasoning=parse(text).reasoning))
        else:
            came.against[against] += 1
    came.kept = len(kept)
    write_listing(kept, to)
    return came


def _read(journal: Path) -> dict[str, str]:
    """Answers that are there; a last line that was cut off is asked for again."""
    journal.parent.mkdir(parents=True, exist_ok=True)
    if not journal.exists():
        return {}
    data = journal.read_bytes()
    whole = data[: data.rfind(b"\n") + 1]
    if len(whole) != len(data):
        journal.write_bytes(whole)
    lines = [json.loads(line) for line in whole.splitlines()]
    return {line["name"]: line["text"] for line in lines}


async def _ask(
    client: httpx.AsyncClient, teacher: Teacher, item: LabelledItem, recipe: DecodeRecipe
) -> str:
    pixels = await asyncio.to_thread(look, item.path, recipe)
    body = {
        "model": teacher.model,
        "temperature": teacher.temperature,
        "max_tokens": teacher.max_tokens,
        "messages": _messages(pixels, item),
    }
    said = ""
    for attempt in range(TRIES):
        if attempt:
            await asyncio.sleep(BACK_OFF_S * 2 ** (attempt - 1))
        try:
            answer = await client.post(f"{teacher.base_url}/chat/completions", json=body)
        except httpx.HTTPError as error:
            said = f"{type(error).__name__}: {error}"
            continue
        if answer.status_code == httpx.codes.OK:
            return _content(answer)
        said = f"HTTP {answer.status_code}: {answer.text[:200]}"
        if answer.status_code not in PASSING:
            break
    raise TeacherFailed(
        f"{teacher.base_url} gives no answer about {item.name} ({said}). What it answered so far is"
        " kept: the same command goes on"
    )


def _content(answer: httpx.Response) -> str:
    try:
        return str(answer.json()["choices"][0]["message"]["content"] or "")
    except (ValueError, LookupError, TypeError) as error:
        raise TeacherFailed(
            f"{answer.url} is no OpenAI-compatible API: {answer.text[:200]!r}"
        ) from error


def _messages(pixels: Pixels, item: LabelledItem) -> list[dict[str, Any]]:
    """Frames as pictures, which every such API takes, in the order of time."""
    kind = pixels.facts.kind
    shown = [
        {"type": "image_url", "image_url": {"url": _data_url(frame)}} for frame in pixels.frames
    ]
    asked = {"type": "text", "text": user_prompt(kind, item.label)}
    return [
        {"role": "system", "content": system_prompt(kind)},
        {"role": "user", "content": [*shown, asked]},
    ]


def _data_url(frame: Any) -> str:
    packed = BytesIO()
    Image.fromarray(frame).save(packed, "PNG")
    return f"data:image/png;base64,{base64.b64encode(packed.getvalue()).decode()}"
