"""What a decode process sends that a stranger's file has taken over -> pixels, or a refusal."""

from __future__ import annotations

import math
import os
import socket

from pydantic import ValidationError

from tests.fuzz.invariants import fit_to_publish, quickly
from tests.support.media import image_file, video_file
from worker.decode.answers import read_media, read_windows
from worker.decode.config import DecodeConfig
from worker.decode.messages import Order
from worker.domain.failure import Poison, Reason
from worker.domain.media import Content, MediaFacts, PreparedMedia, VideoSampling
from worker.domain.windows import Windows
from worker.models.spec import load_spec
from worker.process.channel import Channel, ChannelClosed, Packet, PacketInvalid, channel_pair
from worker.process.shared_memory import share

MAX_LEN = 8192
RECIPE = load_spec("tiny").recipe
LIMITS = DecodeConfig().limits
STILL = Content.of(image_file(0.5))
CLIP = Content.of(video_file(0.5, frames=8))
SIDE = 56
"""Of the pixels that a seed announces, in pixels."""
FRAMES = 2

REFUSALS = {Reason.MEDIA_UNSUPPORTED, Reason.MEDIA_UNDECODABLE, Reason.MEDIA_OVER_BUDGET}


def check(data: bytes) -> None:
    """An answer to the order, all its numbers sane, or one of the refusals that the pool knows.

    The first byte says which order it answers, and which descriptors come with it.
    """
    if len(data) < 2:
        return
    content = CLIP if data[0] & 1 else STILL
    cut = Windows() if data[0] & 2 else None
    order = Order(nbytes=len(content.data), recipe=RECIPE, limits=LIMITS, cut=cut)
    fds = _descriptors(data[0] >> 2)
    try:
        with quickly():
            packet = _sent(data[1:], fds)
            if packet is not None:
                _read(packet, order, content)
    finally:
        for fd in fds:
            os.close(fd)


def _descriptors(choice: int) -> list[int]:
    """None, one or two; of the right size for a picture, for a clip, or no memory at all."""
    pixels = SIDE * SIDE * 3 * (FRAMES if choice & 1 else 1)
    if choice & 2:
        return []
    if choice & 4:
        return [os.open("/dev/null", os.O_RDONLY | os.O_CLOEXEC)]
    return [share(bytes(pixels), "fuzz") for _ in range(2 if choice & 8 else 1)]


def _sent(data: bytes, fds: list[int]) -> Packet | None:
    ours, theirs = channel_pair()
    with ours, theirs:
        socket.send_fds(theirs, [data], fds)
        try:
            return Channel(ours).receive()
        except (ChannelClosed, PacketInvalid):
            return None


def _read(packet: Packet, order: Order, content: Content) -> None:
    kept = False
    try:
        if order.cut is not None:
            for window in read_windows(packet, order, content):
                assert math.isfinite(window.start_s)
                assert math.isfinite(window.end_s)
                _is_sane(window.sampling)
            return
        media = read_media(packet, order, content)
        kept = True
        _fits(media)
        media.close()
    except Poison as refusal:
        fit_to_publish(refusal, REFUSALS)
    except (ValidationError, ValueError):
        pass
    finally:
        if not kept:
            packet.close_fds()


def _fits(media: PreparedMedia) -> None:
    assert media.nbytes == os.fstat(media.fd).st_size
    if media.sampling is not None:
        _is_sane(media.sampling)
    facts = media.facts
    for number in (facts.width, facts.height, facts.frames):
        assert 0 < number < 2**31
    assert facts.duration_s is None or (math.isfinite(facts.duration_s) and facts.duration_s >= 0)
    assert facts.mime.isprintable()
    assert facts.codec is None or facts.codec.isprintable()
    assert MediaFacts.model_validate_json(facts.model_dump_json()) == facts


def _is_sane(sampling: VideoSampling) -> None:
    """The model's positions in time are worked out from these: none may divide by zero."""
    assert math.isfinite(sampling.source_fps)
    assert sampling.source_fps > 0
    assert 0 < sampling.source_frames < 2**31
    assert all(0 <= index < sampling.source_frames for index in sampling.frame_indices)
