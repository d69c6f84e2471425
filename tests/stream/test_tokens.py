"""For how long a token is said to be good."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import Any

from worker.stream.kafka.tokens import LEAST_LEFT_S, UNSTATED_S, ClientCredentials


@contextmanager
def tokens(**stated: Any) -> Iterator[ClientCredentials]:
    """From an endpoint that answers with this beside each token."""
    answer = json.dumps({"access_token": "abc.def.ghi", **stated}).encode()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            self.rfile.read(int(self.headers["Content-Length"]))
            self.send_response(200)
            self.send_header("Content-Length", str(len(answer)))
            self.end_headers()
            self.wfile.write(answer)

        def log_message(self, *_: Any) -> None:
            """Of no use here."""

    with HTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.05,))
        thread.start()
        try:
            yield ClientCredentials(
                endpoint=f"http://127.0.0.1:{server.server_port}/",
                client_id="worker",
                client_secret="secret",
            )
        finally:
            server.shutdown()
            thread.join()


def test_as_long_as_its_endpoint_says() -> None:
    with tokens(expires_in=300) as found:
        found.token()
        assert 290 < found.left_s <= 300


def test_one_that_ends_on_the_way_is_not_taken_for_one_whose_end_nobody_stated() -> None:
    with tokens(expires_in=0.05) as found:
        found.token()
        time.sleep(0.1)
        assert found.left_s == LEAST_LEFT_S
    with tokens() as found:
        found.token()
        assert found.left_s == UNSTATED_S
