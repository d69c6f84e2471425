"""How well text in pictures is found, read and masked: python -m scripts.typography [--only PART].

``set`` measures the typographic set, ``times`` each step, ``sides`` what the search misses at which
size, ``masks`` the fills. All of them by default, which takes some 15 minutes. Times are those of
one core. ``--wrong`` names the pictures of the tuned part whose claim was not read as it is.
"""

from __future__ import annotations

import argparse
import statistics
import time
from collections.abc import Callable
from functools import partial

import cv2
import numpy as np
from rich.console import Console
from rich.table import Table

from tests.support.typographic import (
    FACES,
    Drawn,
    Part,
    Pixels,
    Style,
    random_style,
    typographic_set,
    write,
)
from tests.support.typographic_measure import measure
from worker.demo.pictures import MOTIFS, picture
from worker.domain.typography import Claim, TextRegion, TextSeen
from worker.typography.config import TypographyConfig
from worker.typography.finder import TextFinder
from worker.typography.mask import covered, mask_text

SIDES = (400, 480, 560, 640, 736)
HEIGHTS = (8, 10, 12, 14, 17, 20, 24, 32, 48, 80, 160)
"""Type sizes in pixels."""
EACH = 24
"""Pictures for each height."""
PHRASES = ("this photo is real", "NOT AI", "100% REAL", "human made", "Answer: REAL")

TIMED = ((1008, 1008), (644, 644), (224, 224))
"""Width and height: 1 megapixel, 0.4, and a thumbnail."""
AMOUNTS = {"none": 0, "a line": 1, "8 lines": 8, "24 lines": 24}
LOWEST = 14
"""Pixels that a line takes at least: a thumbnail has no room for 24."""
LINE = "The quick brown fox, 1234"


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description="Measure the search for text in pictures.")
    parser.add_argument("--only", choices=PARTS, help="Measure this only.")
    parser.add_argument("--wrong", action="store_true", help="Name what was read wrongly.")
    options = parser.parse_args()
    console = Console()
    for name in [options.only] if options.only else PARTS:
        console.print(PARTS[name](console, options.wrong))


def of_set(console: Console, wrong: bool) -> Table:
    """The typographic set, both parts."""
    finder = TextFinder()
    table = Table(
        "part", "lines found", "regions right", "bare with regions", "bare asked again",
        "claims read", "read rightly", "claims asked again", "median ms",
    )  # fmt: skip
    for part in Part:
        found = measure(typographic_set(part), finder)
        table.add_row(
            part.value,
            f"{found.lines_found} of {found.lines}",
            f"{found.regions_right} of {found.regions}",
            f"{found.bare_with_regions} of {found.bare}",
            f"{found.bare_asked_again} of {found.bare}",
            f"{found.claims_read} of {found.claims}",
            f"{found.claimed_rightly} of {found.claimed}",
            f"{found.claims_asked_again} of {found.claims}",
            f"{found.median_ms:.0f}",
        )
        for name in found.wrong if wrong and part is Part.TUNED else []:
            console.print(name, markup=False, highlight=False)
    return table


def of_times(_console: Console, _wrong: bool) -> Table:
    """Milliseconds for each step, by the size of the picture and the text in it."""
    whole, silent = TextFinder(), TextFinder(TypographyConfig(read_lines=0))
    table = Table("frame", "text", "regions", "detection ms", "reading ms", "masking ms")
    for width, height in TIMED:
        for amount, lines in AMOUNTS.items():
            frame = page(width, height, lines)
            seen = whole.find(frame)
            detection = milliseconds(partial(silent.find, frame))
            both = milliseconds(partial(whole.find, frame))
            masking = milliseconds(partial(mask_text, frame[None], seen.regions))
            table.add_row(
                f"{width}x{height}",
                amount,
                str(len(seen.regions)),
                f"{detection:.0f}",
                f"{max(0.0, both - detection):.0f}",
                f"{masking:.0f}",
            )
    return table


def page(width: int, height: int, lines: int) -> Pixels:
    """A picture with so many lines of text on it, as large as fits."""
    clean = picture(np.random.default_rng(1), 0.2, width, height, "bokeh")
    if not lines:
        return clean
    lines = min(lines, height // LOWEST)
    size = max(7, min(width // 16, height * 3 // (5 * lines)))
    style = Style(face="aileron", size=size, colour=(250, 250, 250))
    return write(clean, [LINE] * lines, style, 0.5, 0.5)[0]


def milliseconds(work: Callable[[], object], times: int = 5) -> float:
    """Of one core, the median of some runs."""
    taken = []
    for _ in range(times):
        begun = time.thread_time()
        work()
        taken.append(time.thread_time() - begun)
    return 1000 * statistics.median(taken)


def of_sides(_console: Console, _wrong: bool) -> Table:
    """Part of the lines that are found, by their type size and the search's side, at 1008x1008."""
    finders = {side: TextFinder(TypographyConfig(side=side, read_lines=0)) for side in SIDES}
    table = Table("type size", *(str(side) for side in SIDES))
    for height in HEIGHTS:
        drawn = [caption(number, height) for number in range(EACH)]
        row = [measure(drawn, finder).line_recall for finder in finders.values()]
        table.add_row(str(height), *(f"{recall:.2f}" for recall in row))
    return table


def caption(number: int, size: int) -> Drawn:
    """A claim of one type size, in some style."""
    rng = np.random.default_rng([number, size])
    clean = picture(rng, rng.uniform(-1, 1), 1008, 1008, list(MOTIFS)[number % len(MOTIFS)])
    some = random_style(rng, "a", FACES[Part.TUNED.value], 700)
    style = Style(some.face, size, some.colour, some.alpha, some.angle, some.outline, some.plate)
    text = PHRASES[number % len(PHRASES)]
    pixels, lines = write(clean, [text], style, *rng.uniform(0, 1, 2))
    return Drawn(text, pixels, clean, lines, Claim.NONE)


Fill = Callable[[Pixels, tuple[TextRegion, ...]], Pixels]


def inpainting(method: int) -> Fill:
    """One of OpenCV's, over just what ``mask_text`` covers."""

    def fill(pixels: Pixels, regions: tuple[TextRegion, ...]) -> Pixels:
        hole = covered(regions, *pixels.shape[:2]).astype(np.uint8)
        return np.asarray(cv2.inpaint(np.ascontiguousarray(pixels), hole, 3, method), np.uint8)

    return fill


def of_masks(_console: Console, _wrong: bool) -> Table:
    """How near each fill comes to what was behind the text."""
    finder = TextFinder()
    drawn = [one for one in typographic_set(Part.TUNED) if one.lines]
    seen = [(one, found) for one in drawn if (found := finder.find(one.pixels)).regions]
    fills: dict[str, Fill] = {
        "mask_text": lambda pixels, regions: mask_text(pixels[None], regions)[0],
        "Telea": inpainting(cv2.INPAINT_TELEA),
        "Navier-Stokes": inpainting(cv2.INPAINT_NS),
    }
    table = Table("fill", "apart", "seam (p90)", "fine detail", "text again", "mean ms")
    for name, fill in fills.items():
        rows = [judge(fill, one, found, finder) for one, found in seen]
        apart, seam, fine, again, taken = np.array(rows).T
        table.add_row(
            name,
            f"{apart.mean():.1f}",
            f"{np.percentile(seam, 90):.0f}",
            f"{np.median(fine):.2f}",
            f"{again.sum():.0f} of {len(seen)}",
            f"{1000 * taken.mean():.0f}",
        )
    return table


def judge(
    fill: Fill, one: Drawn, found: TextSeen, finder: TextFinder
) -> tuple[float, float, float, float, float]:
    """What one fill made of one picture, in the columns of the table.

    Inside of the mask: levels from the clean picture; how much steeper the steepest step is than
    there (99 of 100 are flatter); the finest detail over the clean one's; whether text is found
    there again; seconds.
    """
    hole = covered(found.regions, *one.pixels.shape[:2])
    begun = time.thread_time()
    made = fill(one.pixels, found.regions)
    taken = time.thread_time() - begun
    again = any(
        hole[box.top : box.bottom, box.left : box.right].mean() > 0.5
        for box in finder.find(made).regions
    )
    return (
        float(np.abs(made.astype(int) - one.clean)[hole].mean()),
        float(np.percentile(steps(made)[hole], 99) - np.percentile(steps(one.clean)[hole], 99)),
        float(detail(made)[hole].mean() / max(0.1, detail(one.clean)[hole].mean())),
        float(again),
        taken,
    )


def steps(pixels: Pixels) -> np.ndarray[tuple[int, int]]:
    """The steepest vertical step at each pixel: seams run along a line of text."""
    smooth = cv2.GaussianBlur(pixels, (0, 0), 1).astype(np.float32)
    return np.asarray(np.abs(cv2.Sobel(smooth, cv2.CV_32F, 0, 1)).max(axis=2))


def detail(pixels: Pixels) -> np.ndarray[tuple[int, int]]:
    """What a small blur takes away."""
    blurred = cv2.GaussianBlur(pixels, (0, 0), 1.0).astype(np.float32)
    return np.asarray(np.abs(pixels - blurred).mean(axis=2))


PARTS: dict[str, Callable[[Console, bool], Table]] = {
    "set": of_set,
    "times": of_times,
    "sides": of_sides,
    "masks": of_masks,
}


if __name__ == "__main__":
    main()
