"""Reading what a decode process answered, as if it were in a stranger's hands."""

from __future__ import annotations

from worker.decode.messages import Decoded, Order, Planned, Ready, Refused, Reply
from worker.decode.sniff import sniff
from worker.domain.failure import Poison
from worker.domain.media import Content, PreparedMedia, Span
from worker.domain.windows import Window
from worker.process.channel import Packet
from worker.process.shared_memory import map_bytes

HEAD = 64 * 1024
"""Bytes from the beginning: more than ``sniff`` looks at."""


def _body(reply: Packet) -> Decoded | Planned:
    """Raises ``Poison`` for a refusal, ``ValueError`` for what is no answer."""
    answer = Reply.model_validate({"body": reply.body}).body
    if isinstance(answer, Refused):
        raise Poison(answer.reason, answer.detail)
    if isinstance(answer, Ready):
        raise ValueError("not an answer to an order")  # noqa: TRY004 - nonsense of one kind
    return answer


def read_windows(reply: Packet, order: Order, _: Content) -> tuple[Window, ...]:
    """The windows of a video. Raises ``Poison`` for a refusal, ``ValueError`` for nonsense."""
    answer = _body(reply)
    if not isinstance(answer, Planned) or not answer.fits(order) or reply.fds:
        raise ValueError("not an answer to this order")
    return answer.windows


def read_media(reply: Packet, order: Order, content: Content) -> PreparedMedia:
    """Pixels. Raises ``Poison`` for a refusal, ``ValueError`` for nonsense."""
    answer = _body(reply)
    if not isinstance(answer, Decoded) or not answer.fits(order) or len(reply.fds) != 1:
        raise ValueError("not an answer to this order")
    if answer.facts.mime != sniff(content.head(HEAD)).mime:
        raise ValueError("not the type that the first bytes tell")
    nbytes = answer.frames * answer.height * answer.width * 3
    map_bytes(reply.fds[0], nbytes).close()
    window = order.window
    return PreparedMedia(
        fd=reply.fds[0],
        facts=answer.facts,
        frames=answer.frames,
        height=answer.height,
        width=answer.width,
        sampling=answer.sampling,
        span=Span(window.start_s, window.end_s) if window is not None else None,
        provenance=answer.provenance,
        text=answer.text,
    )
