"""From a host name to addresses."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from ipaddress import ip_address
from typing import Protocol

from worker.fetch.addresses import Address

THREADS = 16
"""A thread waits for a name server for as long as that likes. With these of our own, names that
never resolve hold up other names, and nothing else in the worker."""


class Resolver(Protocol):
    """Asks for the addresses of a name."""

    async def resolve(self, host: str, port: int) -> Sequence[Address]:
        """All of them, best first. Raises ``OSError`` where there are none."""
        ...

    def close(self) -> None:
        """Ask no more."""
        ...


class SystemResolver:
    """The machine's own: its hosts file, its name servers, its order (RFC 6724)."""

    def __init__(self) -> None:
        self._threads = ThreadPoolExecutor(THREADS, thread_name_prefix="resolver")

    async def resolve(self, host: str, port: int) -> Sequence[Address]:
        """See ``Resolver``."""
        loop = asyncio.get_running_loop()
        return await loop.run_in_executor(self._threads, _ask, host, port)

    def close(self) -> None:
        """See ``Resolver``."""
        self._threads.shutdown(wait=False, cancel_futures=True)


def _ask(host: str, port: int) -> Sequence[Address]:
    # As bytes: text would go through Python's own IDNA, and the name is in ASCII already.
    found = socket.getaddrinfo(host.encode("ascii"), port, type=socket.SOCK_STREAM)
    return list(dict.fromkeys(ip_address(answer[4][0]) for answer in found))
