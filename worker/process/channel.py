"""A packet channel to a child process, over a Unix socket pair.

Packets are JSON, never pickle: a child that decodes hostile media may be taken over, and must
not be able to run code here through what it answers. Pixels and files do not pass through the
packets: their memory does, as file descriptors beside them (SCM_RIGHTS).
"""

from __future__ import annotations

import array
import asyncio
import errno
import json
import os
import socket
import time
from dataclasses import dataclass
from typing import Any

MAX_PACKET = 192 * 1024
"""Bytes. Linux refuses a packet larger than the socket's send buffer, 208 KiB by default."""

MAX_FDS = 4
"""Descriptors in one packet. More than this are dropped by the kernel, and the packet refused."""

CROWDED_S = 0.002
"""Between two tries to send a descriptor while too many are on their way: those who they are for
take them within milliseconds, or are held up themselves."""


class ChannelClosed(Exception):
    """The other end is gone."""


class PacketInvalid(Exception):
    """The other end sent something that is no packet of ours."""


class DescriptorsCut(PacketInvalid):
    """There was no room for the packet's descriptors: this process may open no more files.

    ``body`` is what came without them.
    """

    def __init__(self, body: dict[str, Any]) -> None:
        super().__init__("no descriptor is left to this process (RLIMIT_NOFILE)")
        self.body = body


@dataclass(frozen=True, slots=True)
class Packet:
    """A JSON object, and descriptors that now belong to the receiver."""

    body: dict[str, Any]
    fds: tuple[int, ...] = ()

    def close_fds(self) -> None:
        """Give the descriptors back unread."""
        for fd in self.fds:
            os.close(fd)


class Channel:
    """The blocking end, for a child that does one thing at a time."""

    def __init__(self, sock: socket.socket) -> None:
        self._sock = sock

    @classmethod
    def from_fd(cls, fd: int) -> Channel:
        """The end that a parent left us at descriptor ``fd``."""
        return cls(socket.socket(fileno=fd))

    def send(self, packet: Packet) -> None:
        """Send, waiting for room. Raises ``ChannelClosed``."""
        data = _encode(packet.body)
        while True:
            try:
                socket.send_fds(self._sock, [data], list(packet.fds))
            except (BrokenPipeError, ConnectionResetError) as error:
                raise ChannelClosed from error
            except OSError as error:
                if not _is_crowded(error):
                    raise
                time.sleep(CROWDED_S)
            else:
                return

    def receive(self) -> Packet:
        """The next packet. Raises ``ChannelClosed`` at the end, ``PacketInvalid`` for nonsense."""
        return _receive(self._sock)

    def close(self) -> None:
        """Close our end."""
        self._sock.close()


class AsyncChannel:
    """The end of a process with an event loop. One task receives; any task may send."""

    def __init__(self, sock: socket.socket) -> None:
        sock.setblocking(False)
        self._sock = sock
        self._sending = asyncio.Lock()

    @classmethod
    def from_fd(cls, fd: int) -> AsyncChannel:
        """The end that a parent left us at descriptor ``fd``."""
        return cls(socket.socket(fileno=fd))

    async def send(self, packet: Packet) -> None:
        """Send, waiting for room. Raises ``ChannelClosed``."""
        data = _encode(packet.body)
        async with self._sending:
            while True:
                try:
                    socket.send_fds(self._sock, [data], list(packet.fds))
                except BlockingIOError:
                    await self._ready(write=True)
                except OSError as error:
                    if not _is_crowded(error):
                        raise ChannelClosed from error
                    await asyncio.sleep(CROWDED_S)
                else:
                    return

    async def receive(self) -> Packet:
        """The next packet. Raises ``ChannelClosed`` at the end, ``PacketInvalid`` for nonsense."""
        while True:
            try:
                return _receive(self._sock)
            except BlockingIOError:
                await self._ready(write=False)

    async def _ready(self, *, write: bool) -> None:
        if self._sock.fileno() < 0:
            raise ChannelClosed
        loop = asyncio.get_running_loop()
        ready = loop.create_future()

        def wake() -> None:
            if not ready.done():
                ready.set_result(None)

        add, remove = (
            (loop.add_writer, loop.remove_writer)
            if write
            else (loop.add_reader, loop.remove_reader)
        )
        add(self._sock, wake)
        try:
            await ready
        finally:
            if self._sock.fileno() >= 0:
                remove(self._sock)

    def close(self) -> None:
        """Close our end. Nobody may be receiving any more."""
        self._sock.close()


def channel_pair() -> tuple[socket.socket, socket.socket]:
    """Two connected ends that keep packets whole: ours, and the child's."""
    return socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)


def _encode(body: dict[str, Any]) -> bytes:
    data = json.dumps(body, ensure_ascii=False, separators=(",", ":")).encode()
    if len(data) > MAX_PACKET:
        raise PacketInvalid(f"a packet of {len(data)} bytes is over the limit of {MAX_PACKET}")
    return data


def _is_crowded(error: OSError) -> bool:
    """Whether so many descriptors are on their way that there is no place for another.

    All that processes of one user sent and nobody has received count together, in other containers
    too, and whoever sends one more may have that many files open (unix(7), ``ETOOMANYREFS``): a
    decode process may have few.
    """
    return error.errno == errno.ETOOMANYREFS


def _receive(sock: socket.socket) -> Packet:
    try:
        # MSG_CMSG_CLOEXEC: a descriptor received must not leak into the next child we start.
        data, ancillary, flags, _ = sock.recvmsg(
            MAX_PACKET, socket.CMSG_SPACE(MAX_FDS * 4), socket.MSG_CMSG_CLOEXEC
        )
    except BlockingIOError:
        raise
    except OSError as error:
        raise ChannelClosed from error
    fds = _descriptors(ancillary)
    if not data and not fds:
        raise ChannelClosed
    packet = Packet({}, fds)
    try:
        if flags & socket.MSG_TRUNC:
            raise PacketInvalid("the packet was cut")
        body = json.loads(data)
        if not isinstance(body, dict):
            raise PacketInvalid("the packet is no JSON object")
        if flags & socket.MSG_CTRUNC:
            raise DescriptorsCut(body)
    except DescriptorsCut:
        packet.close_fds()
        raise
    except (ValueError, RecursionError, PacketInvalid) as error:
        packet.close_fds()
        raise PacketInvalid(str(error)) from error
    return Packet(body, fds)


def _descriptors(ancillary: list[tuple[int, int, bytes]]) -> tuple[int, ...]:
    fds = array.array("i")
    for level, kind, data in ancillary:
        if level == socket.SOL_SOCKET and kind == socket.SCM_RIGHTS:
            fds.frombytes(data[: len(data) - len(data) % fds.itemsize])
    return tuple(fds)
