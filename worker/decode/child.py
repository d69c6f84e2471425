"""The decode process: takes a file, gives pixels, and knows nothing else.

It is started with an empty environment, has no network, no files, no credentials and no weights,
and is killed by its parent when it takes too long. Whatever a hostile file makes of it, it can
answer with nothing but JSON and a piece of memory, and both are checked.
"""

from __future__ import annotations

import contextlib
import os
import sys
from contextlib import suppress
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from pydantic import ValidationError

from worker.decode.messages import (
    LOOK_FOR_TEXT,
    READ_PROVENANCE,
    Decoded,
    Order,
    Planned,
    Ready,
    Refused,
)
from worker.decode.sandbox import system_calls
from worker.decode.sandbox.protections import Protection
from worker.decode.sandbox.sandbox import Sandbox
from worker.domain.failure import Poison, Reason
from worker.process.channel import Channel, ChannelClosed, Packet
from worker.process.child import die_with_parent

# Nothing above starts a thread. NumPy does, and a process with threads cannot leave the network
# unless it is root: what needs NumPy is imported after that.
if TYPE_CHECKING:
    from mmap import mmap

    from worker.decode.inspection import Inspector


def main() -> None:
    """Serve orders until the parent closes the channel."""
    _, fd, parent, memory_bytes, output_bytes, trust_anchors, extras = sys.argv
    die_with_parent(int(parent))
    channel = Channel.from_fd(int(fd))
    sandbox = Sandbox()
    sandbox.leave()
    # The folder that we were started in is none of its business, and a library in it none of ours.
    os.chdir("/")
    text, provenance = LOOK_FOR_TEXT in extras, READ_PROVENANCE in extras
    inspector = _load_libraries(trust_anchors, text=text, provenance=provenance)
    sandbox.limit(memory_bytes=int(memory_bytes), output_bytes=int(output_bytes))
    _close(sandbox, inspector, text=text, provenance=provenance)
    channel.send(Packet(Ready(protections=sandbox.protections).model_dump()))
    with contextlib.suppress(ChannelClosed):
        while True:
            _serve(channel, inspector)
    os._exit(0)  # past what libraries do at their end: some of it needs files


def _load_libraries(trust_anchors: str, *, text: bool, provenance: bool) -> Inspector:
    """Now, and not in the time of the first file; certificates are read here, too."""
    import torch

    from worker.decode import image, rehearsal
    from worker.decode.inspection import Inspector

    torch.set_num_threads(1)
    image.prepare()
    anchors = Path(trust_anchors).read_text(encoding="utf-8") if trust_anchors else None
    inspector = Inspector(trust_anchors=anchors, text=text)
    rehearsal.load()
    rehearsal.rehearse(inspector, provenance=provenance, text=text)
    return inspector


def _close(sandbox: Sandbox, inspector: Inspector, *, text: bool, provenance: bool) -> None:
    """Files and system calls, with nobody's bytes but our own read meanwhile."""
    from worker.decode import rehearsal
    from worker.decode.doors import doors_are_shut

    may_restrict = sandbox.close_files(
        partial(rehearsal.rehearse, inspector, provenance=False, text=text)
    )
    if provenance:
        inspector.part(
            confine_itself=partial(system_calls.restrict, forks=True) if may_restrict else _not,
            confine_forks=system_calls.restrict if may_restrict else _not,
        )
    if may_restrict:
        sandbox.restrict()
    sandbox.protections[Protection.FORMATS] = doors_are_shut()
    if provenance:
        rehearsal.rehearse_manifest(inspector)


def _not() -> None:
    """There is nothing to take away: the sandbox reports it."""


def _serve(channel: Channel, inspector: Inspector) -> None:
    from worker.process.shared_memory import map_given

    packet = channel.receive()
    try:
        order = Order.model_validate(packet.body)
        mapped = map_given(packet.fds[0], order.nbytes)
    except (ValidationError, ValueError, IndexError):
        sys.exit("an order that cannot be read")
    finally:
        packet.close_fds()
    try:
        answer = _answer(order, mapped, inspector)
    finally:
        with suppress(BufferError):  # a reader that broke off looks at it still; it ends with that
            mapped.close()
    try:
        channel.send(answer)
    finally:
        answer.close_fds()


def _answer(order: Order, mapped: mmap, inspector: Inspector) -> Packet:
    from worker.decode.kept_memory import NO_MEMORY, give_back

    answer = _try(order, mapped, inspector)
    if answer.body.get("detail") == NO_MEMORY:
        # A file must not be refused for what was kept of those before it.
        give_back()
        answer = _try(order, mapped, inspector)
    return answer


def _try(order: Order, mapped: mmap, inspector: Inspector) -> Packet:
    from worker.decode.kept_memory import NO_MEMORY

    try:
        return _decode(order, mapped, inspector)
    except Poison as refusal:
        refused = Refused.model_validate({"reason": refusal.reason, "detail": refusal.detail})
    except (MemoryError, RuntimeError):
        # torch says RuntimeError where it gets no memory.
        refused = Refused(reason=Reason.MEDIA_OVER_BUDGET, detail=NO_MEMORY)
    return Packet(refused.model_dump(mode="json"))


def _decode(order: Order, mapped: mmap, inspector: Inspector) -> Packet:
    from worker.decode.decode import decode, held, plan_windows
    from worker.process.shared_memory import share

    data = held(mapped)
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
