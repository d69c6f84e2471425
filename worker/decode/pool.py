"""Decode processes, each at one file at a time."""

from __future__ import annotations

import asyncio
import os
from collections import OrderedDict
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import TypeVar

import structlog
from pydantic import ValidationError

from worker.decode.answers import read_media, read_windows
from worker.decode.child import LOOK_FOR_TEXT
from worker.decode.config import DecodeConfig
from worker.decode.messages import Order, Ready
from worker.domain.failure import Poison, Reason, Systemic, Transient
from worker.domain.media import Content, PreparedMedia
from worker.domain.recipe import DecodeRecipe
from worker.domain.windows import Window, Windows
from worker.process.channel import ChannelClosed, Packet, PacketInvalid
from worker.process.child import Child, base_environment
from worker.process.shared_memory import share

log = structlog.get_logger(__name__)

T = TypeVar("T")

START_TIMEOUT_S = 120.0
"""Loading torch takes seconds, on a cold and busy machine a minute."""

MAX_OUTPUT_BYTES = 4 * 1024**3
"""Largest result a process can write, whatever it is asked: far above any recipe."""

DEADLY_TRIES = 2
"""A file that killed this many processes is poison: once may have been the machine's fault."""

REMEMBERED = 1024
"""Contents whose deaths are remembered."""

NOT_READY = "a decode process did not start; `ivy-worker doctor` looks at the decoder alone"


class _DecodeProcess:
    """One decode process, and how often it was used."""

    def __init__(self, child: Child, protections: dict[str, bool]) -> None:
        self.child = child
        self.protections = protections
        self.uses = 0
        self.at_work = False
        """Whether it got the file: one that died before did not die of it."""

    async def ask(self, packet: Packet) -> Packet:
        self.uses += 1
        await self.child.channel.send(packet)
        self.at_work = True
        return await self.child.channel.receive()

    @property
    def alive(self) -> bool:
        return self.child.process.returncode is None


class DecodePool:
    """Decodes in processes that are killed when they take too long, and replaced when they die."""

    def __init__(self, config: DecodeConfig) -> None:
        self._config = config
        self._slots = asyncio.Semaphore(config.processes)
        self._idle: list[_DecodeProcess] = []
        self._busy: set[_DecodeProcess] = set()
        self._deaths: OrderedDict[str, int] = OrderedDict()
        self._protections: dict[str, bool] = {}

    async def start(self) -> None:
        """Start the processes. Raises ``Systemic`` if they do not come up, or are not safe."""
        self._check_trust_anchors()
        starting = (self._begin() for _ in range(self._config.processes))
        for started in await asyncio.gather(*starting, return_exceptions=True):
            if isinstance(started, BaseException):
                raise started  # close() ends those that came up
            self._idle.append(started)
        self._protections = self._idle[0].protections

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
        self, content: Content, recipe: DecodeRecipe, window: Window | None = None
    ) -> PreparedMedia:
        """See ``Decoder``."""
        config = self._config
        order = Order(
            nbytes=len(content.data),
            recipe=recipe,
            limits=config.limits,
            window=window,
            provenance=config.provenance and window is None,
            text=config.text,
        )
        return await self._carry_out(order, content, read_media)

    async def plan(
        self, content: Content, recipe: DecodeRecipe, windows: Windows
    ) -> tuple[Window, ...]:
        """See ``Decoder``."""
        limits = self._config.limits
        order = Order(nbytes=len(content.data), recipe=recipe, limits=limits, cut=windows)
        return await self._carry_out(order, content, read_windows)

    async def _carry_out(
        self, order: Order, content: Content, read: Callable[[Packet, Order, Content], T]
    ) -> T:
        if self._deaths.get(content.sha256, 0) >= DEADLY_TRIES:
            raise Poison(
                Reason.DECODER_FAILED, f"the file killed {DEADLY_TRIES} decode processes in turn"
            )
        async with self._process() as process:
            try:
                reply = await asyncio.wait_for(
                    self._ask(process, order, content), self._config.timeout_s
                )
            except TimeoutError as error:
                raise self._died(
                    content,
                    Reason.DECODER_TIMEOUT,
                    f"decoding took longer than {self._config.timeout_s:g} s (decode.timeout_s)",
                ) from error
            except (ChannelClosed, PacketInvalid) as error:
                if not process.at_work:
                    raise Transient(
                        Reason.DECODER_FAILED, "the decode process had died before"
                    ) from error
                raise self._died(
                    content, Reason.DECODER_FAILED, "the decode process died"
                ) from error
            except OSError as error:
                raise Transient(
                    Reason.DECODER_FAILED, "no memory or descriptor is left for decoding"
                ) from error
            try:
                return read(reply, order, content)
            except (ValidationError, ValueError) as error:
                reply.close_fds()
                raise self._died(
                    content, Reason.DECODER_FAILED, "the decode process answered nonsense"
                ) from error
            except Poison:
                reply.close_fds()
                raise

    async def _ask(self, process: _DecodeProcess, order: Order, content: Content) -> Packet:
        fd = await _share(content.data)
        question = Packet(order.model_dump(mode="json"), (fd,))
        try:
            return await process.ask(question)
        finally:
            question.close_fds()

    def _died(self, content: Content, reason: Reason, detail: str) -> Transient:
        """Count it against the content, so that the next try is its last."""
        self._deaths[content.sha256] = self._deaths.pop(content.sha256, 0) + 1
        if len(self._deaths) > REMEMBERED:
            self._deaths.popitem(last=False)
        log.warning("decode_process_lost", sha256=content.sha256, reason=reason.value)
        return Transient(reason, detail)

    @asynccontextmanager
    async def _process(self) -> AsyncIterator[_DecodeProcess]:
        """A process for one file; one that was cut short or is worn out is replaced."""
        async with self._slots:
            process = await self._next()
            self._busy.add(process)
            process.at_work = False
            sound = False
            try:
                yield process
                sound = True
            except Poison:
                # An honest refusal; a process that lied is given up with a Transient.
                sound = True
                raise
            finally:
                self._busy.discard(process)
                if sound and process.uses < self._config.max_uses:
                    self._idle.append(process)
                else:
                    await asyncio.shield(process.child.end(grace_s=0))

    async def _next(self) -> _DecodeProcess:
        while self._idle:
            process = self._idle.pop()
            if process.alive:
                return process
            await process.child.kill()
        try:
            return await self._begin()
        except OSError as error:
            raise Transient(
                Reason.DECODER_FAILED, "no decode process can be started now"
            ) from error

    async def _begin(self) -> _DecodeProcess:
        child = await Child.start(
            "worker.decode.child",
            arguments=(
                str(self._config.memory_bytes),
                str(MAX_OUTPUT_BYTES),
                _resolved(self._config.trust_anchors),
                LOOK_FOR_TEXT if self._config.text else "",
            ),
            env=base_environment(),
        )
        try:
            packet = await asyncio.wait_for(child.channel.receive(), START_TIMEOUT_S)
            ready = Ready.model_validate(packet.body)
        except (TimeoutError, ChannelClosed, PacketInvalid, ValidationError) as error:
            await child.kill()
            raise Systemic(Reason.DECODER_FAILED, NOT_READY) from error
        except BaseException:
            await child.kill()
            raise
        if not ready.protections.get("formats on a list"):
            await child.kill()
            raise Systemic(
                Reason.DECODER_FAILED,
                "this FFmpeg opens other files when a media tells it to: it must not be used",
            )
        return _DecodeProcess(child, ready.protections)

    async def close(self) -> None:
        """See ``Decoder``."""
        processes = [*self._busy, *self._idle]
        self._idle.clear()
        await asyncio.gather(*(process.child.end(grace_s=0) for process in processes))


def _resolved(file: Path | None) -> str:
    """As it can be found from any folder; empty for none."""
    return str(file.resolve()) if file is not None else ""


async def _share(data: bytes) -> int:
    """Copy into shared memory, in a thread. Cancelled meanwhile, the descriptor is given back."""
    sharing = asyncio.ensure_future(asyncio.to_thread(share, data, "media"))
    try:
        return await asyncio.shield(sharing)
    except asyncio.CancelledError:
        sharing.add_done_callback(_close_result)
        raise


def _close_result(sharing: asyncio.Future[int]) -> None:
    if not sharing.cancelled() and sharing.exception() is None:
        os.close(sharing.result())
