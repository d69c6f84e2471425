"""The judge, over real HTTP: a server that answers as it is told, and vLLM's own."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio
from aiohttp import web
from typer.testing import CliRunner, Result

from tests.evaluation.made import drawn, manifest
from tests.support.vllm_server import MODEL, VllmServer
from worker.cli.main import app
from worker.domain.failure import Systemic
from worker.evaluation.journal import Journal
from worker.evaluation.judge.endpoint import Endpoint
from worker.evaluation.judge.judging import IN_A_ROW, judge_all
from worker.evaluation.judge.ledger import FOLDER, MARKS, Ledger, columns_of
from worker.evaluation.judge.prompt import PROMPT
from worker.evaluation.outcome import Outcome
from worker.flow.retry import Retry

GOOD = '{"completeness": 3, "relevance": 4, "level_of_detail": 2, "explanation": 5}'


# ---------------------------------------------------------------- a run that is judged

Answer = Callable[[dict[str, Any]], web.Response | str]


class Judge:
    """A server that speaks the protocol, and says what a test tells it to."""

    def __init__(self) -> None:
        self.answer: Answer = lambda _: GOOD
        self.asked: list[dict[str, Any]] = []
        self.keys: list[str | None] = []
        self.port = 0

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}/v1"

    async def handle(self, request: web.Request) -> web.Response:
        body = await request.json()
        self.asked.append(body)
        self.keys.append(request.headers.get("Authorization"))
        said = self.answer(body)
        return said if isinstance(said, web.Response) else completion(said)


def completion(text: str, finish: str = "stop") -> web.Response:
    choice = {
        "index": 0,
        "message": {"role": "assistant", "content": text},
        "finish_reason": finish,
    }
    usage = {"prompt_tokens": 500, "completion_tokens": 30, "total_tokens": 530}
    return web.json_response({"object": "chat.completion", "choices": [choice], "usage": usage})


@pytest_asyncio.fixture
async def judge() -> AsyncIterator[Judge]:
    made = Judge()
    served = web.Application()
    served.router.add_post("/v1/chat/completions", made.handle)
    runner = web.AppRunner(served)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    made.port = runner.addresses[0][1]
    try:
        yield made
    finally:
        await runner.cleanup()


@pytest.fixture
def run(tmp_path: Path) -> Path:
    folder = tmp_path / "run"
    folder.mkdir()
    manifest(40).save(folder)
    with Journal(folder) as journal:
        journal.append(drawn(40))
    return folder


def right(outcomes: list[Outcome]) -> int:
    return sum(one.correct for one in outcomes)


Ivy = Callable[..., Awaitable[Result]]


@pytest.fixture
def ivy(judge: Judge) -> Ivy:
    """`ivy-worker eval ...` in a thread, for the server is on this one's loop."""

    async def invoke(*arguments: str | Path) -> Result:
        words = ["eval", *(str(argument) for argument in arguments)]
        runner = CliRunner(env={"COLUMNS": "200"})
        return await asyncio.to_thread(runner.invoke, app, words)

    return invoke


def asking(run: Path, judge: Judge, *more: str | Path) -> tuple[str | Path, ...]:
    return ("judge", run, "--url", judge.url, "--model", "m", *more)


async def test_right_verdicts_are_judged_and_the_report_has_the_marks(
    run: Path, judge: Judge, ivy: Ivy, tmp_path: Path
) -> None:
    (tmp_path / "key").write_text("sk-1\n")
    ended = await ivy(*asking(run, judge, "--api-key-file", tmp_path / "key"))
    assert ended.exit_code == 0, ended.output
    count = right(drawn(40))
    assert len(judge.asked) == count < 40
    assert set(judge.keys) == {"Bearer sk-1"}
    assert judge.asked[0]["temperature"] == 0
    assert f"{count} reasonings have marks, 0 have none." in ended.output
    ended = await ivy("report", run, "--json", "--resamples", "100")
    assert ended.exit_code == 0, ended.output
    section = json.loads(ended.stdout)["sections"][0]
    rows = {one["column"]: one for one in section["explained"] if one["where"] == "overall"}
    assert rows["level_of_detail"]["correct_only"]["value"] == 2.0
    assert rows["level_of_detail"]["correct_only"]["items"] == count
    # Of wrong verdicts nothing is known: a mean of all answers would not be one.
    assert rows["level_of_detail"]["all_answers"]["value"] is None
    assert rows["rouge_l"]["all_answers"]["items"] == 40
    assert PROMPT in section["explained_notes"][0]
    assert "0 answers of the judge have no marks" in section["explained_notes"][0]


async def test_a_second_time_nothing_is_asked_and_wrong_ones_join(
    run: Path, judge: Judge, ivy: Ivy
) -> None:
    assert (await ivy(*asking(run, judge, "--limit", "5"))).exit_code == 0
    assert len(judge.asked) == 5
    for _ in range(2):
        assert (await ivy(*asking(run, judge))).exit_code == 0
        assert len(judge.asked) == right(drawn(40))
    assert (await ivy(*asking(run, judge, "--wrong-too"))).exit_code == 0
    assert len(judge.asked) == 40
    assert sum("said" in json.loads(one["messages"][1]["content"]) for one in judge.asked) == (
        40 - right(drawn(40))
    )
    ended = await ivy("report", run, "--json", "--resamples", "100")
    rows = json.loads(ended.stdout)["sections"][0]["explained"]
    (one,) = [r for r in rows if (r["column"], r["where"]) == ("explanation", "overall")]
    assert one["all_answers"]["items"] == 40


async def test_what_cannot_be_read_is_counted_and_only_asked_again_if_told_to(
    run: Path, judge: Judge, ivy: Ivy
) -> None:
    count = right(drawn(40))

    def now_and_then(_: dict[str, Any]) -> web.Response | str:
        number = len(judge.asked)
        if number == 1:
            return "They are all fine."
        if number == 2:
            return completion(GOOD, "length")
        if number == 3:
            return web.json_response({"error": {"message": "too long a prompt"}}, status=400)
        return GOOD

    judge.answer = now_and_then
    ended = await ivy(*asking(run, judge, "--at-once", "1"))
    assert ended.exit_code == 0, ended.output
    assert f"{count - 3} reasonings have marks, 3 have none." in ended.output
    assert "too long a prompt" in ended.output
    columns = columns_of(Ledger(run).read())
    assert {len(column) for column in columns.values()} == {count - 3}
    ended = await ivy("report", run, "--json", "--resamples", "100")
    note = json.loads(ended.stdout)["sections"][0]["explained_notes"][0]
    assert "3 answers of the judge have no marks" in note
    assert "1 x the answer is no JSON object" in note
    assert (await ivy(*asking(run, judge))).exit_code == 0
    assert len(judge.asked) == count
    assert (await ivy(*asking(run, judge, "--retry-failed"))).exit_code == 0
    assert len(judge.asked) == count + 3
    assert {len(column) for column in columns_of(Ledger(run).read()).values()} == {count}


async def test_a_server_that_is_busy_is_asked_again(run: Path, judge: Judge, ivy: Ivy) -> None:
    def busy(_: dict[str, Any]) -> web.Response | str:
        if len(judge.asked) <= 2:
            return web.Response(status=429, headers={"Retry-After": "0"})
        return GOOD

    judge.answer = busy
    ended = await ivy(*asking(run, judge, "--limit", "3"))
    assert ended.exit_code == 0, ended.output
    assert len(judge.asked) == 5
    assert len(Ledger(run).read()) == 3


async def test_a_server_that_is_gone_is_not_asked_to_the_end(tmp_path: Path, judge: Judge) -> None:
    judge.answer = lambda _: web.Response(status=503)
    endpoint = Endpoint(judge.url, None, 5.0, 2)
    count = 0

    def done() -> None:
        nonlocal count
        count += 1

    with Journal(tmp_path, MARKS) as journal:
        async with endpoint:
            with pytest.raises(Systemic, match=f"{IN_A_ROW} questions in a row have no answer"):
                await judge_all(
                    drawn(100),
                    endpoint,
                    journal,
                    model="m",
                    form="text",
                    at_once=2,
                    done=done,
                    retry=Retry(attempts=1),
                )
    assert count < 20
    assert not (tmp_path / MARKS).read_bytes()


async def test_a_wrong_key_ends_it_and_names_the_option(run: Path, judge: Judge, ivy: Ivy) -> None:
    judge.answer = lambda _: web.json_response({"error": {"message": "bad key"}}, status=401)
    ended = await ivy(*asking(run, judge))
    assert ended.exit_code == 1
    assert "--api-key-file" in ended.output
    assert not Ledger(run).read()
    judge.answer = lambda _: GOOD
    assert (await ivy(*asking(run, judge))).exit_code == 0


async def test_not_one_answer_that_can_be_read_is_a_failure(
    run: Path, judge: Judge, ivy: Ivy
) -> None:
    judge.answer = lambda _: "no"
    ended = await ivy(*asking(run, judge))
    assert ended.exit_code == 1
    assert "--format text" in ended.output
    # Nor does the report make marks of it.
    ended = await ivy("report", run, "--json", "--resamples", "100")
    section = json.loads(ended.stdout)["sections"][0]
    assert {one["column"] for one in section["explained"]} == {"rouge_l"}
    assert "no marks" in section["explained_notes"][0]


async def test_another_judge_is_refused_and_a_torn_line_is_judged_again(
    run: Path, judge: Judge, ivy: Ivy
) -> None:
    assert (await ivy(*asking(run, judge, "--limit", "2", "--at-once", "1"))).exit_code == 0
    ended = await ivy("judge", run, "--url", judge.url, "--model", "other")
    assert ended.exit_code == 2
    assert "marks of two judges are not put together" in ended.output
    file = run / FOLDER / MARKS
    file.write_bytes(file.read_bytes()[:-20])
    assert len(Ledger(run).read()) == 1
    assert (await ivy(*asking(run, judge))).exit_code == 0
    assert len(Ledger(run).read()) == right(drawn(40))
    assert len(judge.asked) == right(drawn(40)) + 1


async def test_a_run_without_annotations(tmp_path: Path, judge: Judge, ivy: Ivy) -> None:
    manifest(4).save(tmp_path)
    with Journal(tmp_path) as journal:
        journal.append([one.model_copy(update={"gold_reasoning": None}) for one in drawn(4)])
    ended = await ivy(*asking(tmp_path, judge))
    assert ended.exit_code == 2
    assert "has no annotations" in ended.output
    ended = await ivy("judge", tmp_path, "--url", "localhost", "--model", "m")
    assert ended.exit_code == 2
    assert "--url" in ended.output


# ---------------------------------------------------------------- vLLM


@pytest.mark.vllm
@pytest.mark.timeout(600)  # it waits for the server, too
async def test_a_real_server_answers_by_the_schema(
    run: Path, vllm_server: VllmServer, ivy: Ivy
) -> None:
    """The tiny checkpoint cannot judge: held to the schema, it gives marks all the same."""
    url = f"{vllm_server.origin}/v1"
    ended = await ivy("judge", run, "--url", url, "--model", MODEL, "--limit", "3")
    judged = Ledger(run).read()
    assert len(judged) == 3, ended.output
    assert all(one.marks is not None for one in judged.values()), judged
    assert all(one.completion_tokens > 0 for one in judged.values())
