from __future__ import annotations

import json
from collections.abc import Callable
from html import escape
from typing import Any

import pytest

from tests.provenance.carriers import XMP_CARRIERS, png, tagged_video, with_exif, xmp
from worker.domain.provenance import Indication, Says, SignalKind, Strength
from worker.provenance.reader import read_provenance

LABEL = json.dumps(
    {
        "Label": "1",
        "ContentProducer": "001191110102MACQD9K64010000",
        "ProduceID": "private-id-1",
        "ReservedCode1": "",
        "ContentPropagator": "001191440300708461136T1308L",
        "PropagateID": "private-id-2",
        "ReservedCode2": "",
    }
)


def in_xmp(text: str) -> bytes:
    return XMP_CARRIERS["image/png"](xmp(f"<TC260:AIGC>{escape(text)}</TC260:AIGC>"))


@pytest.mark.parametrize(
    ("data", "mime"),
    [
        pytest.param(lambda: in_xmp(LABEL), "image/png", id="XMP element"),
        pytest.param(
            lambda: XMP_CARRIERS["image/jpeg"](xmp(attributes=f" TC260:AIGC='{LABEL}'")),
            "image/jpeg",
            id="XMP attribute",
        ),
        pytest.param(lambda: png({"AIGC": LABEL}), "image/png", id="PNG text"),
        pytest.param(
            lambda: with_exif(
                "JPEG", {}, {0x9286: b'ASCII\0\0\0{"AIGC": ' + LABEL.encode() + b"}"}
            ),
            "image/jpeg",
            id="EXIF comment",
        ),
        pytest.param(
            lambda: with_exif("WEBP", {0x010E: "AIGC" + LABEL}), "image/webp", id="EXIF, glued"
        ),
        pytest.param(
            lambda: with_exif("JPEG", {0x010E: json.dumps({"AIGC": LABEL})}),
            "image/jpeg",
            id="EXIF, twice JSON",
        ),
        pytest.param(
            lambda: tagged_video("mp4", "libx264", {"AIGC": LABEL}), "video/mp4", id="MP4 key"
        ),
        pytest.param(
            lambda: tagged_video("mov", "libx264", {"AIGC": LABEL}), "video/quicktime", id="MOV key"
        ),
        pytest.param(
            lambda: tagged_video("matroska", "libx264", {"AIGC": LABEL}),
            "video/x-matroska",
            id="Matroska tag",
        ),
        pytest.param(
            lambda: tagged_video("webm", "libvpx-vp9", {"AIGC": LABEL}), "video/webm", id="WebM tag"
        ),
    ],
)
def test_the_label_is_found_wherever_it_is_written(data: Callable[[], bytes], mime: str) -> None:
    found = read_provenance(data(), mime)
    (signal,) = found.signals
    assert signal.kind is SignalKind.AIGC_LABEL
    assert signal.says is Says.AI_GENERATED
    assert signal.strength is Strength.UNSIGNED
    assert signal.generator == "001191110102MACQD9K64010000"
    assert "private-id" not in found.model_dump_json()


@pytest.mark.parametrize(
    ("value", "says", "indication"),
    [
        ("1", Says.AI_GENERATED, Indication.AI_GENERATED),
        (1, Says.AI_GENERATED, Indication.AI_GENERATED),
        ("2", Says.AI_SUSPECTED, Indication.AI_SUSPECTED),
        ("3", Says.AI_SUSPECTED, Indication.AI_SUSPECTED),
        ("4", Says.UNKNOWN, Indication.NONE),
        (["1"], Says.UNKNOWN, Indication.NONE),
        (None, Says.UNKNOWN, Indication.NONE),
        (True, Says.UNKNOWN, Indication.NONE),
    ],
)
def test_the_labels_value(value: Any, says: Says, indication: Indication) -> None:
    found = read_provenance(
        in_xmp(json.dumps({"Label": value, "ContentProducer": "x"})), "image/png"
    )
    assert [signal.says for signal in found.signals] == [says]
    assert found.indication is indication


@pytest.mark.parametrize(
    "text",
    [
        "",
        "1",
        "[]",
        "{}",
        '{"Label"',
        '{"AIGC": {"AIGC": {"Label": "1"}}}',
        '{"other": 1}',
        "[" * 100_000,
        '{"Label":' * 50_000,
        '{"Label": "1", "x": "' + "y" * 2_000_000 + '"}',
        '{"Label": ' + "9" * 10_000 + "}",
    ],
)
def test_what_is_no_label_is_no_signal(text: str) -> None:
    assert read_provenance(png({"AIGC": text}), "image/png").signals == ()


def test_a_producer_is_cleaned_and_cut() -> None:
    label = json.dumps({"Label": "1", "ContentProducer": "<b>\u202e\n" + "x" * 300})
    (signal,) = read_provenance(png({"AIGC": label}), "image/png").signals
    assert signal.generator is not None
    assert signal.generator.startswith("<b> x")
    assert len(signal.generator) == 100
