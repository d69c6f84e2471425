"""What only a real engine can meet."""

from __future__ import annotations

import asyncio
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
import structlog
from structlog.testing import LogCapture

from tests.process.test_child import alive, gone
from tests.support.checkpoints import (
    another_head,
    change_config,
    change_tensors,
    copy_checkpoint,
    newly_named,
    spec_of,
)
from tests.support.factories import NOON
from tests.support.media import image_file
from tests.twins.decoder import InProcessDecoder
from worker.detector.engine_end import EngineEnd
from worker.detector.reference.detector import ReferenceDetector
from worker.detector.self_test import golden_media, self_test
from worker.detector.vllm.config import EngineConfig
from worker.detector.vllm.detector import VllmDetector
from worker.domain.answer import Conclusion, ScoreKind
from worker.domain.failure import Reason, Systemic
from worker.domain.generation import FinishReason
from worker.domain.media import Content
from worker.models.spec import load_spec
from worker.parsing.answer import read_answer
from worker.parsing.score import score

pytestmark = pytest.mark.vllm

SPEC = load_spec("tiny")


def descendants(pid: int) -> set[int]:
    """All processes below one."""
    listing = subprocess.run(
        ["ps", "-e", "-o", "pid=,ppid="], capture_output=True, text=True, check=True
    ).stdout
    children: dict[int, list[int]] = {}
    for line in listing.splitlines():
        child, parent = (int(number) for number in line.split())
        children.setdefault(parent, []).append(child)
    found: set[int] = set()
    ahead = [pid]
    while ahead:
        for child in children.get(ahead.pop(), []):
            found.add(child)
            ahead.append(child)
    return found


async def test_a_checkpoint_without_its_tie_flag_is_repaired(
    tmp_path: Path, small_engine: EngineConfig, monkeypatch: pytest.MonkeyPatch
) -> None:
    # A logger of its own: others in this process may have set what is shown, and where.
    told = LogCapture()
    own = structlog.wrap_logger(None, processors=[told], wrapper_class=structlog.BoundLogger)
    monkeypatch.setattr("worker.detector.vllm.detector.log", own)
    folder = copy_checkpoint(tmp_path / "untied")
    change_config(folder, {"tie_word_embeddings": None})
    change_tensors(folder, newly_named)  # which must make no difference
    spec = spec_of(folder)
    detector = VllmDetector(spec, small_engine)
    try:
        await detector.start()
        await self_test(detector, spec)
    finally:
        await detector.close()
    said = [str(entry.get("said")) for entry in told.entries]
    assert any("repaired, tie_word_embeddings is taken for true" in line for line in said), said


async def test_a_head_that_was_not_trained_loads_and_fails_the_self_test(
    tmp_path: Path, small_engine: EngineConfig
) -> None:
    folder = copy_checkpoint(tmp_path / "other")
    change_tensors(folder, another_head)  # against config.json, which has it tied
    spec = spec_of(folder)
    detector = VllmDetector(spec, small_engine)
    try:
        await detector.start()  # without an error: that is the trap
        with pytest.raises(Systemic, match="self-test") as failed:
            await self_test(detector, spec)
        assert "tie_word_embeddings" in failed.value.detail
    finally:
        await detector.close()


async def test_a_checkpoint_that_does_not_load_is_told_with_what_the_engine_said(
    tmp_path: Path, small_engine: EngineConfig
) -> None:
    folder = copy_checkpoint(tmp_path / "broken")
    change_config(folder, {"architectures": ["NoSuchModel"]})
    ends: list[EngineEnd] = []
    detector = VllmDetector(spec_of(folder), small_engine, ended=ends.append)
    with pytest.raises(Systemic, match="NoSuchModel"):
        await detector.start()
    await detector.close()
    assert ends == [EngineEnd.NOT_LOADED]


async def test_weights_that_are_nowhere_are_told_by_their_setting(
    small_engine: EngineConfig,
) -> None:
    spec = SPEC.model_copy(update={"source": "nobody/no-such-model"})
    ends: list[EngineEnd] = []
    detector = VllmDetector(spec, small_engine, ended=ends.append)
    with pytest.raises(Systemic, match=r"model\.source"):
        await detector.start()
    await detector.close()
    assert ends == [EngineEnd.NOT_LOADED]


async def test_a_model_that_takes_too_long_to_load_is_ended(small_engine: EngineConfig) -> None:
    ends: list[EngineEnd] = []
    hasty = small_engine.model_copy(update={"start_timeout_s": 0.5})
    detector = VllmDetector(SPEC, hasty, ended=ends.append)
    with pytest.raises(Systemic, match=r"engine\.start_timeout_s"):
        await detector.start()
    await detector.close()
    assert ends == [EngineEnd.START_TIMEOUT]


async def test_when_the_engine_core_is_killed_every_call_says_so_and_nothing_stays_behind(
    small_engine: EngineConfig,
) -> None:
    ends: list[EngineEnd] = []
    detector = VllmDetector(SPEC, small_engine, ended=ends.append)
    await detector.start()
    assert detector._child is not None
    engine = detector._child.pid
    family = descendants(engine)
    assert family  # the engine core, and the worker below it
    decoder = InProcessDecoder()

    async def ask(seed: int) -> object:
        content = Content.of(image_file(0.9, seed=seed))
        with await decoder.decode(content, SPEC.recipe) as media:
            return await detector.generate(media)

    await ask(0)
    for pid in family:
        os.kill(pid, signal.SIGSTOP)
    asking = [asyncio.create_task(ask(seed)) for seed in range(1, 5)]
    await asyncio.sleep(0.5)
    for pid in family:
        os.kill(pid, signal.SIGKILL)
    await asyncio.wait_for(detector.wait_dead(), 15)
    for result in await asyncio.gather(*asking, return_exceptions=True):
        assert isinstance(result, Systemic)
        assert result.reason is Reason.ENGINE_DEAD
    with pytest.raises(Systemic):
        await ask(9)
    await detector.close()
    for pid in (engine, *family):
        await gone(pid)
    assert ends == [EngineEnd.DIED]


async def test_an_engine_dies_with_a_worker_that_is_killed() -> None:
    program = (
        "import asyncio\n"
        "from tests.support.vllm_engine import SMALL\n"
        "from worker.detector.vllm.detector import VllmDetector\n"
        "from worker.models.spec import load_spec\n"
        "async def main():\n"
        "    detector = VllmDetector(load_spec('tiny'), SMALL)\n"
        "    await detector.start()\n"
        "    print('up', flush=True)\n"
        "    await asyncio.sleep(600)\n"
        "asyncio.run(main())\n"
    )
    worker = subprocess.Popen([sys.executable, "-c", program], stdout=subprocess.PIPE)
    assert worker.stdout is not None
    while (line := await asyncio.to_thread(worker.stdout.readline)) != b"up\n":
        assert line, "the worker ended before its model was up"
    family = descendants(worker.pid)
    assert len(family) >= 2
    worker.kill()
    worker.wait()
    worker.stdout.close()
    begun = time.monotonic()
    for pid in family:
        await gone(pid)
    assert time.monotonic() - begun < 10
    assert not any(alive(pid) for pid in family)


async def test_a_request_that_takes_too_long_is_given_up(small_engine: EngineConfig) -> None:
    from worker.domain.failure import Transient

    impatient = small_engine.model_copy(update={"request_timeout_s": 0.001})
    ends: list[EngineEnd] = []
    detector = VllmDetector(SPEC, impatient, ended=ends.append)
    await detector.start()
    try:
        with (
            golden_media(SPEC.golden[0], SPEC) as media,
            pytest.raises(Transient, match=r"engine\.request_timeout_s"),
        ):
            await detector.generate(media)
    finally:
        await detector.close()
    assert ends == []  # it was asked to


async def test_a_reasoning_that_is_cut_is_asked_for_its_label(small_engine: EngineConfig) -> None:
    sampling = SPEC.sampling.model_copy(update={"max_tokens": 5})
    spec = SPEC.model_copy(update={"sampling": sampling})
    reference = ReferenceDetector(spec)
    detector = VllmDetector(spec, small_engine)
    await reference.start()
    await detector.start()
    try:
        for golden in SPEC.golden:
            with golden_media(golden, SPEC) as media:
                generation = await detector.generate(media)
                expected = await reference.generate(media)
            assert generation.finish_reason is FinishReason.LENGTH
            assert generation.completion_tokens == 5
            assert generation.forced
            # The tiny checkpoint never saw a cut reasoning: its word after one is the reference's,
            # and need not be right.
            assert generation.text == expected.text
            answer = read_answer(generation, detector.identity, media.facts, NOON)
            assert answer.conclusion in {Conclusion.REAL, Conclusion.FAKE}
            assert answer.problem is None
            assert answer.score.kind is ScoreKind.FORCED_CONCLUSION
            theirs = score(expected.label_logprobs, forced=True)
            assert answer.score.value == pytest.approx(theirs.value, abs=0.01)
    finally:
        await detector.close()
        await reference.close()
