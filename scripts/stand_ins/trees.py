"""Stand-ins of the sets that are nothing but folders."""

from __future__ import annotations

from pathlib import Path

from scripts.stand_ins.media import MediaMaker

EACH = 2
"""Files in a folder."""

GENIMAGE = {
    "ADM": "imagenet_ai_0508_adm",
    "BigGAN": "imagenet_ai_0419_biggan",
    "Midjourney": "imagenet_midjourney",
}
AIGCDETECT = ("progan/car", "progan/cat", "biggan", "stylegan/car")
GENVIDEO = ("Sora", "MoonValley", "Show_1")


def plain(root: Path, media: MediaMaker) -> None:
    """``0_real`` and ``1_fake``."""
    _fill(root, media, [f"{split}/{label}" for split in ("train", "val") for label in TWO], "png")


def genimage(root: Path, media: MediaMaker) -> None:
    """``BigGAN/imagenet_ai_0419_biggan/{train,val}/{ai,nature}``."""
    for generator, archive in GENIMAGE.items():
        for split in ("train", "val"):
            _fill(root / generator / archive / split, media, ["ai"], "png")
            _fill(root / generator / archive / split, media, ["nature"], "jpg")


def chameleon(root: Path, media: MediaMaker) -> None:
    """``test/{0_real,1_fake}``."""
    _fill(root / "test", media, TWO, "jpg")


def aigcdetect(root: Path, media: MediaMaker) -> None:
    """``progan/car/{0_real,1_fake}``, ``biggan/{0_real,1_fake}``."""
    for place in AIGCDETECT:
        _fill(root / place, media, TWO, "png")


def genvideo(root: Path, media: MediaMaker) -> None:
    """``Real``, and ``Fake/GENERATOR``: as GenVideo-Val.zip has it."""
    _fill(root, media, ["Real", *(f"Fake/{name}" for name in GENVIDEO)], "mp4")


def genvideo_flat(root: Path, media: MediaMaker) -> None:
    """Its parts beside each other, and a folder that is none of them."""
    _fill(root, media, ["Kinetics-400/archery", "real_MSRVTT", *GENVIDEO, "notes"], "mp4")


TWO = ["0_real", "1_fake"]


def _fill(root: Path, media: MediaMaker, folders: list[str], suffix: str) -> None:
    for folder in folders:
        for number in range(EACH):
            media.file(root / folder / f"{number:05d}.{suffix}")
