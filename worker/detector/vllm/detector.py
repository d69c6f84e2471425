"""The detector whose model runs in an engine process."""

from __future__ import annotations

import asyncio
import contextlib
import itertools
from collections.abc import Callable
from functools import cached_property

import structlog
from pydantic import ValidationError

from worker.detector.engine_end import EngineEnd
from worker.detector.load import EngineLoad
from worker.detector.vllm.config import EngineConfig
from worker.detector.vllm.environment import engine_environment
from worker.detector.vllm.last_words import LastWords
from worker.detector.vllm.messages import (
    Answered,
    Ask,
    Dead,
    Failed,
    Forget,
    FromEngine,
    Load,
    Loaded,
    Status,
    Unloadable,
)
from worker.domain.answer import ModelIdentity
from worker.domain.failure import Failure, Poison, Reason, Systemic, Transient
from worker.domain.generation import AnswerForm, Generation
from worker.domain.media import PreparedMedia
from worker.domain.recipe import PIXELS_VERSION, DecodeRecipe
from worker.models.spec import ModelSpec, version_of
from worker.process.channel import ChannelClosed, Packet, PacketInvalid
from worker.process.child import Child
from worker.telemetry.engine_traces import EngineTraces

log = structlog.get_logger(__name__)

CLOSE_GRACE_S = 30.0
"""Seconds for vLLM to unload; after that its process group is killed."""

DEAD = "the engine process is dead; the worker must be started anew"


class VllmDetector:
    """One model on one engine. Its process group ends with it, the engine core included.

    ``ended`` is told once if the engine ends though nobody asked it to, or does not get ready.
    """

    def __init__(
        self,
        spec: ModelSpec,
        settings: EngineConfig,
        traces: EngineTraces | None = None,
        ended: Callable[[EngineEnd], None] = lambda _: None,
    ) -> None:
        self._spec = spec
        self._settings = settings
        self._traces = traces
        self._ended = ended
        self._child: Child | None = None
        self._loaded: Loaded | None = None
        self._listening: asyncio.Task[None] | None = None
        self._numbers = itertools.count()
        self._waiting: dict[int, asyncio.Future[Generation]] = {}
        self._room = asyncio.Semaphore(settings.in_flight)
        self._dead = asyncio.Event()
        self._closing = False
        self._load = EngineLoad(at_most=settings.max_num_seqs, kv_cache_usage=0.0, preemptions=0)
        self._last_words = LastWords()

    @cached_property
    def identity(self) -> ModelIdentity:
        """See ``Detector``."""
        assert self._loaded is not None, "start() comes first"
        settings = self._settings
        precision = settings.quantization or settings.dtype
        return ModelIdentity(
            id=self._spec.id,
            revision=self._loaded.revision,
            prompt_version=version_of(self._spec.prompt),
            preprocessing_version=f"{PIXELS_VERSION}-{version_of(self._spec.recipe)}",
            sampling_version=version_of(self._spec.sampling, self._spec.labels),
            engine=f"{self._loaded.engine} {precision}",
        )

    @property
    def recipe(self) -> DecodeRecipe:
        """See ``Detector``."""
        return self._spec.recipe

    @property
    def load(self) -> EngineLoad:
        """See ``Detector``."""
        return self._load

    async def start(self) -> None:
        """See ``Detector``."""
        log.info("loading_model", model=self._spec.id, source=self._spec.location)
        self._child = await Child.start(
            "worker.detector.vllm.child",
            env=engine_environment(self._settings, self._traces),
            heard=self._heard,
        )
        load = Load(
            spec=self._spec,
            settings=self._settings,
            traces_endpoint=self._traces.endpoint if self._traces else None,
        )
        try:
            await self._child.channel.send(Packet(load.model_dump(mode="json")))
            packet = await asyncio.wait_for(
                self._child.channel.receive(), self._settings.start_timeout_s
            )
        except TimeoutError as error:
            self._ended(EngineEnd.START_TIMEOUT)
            raise Systemic(
                Reason.ENGINE_DEAD,
                f"the model did not load within {self._settings.start_timeout_s:g} s"
                " (engine.start_timeout_s)",
            ) from error
        except (ChannelClosed, PacketInvalid) as error:
            await self._child.kill()
            self._tell_end(EngineEnd.NOT_LOADED)
            raise Systemic(
                Reason.ENGINE_DEAD,
                "the engine process ended while loading the model; it said:\n"
                f"{self._last_words.text}",
            ) from error
        said = FromEngine.model_validate({"body": packet.body}).body
        if isinstance(said, Unloadable):
            self._tell_end(EngineEnd.NOT_LOADED)
            raise Systemic(Reason.ENGINE_DEAD, said.detail)
        assert isinstance(said, Loaded)
        self._loaded = said
        self._listening = asyncio.create_task(self._listen(self._child))

    def _heard(self, line: str) -> None:
        """VLLM's own log goes into ours, a line each, whatever its form."""
        self._last_words.hear(line)
        log.info("engine", said=line)

    def _tell_end(self, otherwise: EngineEnd) -> None:
        """Its last words have been heard."""
        memory = self._last_words.of_memory
        self._ended(EngineEnd.GPU_OUT_OF_MEMORY if memory else otherwise)

    async def generate(
        self,
        media: PreparedMedia,
        *,
        form: AnswerForm = AnswerForm.THINK_FIRST,
        priority: int = 0,
    ) -> Generation:
        """See ``Detector``."""
        async with self._room:
            if self._dead.is_set() or self._child is None:
                raise Systemic(Reason.ENGINE_DEAD, DEAD)
            number = next(self._numbers)
            answer: asyncio.Future[Generation] = asyncio.get_running_loop().create_future()
            self._waiting[number] = answer
            trace = self._traces.carrier() if self._traces else None
            ask = Ask.about(media, number, form, priority, trace)
            try:
                await self._child.channel.send(Packet(ask.model_dump(mode="json"), (media.fd,)))
                return await asyncio.wait_for(answer, self._settings.request_timeout_s)
            except ChannelClosed as error:
                raise Systemic(Reason.ENGINE_DEAD, DEAD) from error
            except TimeoutError as error:
                raise Transient(
                    Reason.ENGINE_FAILED,
                    f"no answer within {self._settings.request_timeout_s:g} s"
                    " (engine.request_timeout_s)",
                ) from error
            finally:
                if self._waiting.pop(number, None) is not None and not _answered(answer):
                    await self._forget(number)

    async def _forget(self, number: int) -> None:
        """The caller went away or lost patience: the engine need not go on."""
        assert self._child is not None
        with contextlib.suppress(ChannelClosed):
            forget = Packet(Forget(id=number).model_dump(mode="json"))
            await asyncio.shield(self._child.channel.send(forget))

    async def _listen(self, child: Child) -> None:
        try:
            while True:
                packet = await child.channel.receive()
                said = FromEngine.model_validate({"body": packet.body}).body
                if isinstance(said, Dead):
                    break
                if isinstance(said, Answered | Failed):
                    self._settle(said)
                elif isinstance(said, Status):
                    self._note(said)
        except (ChannelClosed, PacketInvalid, ValidationError):
            pass
        died = not self._closing
        if died:
            log.error("engine_died", model=self._spec.id)
        self._dead.set()
        for answer in self._waiting.values():
            if not answer.done():
                answer.set_exception(Systemic(Reason.ENGINE_DEAD, DEAD))
        if died:
            await child.hear_out()
            self._tell_end(EngineEnd.DIED)

    def _note(self, said: Status) -> None:
        self._load = EngineLoad(
            running=said.running,
            waiting=said.waiting,
            at_most=self._settings.max_num_seqs,
            kv_cache_usage=said.kv_cache_usage,
            preemptions=said.preemptions,
            prefix_cache_hit_ratio=said.prefix_cache_hit_ratio,
        )

    def _settle(self, said: Answered | Failed) -> None:
        answer = self._waiting.get(said.id)
        if answer is None or answer.done():
            return
        if isinstance(said, Failed):
            answer.set_exception(_failure(said))
            return
        answer.set_result(
            Generation(
                text=said.text,
                finish_reason=said.finish_reason,
                label_logprobs=said.label_logprobs,
                forced=said.forced,
                form=said.form,
                prompt_tokens=said.prompt_tokens,
                completion_tokens=said.completion_tokens,
            )
        )

    async def wait_dead(self) -> None:
        """See ``Detector``."""
        await self._dead.wait()

    async def close(self) -> None:
        """See ``Detector``."""
        self._closing = True
        if self._listening is not None:
            if not self._dead.is_set():  # else it is about to tell why
                self._listening.cancel()
            await asyncio.gather(self._listening, return_exceptions=True)
        if self._child is not None:
            await self._child.end(grace_s=CLOSE_GRACE_S if self._loaded else 0)
            self._child = None


def _answered(answer: asyncio.Future[Generation]) -> bool:
    return answer.done() and not answer.cancelled()


def _failure(failed: Failed) -> Failure:
    if failed.permanent:
        return Poison(Reason.ENGINE_REJECTED, failed.detail)
    return Transient(Reason.ENGINE_FAILED, failed.detail)
