"""A way between a client and a server that can be cut, healed, and made long."""

from __future__ import annotations

import asyncio
import contextlib
import threading

PIECE = 65_536


class FaultProxy:
    """TCP to a port of this machine, through a gate.

    A cut is what a network partition is to TCP: nothing passes, nobody is told, connections stay
    open, new ones get no answer. What was sent meanwhile arrives after the heal, as TCP would send
    it again: so do the late words of a client that has long been taken for dead.
    """

    def __init__(self, port: int, to: int) -> None:
        self.port = port
        self.delay_s = 0.0
        """How late each piece arrives, in both directions."""
        self._to = to
        self._loop = asyncio.new_event_loop()
        self._gate = asyncio.Event()
        self._thread = threading.Thread(target=self._run, name=f"proxy-{port}", daemon=True)
        self._up = threading.Event()

    def start(self) -> None:
        """Listen."""
        self._thread.start()
        assert self._up.wait(10), f"no proxy on port {self.port}"

    def cut(self) -> None:
        """Let nothing pass."""
        self._loop.call_soon_threadsafe(self._gate.clear)

    def heal(self) -> None:
        """Let everything pass, at once."""
        self.delay_s = 0.0
        self._loop.call_soon_threadsafe(self._gate.set)

    def stop(self) -> None:
        """Let every connection go."""
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(10)

    def _run(self) -> None:
        asyncio.set_event_loop(self._loop)
        self._gate.set()
        listening = asyncio.start_server(self._serve, "127.0.0.1", self.port)
        server = self._loop.run_until_complete(listening)
        self._up.set()
        self._loop.run_forever()
        server.close()
        serving = asyncio.all_tasks(self._loop)
        for task in serving:
            task.cancel()
        self._loop.run_until_complete(asyncio.gather(*serving, return_exceptions=True))
        self._loop.close()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            await self._gate.wait()
            there, back = await asyncio.open_connection("127.0.0.1", self._to)
        except OSError:  # the server is away: so is this door
            writer.transport.abort()
            return
        try:
            await asyncio.gather(self._pass(reader, back), self._pass(there, writer))
        finally:
            writer.close()
            back.close()

    async def _pass(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with contextlib.suppress(OSError):
            while data := await reader.read(PIECE):
                if self.delay_s:
                    await asyncio.sleep(self.delay_s)
                await self._gate.wait()
                writer.write(data)
                await writer.drain()
        await self._gate.wait()  # an end of the connection does not pass either
        writer.close()
