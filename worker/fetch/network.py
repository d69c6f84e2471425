"""Connections to checked addresses only: the network as the HTTP client sees it."""

from __future__ import annotations

import asyncio
import ipaddress
from collections.abc import Iterable, Sequence

import httpcore

from worker.domain.failure import Poison, Reason
from worker.fetch.addresses import Address, AddressRules
from worker.fetch.resolver import Resolver

SocketOptions = Iterable[httpcore.SOCKET_OPTION]

MAX_CALLED = 4
"""Addresses of one name that are tried in turn. All of them are checked."""


class GuardedNetwork(httpcore.AsyncNetworkBackend):
    """Resolves a name once, checks every address, and connects to one of these very addresses.

    Between the check and the call nobody is asked again, so a name server has no second answer to
    give (DNS rebinding). One address that may not be called refuses the name: which of them is
    called must not be up to whoever owns it. TLS goes on to be checked against the name.
    """

    def __init__(self, resolver: Resolver, addresses: AddressRules) -> None:
        self._resolver = resolver
        self._addresses = addresses
        self._network = httpcore.AnyIOBackend()

    async def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,  # noqa: ASYNC109 - the library's own signature
        local_address: str | None = None,
        socket_options: SocketOptions | None = None,
    ) -> httpcore.AsyncNetworkStream:
        """Raises ``Poison`` (``url_forbidden``), ``ConnectTimeout`` or ``ConnectError``."""
        try:
            async with asyncio.timeout(timeout) as deadline:
                checked = await self._checked(host, port)
                end = deadline.when()
                return await self._call(checked, port, end, local_address, socket_options)
        except TimeoutError as error:
            raise httpcore.ConnectTimeout from error

    async def _checked(self, host: str, port: int) -> Sequence[Address]:
        try:
            found: Sequence[Address] = [ipaddress.ip_address(host)]
        except ValueError:
            found = await self._resolved(host, port)
        for address in found:
            objection = self._addresses.objection(address)
            if objection is not None:
                # Not which address: a sender is not to learn of our networks.
                raise Poison(
                    Reason.URL_FORBIDDEN,
                    f"the host resolves to an address that is {objection} (fetch.allowed_networks)",
                )
        return found

    async def _resolved(self, host: str, port: int) -> Sequence[Address]:
        try:
            found = await self._resolver.resolve(host, port)
        except OSError as error:
            raise httpcore.ConnectError("the name does not resolve") from error
        if not found:
            raise httpcore.ConnectError("the name has no address")
        return found

    async def _call(
        self,
        addresses: Sequence[Address],
        port: int,
        end: float | None,
        local_address: str | None,
        socket_options: SocketOptions | None,
    ) -> httpcore.AsyncNetworkStream:
        """The first that answers. Each gets an even part of the time that is left."""
        called = addresses[:MAX_CALLED]
        loop = asyncio.get_running_loop()
        problem: Exception = httpcore.ConnectError("no address answers")
        for number, address in enumerate(called):
            share = None if end is None else (end - loop.time()) / (len(called) - number)
            try:
                return await self._network.connect_tcp(
                    str(address),
                    port,
                    timeout=share,
                    local_address=local_address,
                    socket_options=socket_options,
                )
            except (httpcore.ConnectError, httpcore.ConnectTimeout) as error:
                problem = error
        raise problem

    async def sleep(self, seconds: float) -> None:
        """Wait."""
        await asyncio.sleep(seconds)
