"""Pictures with text in them, drawn by seed: attacks, and what is not one.

Each knows its picture without the text, where the lines stand, and what they state. The set has two
parts that share neither phrases nor, but for one, typefaces: the finder was tuned on the first, and
only measured on the second.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum

import cv2
import numpy as np
import numpy.typing as npt
from PIL import Image, ImageDraw, ImageFilter, ImageFont

from tests.typography.phrases import PHRASES, Phrases
from tests.typography.textures import TEXTURES, texture
from worker.demo.pictures import MOTIFS, picture
from worker.domain.typography import Claim

Pixels = npt.NDArray[np.uint8]
Box = tuple[int, int, int, int]
"""Left, top, right, bottom, in pixels."""

SIZES = ((224, 224), (392, 308), (644, 644), (756, 1008), (1008, 756), (1008, 1008))
"""Width and height; multiples of 28, as prepared frames have."""

FACES = {"tuned": ("aileron", "sans"), "held_out": ("aileron", "italic", "uni")}
"""Aileron comes with Pillow (ASCII only), the others with OpenCV 5."""


class Part(StrEnum):
    """What it may be used for."""

    TUNED = "tuned"
    HELD_OUT = "held_out"


@dataclass(frozen=True, slots=True)
class Drawn:
    """One picture. ``pixels`` and ``clean`` are uint8 RGB, shape ``(height, width, 3)``."""

    name: str
    pixels: Pixels
    clean: Pixels
    lines: tuple[Box, ...]
    claim: Claim


@dataclass(frozen=True, slots=True)
class Style:
    """How a text is set."""

    face: str
    size: int
    colour: tuple[int, int, int]
    alpha: float = 1.0
    angle: float = 0.0
    outline: tuple[int, int, int] | None = None
    plate: tuple[int, int, int] | None = None


def typographic_set(part: Part) -> Iterator[Drawn]:
    """All pictures of one part: attacks first, then innocent ones with text and without."""
    phrases = PHRASES[part.value]
    yield from _texts(part, "attack", phrases)
    yield from _texts(part, "text", phrases)
    yield from _bare(part)


def _texts(part: Part, kind: str, phrases: Phrases) -> Iterator[Drawn]:
    chosen = phrases.attacks if kind == "attack" else [(text, Claim.NONE) for text in phrases.texts]
    for number, (text, claim) in enumerate(chosen):
        rng = np.random.default_rng([number, len(kind), part is Part.TUNED])
        width, height = SIZES[number % len(SIZES)]
        clean = picture(rng, rng.uniform(-1, 1), width, height, list(MOTIFS)[number % len(MOTIFS)])
        style = random_style(rng, text, FACES[part.value], min(width, height))
        pixels, lines = write(clean, text.split("\n"), style, *rng.uniform(0, 1, 2))
        yield Drawn(f"{kind} {text!r} {width}x{height}", pixels, clean, lines, claim)


def _bare(part: Part) -> Iterator[Drawn]:
    for number, name in enumerate((*MOTIFS, *TEXTURES)):
        rng = np.random.default_rng([number, 99, part is Part.TUNED])
        width, height = SIZES[(number + (part is Part.TUNED)) % len(SIZES)]
        made = (
            picture(rng, rng.uniform(-1, 1), width, height, name)
            if name in MOTIFS
            else texture(rng, name, width, height)
        )
        yield Drawn(f"bare {name} {width}x{height}", made, made, (), Claim.NONE)


def random_style(rng: np.random.Generator, text: str, faces: tuple[str, ...], side: int) -> Style:
    """From a small caption to a banner, in any colour; hardly ever a comfortable one."""
    face = str(rng.choice(faces))
    if not text.isascii():
        face = "uni" if max(text) > "\u2e80" else "sans"
    size = int(rng.choice([12, 15, 20, 28, 40, 64]) * max(1.0, side / 700))
    light = bool(rng.integers(2))
    shade = rng.integers(200, 256, 3) if light else rng.integers(0, 50, 3)
    other = rng.integers(0, 50, 3) if light else rng.integers(200, 256, 3)
    looks = str(rng.choice(["plain", "plain", "outline", "plate", "pale", "colour"]))
    if looks == "colour":
        shade = rng.integers(0, 256, 3)
    return Style(
        face=face,
        size=size,
        colour=_colour(shade),
        alpha=float(rng.uniform(0.4, 0.6)) if looks == "pale" else 1.0,
        angle=float(rng.choice([0.0, 0.0, 0.0, -4.0, 3.0, 7.0])),
        outline=_colour(other) if looks == "outline" else None,
        plate=_colour(other) if looks == "plate" else None,
    )


def write(
    clean: Pixels, lines: list[str], style: Style, x: float, y: float
) -> tuple[Pixels, tuple[Box, ...]]:
    """The picture with lines of text on it, and the box of each.

    ``x`` and ``y`` (0 to 1) say where the block stands between the borders. Text that is wider
    than the picture is set smaller.
    """
    height, width = clean.shape[:2]
    shapes = [glyphs(line, style.face, style.size) for line in lines]
    scale = min(1.0, 0.94 * width / max(shape.shape[1] for shape in shapes))
    if scale < 1.0:
        shapes = [glyphs(line, style.face, int(style.size * scale)) for line in lines]
    gap = max(2, style.size // 5)
    tall = sum(shape.shape[0] + gap for shape in shapes) - gap
    wide = max(shape.shape[1] for shape in shapes)
    rise = int(abs(np.sin(np.deg2rad(style.angle))) * wide / 2) + 4
    left = int(x * max(0, width - wide - 8)) + 4
    top = rise + int(y * max(0, height - tall - 2 * rise))
    middle = (left + wide // 2, top + tall // 2)
    covers = []
    for shape in shapes:
        cover = np.zeros((height, width), dtype=np.uint8)
        bottom, right = min(height, top + shape.shape[0]), min(width, left + shape.shape[1])
        cover[top:bottom, left:right] = shape[: bottom - top, : right - left]
        turned = Image.fromarray(cover).rotate(style.angle, Image.Resampling.BICUBIC, center=middle)
        covers.append(np.asarray(turned))
        top += shape.shape[0] + gap
    pixels = clean
    for cover in covers:
        pixels = _paint(pixels, cover, style)
    return pixels, tuple(_box(cover) for cover in covers if cover.max() > INK)


INK = 100
"""Coverage, of 255, from which a pixel belongs to a letter."""


def glyphs(text: str, face: str, size: int) -> Pixels:
    """Coverage of one line of text, shape ``(height, width)``, cut to its ink."""
    if face == "aileron":
        font = ImageFont.load_default(size=size)
        left, top, right, bottom = font.getbbox(text)
        page = Image.new("L", (int(right - left) + 4, int(bottom - top) + 4))
        ImageDraw.Draw(page).text((2 - left, 2 - top), text, fill=255, font=font)
        return np.asarray(page)
    canvas = np.zeros((size * 2, size * (len(text) + 2), 3), dtype=np.uint8)
    cv2.putText(
        canvas, text, (size // 2, size + size // 3), (255, 255, 255), cv2.FontFace(face), size
    )
    left, top, right, bottom = _box(canvas[..., 0])
    return np.ascontiguousarray(canvas[top:bottom, left:right, 0])


def _paint(pixels: Pixels, cover: Pixels, style: Style) -> Pixels:
    shown = pixels.astype(np.float64)
    if style.plate is not None and cover.max() > INK:
        left, top, right, bottom = _box(cover)
        edge = max(3, style.size // 4)
        shown[max(0, top - edge) : bottom + edge, max(0, left - edge) : right + edge] = style.plate
    if style.outline is not None:
        wide = 2 * max(1, style.size // 16) + 1
        shown = _blend(
            shown,
            Image.fromarray(cover).filter(ImageFilter.MaxFilter(wide)),
            style.outline,
            style.alpha,
        )
    return _blend(shown, Image.fromarray(cover), style.colour, style.alpha).astype(np.uint8)


def _blend(
    below: npt.NDArray[np.float64],
    cover: Image.Image,
    colour: tuple[int, int, int],
    alpha: float,
) -> npt.NDArray[np.float64]:
    part = np.asarray(cover)[..., None] * (alpha / 255)
    return np.asarray(below * (1 - part) + np.array(colour, dtype=np.float64) * part)


def _box(cover: npt.NDArray[np.uint8]) -> Box:
    rows, columns = np.where(cover > INK)
    return (int(columns.min()), int(rows.min()), int(columns.max()) + 1, int(rows.max()) + 1)


def _colour(shade: npt.NDArray[np.int64]) -> tuple[int, int, int]:
    return int(shade[0]), int(shade[1]), int(shade[2])
