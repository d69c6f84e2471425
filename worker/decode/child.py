"""The decode process: takes a file, gives pixels, and knows nothing else.

It is started with an empty environment, has no network, no credentials and no weights, and is
killed by its parent when it takes too long. Whatever a hostile file makes of it, it can answer
with nothing but JSON and a piece of memory, and both are checked.
"""

from __future__ import annotations

import contextlib
import io
import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from pydantic import ValidationError

from worker.decode import sandbox
from worker.decode.messages import Decoded, Order, Planned, Ready, Refused
from worker.domain.failure import Poison, Reason
from worker.process.channel import Channel, ChannelClosed, Packet
from worker.process.child import die_with_parent

# Nothing above starts a thread. NumPy does, and a process with threads cannot leave the network
# unless it is root: what needs NumPy is imported after that.
if TYPE_CHECKING:
    from mmap import mmap

    from worker.decode.inspection import Inspector

FFCONCAT = b"ffconcat version 1.0\nfile /dev/null\n"
SDP = b"v=0\no=- 0 0 IN IP4 127.0.0.1\ns=x\nc=IN IP4 127.0.0.1\nt=0 0\nm=video 9 RTP/AVP 96\n"
"""Files by which FFmpeg would open other files, or the network. They must be refused."""

LOOK_FOR_TEXT = "text"


def main() -> None:
    """Serve orders until the parent closes the channel."""
    _, fd, parent, memory_bytes, output_bytes, trust_anchors, text = sys.argv
    die_with_parent(int(parent))
    channel = Channel.from_fd(int(fd))
    protections = {
        "no network": sandbox.leave_network(),
        "no new privileges": sandbox.drop_privileges(),
    }
    # The folder that we were started in is none of its business, and a library in it none of ours.
    os.chdir("/")
    inspector = _load_libraries(trust_anchors, text=text == LOOK_FOR_TEXT)
    protections["formats on a list"] = _doors_are_shut()
    protections["bounded memory"] = sandbox.limit_resources(
        memory_bytes=int(memory_bytes), output_bytes=int(output_bytes)
    )
    channel.send(Packet(Ready(protections=protections).model_dump()))
    with contextlib.suppress(ChannelClosed):
        while True:
            _serve(channel, inspector)


def _load_libraries(trust_anchors: str, *, text: bool) -> Inspector:
    """Now, and not in the time of the first file. Their threads are of no use: one file at a time.

    Before the limits, for certificates are read here.
    """
    import torch

    from worker.decode import image
    from worker.decode.inspection import Inspector

    torch.set_num_threads(1)
    image.prepare()
    anchors = Path(trust_anchors).read_text(encoding="utf-8") if trust_anchors else None
    return Inspector(trust_anchors=anchors, text=text)


def _doors_are_shut() -> bool:
    import av

    from worker.decode.video import OPTIONS

    for hostile in (FFCONCAT, SDP):
        try:
            with contextlib.closing(av.open(io.BytesIO(hostile), mode="r", options=OPTIONS)):
                return False
        except av.error.FFmpegError:
            continue
    return True


def _serve(channel: Channel, inspector: Inspector) -> None:
    from worker.process.shared_memory import map_bytes

    packet = channel.receive()
    try:
        order = Order.model_validate(packet.body)
        mapped = map_bytes(packet.fds[0], order.nbytes)
    except (ValidationError, ValueError, IndexError):
        sys.exit("an order that cannot be read")
    finally:
        packet.close_fds()
    with mapped:
        answer = _answer(order, mapped, inspector)
    try:
        channel.send(answer)
    finally:
        answer.close_fds()


def _answer(order: Order, mapped: mmap, inspector: Inspector) -> Packet:
    try:
        return _decode(order, mapped, inspector)
    except Poison as refusal:
        refused = Refused.model_validate({"reason": refusal.reason, "detail": refusal.detail})
    except (MemoryError, RuntimeError):
        # torch says RuntimeError where it gets no memory.
        refused = Refused(
            reason=Reason.MEDIA_OVER_BUDGET,
            detail="decoding takes more memory than decode.memory_bytes",
        )
    return Packet(refused.model_dump(mode="json"))


def _decode(order: Order, mapped: mmap, inspector: Inspector) -> Packet:
    from worker.decode.decode import decode, plan_windows
    from worker.process.shared_memory import share

    # A copy, so that no library can hold on to the mapping past its end.
    data = mapped[:]
    if order.cut is not None:
        windows = plan_windows(data, order.recipe, order.cut, order.limits)
        return Packet(Planned(windows=tuple(windows)).model_dump(mode="json"))
    pixels = decode(data, order.recipe, order.limits, order.window)
    frames, height, width, _ = pixels.frames.shape
    decoded = Decoded(
        facts=pixels.facts,
        frames=frames,
        height=height,
        width=width,
        sampling=pixels.sampling,
        provenance=inspector.provenance(data, pixels) if order.provenance else None,
        text=inspector.text(pixels) if order.text else None,
    )
    return Packet(decoded.model_dump(mode="json"), (share(pixels.frames, "pixels"),))


if __name__ == "__main__":
    main()
