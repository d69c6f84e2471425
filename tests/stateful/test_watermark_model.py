"""The watermark against every order of finishing."""

from __future__ import annotations

import random

from hypothesis import given, settings
from hypothesis import strategies as st

from worker.stream.watermark import Watermark


@settings(max_examples=200, deadline=None)
@given(
    st.lists(st.tuples(st.integers(0, 3), st.integers(1, 3)), max_size=30),
    st.randoms(use_true_random=False),
)
def test_a_watermark_is_the_end_of_the_unbroken_run(
    steps: list[tuple[int, int]], chance: random.Random
) -> None:
    """Every order of finishing, offsets with gaps and spans."""
    watermark, offset = Watermark(), 0
    spans: list[tuple[int, int]] = []
    for skip, span in steps:
        offset += skip
        watermark.take(offset, offset + span)
        spans.append((offset, offset + span))
        offset += span
    order = list(spans)
    chance.shuffle(order)
    finished: set[int] = set()
    for first, _ in order:
        watermark.finish(first)
        finished.add(first)
        run = 0
        while run < len(spans) and spans[run][0] in finished:
            run += 1
        assert watermark.next_offset == (spans[run - 1][1] if run else None)
        assert watermark.gap == len(finished) - run
