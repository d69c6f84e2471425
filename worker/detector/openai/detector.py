"""The detector whose model is behind a server."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import TypeVar

import structlog

from worker.detector.forcing import CUT, forcing
from worker.detector.load import EngineLoad
from worker.detector.openai.config import Flavor, RemoteConfig
from worker.detector.openai.examination import Examiner
from worker.detector.openai.health import Health
from worker.detector.openai.labels import find_labels
from worker.detector.openai.packing import Packed, Pixels, pack
from worker.detector.openai.question import Questions
from worker.detector.openai.reply import Card, Completion, label_logprobs, likely_labels
from worker.detector.openai.server import Refused, Server, Unreachable
from worker.detector.openai.turns import Turns
from worker.domain.answer import ModelIdentity
from worker.domain.failure import Reason, Systemic, Transient
from worker.domain.generation import AnswerForm, FinishReason, Generation, LabelLogprobs
from worker.domain.media import PreparedMedia, VideoSampling
from worker.domain.recipe import PIXELS_VERSION, DecodeRecipe
from worker.models.spec import ModelSpec, version_of
from worker.process.shared_memory import map_pixels
from worker.telemetry.engine_traces import EngineTraces

log = structlog.get_logger(__name__)

T = TypeVar("T")

TRY_START_AGAIN_S = 1.0
"""Seconds between two tries to reach a server that is not up yet."""

FINGERPRINT = re.compile(r"vllm-([0-9][\w.+]{0,40})")
"""How the ``system_fingerprint`` of a vLLM begins. It comes from the engine itself, while
``/version`` may be a router's."""

PLAIN = re.compile(r"[\w./:@+-]{1,200}")
"""What of a server's own words may stand in events: a name, and no text."""

BAD_REQUEST = 400


class OpenAIDetector:
    """One model behind one URL. Nothing of it runs here but the packing of pixels."""

    def __init__(
        self, spec: ModelSpec, settings: RemoteConfig, traces: EngineTraces | None = None
    ) -> None:
        self._spec = spec
        self._settings = settings
        self._model = settings.model or spec.source
        self._server = Server(settings, self._model, traces)
        self._health = Health(
            self._server.look,
            interval_s=settings.health_interval_s,
            dead_after_s=settings.dead_after_s,
        )
        self._threads = ThreadPoolExecutor(settings.encode_threads, "pack")
        self._turns = Turns(settings.max_in_flight)
        self._examiner: Examiner | None = None
        self._identity: ModelIdentity | None = None
        self._watching: asyncio.Task[None] | None = None

    @property
    def identity(self) -> ModelIdentity:
        """See ``Detector``."""
        assert self._identity is not None, "start() comes first"
        return self._identity

    @property
    def recipe(self) -> DecodeRecipe:
        """See ``Detector``."""
        return self._spec.recipe

    @property
    def load(self) -> EngineLoad:
        """See ``Detector``. What this worker asks of the server: others may ask it, too."""
        return EngineLoad(
            running=self._turns.running,
            waiting=self._turns.waiting,
            at_most=self._turns.at_most,
            answers=self._health.up,
        )

    async def start(self) -> None:
        """See ``Detector``."""
        log.info("reaching_server", url=self._settings.base_url, model=self._model)
        why = ""
        try:
            async with asyncio.timeout(self._settings.start_timeout_s):
                while True:
                    try:
                        await self._get_ready()
                        break
                    except Transient as failure:
                        if failure.detail != why:
                            why = failure.detail
                            log.warning("server_not_ready", why=why)
                    await asyncio.sleep(TRY_START_AGAIN_S)
        except TimeoutError as error:
            raise Systemic(
                Reason.ENGINE_DEAD,
                f"the server {self._settings.base_url} was not ready within"
                f" {self._settings.start_timeout_s:g} s (remote.start_timeout_s): {why}",
            ) from error
        self._watching = asyncio.create_task(self._health.watch())

    async def _get_ready(self) -> None:
        card = await self._server.look()
        if card.max_model_len is not None and card.max_model_len < self._spec.context_tokens:
            raise Systemic(
                Reason.ENGINE_DEAD,
                f"the server's --max-model-len is {card.max_model_len}, while"
                f" {self._spec.id} needs {self._spec.context_tokens} (context_tokens)",
            )
        if extras := self._spec.engine.model_dump(exclude_defaults=True):
            log.warning("server_needs", arguments=extras)
        labels = None
        if self._settings.flavor is Flavor.VLLM:
            labels = await find_labels(self._spec, self._server)
        else:
            log.warning(
                "plain_api",
                missing="no forced conclusions, no verdict first, no priorities; of the label"
                " words only those among the 20 likeliest tokens",
            )
        self._examiner = Examiner(
            self._server, Questions(self._spec, self._model, labels), self._pack
        )
        completion = await self._examiner.examine()
        self._identity = await self._identify(card, completion)

    async def _identify(self, card: Card, completion: Completion) -> ModelIdentity:
        spec = self._spec
        if spec.revision is None:
            log.warning("revision_unknown", hint="set model.revision to tell weights apart")
        found = FINGERPRINT.match(completion.system_fingerprint or "")
        version = found[1] if found else await self._server.version()
        engine = f"vllm {_plain(version)}" if found or version else "openai"
        how = "" if self._settings.flavor is Flavor.VLLM else ", top logprobs"
        return ModelIdentity(
            id=spec.id,
            revision=spec.revision or _plain(card.root or card.id),
            prompt_version=version_of(spec.prompt),
            preprocessing_version=f"{PIXELS_VERSION}-{version_of(spec.recipe)}",
            sampling_version=version_of(spec.sampling, spec.labels),
            engine=f"{engine} (remote{how})",
        )

    async def generate(
        self,
        media: PreparedMedia,
        *,
        form: AnswerForm = AnswerForm.THINK_FIRST,
        priority: int = 0,
    ) -> Generation:
        """See ``Detector``."""
        if form is AnswerForm.VERDICT_FIRST and self._settings.flavor is not Flavor.VLLM:
            raise Systemic(
                Reason.ENGINE_FAILED,
                "a plain OpenAI server cannot answer verdict-first (remote.flavor,"
                " cascade.enabled)",
            )
        pixels = map_pixels(media.fd, media.shape)
        async with self._turns.one():
            await self._health.passable()
            try:
                return await self._health.or_dead(
                    self._answer(pixels, media.sampling, form, priority)
                )
            except Unreachable:
                self._health.doubt()
                raise

    async def _answer(
        self, pixels: Pixels, sampling: VideoSampling | None, form: AnswerForm, priority: int
    ) -> Generation:
        assert self._examiner is not None, "start() comes first"
        packed = await self._pack(pixels, sampling, self._examiner.as_file)
        try:
            if form is AnswerForm.VERDICT_FIRST:
                return await self._verdict_first(packed, priority)
            return await self._think_first(packed, priority)
        except Refused as refused:
            raise await self._examiner.judge(packed.kind, refused) from refused

    async def _think_first(self, packed: Packed, priority: int) -> Generation:
        assert self._examiner is not None
        questions = self._examiner.questions
        completion = await self._ask(partial(questions.whole, packed, priority))
        self._examiner.check(packed, completion)
        generation = Generation(
            text=completion.text,
            finish_reason=completion.finish_reason,
            label_logprobs=label_logprobs(
                completion.positions, self._spec.labels, questions.labels
            ),
            prompt_tokens=completion.usage.prompt_tokens,
            completion_tokens=completion.usage.completion_tokens,
        )
        if (
            questions.flavor is not Flavor.VLLM
            or generation.finish_reason not in CUT
            or generation.label_logprobs is not None
        ):
            return generation
        return await self._forced(packed, generation, priority)

    async def _forced(self, packed: Packed, cut: Generation, priority: int) -> Generation:
        begun = cut.text + forcing(cut.text, self._spec.labels)
        try:
            word, logprobs, _ = await self._label(packed, begun, priority)
        except Refused as refused:
            if refused.status != BAD_REQUEST:
                raise
            return cut  # the context is full to its last token
        return Generation(
            text=begun + word,
            finish_reason=cut.finish_reason,
            label_logprobs=logprobs,
            forced=True,
            prompt_tokens=cut.prompt_tokens,
            completion_tokens=cut.completion_tokens,
        )

    async def _verdict_first(self, packed: Packed, priority: int) -> Generation:
        opening = self._spec.labels.opening
        word, logprobs, completion = await self._label(packed, opening, priority)
        return Generation(
            text=opening + word,
            # It stopped where it was told to: after the one word.
            finish_reason=FinishReason.STOP,
            label_logprobs=logprobs,
            form=AnswerForm.VERDICT_FIRST,
            prompt_tokens=completion.usage.prompt_tokens,
            completion_tokens=completion.usage.completion_tokens,
        )

    async def _label(
        self, packed: Packed, begun: str, priority: int
    ) -> tuple[str, LabelLogprobs, Completion]:
        """The label word that the model puts after what is begun."""
        assert self._examiner is not None
        questions = self._examiner.questions
        completion = await self._ask(partial(questions.label_only, packed, begun, priority))
        if not completion.positions:
            raise Transient(Reason.ENGINE_FAILED, "the server's reply has no log probabilities")
        logprobs = likely_labels(completion.positions[0], self._spec.labels, questions.labels)
        return completion.text, logprobs, completion

    async def _ask(self, body: Callable[[], bytes]) -> Completion:
        return await self._server.ask(await self._in_thread(body))

    async def _pack(self, pixels: Pixels, sampling: VideoSampling | None, as_file: bool) -> Packed:
        packing = partial(pack, pixels, sampling, self._spec.recipe, as_file=as_file)
        return await self._in_thread(packing)

    async def _in_thread(self, work: Callable[[], T]) -> T:
        """Megabytes take a while to pack, and the event loop has other work."""
        return await asyncio.get_running_loop().run_in_executor(self._threads, work)

    async def wait_dead(self) -> None:
        """See ``Detector``."""
        await self._health.wait_dead()

    async def close(self) -> None:
        """See ``Detector``."""
        if self._watching is not None:
            self._watching.cancel()
            await asyncio.gather(self._watching, return_exceptions=True)
        await self._server.close()
        self._threads.shutdown(wait=False, cancel_futures=True)


def _plain(said: str | None) -> str:
    return said if said is not None and PLAIN.fullmatch(said) else "unknown"
