"""What a comparison says of two sides."""

from __future__ import annotations

from datetime import timedelta

import pytest

from tests.shadow.pairs import compared, of_scores, sides, verdict
from tests.support.factories import NOON, make_facts
from worker.domain.answer import ScoreKind
from worker.domain.media import MediaKind
from worker.domain.verdict import CacheUse, Mode, Thresholds
from worker.shadow.comparison import MAX_GROUPS, REST, compare


def test_who_has_what() -> None:
    found = compared(
        [verdict(n, 0.1) for n in range(10)],
        [verdict(n, 0.1, shadow=True) for n in (2, 3, 4, 7, 12)],
    )
    assert (found.joined, found.compared) == (4, 4)
    assert (found.only_live, found.only_live_outside) == (6, 2)  # 0 and 1: before the shadow began
    assert (found.only_shadow, found.only_shadow_outside) == (1, 1)
    assert found.live.first == NOON
    assert found.shadow.last == NOON + timedelta(seconds=12)
    assert found.live.models == {"live/model@r1": 10}


def test_labels_hints_and_flips() -> None:
    found = of_scores([(0.1, 0.1), (0.1, 0.99), (0.1, 0.99), (0.99, 0.1), (0.7, 0.99), (0.5, 0.5)])
    assert found.label.counts["authentic"] == {"authentic": 1, "uncertain": 0, "ai_generated": 2}
    assert found.label.agreement == 0.5
    assert found.hint.counts["review"] == {"allow": 0, "review": 1, "block": 1}
    assert found.hint.agreement == pytest.approx(1 / 3, abs=1e-6)
    assert [(flip.live, flip.shadow, flip.count) for flip in found.flips] == [
        ("allow", "block", 2),
        ("block", "allow", 1),
        ("review", "block", 1),
    ]
    assert found.flips[0].share == pytest.approx(1 / 3, abs=1e-6)


def test_scores_apart() -> None:
    found = of_scores([(0.2, 0.5), (0.5, 0.2), (0.9, 0.9), (0.0, 1.0), (None, 0.5), (0.1, None)])
    scores = found.score
    assert scores is not None
    assert scores.compared == 4
    assert scores.mean == pytest.approx(0.25)
    assert scores.mean_abs == pytest.approx(0.4)
    assert (scores.p50_abs, scores.max_abs) == pytest.approx((0.3, 1.0))
    assert sum(scores.counts) == 4
    bins = {scores.edges[n]: count for n, count in enumerate(scores.counts) if count}
    assert bins == {-0.3: 1, 0.0: 1, 0.3: 1, 0.9: 1}
    assert found.compared == 6  # a side without a score has a label all the same


def test_other_bytes_and_a_persons_word_are_left_out() -> None:
    found = compared(
        [verdict(1, 0.1), verdict(2, 0.1), verdict(3, 0.1)],
        [
            verdict(1, 0.9, shadow=True, content_hash="sha256:" + "cd" * 32),
            verdict(2, 1.0, shadow=True, score_kind=ScoreKind.HUMAN),
            verdict(3, 0.1, shadow=True),
        ],
    )
    assert (found.joined, found.other_content, found.by_person, found.compared) == (3, 1, 1, 1)
    assert found.label.agreement == 1.0
    assert found.examples == []


def test_groups_and_the_rest() -> None:
    clip = make_facts(kind=MediaKind.VIDEO)
    count = MAX_GROUPS + 5
    live = [verdict(n, 0.1, tenant=f"t{n % count}", surface="post") for n in range(2 * count)]
    shadow = [verdict(n, 0.9 if n == 0 else 0.1, shadow=True) for n in range(2 * count)]
    live[0] = verdict(0, 0.1, tenant="t1", media=clip)
    found = compared(live, shadow)
    assert found.tenants[0].name == "t1"  # the largest, by one
    assert found.tenants[0].label_agreement == pytest.approx(2 / 3, abs=1e-6)
    assert len(found.tenants) == MAX_GROUPS + 1
    assert found.tenants[-1].name == REST
    assert sum(group.compared for group in found.tenants) == 2 * count
    kinds = {group.name: group for group in found.kinds}
    assert kinds["video"].label_agreement == 0.0
    assert kinds["image"].label_agreement == 1.0
    assert kinds["video"].mean_difference == pytest.approx(0.8)


def test_time_is_compared_only_where_both_models_worked() -> None:
    spent = {"total": 100.0, "engine": 80.0}
    slower = {"total": 150.0, "engine": 120.0, "answer": 130.0}
    cached = CacheUse(cached=True, age_s=1.0)
    found = compared(
        [verdict(n, 0.1, timings_ms=spent) for n in range(3)],
        [
            verdict(0, 0.1, shadow=True, timings_ms=slower),
            verdict(1, 0.1, shadow=True, timings_ms={"total": 1.0}, cache=cached),
            verdict(2, 0.1, shadow=True, timings_ms=slower),
        ],
    )
    stages = {stage.stage: stage for stage in found.stages}
    assert set(stages) == {"total", "engine"}  # "answer" is missing on the live side
    assert stages["total"].compared == 2
    assert (stages["total"].live_p50, stages["total"].shadow_p50) == (100.0, 150.0)
    assert stages["engine"].p50 == 40.0


def test_examples_begin_with_what_would_be_done_otherwise() -> None:
    found = of_scores([(0.0, 0.34), (0.1, 0.99), (0.3, 0.4), (0.5, 0.5), (0.66, 0.9)])
    assert [example.event_id for example in found.examples] == ["e1", "e2", "e0", "e4"]
    first = found.examples[0]
    assert (first.live.hint, first.shadow.hint) == ("allow", "block")
    assert first.difference == pytest.approx(0.89)
    assert first.live.explanation == "the hands have six fingers"


def test_what_makes_the_figures_mean_something_else_is_said() -> None:
    live = [verdict(n, 0.1, mode=Mode.SHADOW) for n in range(5)]
    other = Thresholds(authentic_below=0.05)
    shadow = [
        verdict(n, 0.1, thresholds=other, calibration_id="c", mode=Mode.LIVE) for n in range(5)
    ]
    one, two = sides(live, shadow)
    one.take_all([b"{"])
    said = "\n".join(compare(one, two, examples=1, now=NOON).notices)
    for words in (
        "are the sides swapped?",
        "marked as live or canary (policy.mode)",
        "same model and revision",
        "1 lines or records of the live side",
        "Only 5 events",
        "5 events were cut at other thresholds",
        "5 events have a calibrated score on one side",
    ):
        assert words in said
    assert compared([verdict(1, 0.1)], [verdict(1, 0.1, shadow=True)]).notices == [
        "Only 1 events were compared: look at the interval."
    ]


def test_nothing_in_common() -> None:
    found = compared([verdict(1, 0.1)], [verdict(2, 0.1, shadow=True)])
    assert (found.joined, found.compared, found.label.agreement) == (0, 0, None)
    assert (found.score, found.stages, found.flips, found.examples) == (None, [], [], [])
