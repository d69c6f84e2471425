"""URLs as they may be written into logs and events."""

from __future__ import annotations

from urllib.parse import urlsplit


def redact(url: str) -> str:
    """Scheme, host and path: no user, no password, and no query, which carries signatures."""
    try:
        parts = urlsplit(url)
        host = parts.hostname or ""
        port = f":{parts.port}" if parts.port else ""
    except ValueError:
        return "a URL that cannot be read"
    return f"{parts.scheme}://{host}{port}{parts.path}"
