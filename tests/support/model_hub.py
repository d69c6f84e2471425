"""The small part of a model hub that its client needs to fetch files, with faults to order."""

from __future__ import annotations

import hashlib
import json
import re
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import unquote, urlsplit

import pytest

API = re.compile(r"^/api/models/(?P<repo>[^/]+/[^/]+)/(?P<what>tree|revision)/(?P<rev>[^/]+)$")
FILE = re.compile(r"^/(?P<repo>[^/]+/[^/]+)/resolve/(?P<rev>[^/]+)/(?P<name>.+)$")

LFS_FROM = 100_000
"""Bytes from which a file is in LFS here. The hub goes by kind and size."""

PIECE = 64 * 1024

SLOW_S = 20.0
"""After each piece of a file that is slow: whoever waits for it is killed meanwhile."""


def blob_id(data: bytes) -> str:
    """Git's id of a content."""
    return hashlib.sha1(b"blob %d\0" % len(data) + data).hexdigest()


@dataclass
class ModelHub:
    """One repository at one commit."""

    repo: str = "acme/tiny"
    commit: str = "c0ffee" + "0" * 34
    branches: tuple[str, ...] = ("main",)
    files: dict[str, bytes] = field(default_factory=dict)
    served: dict[str, bytes] = field(default_factory=dict)
    """Other bytes than the tree says, by name: damage on the way."""
    refuse: tuple[int, str] | None = None
    """A status and the hub's word for it (X-Error-Code), to every request."""
    cut_after: dict[str, int] = field(default_factory=dict)
    """By name: the next transfer breaks off after so many bytes."""
    slow: str = ""
    """A file that takes its time."""
    asked: list[tuple[str, str, int]] = field(default_factory=list)
    """Method, path or file name, and the first byte asked for."""
    url: str = ""

    def transfers(self) -> list[tuple[str, int]]:
        """Files asked for, and from which byte on."""
        return [(name, begin) for method, name, begin in self.asked if method == "GET-FILE"]

    def tree(self) -> list[dict[str, Any]]:
        """As the API tells it."""
        entries: list[dict[str, Any]] = []
        for name, data in self.files.items():
            entry = {"type": "file", "path": name, "size": len(data), "oid": blob_id(data)}
            if len(data) >= LFS_FROM:
                sha256 = hashlib.sha256(data).hexdigest()
                entry["lfs"] = {"oid": sha256, "size": len(data), "pointerSize": 134}
                entry["oid"] = blob_id(b"pointer")
            entries.append(entry)
        return entries


class _Handler(BaseHTTPRequestHandler):
    hub: ModelHub
    protocol_version = "HTTP/1.1"

    def do_HEAD(self) -> None:
        self._file(body=False)

    def do_GET(self) -> None:
        found = API.match(urlsplit(self.path).path)
        if found is None:
            self._file(body=True)
        elif self._may(found["repo"], found["rev"]):
            self.hub.asked.append(("GET", found["what"], 0))
            said: Any = self.hub.tree()
            if found["what"] == "revision":
                said = {"id": self.hub.repo, "sha": self.hub.commit, "siblings": []}
            self._say(200, json.dumps(said).encode(), {"Content-Type": "application/json"})

    def _may(self, repo: str, rev: str) -> bool:
        hub = self.hub
        error = hub.refuse
        if error is None and repo != hub.repo:
            error = (404, "RepoNotFound")
        if error is None and rev not in (hub.commit, *hub.branches):
            error = (404, "RevisionNotFound")
        if error is not None:
            self._say(error[0], b"no", {"X-Error-Code": error[1]})
        return error is None

    def _file(self, *, body: bool) -> None:
        found = FILE.match(unquote(urlsplit(self.path).path))
        if found is None:
            self._say(404, b"no", {"X-Error-Code": "EntryNotFound"})
            return
        if not self._may(found["repo"], found["rev"]):
            return
        hub, name = self.hub, found["name"]
        data = hub.files[name]
        etag = hashlib.sha256(data).hexdigest() if len(data) >= LFS_FROM else blob_id(data)
        headers = {
            "X-Repo-Commit": hub.commit,
            "ETag": f'"{etag}"',
            "Accept-Ranges": "bytes",
        }
        begin = int((re.match(r"bytes=(\d+)-", self.headers.get("Range", "")) or [0, 0])[1])
        hub.asked.append(("GET-FILE" if body else "HEAD", name, begin))
        sent = hub.served.get(name, data)[begin:]
        if begin:
            headers["Content-Range"] = f"bytes {begin}-{len(data) - 1}/{len(data)}"
        self._say(206 if begin else 200, sent, headers, name, body=body)

    def _say(
        self, status: int, data: bytes, headers: dict[str, str], name: str = "", body: bool = True
    ) -> None:
        self.send_response(status)
        for key, value in headers.items():
            self.send_header(key, value)
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        if not body or self.command == "HEAD":
            return
        cut = self.hub.cut_after.pop(name, None)
        data = data[:cut]
        for at in range(0, len(data), PIECE):
            self.wfile.write(data[at : at + PIECE])
            if name and name == self.hub.slow:
                time.sleep(SLOW_S)
        if cut is not None:
            self.close_connection = True

    def log_message(self, *_: Any) -> None:
        """Nothing: tests look at ``asked``."""


class _Server(ThreadingHTTPServer):
    daemon_threads = True

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A client that was killed is no news."""


@pytest.fixture
def model_hub() -> Iterator[ModelHub]:
    """An empty one, listening."""
    hub = ModelHub()
    handler = type("Handler", (_Handler,), {"hub": hub})
    with _Server(("127.0.0.1", 0), handler) as server:
        thread = threading.Thread(target=server.serve_forever, daemon=True)
        thread.start()
        hub.url = f"http://127.0.0.1:{server.server_address[1]}"
        yield hub
        server.shutdown()
        thread.join()
