"""URLs as they may be written into logs and events."""

from __future__ import annotations

from urllib.parse import urlsplit

MAX_SHOWN = 300
"""Characters: enough to know a URL by, in a detail that is published."""


def redact(url: str) -> str:
    """Scheme, host and path: no user, no password, and no query, which carries signatures."""
    try:
        parts = urlsplit(url)
        host = parts.hostname or ""
        port = f":{parts.port}" if parts.port else ""
    except ValueError:
        return "a URL that cannot be read"
    shown = f"{parts.scheme}://{host}{port}{parts.path}"
    plain = "".join(character if character.isprintable() else "?" for character in shown)
    return plain if len(plain) <= MAX_SHOWN else f"{plain[:MAX_SHOWN]}..."
