"""Pictures, still or animated, through Pillow."""

from __future__ import annotations

import io
import warnings
from collections.abc import Iterator

import numpy as np
from PIL import Image, ImageFile, UnidentifiedImageError

from worker.decode.kept_memory import NO_MEMORY
from worker.decode.mapped_file import Data
from worker.decode.protocol import DecodeLimits
from worker.decode.sampling import choose_frames
from worker.decode.sniff import FileType
from worker.decode.source_frames import (
    Frame,
    SourceFrame,
    SourceFrames,
    check_bytes_out,
    check_duration,
    check_frames,
    check_size,
)
from worker.domain.failure import Poison, Reason
from worker.domain.media import MediaFacts, MediaKind, VideoSampling
from worker.domain.recipe import FrameSampling

DEFAULT_FRAME_MS = 100
"""How long browsers show an animation's frame that states no time, or next to none."""
SHORTEST_FRAME_MS = 20

ANIMATED = frozenset({"GIF", "WEBP", "PNG", "AVIF"})
"""Formats whose frames follow one another in time. A phone's JPEG (MPO) and HEIC hold several
pictures too, and a TIFF several pages: the first of them is the photo."""

WHITE = (255, 255, 255, 255)

ORIENTATION = 0x0112
TURNS = {
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}
"""What brings a photo upright, by EXIF's orientation (CIPA DC-008, 4.6.4)."""


def prepare() -> None:
    """Make Pillow strict, once in a process."""
    import pillow_heif
    from PIL import AvifImagePlugin

    pillow_heif.register_heif_opener(thumbnails=False)
    ImageFile.LOAD_TRUNCATED_IMAGES = False
    # Many files are decoded at once, each in a process of its own.
    pillow_heif.options.DECODE_THREADS = 1
    AvifImagePlugin.DEFAULT_MAX_THREADS = 1


def read(data: Data, kind: FileType, sampling: FrameSampling, limits: DecodeLimits) -> SourceFrames:
    """A still picture as one frame; an animation as a video, its frames sampled in time.

    Raises ``Poison``. Pillow's own words go no further: they can carry addresses of memory.
    """
    # For what makes room while it opens a file, before the size can be looked at here. Pillow
    # refuses what has twice as many.
    Image.MAX_IMAGE_PIXELS = (limits.max_pixels + 1) // 2
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # such as corrupt EXIF, which does not matter here
            with Image.open(io.BytesIO(data), formats=(kind.format,)) as image:
                check_size(*image.size, limits)
                if kind.format in ANIMATED and getattr(image, "n_frames", 1) > 1:
                    return _animation(image, kind, sampling, limits, len(data))
                return _still(image, kind, limits, len(data))
    except Poison:
        raise
    except (OSError, ValueError, SyntaxError, EOFError, UnidentifiedImageError) as error:
        # Pillow raises SyntaxError for broken headers.
        raise _undecodable(kind) from error
    except Image.DecompressionBombError as error:
        raise Poison(
            Reason.MEDIA_OVER_BUDGET,
            f"the picture is over the limit of {limits.max_pixels} pixels "
            f"({limits.named('max_pixels')})",
        ) from error
    except MemoryError as error:
        raise Poison(Reason.MEDIA_OVER_BUDGET, NO_MEMORY) from error
    except Exception as error:
        # Plugins raise whatever their format's code meets: KeyError, struct.error, RuntimeError.
        raise _undecodable(kind) from error


def _undecodable(kind: FileType) -> Poison:
    return Poison(Reason.MEDIA_UNDECODABLE, f"the file begins as {kind.mime} but cannot be decoded")


def _still(image: Image.Image, kind: FileType, limits: DecodeLimits, nbytes: int) -> SourceFrames:
    check_bytes_out(1, *image.size, limits)
    image.load()
    upright = _upright(image)
    check_size(*upright.size, limits)
    facts = MediaFacts(
        kind=MediaKind.IMAGE,
        mime=kind.mime,
        width=upright.width,
        height=upright.height,
        bytes=nbytes,
    )
    return SourceFrames([_in_rgb(upright)], facts)


def _upright(image: Image.Image) -> Image.Image:
    """A photo the way round that people see it, as HF's ``load_image`` turns it.

    By Pillow's ``exif_transpose``, without its writing the EXIF anew: that fails on a broken one.
    """
    try:
        turn = TURNS.get(image.getexif().get(ORIENTATION, 1))
    except Exception:  # noqa: BLE001 - broken EXIF; the picture is as good as any
        turn = None
    return image if turn is None else image.transpose(turn)


def _animation(
    image: Image.Image, kind: FileType, sampling: FrameSampling, limits: DecodeLimits, nbytes: int
) -> SourceFrames:
    count: int = image.n_frames  # type: ignore[attr-defined]
    check_frames(count, image.width * image.height, limits)
    kept: dict[int, Frame] = {}
    total_ms = 0.0
    # Durations come only with the frames, so the choice is made after a first walk.
    for duration in _durations(image, count, limits):
        total_ms += duration
    check_duration(total_ms / 1000, limits)
    fps = count / (total_ms / 1000)
    chosen = choose_frames(count, fps, sampling)
    check_bytes_out(len(chosen), *image.size, limits)
    for index in sorted(set(chosen)):
        image.seek(index)
        kept[index] = np.asarray(_in_rgb(image))
    if any(frame.shape != kept[0].shape for frame in kept.values()):
        raise Poison(Reason.MEDIA_UNSUPPORTED, "the animation changes its size on the way")
    facts = MediaFacts(
        kind=MediaKind.VIDEO,
        mime=kind.mime,
        width=image.width,
        height=image.height,
        frames=count,
        duration_s=round(total_ms / 1000, 3),
        bytes=nbytes,
    )
    return SourceFrames(
        [kept[index] for index in chosen],
        facts,
        VideoSampling(source_fps=fps, source_frames=count, frame_indices=tuple(chosen)),
    )


def _durations(image: Image.Image, count: int, limits: DecodeLimits) -> Iterator[float]:
    for index in range(count):
        image.seek(index)
        check_size(*image.size, limits)  # a frame may reach beyond the canvas, and enlarge it
        image.load()  # WebP tells a frame's duration only then
        stated = image.info.get("duration") or 0
        yield float(stated) if stated >= SHORTEST_FRAME_MS else DEFAULT_FRAME_MS


def _in_rgb(image: Image.Image) -> SourceFrame:
    """RGB of 8 bits; what is transparent shows white, as qwen-vl-utils had it in training."""
    if image.mode.startswith("I;16") or image.mode == "I":
        # 16 bits a sample: Pillow's own conversion would clip at 255 in place of scaling.
        high = np.asarray(image).astype(np.uint32) >> 8
        grey = np.minimum(high, 255).astype(np.uint8)
        return np.repeat(grey[..., None], 3, axis=2)
    if image.mode in {"RGBA", "LA", "PA", "La", "RGBa"} or "transparency" in image.info:
        rgba = image.convert("RGBA")
        page = Image.new("RGBA", rgba.size, WHITE)
        return Image.alpha_composite(page, rgba).convert("RGB")
    # Without the copy that conversion makes even of RGB: it is the largest thing here.
    return image if image.mode == "RGB" else image.convert("RGB")
