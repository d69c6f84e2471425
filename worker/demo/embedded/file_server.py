"""The platform's media store: a folder over HTTP, on this machine only."""

from __future__ import annotations

from pathlib import Path
from urllib.parse import quote

from aiohttp import web


class FileServer:
    """Serves the files of one folder."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._runner: web.AppRunner | None = None
        self.port = 0

    async def start(self) -> None:
        """Listen on a free port of the loopback interface."""
        app = web.Application()
        app.router.add_static("/media", self._folder)
        self._runner = web.AppRunner(app, access_log=None)
        await self._runner.setup()
        await web.TCPSite(self._runner, "127.0.0.1", 0).start()
        self.port = self._runner.addresses[0][1]

    def url(self, file: Path) -> str:
        """The URL of a file below the folder."""
        path = quote(file.relative_to(self._folder).as_posix())
        return f"http://127.0.0.1:{self.port}/media/{path}"

    async def close(self) -> None:
        """Stop listening."""
        if self._runner is not None:
            await self._runner.cleanup()
