from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from worker.stream.watermark import Watermark


def test_nothing_is_committable_before_anything_is_finished() -> None:
    watermark = Watermark()
    watermark.take(5)
    assert watermark.next_offset is None


def test_an_unfinished_offset_holds_back_all_after_it() -> None:
    watermark = Watermark()
    for offset in (5, 6, 9):
        watermark.take(offset)
    watermark.finish(6)
    watermark.finish(9)
    assert (watermark.next_offset, watermark.gap) == (None, 2)
    watermark.finish(5)
    assert (watermark.next_offset, watermark.gap) == (10, 0)


@given(st.permutations(range(12)), st.integers(min_value=0, max_value=12))
def test_it_is_the_first_unfinished_offset_in_any_order(order: list[int], count: int) -> None:
    watermark = Watermark()
    for offset in range(12):
        watermark.take(offset)
    for offset in order[:count]:
        watermark.finish(offset)
    finished = set(order[:count])
    first = next((offset for offset in range(12) if offset not in finished), 12)
    assert watermark.next_offset == (first or None)
