"""A process that reads C2PA manifests, for one that may start no other.

The C2PA library's work is done in forks (``apart``). A process that opens strangers' files should
not be able to fork, or it could fill the machine. So it starts this one first, which only passes
bytes on and forks for each file; and that fork is not able to fork, either.
"""

from __future__ import annotations

import contextlib
import ctypes
import os
import sys
from collections.abc import Callable
from typing import Any, NoReturn, Self

from worker.process.channel import Channel, ChannelClosed, Packet, channel_pair
from worker.process.child import die_with_parent
from worker.process.shared_memory import map_bytes, share
from worker.provenance import c2pa_library
from worker.provenance.text import parse_object

Confine = Callable[[], object]
"""Takes something away from the process that calls it."""


class ManifestProcess:
    """The end of the process that asks."""

    def __init__(self, channel: Channel) -> None:
        self._channel = channel

    @classmethod
    def start(
        cls, trust_anchors: str | None, *, confine_itself: Confine, confine_forks: Confine
    ) -> Self:
        """Fork it, and have it and its forks take away from themselves what they can do without.

        To be called once the library is loaded, and by a process with one thread.
        """
        ours, theirs = channel_pair()
        parent = os.getpid()
        if os.fork() == 0:
            ours.close()
            _serve(Channel(theirs), parent, trust_anchors, confine_itself, confine_forks)
        theirs.close()
        return cls(Channel(ours))

    def read_store(self, data: bytes, mime: str) -> dict[str, Any]:
        """See ``c2pa_library.read_store``. Without the process there is no going on: it exits."""
        question = Packet({"nbytes": len(data), "mime": mime}, (share(data, "manifest"),))
        try:
            self._channel.send(question)
            answer = self._channel.receive()
        except ChannelClosed:
            sys.exit("the process that reads manifests is gone")
        finally:
            question.close_fds()
        try:
            if not answer.fds:
                return {}
            with map_bytes(answer.fds[0], int(answer.body["nbytes"])) as mapped:
                return parse_object(mapped[:].decode(), c2pa_library.MAX_STORE)
        finally:
            answer.close_fds()


def _serve(
    channel: Channel,
    parent: int,
    trust_anchors: str | None,
    confine_itself: Confine,
    confine_forks: Confine,
) -> NoReturn:
    with contextlib.suppress(BaseException):
        die_with_parent(parent)
        # The library is called back through machine code that libffi writes into a page of its
        # own. With one in use there is such a page, and the forks need no other.
        held = ctypes.CFUNCTYPE(None)(lambda: None)
        confine_itself()
        while held is not None:
            _answer(channel, trust_anchors, confine_forks)
    os._exit(0)


def _answer(channel: Channel, trust_anchors: str | None, confine: Confine) -> None:
    packet = channel.receive()
    try:
        with map_bytes(packet.fds[0], int(packet.body["nbytes"])) as mapped:
            data, mime = mapped[:], str(packet.body["mime"])
    finally:
        packet.close_fds()
    text = c2pa_library.read_text(data, mime, trust_anchors, confine)
    fds = (share(text, "store"),) if text else ()
    answer = Packet({"nbytes": len(text or b"")}, fds)
    try:
        channel.send(answer)
    finally:
        answer.close_fds()
