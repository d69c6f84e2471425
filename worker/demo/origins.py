"""What some sample files say of their own origin, as cameras and generators write it."""

from __future__ import annotations

from typing import Any

from PIL import Image
from PIL.PngImagePlugin import PngInfo

PARAMETERS = (
    "drawn hills below a sky\n"
    "Steps: 20, Sampler: Euler a, CFG scale: 7, Seed: 1, Size: 640x480, Model: drawn-by-the-demo"
)
"""In the form of Stable Diffusion web UIs."""

MAKE, MODEL, SOFTWARE, DATE_TIME = 0x010F, 0x0110, 0x0131, 0x0132
EXIF_IFD, EXPOSURE_TIME, F_NUMBER, ISO, TAKEN, FOCAL_LENGTH = (
    *(0x8769, 0x829A, 0x829D, 0x8827, 0x9003, 0x920A),
)
"""Tags of Exif 3.0, 4.6."""


def origin_options(suffix: str, *, fake: bool) -> dict[str, Any]:
    """Options for Pillow's ``save``: generation parameters in fake PNGs, a camera in real JPEGs."""
    if suffix == "png" and fake:
        parameters = PngInfo()
        parameters.add_text("parameters", PARAMETERS)
        return {"pnginfo": parameters}
    if suffix == "jpg" and not fake:
        return {"exif": _camera()}
    return {}


def _camera() -> Image.Exif:
    exif = Image.Exif()
    exif[MAKE], exif[MODEL] = "Ivy", "Demo Camera"
    exif[DATE_TIME] = "2026:01:02 12:00:00"
    exif[EXIF_IFD] = {
        EXPOSURE_TIME: (1, 125),
        F_NUMBER: (28, 10),
        ISO: 200,
        TAKEN: "2026:01:02 12:00:00",
        FOCAL_LENGTH: (35, 1),
    }
    return exif
