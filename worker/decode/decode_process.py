"""One decode process, as its parent sees it."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Self

import structlog
from pydantic import ValidationError

from worker.decode import kept_memory
from worker.decode.config import DecodeConfig
from worker.decode.messages import LOOK_FOR_TEXT, READ_PROVENANCE, Ready
from worker.decode.sandbox.late_imports import IS_LATE
from worker.decode.sandbox.protections import REMEDIES, Protection
from worker.domain.failure import Reason, Systemic
from worker.process.channel import ChannelClosed, Packet, PacketInvalid
from worker.process.child import Child, base_environment
from worker.process.cores import usable_cores
from worker.process.usage import allow_seconds, own_bytes, peak_bytes

log = structlog.get_logger(__name__)

ONE_THREAD = {"OPENBLAS_NUM_THREADS": "1", "OMP_NUM_THREADS": "1", "MKL_NUM_THREADS": "1"}
"""In its environment: libraries that start threads while they are loaded would keep Landlock out,
which binds one thread and those that it starts. They are of no use either: one file at a time."""

START_TIMEOUT_S = 120.0
"""Loading torch takes seconds, on a cold and busy machine a minute."""

MAX_OUTPUT_BYTES = 2 * 1024**3
"""Largest result a process can write, whatever it is asked: far above any recipe, and above the
media itself, which it hands on to the process that reads manifests."""

MAX_LINES = 50
LONGEST_LINE = 300
"""Of what a process says beside its answers: enough for a traceback, too little to fill a log."""

NOT_READY = "a decode process did not start; `ivy-worker doctor` looks at the decoder alone"


class DecodeProcess:
    """How often it was used, what it is protected by, and what it holds."""

    def __init__(self, child: Child, config: DecodeConfig, protections: dict[str, bool]) -> None:
        self.child = child
        self.protections = protections
        self.uses = 0
        self.at_work = False
        """Whether it got the file: one that died before did not die of it."""
        self.blamed = False
        """Whether its end is counted already, by what it did."""
        self._config = config
        self._at_first = own_bytes(child.pid)

    @classmethod
    async def start(cls, config: DecodeConfig) -> Self:
        """Start one. Raises ``Systemic`` if it does not come up, or is not as safe as required."""
        lines = _Lines()
        child = await Child.start(
            "worker.decode.child",
            arguments=(
                str(config.memory_bytes),
                str(MAX_OUTPUT_BYTES),
                _resolved(config.trust_anchors),
                ",".join(_extras(config)),
            ),
            env={**base_environment(), **ONE_THREAD, **kept_memory.environment(config)},
            heard=lines.heard,
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
        timed = allow_seconds(child.pid, _processor_seconds(config))
        protections = {**ready.protections, Protection.PROCESSOR_TIME.value: timed}
        try:
            _check(protections, config.require_protections)
        except Systemic:
            await child.kill()
            raise
        return cls(child, config, protections)

    async def ask(self, packet: Packet) -> Packet:
        """Its answer. Raises what its channel raises."""
        self.uses += 1
        allow_seconds(self.child.pid, _processor_seconds(self._config))
        await self.child.channel.send(packet)
        self.at_work = True
        return await self.child.channel.receive()

    @property
    def alive(self) -> bool:
        """Whether it runs."""
        return self.child.process.returncode is None

    @property
    def grown_bytes(self) -> int:
        """Memory that it holds on to beyond what it began with."""
        return own_bytes(self.child.pid) - self._at_first

    @property
    def peak_bytes(self) -> int:
        """The most memory that it ever had, libraries included."""
        return peak_bytes(self.child.pid)

    @property
    def worn(self) -> bool:
        """Whether a fresh one should take its place."""
        return (
            self.uses >= self._config.max_uses
            or self.grown_bytes > self._config.recycle_above_bytes
        )


class _Lines:
    """The first lines that a process says, for whoever looks for a bug of ours.

    They never leave the log: a decoder's words can carry addresses of memory. Libraries complain
    there of every broken file, so it takes ``log.level: debug`` to see them.
    """

    def __init__(self) -> None:
        self._left = MAX_LINES

    def heard(self, line: str) -> None:
        if self._left > 0:
            self._left -= 1
            tell = log.warning if line.endswith(IS_LATE) else log.debug
            tell("decode_process_said", line=line[:LONGEST_LINE])


def _processor_seconds(config: DecodeConfig) -> float:
    """For one file. The wall clock is the limit; this one is for when nobody looks at it."""
    return config.timeout_s * usable_cores() + 1


def _extras(config: DecodeConfig) -> list[str]:
    wanted = ((LOOK_FOR_TEXT, config.text), (READ_PROVENANCE, config.provenance))
    return [name for name, on in wanted if on]


def _check(protections: dict[str, bool], required: tuple[Protection, ...]) -> None:
    for one in (Protection.FORMATS, *required):
        if not protections.get(one.value):
            raise Systemic(
                Reason.DECODER_FAILED,
                f"decoding would not be protected by {one.value!r}, which does not hold here:"
                f" {REMEDIES[one]} (decode.require_protections)",
            )


def _resolved(file: Path | None) -> str:
    """As it can be found from any folder; empty for none."""
    return str(file.resolve()) if file is not None else ""
