"""A teacher that is a real HTTP server, and says what it is told to say of each label."""

from __future__ import annotations

import json
import threading
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

from worker.datasets.token_count import counter
from worker.domain.media import MediaKind
from worker.labelled.items import Truth
from worker.labelled.reader import read_labelled
from worker.models.spec import load_spec
from worker.training.distil.filters import Length, reason_against
from worker.training.distil.prompts import system_prompt, user_prompt
from worker.training.distil.run import JOURNAL, KEPT, Teacher, TeacherFailed, distil
from worker.training.media import look

SHORT = Length(least=3, most=40)


@dataclass
class Answering:
    url: str = ""
    says: dict[str, str] = field(default_factory=dict)
    asked: list[dict[str, Any]] = field(default_factory=list)
    status: int = 200


@pytest.fixture
def teacher() -> Iterator[Answering]:
    state = Answering()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = json.loads(self.rfile.read(int(self.headers["content-length"])))
            state.asked.append(body)
            words = body["messages"][-1]["content"][-1]["text"]
            label = "fake" if "fake" in words else "real"
            reply = {"choices": [{"message": {"content": state.says[label]}}]}
            data = json.dumps(reply).encode()
            self.send_response(state.status)
            self.send_header("content-length", str(len(data)))
            self.end_headers()
            self.wfile.write(data)

        def log_message(self, *_: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    state.url = f"http://127.0.0.1:{server.server_port}/v1"
    state.says = {
        "fake": "<think>One part is blurred.</think><conclusion>fake</conclusion>",
        "real": "<think>Nothing is unnatural.</think><conclusion>real</conclusion>",
    }
    yield state
    server.shutdown()
    thread.join()
    server.server_close()


async def ask(state: Answering, drawn: Path, to: Path) -> Any:
    items = [item for item in read_labelled(drawn).items if item.split == "test"]
    return await distil(
        items,
        Teacher(state.url, "teacher"),
        load_spec("tiny").recipe,
        to,
        count=counter(None),
        length=SHORT,
    )


async def test_what_is_kept_can_be_trained_on(
    teacher: Answering, drawn: Path, tmp_path: Path
) -> None:
    came = await ask(teacher, drawn, tmp_path)
    assert (came.kept, came.against) == (14, {})
    items = read_labelled(tmp_path / KEPT).items
    assert {item.reasoning for item in items if item.label is Truth.FAKE} == {
        "One part is blurred."
    }


async def test_it_goes_on_where_it_was(teacher: Answering, drawn: Path, tmp_path: Path) -> None:
    await ask(teacher, drawn, tmp_path)
    journal = tmp_path / JOURNAL
    lines = journal.read_bytes().splitlines(keepends=True)
    journal.write_bytes(b"".join(lines[:-2]) + lines[-2][:20])
    teacher.asked.clear()
    assert (await ask(teacher, drawn, tmp_path)).kept == 14
    assert len(teacher.asked) == 2


async def test_a_teacher_that_contradicts_the_label_is_not_believed(
    teacher: Answering, drawn: Path, tmp_path: Path
) -> None:
    teacher.says["real"] = teacher.says["fake"]
    came = await ask(teacher, drawn, tmp_path)
    assert came.kept == 7
    assert came.against == {"the conclusion is not the label": 7}


async def test_a_refusal_is_told(teacher: Answering, drawn: Path, tmp_path: Path) -> None:
    teacher.status = 401
    with pytest.raises(TeacherFailed, match="401"):
        await ask(teacher, drawn, tmp_path)


async def test_a_clip_is_shown_frame_by_frame(
    teacher: Answering, drawn: Path, tmp_path: Path
) -> None:
    await ask(teacher, drawn, tmp_path)
    shown = Counter(len(body["messages"][1]["content"]) - 1 for body in teacher.asked)
    tests = [item for item in read_labelled(drawn).items if item.split == "test"]
    recipe = load_spec("tiny").recipe
    assert shown == Counter(len(look(item.path, recipe).frames) for item in tests)
    assert max(shown) > 1


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("<think>Blurred it is.</think><conclusion>fake</conclusion>", None),
        ("Blurred it is.", "no conclusion"),
        ("<think>Blurred it is.</think><conclusion>real</conclusion>", "the conclusion is not"),
        ("Well: <think>Blurred it is.</think><conclusion>fake</conclusion>", "not in the form"),
        ("<think>{}</think><conclusion>fake</conclusion>".format('"M30", ' * 300), "repeats"),
        ("<think>Blur.</think><conclusion>fake</conclusion>", "too short"),
        (
            "<think>{}</think><conclusion>fake</conclusion>".format(
                " ".join(f"word{n}" for n in range(50))
            ),
            "too long",
        ),
    ],
    ids=["fit", "no-conclusion", "other-label", "form", "loop", "short", "long"],
)
def test_what_is_not_kept(text: str, reason: str | None) -> None:
    found = reason_against(text, Truth.FAKE, counter(None), SHORT)
    assert found == reason or (reason is not None and (found or "").startswith(reason))


def test_a_picture_is_not_asked_about_time() -> None:
    assert "Luminance Discrepancy" in system_prompt(MediaKind.VIDEO)
    assert "Luminance Discrepancy" not in system_prompt(MediaKind.IMAGE)
    assert user_prompt(MediaKind.IMAGE, Truth.FAKE) == "This image is fake. Explain the reason."
