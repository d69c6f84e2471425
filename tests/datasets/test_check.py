"""The report on a set with everything wrong in it."""

from __future__ import annotations

from tests.datasets.conftest import Looked
from worker.datasets.check import CheckReport, Fault, check
from worker.datasets.tables import tables


def names(groups: list[list[str]]) -> list[set[str]]:
    return [{name.rsplit("/", 1)[-1] for name in group} for group in groups]


def test_every_fault_is_found_by_name(looked: Looked) -> None:
    report = check(looked.labelled, looked.facts)
    assert (report.files, report.real, report.fake) == (53, 26, 27)
    assert {one.name.rsplit("/", 1)[-1] for one in report.unreadable_first} == {
        *("empty.png", "text.png")
    }
    assert names([one.names for one in report.contradictions.first]) == [
        {"r01.jpg", "contradiction.jpg"}
    ]
    assert {"r03.jpg", "r03-again.jpg"} in names([one.names for one in report.across_splits.first])
    assert report.duplicates.files == 2
    leaks = {leak.property for leak in report.leaks if leak.leaks}
    assert "container" in leaks
    assert leaks.isdisjoint({"width", "height", "pixels"})
    (untested,) = report.untested
    assert (untested.kind.value, untested.real, untested.fake) == ("video", 1, 0)


def test_faults_are_what_a_pipeline_may_fail_on(looked: Looked) -> None:
    faults = check(looked.labelled, looked.facts).faults
    assert set(faults) == set(Fault)
    assert faults[Fault.UNREADABLE] == 2
    assert faults[Fault.CONTRADICTIONS] == 1
    assert faults[Fault.LEAKS] >= 1
    assert faults[Fault.ANNOTATIONS] == faults[Fault.RECORDS] == 0


def test_json_reads_back_and_tables_say_it(looked: Looked) -> None:
    report = check(looked.labelled, looked.facts)
    assert CheckReport.model_validate_json(report.model_dump_json()) == report
    said = [[cell for column in table.columns for cell in column.cells] for table in tables(report)]
    summary, leaks, examples = said
    assert "53" in summary
    assert "container" in leaks
    assert "too few to test" in leaks
    assert any("contradiction.jpg" in str(cell) for cell in examples)
