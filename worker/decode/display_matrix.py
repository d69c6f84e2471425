"""Turning and mirroring the frames of a video the way players show them."""

from __future__ import annotations

import struct
from typing import Any

import numpy as np
from av.sidedata.sidedata import SideDataContainer, Type

from worker.decode.source_frames import Frame

MATRIX = struct.Struct("<9i")
"""FFmpeg's side data, from the track header's matrix (ISO/IEC 14496-12, 8.3.2): a b u c d v x y w,
where a point goes to (a x + c y, b x + d y)."""

STEEPEST = 57
"""A turn counts as one by quarters if it is off by one degree at most, as in FFmpeg's own programs:
its tangent is 1/57. By other angles nothing is turned, and players do not, either."""


def upright(pixels: Frame, frame: Any) -> Frame:
    """The pixels of PyAV's ``frame`` as its display matrix asks to show them.

    Front cameras mirror, and then FFmpeg's angle alone, which is 180 degrees, would mislead.
    """
    # Not ``frame.side_data``: the frame and that would hold on to one another, and the frame to its
    # pixels, until the garbage collector comes by.
    container = SideDataContainer(frame)  # type: ignore[call-arg]  # its stub forgets the frame
    matrix = container.get(Type.DISPLAYMATRIX)
    if matrix is None or len(bytes(matrix)) < MATRIX.size:
        return pixels
    a, b, _, c, d, *_ = MATRIX.unpack_from(bytes(matrix))
    if STEEPEST * max(abs(b), abs(c)) <= min(abs(a), abs(d)):
        across, down, turned = a, d, pixels
    elif STEEPEST * max(abs(a), abs(d)) <= min(abs(b), abs(c)):
        across, down, turned = c, b, pixels.swapaxes(0, 1)
    else:
        return pixels
    if across < 0:
        turned = turned[:, ::-1]
    if down < 0:
        turned = turned[::-1]
    return np.ascontiguousarray(turned)
