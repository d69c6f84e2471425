"""Pictures, still or animated, through Pillow."""

from __future__ import annotations

import io
import warnings
from collections.abc import Iterator

import numpy as np
from PIL import Image, ImageFile, ImageOps, UnidentifiedImageError

from worker.decode.protocol import DecodeLimits
from worker.decode.sampling import choose_frames
from worker.decode.sniff import FileType
from worker.decode.source_frames import Frame, SourceFrames, check_size
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


def prepare() -> None:
    """Make Pillow strict, once in a process."""
    from pillow_heif import register_heif_opener

    register_heif_opener(thumbnails=False)
    ImageFile.LOAD_TRUNCATED_IMAGES = False
    # Sizes are checked against our own limit before anything is decoded.
    Image.MAX_IMAGE_PIXELS = None


def read(
    data: bytes | memoryview, kind: FileType, sampling: FrameSampling, limits: DecodeLimits
) -> SourceFrames:
    """A still picture as one frame; an animation as a video, its frames sampled in time.

    Raises ``Poison``. Pillow's own words go no further: they can carry addresses of memory.
    """
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
    except (MemoryError, Image.DecompressionBombError) as error:
        raise Poison(
            Reason.MEDIA_OVER_BUDGET, "decoding takes more memory than decode.memory_bytes"
        ) from error
    except Exception as error:
        # Plugins raise whatever their format's code meets: KeyError, struct.error, RuntimeError.
        raise _undecodable(kind) from error


def _undecodable(kind: FileType) -> Poison:
    return Poison(Reason.MEDIA_UNDECODABLE, f"the file begins as {kind.mime} but cannot be decoded")


def _still(image: Image.Image, kind: FileType, limits: DecodeLimits, nbytes: int) -> SourceFrames:
    image.load()
    # As HF's load_image does: a photo is judged the way round that people see it.
    upright = ImageOps.exif_transpose(image)
    check_size(*upright.size, limits)
    facts = MediaFacts(
        kind=MediaKind.IMAGE,
        mime=kind.mime,
        width=upright.width,
        height=upright.height,
        bytes=nbytes,
    )
    return SourceFrames([_rgb(upright)], facts)


def _animation(
    image: Image.Image, kind: FileType, sampling: FrameSampling, limits: DecodeLimits, nbytes: int
) -> SourceFrames:
    count: int = image.n_frames  # type: ignore[attr-defined]
    if count > limits.max_decoded_frames:
        raise Poison(
            Reason.MEDIA_OVER_BUDGET,
            f"{count} frames are over the limit of {limits.max_decoded_frames} "
            "(decode.limits.max_decoded_frames)",
        )
    kept: dict[int, Frame] = {}
    total_ms = 0.0
    # Durations come only with the frames, so the choice is made after a first walk.
    for duration in _durations(image, count):
        total_ms += duration
    fps = count / (total_ms / 1000)
    chosen = choose_frames(count, fps, sampling)
    for index in sorted(set(chosen)):
        image.seek(index)
        kept[index] = _rgb(image)
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


def _durations(image: Image.Image, count: int) -> Iterator[float]:
    for index in range(count):
        image.seek(index)
        image.load()  # WebP tells a frame's duration only then
        stated = image.info.get("duration") or 0
        yield float(stated) if stated >= SHORTEST_FRAME_MS else DEFAULT_FRAME_MS


def _rgb(image: Image.Image) -> Frame:
    """RGB of 8 bits; what is transparent shows white, as qwen-vl-utils had it in training."""
    if image.mode.startswith("I;16") or image.mode == "I":
        # 16 bits a sample: Pillow's own conversion would clip at 255 in place of scaling.
        high = np.asarray(image).astype(np.uint32) >> 8
        grey = np.minimum(high, 255).astype(np.uint8)
        return np.repeat(grey[..., None], 3, axis=2)
    if image.mode in {"RGBA", "LA", "PA", "La", "RGBa"} or "transparency" in image.info:
        rgba = image.convert("RGBA")
        page = Image.new("RGBA", rgba.size, WHITE)
        return np.asarray(Image.alpha_composite(page, rgba).convert("RGB"))
    return np.asarray(image.convert("RGB"))
