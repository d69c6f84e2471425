"""Pictures and clips drawn here, as many as are wanted, no two alike."""

from __future__ import annotations

import io
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from fractions import Fraction

import av
import numpy as np
import numpy.typing as npt
from PIL import Image

from worker.demo.pictures import Pixels, clip, picture
from worker.drawn.video import FPS
from worker.stress.jpeg import JpegMould
from worker.stress.reel import Reel
from worker.stress.supply import Item, NoSuchItem

SEED = 8_128
"""Of what is drawn, the same in each run; what tells runs apart is ``first``."""

KIND_STREAM = 4
"""Which of a seed's streams of random numbers says what a content is."""


@dataclass(frozen=True, slots=True)
class PictureShape:
    """A size of pictures, in pixels, and its share among them."""

    width: int
    height: int
    share: float


@dataclass(frozen=True, slots=True)
class ClipShape:
    """A size and a length of clips, and its share among them."""

    width: int
    height: int
    seconds: int
    share: float


PICTURES = (
    PictureShape(640, 480, 0.30),
    PictureShape(1280, 960, 0.30),
    PictureShape(1920, 1080, 0.25),
    PictureShape(4000, 3000, 0.15),
)
"""A thumbnail, a picture that an app has made smaller, a screenshot, a phone's camera. The shares
are assumed: nobody's traffic was measured for them."""

CLIPS = (
    ClipShape(640, 360, 6, 0.35),
    ClipShape(640, 360, 15, 0.15),
    ClipShape(1280, 720, 6, 0.35),
    ClipShape(1280, 720, 15, 0.15),
)
"""Likewise assumed."""

QUALITY = 85
"""Of JPEGs: common, and its table leaves room for ``JpegMould``."""

MOULDS = 3
"""Drawings of each size of pictures: the model's answers about one would be too much alike."""

PIECES = 8
"""One-second pieces of each size of clips: 8^6 = 262,144 orders of six seconds."""

DRAWN_WIDTH = 320
"""What is drawn, at most: to draw twelve megapixels takes half a minute."""

GRAIN = 4
"""Levels on either side: files come to the sizes that cameras make."""

CRF = "28"
"""Of H.264: some megabits a second at 720p with this grain, as platforms are sent."""

TINTS = (-0.8, 0.8)
"""Blue and red: the tiny checkpoint writes different answers about them."""

Grain = npt.NDArray[np.int16]
"""Levels to be added, shape ``(height, width, 1)``."""

NAME = re.compile(r"([ic])([0-9]+)-([0-9]{1,15})\.(?:jpg|mp4)")
"""``i2-17.jpg``: picture of the third shape, of number 17."""


class NothingFits(Exception):
    """No shape of a kind is small enough; the text says what to do."""


@dataclass(frozen=True, slots=True)
class Stock:
    """What is drawn once, and out of which contents are cast."""

    moulds: dict[int, tuple[JpegMould, ...]]
    """By the place of their shape in ``PICTURES``."""
    reels: dict[int, Reel]
    """By the place of their shape in ``CLIPS``."""
    clip_share: float
    seed: int
    """Says which content is what."""
    first: int
    """Added to each number: what another run sent is not in the workers' cache for this one."""

    contents: None = None
    """See ``Supply``: there is no end."""

    def item(self, number: int) -> Item:
        """See ``Supply``."""
        kind, shape = np.random.default_rng([self.seed, KIND_STREAM, number]).random(2)
        if kind < self.clip_share:
            place = _chosen(shape, [(at, CLIPS[at].share) for at in self.reels])
            return Item(f"c{place}-{number}.mp4", "clip", "video/mp4")
        place = _chosen(shape, [(at, PICTURES[at].share) for at in self.moulds])
        return Item(f"i{place}-{number}.jpg", "image", "image/jpeg")

    def read(self, item: Item) -> bytes:
        """See ``Supply``."""
        found = NAME.fullmatch(item.name)
        if found is None:
            raise NoSuchItem(item.name)
        place, number = int(found[2]), self.first + int(found[3])
        if found[1] == "i" and place in self.moulds:
            moulds = self.moulds[place]
            return moulds[number % len(moulds)].cast(number)
        if found[1] == "c" and place in self.reels:
            return self.reels[place].cast(number, CLIPS[place].seconds)
        raise NoSuchItem(item.name)


def draw_stock(
    *,
    clip_share: float,
    seed: int,
    first: int,
    largest: int | None,
    drawn: Callable[[], None] = lambda: None,
) -> Stock:
    """Draw what is needed; ``drawn`` is told of each of ``parts_of(clip_share)`` parts.

    Shapes with files larger than ``largest`` bytes are left out, and the others of their kind get
    their share. Raises ``NothingFits``.
    """
    rng = np.random.default_rng(SEED)
    moulds: dict[int, tuple[JpegMould, ...]] = {}
    for place, shape in enumerate(PICTURES if clip_share < 1 else ()):
        made = tuple(_mould(rng, shape) for _ in range(MOULDS))
        drawn()
        if largest is None or max(len(one.data) for one in made) <= largest:
            moulds[place] = made
    reels: dict[int, Reel] = {}
    sizes: dict[tuple[int, int], Reel] = {}
    for place, clips in enumerate(CLIPS if clip_share > 0 else ()):
        size = clips.width, clips.height
        if size not in sizes:
            sizes[size] = _reel(rng, clips)
        drawn()
        if largest is None or sizes[size].most(clips.seconds) <= largest:
            reels[place] = sizes[size]
    for wanted, found, name in (
        (clip_share < 1, moulds, "picture"),
        (clip_share > 0, reels, "clip"),
    ):
        if wanted and not found:
            raise NothingFits(
                f"no drawn {name} has at most the {largest:,} bytes that may stand inside an event;"
                " let workers fetch them, by --serve, or leave them out, by --clip-share"
            )
    return Stock(moulds, reels, clip_share, seed, first)


def parts_of(clip_share: float) -> int:
    """How many parts are drawn."""
    return (len(PICTURES) if clip_share < 1 else 0) + (len(CLIPS) if clip_share > 0 else 0)


def _chosen(lot: float, shares: Sequence[tuple[int, float]]) -> int:
    """The place that a number in [0, 1) falls on, by the shares of those that are there."""
    left = lot * sum(share for _, share in shares)
    for place, share in shares:
        left -= share
        if left < 0:
            return place
    return shares[-1][0]


def _mould(rng: np.random.Generator, shape: PictureShape) -> JpegMould:
    small = picture(rng, float(rng.choice(TINTS)), *_small(shape.width, shape.height))
    made = io.BytesIO()
    grain = _grain(rng, shape.width, shape.height)
    Image.fromarray(_enlarged(small, grain)).save(made, "JPEG", quality=QUALITY)
    return JpegMould.of(made.getvalue())


def _reel(rng: np.random.Generator, shape: ClipShape) -> Reel:
    tint = float(rng.choice(TINTS))
    grain = _grain(rng, shape.width, shape.height)
    return Reel.of([_piece(rng, shape, tint, grain) for _ in range(PIECES)])


def _piece(rng: np.random.Generator, shape: ClipShape, tint: float, grain: Grain) -> bytes:
    made = io.BytesIO()
    with av.open(made, "w", format="mp4") as container:
        stream = container.add_stream("libx264", rate=Fraction(FPS))
        stream.width, stream.height, stream.pix_fmt = shape.width, shape.height, "yuv420p"
        stream.thread_count = 1
        stream.options = {"crf": CRF, "preset": "ultrafast"}
        for small in clip(rng, tint, *_small(shape.width, shape.height), FPS):
            # The same grain in each frame would be still, and cost the encoder nothing.
            pixels = _enlarged(small, np.roll(grain, int(rng.integers(grain.size))))
            container.mux(stream.encode(av.VideoFrame.from_ndarray(pixels, format="rgb24")))
        container.mux(stream.encode(None))
    return made.getvalue()


def _small(width: int, height: int) -> tuple[int, int]:
    scale = min(1.0, DRAWN_WIDTH / width)
    return round(width * scale), round(height * scale)


def _grain(rng: np.random.Generator, width: int, height: int) -> Grain:
    """A sensor's noise: a decoder has as much to do as with a camera's file."""
    return rng.integers(-GRAIN, GRAIN + 1, (height, width, 1), dtype=np.int16)


def _enlarged(pixels: Pixels, grain: Grain) -> Pixels:
    """As large as the grain, with it."""
    height, width, _ = grain.shape
    whole = np.asarray(Image.fromarray(pixels).resize((width, height)), dtype=np.int16)
    return np.clip(whole + grain, 0, 255).astype(np.uint8)
