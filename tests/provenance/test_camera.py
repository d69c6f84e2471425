from __future__ import annotations

from typing import Any

import pytest

from tests.provenance.carriers import png, tagged_video, with_exif
from worker.domain.provenance import Indication, Says, SignalKind, Strength
from worker.provenance.reader import read_provenance

CAMERA: dict[int, Any] = {0x010F: "Canon", 0x0110: "Canon EOS R6", 0x0131: "Firmware 1.8.2"}
SHOT: dict[int, Any] = {
    0x9003: "2025:06:01 12:30:45",
    0x829A: 0.004,
    0x829D: 2.8,
    0x8827: 400,
    0x920A: 35.0,
    0xA434: "RF35mm F1.8",
}
MIMES = {
    "JPEG": "image/jpeg",
    "PNG": "image/png",
    "WEBP": "image/webp",
    "TIFF": "image/tiff",
    "AVIF": "image/avif",
    "HEIF": "image/heif",
}


@pytest.mark.parametrize("form", MIMES)
def test_a_cameras_facts_are_a_hint(form: str) -> None:
    found = read_provenance(with_exif(form, CAMERA, SHOT, gps=True), MIMES[form])
    (signal,) = found.signals
    assert signal.kind is SignalKind.EXIF_CAMERA
    assert signal.says is Says.CAPTURED
    assert signal.strength is Strength.UNSIGNED
    assert signal.camera == "Canon EOS R6"
    assert signal.generator == "Firmware 1.8.2"
    assert signal.has_location is True
    assert "can be copied into any file" in signal.detail
    assert found.indication is Indication.CAPTURED


def test_where_it_was_taken_is_not_told() -> None:
    told = read_provenance(with_exif("JPEG", CAMERA, SHOT, gps=True), "image/jpeg")
    assert not any(part in told.model_dump_json() for part in ("52", "31", "13.", "24"))
    without = read_provenance(with_exif("JPEG", CAMERA, SHOT), "image/jpeg")
    assert without.signals[0].has_location is False


@pytest.mark.parametrize(
    ("main", "inner"),
    [
        (CAMERA, {}),
        ({0x0110: "EOS R6"}, SHOT),
        (CAMERA, {**SHOT, 0x9003: "yesterday"}),
        (CAMERA, {tag: value for tag, value in SHOT.items() if tag not in {0x829A, 0x829D}}),
        (CAMERA, {**SHOT, 0x829A: 0, 0x829D: 0}),
    ],
)
def test_half_of_them_say_nothing(main: dict[int, Any], inner: dict[int, Any]) -> None:
    found = read_provenance(with_exif("JPEG", main, inner), "image/jpeg")
    assert [signal.says for signal in found.signals] == [Says.UNKNOWN]
    assert found.indication is Indication.NONE


def test_a_generator_that_signs_as_the_maker_is_no_camera() -> None:
    found = read_provenance(
        with_exif("JPEG", {0x010F: "Ideogram AI", 0x0110: "3.0"}, SHOT), "image/jpeg"
    )
    assert {(signal.kind, signal.says) for signal in found.signals} == {
        (SignalKind.GENERATOR_NAMED, Says.AI_GENERATED),
        (SignalKind.EXIF_CAMERA, Says.UNKNOWN),
    }
    assert found.indication is Indication.AI_GENERATED


def test_a_picture_without_exif_has_no_signal() -> None:
    assert read_provenance(png({}), "image/png").signals == ()


def test_names_are_cleaned() -> None:
    main = {0x010F: "Ca\x01non\x1b[31m", 0x0110: "EOS\nR6" + " " * 9}
    (signal,) = read_provenance(with_exif("JPEG", main, SHOT), "image/jpeg").signals
    assert signal.camera == "Ca non [31m EOS R6"


def test_a_text_in_place_of_a_name_is_not_told() -> None:
    main = {0x010F: "a castle by the sea, " * 20, 0x0110: "x"}
    found = read_provenance(with_exif("JPEG", main, SHOT), "image/jpeg")
    assert "castle" not in found.model_dump_json()


@pytest.mark.parametrize(("container", "mime"), [("mp4", "video/mp4"), ("mov", "video/quicktime")])
def test_a_phones_clip(container: str, mime: str) -> None:
    tags = {
        "com.apple.quicktime.make": "Apple",
        "com.apple.quicktime.model": "iPhone 15",
        "com.apple.quicktime.creationdate": "2025-06-01T12:30:45+0200",
        "com.apple.quicktime.location.ISO6709": "+52.5200+013.4050/",
    }
    found = read_provenance(tagged_video(container, "libx264", tags), mime)
    (signal,) = found.signals
    assert signal.says is Says.CAPTURED
    assert signal.camera == "Apple iPhone 15"
    assert signal.has_location is True
    assert "52.52" not in found.model_dump_json()
