"""A stand-in of Ivy-Fake: annotations in the fields of its authors' files, media, and archives."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator
from pathlib import Path

from scripts.stand_ins.media import MediaMaker

IMAGE, VIDEO = "image", "video"
SOURCES = {
    IMAGE: {"fake": ("FLUX.1", "BigGAN"), "real": ("ImageNet",)},
    VIDEO: {"fake": ("MoonValley", "Sora"), "real": ("Kinetics-400",)},
}
SUFFIX = {IMAGE: "jpg", VIDEO: "mp4"}
EACH = 2
"""Media of a source, split and modality."""

REASON = (
    "1.  **Temporal Analysis**:\n    *   **Luminance Discrepancy**: the light stays as it is.\n"
    "2.  **Spatial Analysis**:\n    *   **Abnormal Texture**: {texture}"
)
TEXTURES = {"fake": "the wall is smeared, as if waxed.", "real": "the grain is that of a sensor."}

LOOP = "1.  **Temporal Analysis**: the labels read " + '"M30", ' * 300 + '"M3'
"""As the authors' own example ends, which their annotator never came out of."""


def ivy_fake(root: Path, media: MediaMaker) -> None:
    """``clean_data/{train,test}.jsonl`` and ``media/MODALITY/SPLIT/...``.

    Of the test's annotations one loops and one contradicts its label.
    """
    lines: dict[str, list[str]] = {"train": [], "test": []}
    for split, path, label in _paths():
        media.file(root / "media" / path.removeprefix("interpretability/"))
        lines[split].append(json.dumps(_record(len(lines[split]), split, path, label)))
    folder = root / "clean_data"
    folder.mkdir(parents=True)
    for split, records in lines.items():
        (folder / f"{split}.jsonl").write_text("\n".join(records) + "\n", encoding="utf-8")


def archived(root: Path, volume: int = 4096) -> list[Path]:
    """Put the media of a stand-in away in split archives, as they are released.

    ``media/image/image_test.7z.001`` and so on, of ``volume`` bytes each. Names the first volumes.
    """
    import py7zr
    from multivolumefile import MultiVolume

    first = []
    for modality in SOURCES:
        for split in ("train", "test"):
            base = root / "media" / modality / f"{modality}_{split}.7z"
            folder = root / "media" / modality / split
            files = sorted(file for file in folder.rglob("*") if file.is_file())
            with (
                MultiVolume(base, mode="wb", volume=volume, ext_digits=3) as target,
                py7zr.SevenZipFile(target, "w") as archive,
            ):
                for file in files:
                    archive.write(file, str(file.relative_to(base.parent)))
            shutil.rmtree(folder)
            first.append(base.with_name(f"{base.name}.001"))
    return first


def _paths() -> Iterator[tuple[str, str, str]]:
    for modality, by_label in SOURCES.items():
        for split in ("train", "test"):
            for label, sources in by_label.items():
                for source in sources:
                    for number in range(EACH):
                        name = f"{source}_{number}.{SUFFIX[modality]}"
                        folder = f"interpretability/{modality}/{split}/{source}/{label}/{source}"
                        yield split, f"{folder}/{name}", label


def _record(number: int, split: str, path: str, label: str) -> dict[str, str]:
    """The fields' names take turns, as they do between the authors' files."""
    reason, concluded = REASON.format(texture=TEXTURES[label]), label
    if split == "test" and number == 0:
        reason = LOOP
    if split == "test" and number == 1:
        concluded = "real" if label == "fake" else "fake"
    named = ("rel_path", "file_path", "path")[number % 3]
    truth = f"<think>\n{reason}</think>\n<conclusion>{concluded}</conclusion>"
    return {named: path, "label": label, "raw_ground_truth": truth}
