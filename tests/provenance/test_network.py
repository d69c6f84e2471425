"""No connection, whatever a file names. Each test shows first that its server would notice."""

from __future__ import annotations

import contextlib
import io
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import c2pa
import pytest

from tests.support.c2pa_signer import Signer, created
from tests.support.media import image_file
from worker.domain.provenance import Says, SignalKind, Strength
from worker.provenance.c2pa_library import SETTINGS
from worker.provenance.reader import read_provenance

JPEG = "image/jpeg"


class Counting:
    """A server that notes what it is asked for."""

    def __init__(self) -> None:
        self.asked: list[str] = []
        counting = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                counting.asked.append(self.path)
                self.send_response(404)
                self.end_headers()

            do_POST = do_GET  # noqa: N815 - http.server's name

            def log_message(self, *_: Any) -> None:
                pass

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.origin = f"http://127.0.0.1:{self._server.server_port}"
        self._thread = threading.Thread(target=self._server.serve_forever)
        self._thread.start()

    def close(self) -> None:
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()


@pytest.fixture
def server() -> Iterator[Counting]:
    counting = Counting()
    yield counting
    counting.close()


def read_with(settings: dict[str, Any], data: bytes) -> None:
    with contextlib.suppress(c2pa.C2paError), c2pa.Context.from_dict(settings) as context:
        c2pa.Reader(JPEG, io.BytesIO(data), context=context).close()


def but(section: str, **changes: Any) -> dict[str, Any]:
    return {**SETTINGS, section: {**SETTINGS[section], **changes}}


def test_a_manifest_elsewhere_is_told_and_not_fetched(server: Counting, signer: Signer) -> None:
    url = f"{server.origin}/manifest.c2pa"
    data = signer.sign(image_file(0.5, "JPEG"), JPEG, [created("digitalCapture")], remote_url=url)
    read_with({}, data)
    assert server.asked == ["/manifest.c2pa"], "the library's defaults would fetch it"
    server.asked.clear()
    (signal,) = read_provenance(data, JPEG, trust_anchors=signer.anchor).signals
    assert server.asked == []
    assert (signal.kind, signal.says, signal.strength) == (
        SignalKind.C2PA,
        Says.UNKNOWN,
        Strength.UNSIGNED,
    )
    assert url not in signal.model_dump_json()


def test_each_setting_alone_keeps_a_manifest_elsewhere(server: Counting, signer: Signer) -> None:
    data = signer.sign(
        image_file(0.5, "JPEG"), JPEG, [created("digitalCapture")], remote_url=server.origin + "/m"
    )
    both_open = {
        "verify": {"remote_manifest_fetch": True},
        "core": {"allowed_network_hosts": None},
    }
    read_with(both_open, data)
    assert server.asked == ["/m"]
    server.asked.clear()
    read_with(SETTINGS, data)
    read_with(but("verify", remote_manifest_fetch=True), data)
    read_with(but("core", allowed_network_hosts=None), data)
    assert server.asked == []


def test_revocation_is_not_asked_for(server: Counting) -> None:
    signer = Signer.make(ocsp_url=server.origin + "/ocsp")
    data = signer.sign(image_file(0.5, "JPEG"), JPEG, [created("digitalCapture")])
    trust = {"trust": {"trust_anchors": signer.anchor}}
    read_with({"verify": {"ocsp_fetch": True}, **trust}, data)
    assert server.asked, "the library would ask"
    server.asked.clear()
    read_with({**but("verify", ocsp_fetch=True), **trust}, data)
    read_with({**but("core", allowed_network_hosts=None), **trust}, data)
    found = read_provenance(data, JPEG, trust_anchors=signer.anchor)
    assert server.asked == []
    assert found.signals[0].strength is Strength.SIGNED_TRUSTED
