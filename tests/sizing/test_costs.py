"""The file of costs."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.sizing.figures import make_costs, make_engine
from worker.sizing.costs import CostsInvalid, load_costs, save_costs


def test_what_is_written_is_read(tmp_path: Path) -> None:
    path = tmp_path / "costs.json"
    save_costs(make_costs(), path)
    assert load_costs(path) == make_costs()


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"kind": "guessed"}, "kind: Input should be 'measured' or 'assumed'"),
        ({"host": "gpu-7"}, "host: Extra inputs"),
        ({"decode": []}, "decode: Tuple should have at least 1 item"),
        ({"format": 2}, "format: Input should be 1"),
    ],
)
def test_a_file_that_does_not_fit_is_refused_by_name(
    tmp_path: Path, change: dict[str, object], said: str
) -> None:
    path = tmp_path / "costs.json"
    data = {**make_costs().model_dump(mode="json"), **change}
    path.write_text(json.dumps(data), encoding="utf-8")
    with pytest.raises(CostsInvalid, match=said):
        load_costs(path)


def test_no_file_and_no_json(tmp_path: Path) -> None:
    with pytest.raises(CostsInvalid, match="`ivy-worker bench --save"):
        load_costs(tmp_path / "none.json")
    broken = tmp_path / "broken.json"
    broken.write_bytes(b"{")
    with pytest.raises(CostsInvalid, match="is not a file of costs"):
        load_costs(broken)


def test_points_are_in_order() -> None:
    with pytest.raises(ValueError, match="not in rising order"):
        make_engine((4, 1.0), (1, 2.0))
