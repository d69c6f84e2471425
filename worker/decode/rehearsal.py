"""Everything that the process will do, once, with files of our own: after it no library loads more.

Codecs, plugins and kernels come in with their first use. That must be before the files are given
up, and the very same must still work afterwards.
"""

from __future__ import annotations

import pkgutil
from functools import cache
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING

import av

from worker.decode.decode import Pixels, decode, plan_windows
from worker.decode.protocol import DecodeLimits
from worker.domain.provenance import SignalKind
from worker.domain.recipe import DecodeRecipe, FrameSampling, PixelGrid, Resizer
from worker.domain.windows import Cut, Windows

if TYPE_CHECKING:
    from worker.decode.inspection import Inspector

SAMPLES = Path(__file__).parent / "samples"
"""By ``scripts/make_samples.py``."""

SIGNED = "signed.jpg"

GRID = PixelGrid(factor=28, min_pixels=56 * 56, max_pixels=112 * 112)

LATE_MODULES = (
    # What libraries import inside of functions, on paths that no sample takes.
    *("PIL.ImageCms", "PIL.ImageChops", "PIL.ImageMode", "PIL.ImageSequence", "PIL.MpoImagePlugin"),
    *("PIL.JpegPresets", "PIL.ExifTags", "PIL.TiffTags", "PIL.features", "PIL.PaletteFile"),
    *("xml.parsers.expat", "xml.etree.ElementTree", "_strptime", "stringprep", "unicodedata"),
    *("numpy.ma", "fractions", "statistics", "traceback", "linecache", "tokenize", "zoneinfo"),
)

CODECS = (
    # Python looks up the name of a character set with its first use.
    *("ascii", "latin_1", "utf_8", "utf_8_sig", "utf_16", "utf_16_le", "utf_16_be", "utf_32"),
    *("utf_32_le", "utf_32_be", "cp1252", "cp437", "mac_roman", "shift_jis", "euc_jp", "gb18030"),
    *("big5", "euc_kr", "idna", "punycode", "raw_unicode_escape", "unicode_escape"),
)


def load() -> None:
    """Import what would be imported late; PyAV has a module for each kind of stream."""
    for name in LATE_MODULES:
        import_module(name)
    for codec in CODECS:
        import_module(f"encodings.{codec}")
    for module in pkgutil.walk_packages(av.__path__, "av."):
        if not module.name.endswith("__main__"):
            import_module(module.name)


@cache
def samples() -> dict[str, bytes]:
    """A file of each format, by name: read once, while there are files."""
    return {path.name: path.read_bytes() for path in sorted(SAMPLES.iterdir())}


def rehearse(inspector: Inspector, *, provenance: bool, text: bool) -> None:
    """Decode, cut and inspect each. Raises what goes wrong."""
    resizers = list(Resizer)
    pixels: Pixels | None = None
    for number, data in enumerate(samples().values()):
        resizer = resizers[number % len(resizers)]
        recipe = _recipe(resizer)
        pixels = decode(data, recipe, DecodeLimits())
        plan_windows(data, recipe, Windows(longer_than_s=0, cut=Cut.SCENES), DecodeLimits())
        if provenance:
            inspector.provenance(data, pixels)
    if text and pixels is not None:
        inspector.text(pixels)


def rehearse_manifest(inspector: Inspector) -> None:
    """Read the signed sample's manifest. Raises ``RuntimeError`` where it is not found.

    Otherwise signed files would look unsigned.
    """
    data = samples()[SIGNED]
    pixels = decode(data, _recipe(Resizer.PILLOW), DecodeLimits())
    signals = inspector.provenance(data, pixels).signals
    if not any(signal.kind is SignalKind.C2PA for signal in signals):
        raise RuntimeError("the signed sample's manifest is not read")


def _recipe(resizer: Resizer) -> DecodeRecipe:
    return DecodeRecipe(
        image=GRID,
        video=GRID,
        sampling=FrameSampling(max_frames=2),
        image_resizer=resizer,
        video_resizer=resizer,
    )
