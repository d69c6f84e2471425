"""What is done to one picture, or to each frame of a video: from pixels to pixels.

A function gives the same pixels for the same ones, on any machine with the same Pillow.
"""

from __future__ import annotations

import io
from collections.abc import Callable
from functools import partial

from PIL import Image, ImageDraw, ImageFilter, ImageFont

Change = Callable[[Image.Image], Image.Image]
"""Takes and gives RGB."""

CAPTION = "see you on sunday"
"""Says nothing about how a picture came to be: what such a text can do to a model is another matter
(docs/typography.md)."""

CAPTION_SHARE = 0.08
"""Height of the caption's letters, of the picture's shorter side: as social apps write them."""

SCREEN_WIDTH = 720
"""Pixels across a screenshot: a small phone's. Its picture is larger or smaller than that."""

STATUS_BAR, ACTION_BAR = 48, 96
"""Heights in pixels of what an app shows above and below a picture on such a screen."""

INK, PAPER, FAINT = (32, 33, 36), (250, 250, 250), (150, 150, 155)

SMALLEST_SIDE = 16
"""Pixels to which a side is reduced at least: below, nothing is left to look at."""


def through_jpeg(quality: int) -> Change:
    """Saved as a JPEG and opened again."""
    return partial(_through_jpeg, quality)


def _through_jpeg(quality: int, picture: Image.Image) -> Image.Image:
    with Image.open(io.BytesIO(jpeg(picture, quality)), formats=("JPEG",)) as read:
        return read.convert("RGB")


def jpeg(picture: Image.Image, quality: int) -> bytes:
    """As most programs save it: 4:2:0, and no metadata."""
    file = io.BytesIO()
    picture.save(file, "JPEG", quality=quality, subsampling="4:2:0")
    return file.getvalue()


def resized(percent: int) -> Change:
    """Each side that many per cent as long, by bicubic resampling with antialiasing."""
    return partial(_resized, percent)


def _resized(percent: int, picture: Image.Image) -> Image.Image:
    sides = (max(SMALLEST_SIDE, round(side * percent / 100)) for side in picture.size)
    width, height = sides
    return picture.resize((width, height), Image.Resampling.BICUBIC)


def cropped(percent: int) -> Change:
    """The middle, each side that many per cent as long."""
    return partial(_cropped, percent)


def _cropped(percent: int, picture: Image.Image) -> Image.Image:
    width, height = (
        min(side, max(SMALLEST_SIDE, round(side * percent / 100))) for side in picture.size
    )
    left, top = (picture.width - width) // 2, (picture.height - height) // 2
    return picture.crop((left, top, left + width, top + height))


def blurred(pixels: int) -> Change:
    """By a Gaussian of that standard deviation (Pillow's: three box blurs in a row)."""
    return partial(_blurred, pixels)


def _blurred(pixels: int, picture: Image.Image) -> Image.Image:
    return picture.filter(ImageFilter.GaussianBlur(pixels))


def captioned(picture: Image.Image) -> Image.Image:
    """White letters with a dark edge across its lower part."""
    made = picture.copy()
    size = max(8, round(CAPTION_SHARE * min(picture.size)))
    ImageDraw.Draw(made).text(
        (picture.width / 2, picture.height * 0.85),
        CAPTION,
        font=ImageFont.load_default(size),
        fill=(255, 255, 255),
        stroke_fill=(0, 0, 0),
        stroke_width=max(1, size // 12),
        anchor="mm",
    )
    return made


def on_a_screen(picture: Image.Image) -> Image.Image:
    """Scaled to a phone's width, with the bars of an app above and below."""
    height = max(1, round(picture.height * SCREEN_WIDTH / picture.width))
    scaled = picture.resize((SCREEN_WIDTH, height), Image.Resampling.BICUBIC)
    screen = Image.new("RGB", (SCREEN_WIDTH, STATUS_BAR + height + ACTION_BAR), PAPER)
    screen.paste(scaled, (0, STATUS_BAR))
    draw = ImageDraw.Draw(screen)
    draw.rectangle((0, 0, SCREEN_WIDTH, STATUS_BAR - 1), fill=INK)
    clock = ImageFont.load_default(22)
    draw.text((24, STATUS_BAR / 2), "9:41", fill=PAPER, font=clock, anchor="lm")
    draw.rounded_rectangle((650, 16, 694, 32), radius=4, outline=PAPER, width=2)
    middle = STATUS_BAR + height + ACTION_BAR // 2
    for left in (40, 130, 220):
        draw.ellipse((left, middle - 18, left + 36, middle + 18), outline=FAINT, width=3)
    draw.rounded_rectangle((320, middle - 20, 680, middle + 20), radius=20, outline=FAINT, width=3)
    return screen


def squared(side: int) -> Change:
    """The middle square of it, brought to one size."""
    return partial(_squared, side)


def _squared(side: int, picture: Image.Image) -> Image.Image:
    short = min(picture.size)
    left, top = (picture.width - short) // 2, (picture.height - short) // 2
    return picture.resize(
        (side, side), Image.Resampling.BICUBIC, box=(left, top, left + short, top + short)
    )
