"""Ports for servers that go away and come back."""

from __future__ import annotations

import random
import socket
from pathlib import Path

LOWEST = 12_000
"""Below it is where system services live."""

_given: set[int] = set()


def steady_port() -> int:
    """A free port, of no use to outgoing connections, and given to nobody else here.

    A port of the system's range for those may be taken while its server is down, and a client that
    calls there again and again may reach itself (TCP's simultaneous open, RFC 9293, 3.5).
    """
    span = Path("/proc/sys/net/ipv4/ip_local_port_range").read_text(encoding="ascii")
    below = int(span.split()[0])
    while True:
        port = random.randrange(LOWEST, below)
        if port in _given:
            continue
        with socket.socket() as sock:
            try:
                sock.bind(("127.0.0.1", port))
            except OSError:
                continue
        _given.add(port)
        return port
