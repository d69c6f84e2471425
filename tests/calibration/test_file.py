"""Calibrations on disk."""

from __future__ import annotations

import stat
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.calibration.synthetic import drawn
from tests.domain.test_calibration import make_calibration, mappings
from tests.support.factories import NOON, make_identity
from worker.calibration.atomic import write_whole
from worker.calibration.file import CalibrationInvalid, load_calibrations, save_calibrations
from worker.calibration.fit import fit
from worker.domain.answer import ScoreKind
from worker.domain.calibration import Calibrations
from worker.domain.score_mapping import AnyMapping, Method


@settings(max_examples=40, deadline=None)
@given(st.sampled_from(["yaml", "json"]), mappings)
def test_what_is_saved_is_loaded_and_saves_the_same(
    tmp_path_factory: pytest.TempPathFactory, suffix: str, mapping: AnyMapping
) -> None:
    folder = tmp_path_factory.mktemp("calibrations")
    first, second = folder / f"first.{suffix}", folder / f"second.{suffix}"
    several = Calibrations(
        calibrations=(
            make_calibration(mapping),
            make_calibration(mapping, kind=ScoreKind.VERDICT_FIRST),
        )
    )
    save_calibrations(several, first)
    loaded = load_calibrations(first)
    assert loaded == several
    save_calibrations(loaded, second)
    assert second.read_bytes() == first.read_bytes()


@pytest.mark.parametrize("method", list(Method))
def test_a_fitted_one_gives_the_same_scores_from_its_file(tmp_path: Path, method: Method) -> None:
    calibration = fit(drawn(300, a=0.5), now=NOON, method=method).calibration
    file = tmp_path / "calibrations.yaml"
    save_calibrations(Calibrations(calibrations=(calibration,)), file)
    found = load_calibrations(file).find(make_identity(), ScoreKind.LABEL_LOGPROBS)
    assert found is not None
    assert found.calibration_id == calibration.calibration_id
    for raw in (0.0, 0.2, 0.5, 0.99, 1.0):
        assert found.apply(raw) == calibration.apply(raw)


@pytest.mark.parametrize(
    ("name", "text", "said"),
    [
        ("a.yaml", None, "no readable file of calibrations at .*a.yaml"),
        ("a.yaml", ": [", "a.yaml are neither YAML nor JSON"),
        ("a.json", "{", "a.json are neither YAML nor JSON"),
        ("a.yaml", "", "a.yaml are not valid"),
        ("a.yaml", "- 1", "a.yaml are not valid"),
        ("a.yaml", "calibration: []", "calibration: Extra inputs"),
        ("a.yaml", "schema_version: '2'", "schema_version: Input should be '1'"),
        ("a.yaml", "calibrations: [{score_kind: label}]", r"calibrations\.0\.score_kind"),
    ],
)
def test_a_file_that_cannot_be_used_is_named_with_its_fault(
    tmp_path: Path, name: str, text: str | None, said: str
) -> None:
    file = tmp_path / name
    if text is not None:
        file.write_text(text, encoding="utf-8")
    with pytest.raises(CalibrationInvalid, match=said):
        load_calibrations(file)


def test_one_that_was_edited_is_refused(tmp_path: Path) -> None:
    file = tmp_path / "calibrations.yaml"
    save_calibrations(Calibrations(calibrations=(make_calibration(),)), file)
    text = file.read_text(encoding="utf-8")
    file.write_text(text.replace("temperature: 3.0", "temperature: 1.0"), encoding="utf-8")
    with pytest.raises(CalibrationInvalid, match=r"calibrations\.0: .*changed after"):
        load_calibrations(file)


def test_a_write_that_fails_leaves_the_old_file_and_no_other(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / "calibrations.yaml"
    file.write_bytes(b"old")

    def interrupted(*_: Any) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as during:
        during.setattr(Path, "replace", interrupted)
        with pytest.raises(KeyboardInterrupt):
            write_whole(file, b"new")
    assert [(each.name, each.read_bytes()) for each in tmp_path.iterdir()] == [(file.name, b"old")]


def test_a_link_is_followed_and_permissions_are_kept(tmp_path: Path) -> None:
    file, link = tmp_path / "real.yaml", tmp_path / "link.yaml"
    file.write_bytes(b"old")
    file.chmod(0o640)
    link.symlink_to(file)
    write_whole(link, b"new")
    assert link.is_symlink()
    assert file.read_bytes() == b"new"
    assert stat.S_IMODE(file.stat().st_mode) == 0o640
