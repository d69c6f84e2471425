"""Decode processes, each at one file at a time."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Callable
from typing import TypeVar

import structlog
from pydantic import ValidationError

from worker.decode.answers import read_media, read_windows
from worker.decode.config import DecodeConfig
from worker.decode.crew import Crew
from worker.decode.deaths import DEADLY_TRIES, Deaths
from worker.decode.decode_process import DecodeProcess
from worker.decode.loss import Loss
from worker.decode.messages import Order
from worker.decode.sizing import Sizing
from worker.domain.clock import Clock, SystemClock
from worker.domain.failure import Poison, Reason, Systemic, Transient
from worker.domain.media import Content, PreparedMedia
from worker.domain.recipe import DecodeRecipe
from worker.domain.windows import Window, Windows
from worker.process.channel import ChannelClosed, DescriptorsCut, Packet, PacketInvalid
from worker.process.shared_memory import share

log = structlog.get_logger(__name__)

T = TypeVar("T")


class DecodePool:
    """Decodes in processes that are killed when they take too long, and replaced when they die.

    ``engine_has_room`` tells whether more pixels would find an engine that is free for them: only
    then is a further process started for files that wait.
    """

    def __init__(
        self,
        config: DecodeConfig,
        *,
        engine_has_room: Callable[[], bool] = lambda: True,
        clock: Clock | None = None,
        lost: Callable[[Loss], None] = lambda _: None,
    ) -> None:
        self._config = config
        self._lost = lost
        self._deaths = Deaths()
        self._protections: dict[str, bool] = {}
        least = config.min_processes
        self._crew = Crew(
            lambda: DecodeProcess.start(config),
            Sizing(least, max(least, config.processes)),
            clock or SystemClock(),
            engine_has_room,
            lost,
        )

    async def start(self) -> None:
        """Start the processes. Raises ``Systemic`` if they do not come up, or are not safe."""
        self._check_trust_anchors()
        await self._crew.start()
        self._protections = self.processes[0].protections

    @property
    def processes(self) -> tuple[DecodeProcess, ...]:
        """Those that are up; the idle ones first."""
        return (*self._crew.idle, *self._crew.busy)

    @property
    def busy(self) -> frozenset[DecodeProcess]:
        """Those that have a file."""
        return frozenset(self._crew.busy)

    @property
    def waiting(self) -> int:
        """Files that wait for a process."""
        return self._crew.waiting

    def _check_trust_anchors(self) -> None:
        file = self._config.trust_anchors
        if file is None:
            return
        try:
            file.read_text(encoding="utf-8")
        except (OSError, UnicodeDecodeError) as error:
            raise Systemic(
                Reason.DECODER_FAILED,
                f"there is no readable PEM file at {file} (decode.trust_anchors)",
            ) from error

    def protections(self) -> dict[str, bool]:
        """What the processes are protected by on this machine, and whether it holds."""
        return dict(self._protections)

    async def decode(
        self,
        content: Content,
        recipe: DecodeRecipe,
        window: Window | None = None,
        *,
        tenant: str | None = None,
    ) -> PreparedMedia:
        """See ``Decoder``."""
        config = self._config
        order = Order(
            nbytes=content.nbytes,
            recipe=recipe,
            limits=config.limits_of(tenant),
            window=window,
            provenance=config.provenance and window is None,
            text=config.text,
        )
        return await self._carry_out(order, content, read_media)

    async def plan(
        self,
        content: Content,
        recipe: DecodeRecipe,
        windows: Windows,
        *,
        tenant: str | None = None,
    ) -> tuple[Window, ...]:
        """See ``Decoder``."""
        limits = self._config.limits_of(tenant)
        order = Order(nbytes=content.nbytes, recipe=recipe, limits=limits, cut=windows)
        return await self._carry_out(order, content, read_windows)

    async def _carry_out(
        self, order: Order, content: Content, read: Callable[[Packet, Order, Content], T]
    ) -> T:
        if self._deaths.convicts(content.sha256):
            raise Poison(
                Reason.DECODER_FAILED, f"the file killed {DEADLY_TRIES} decode processes in turn"
            )
        async with self._crew.lent() as process:
            try:
                reply = await asyncio.wait_for(
                    self._ask(process, order, content), self._config.timeout_s
                )
            except TimeoutError as error:
                raise self._died(
                    process,
                    content,
                    Loss.TIMEOUT,
                    f"decoding took longer than {self._config.timeout_s:g} s (decode.timeout_s)",
                ) from error
            except DescriptorsCut as error:
                raise Transient(Reason.DECODER_FAILED, str(error)) from error
            except (ChannelClosed, PacketInvalid) as error:
                if not process.at_work:
                    self._blame(process, Loss.DIED_IDLE)
                    raise Transient(
                        Reason.DECODER_FAILED, "the decode process had died before"
                    ) from error
                raise self._died(process, content, Loss.DIED, "the decode process died") from error
            except OSError as error:
                raise Transient(
                    Reason.DECODER_FAILED, "no memory or descriptor is left for decoding"
                ) from error
            try:
                return read(reply, order, content)
            except (ValidationError, ValueError) as error:
                reply.close_fds()
                raise self._died(
                    process, content, Loss.NONSENSE, "the decode process answered nonsense"
                ) from error
            except Poison:
                reply.close_fds()
                raise

    async def _ask(self, process: DecodeProcess, order: Order, content: Content) -> Packet:
        fd = await _share(content)
        question = Packet(order.model_dump(mode="json"), (fd,))
        try:
            return await process.ask(question)
        finally:
            question.close_fds()

    def _died(self, process: DecodeProcess, content: Content, loss: Loss, detail: str) -> Transient:
        """Count it against the content, so that the next try is its last."""
        self._blame(process, loss)
        self._deaths.count(content.sha256)
        log.warning("decode_process_lost", sha256=content.sha256, reason=loss.value)
        timeout = loss is Loss.TIMEOUT
        return Transient(Reason.DECODER_TIMEOUT if timeout else Reason.DECODER_FAILED, detail)

    def _blame(self, process: DecodeProcess, loss: Loss) -> None:
        process.blamed = True
        self._lost(loss)

    async def close(self) -> None:
        """See ``Decoder``."""
        await self._crew.close()


async def _share(content: Content) -> int:
    """A descriptor of the bytes: of their file, or of a copy in shared memory.

    The copy is made in a thread. Cancelled meanwhile, the descriptor is given back.
    """
    held = content.held
    if not isinstance(held, bytes):
        return held.descriptor()
    sharing = asyncio.ensure_future(asyncio.to_thread(share, held, "media"))
    try:
        return await asyncio.shield(sharing)
    except asyncio.CancelledError:
        sharing.add_done_callback(_close_result)
        raise


def _close_result(sharing: asyncio.Future[int]) -> None:
    if not sharing.cancelled() and sharing.exception() is None:
        os.close(sharing.result())
