"""Verdicts joined with what people decided."""

from __future__ import annotations

import hashlib
import json
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from tests.shadow.pairs import line, verdict
from tests.support.factories import NOON
from worker.datasets.decisions.decision import NotADecision, read_decision
from worker.datasets.decisions.join import Joined, join
from worker.datasets.decisions.listing import find_media, write_reviewed
from worker.domain.answer import ScoreKind
from worker.domain.verdict import ActionHint, VerdictEvent
from worker.labelled.reader import read_labelled


def data_of(number: int) -> bytes:
    return b"upload %d" % number


def sha_of(number: int) -> str:
    return hashlib.sha256(data_of(number)).hexdigest()


def judged(number: int, score: float = 0.9, **changes: Any) -> VerdictEvent:
    return verdict(number, score, content_hash=f"sha256:{sha_of(number)}", **changes)


def said(word: str, by: str = "ann", minute: int = 0, **about: str) -> bytes:
    at = (NOON + timedelta(minutes=minute)).isoformat()
    return json.dumps({"decision": word, "decided_by": by, "decided_at": at, **about}).encode()


def labels(joined: Joined) -> dict[str, str]:
    return {one.sha256: one.decision.value for one in joined.reviewed}


def test_a_decision_finds_its_upload_by_verdict_or_by_hash() -> None:
    verdicts = [judged(n) for n in range(3)]
    joined = join(
        map(line, verdicts),
        [
            said("fake", verdict_id=verdicts[0].verdict_id),
            said("real", sha256=sha_of(1)),
            said("real", sha256=f"sha256:{sha_of(7).upper()}"),
            said("fake", verdict_id="never-published"),
        ],
    )
    assert labels(joined) == {sha_of(0): "fake", sha_of(1): "real", sha_of(7): "real"}
    assert joined.unmatched == 1
    assert [len(one.verdicts) for one in joined.reviewed] == [1, 1, 0]


@pytest.mark.parametrize(
    ("decisions", "label"),
    [
        ([("fake", "ann", 0), ("real", "ann", 5)], "real"),
        ([("real", "ann", 5), ("fake", "ann", 0)], "real"),
        ([("fake", "ann", 0), ("fake", "bob", 1), ("real", "eve", 2)], "fake"),
        ([("fake", "ann", 0), ("real", "bob", 1)], None),
    ],
)
def test_most_reviewers_by_the_last_word_of_each(
    decisions: list[tuple[str, str, int]], label: str | None
) -> None:
    joined = join([line(judged(0))], [said(*one, sha256=sha_of(0)) for one in decisions])
    assert labels(joined) == ({sha_of(0): label} if label else {})
    assert joined.disputed == ([] if label else [sha_of(0)])


def test_shares_say_how_biased_the_reviewed_are() -> None:
    verdicts = [judged(n, 0.99) for n in range(4)] + [judged(n, 0.1) for n in range(4, 14)]
    decisions = [said("fake", sha256=sha_of(n)) for n in (0, 1, 2, 4)]
    assert join(map(line, verdicts), decisions).shares == {
        ActionHint.BLOCK: (3, 4),
        ActionHint.ALLOW: (1, 10),
    }


def test_what_is_none_is_counted_and_people_are_no_model() -> None:
    human = judged(5, score_kind=ScoreKind.HUMAN)
    envelope = {"specversion": "1.0", "data": json.loads(line(judged(1)))}
    sound = [line(judged(0)), line(judged(0)), line(human), json.dumps(envelope).encode()]
    joined = join(
        [*sound, b"{}", b"nope", None],
        [said("maybe", sha256=sha_of(0)), b"[", None, said("fake", sha256=sha_of(0))],
    )
    assert (joined.no_verdicts, joined.by_people, joined.no_decisions) == (3, 1, 3)
    assert joined.no_decision[0].startswith("1: decision: Input should be 'real' or 'fake'")
    assert sum(joined.judged.values()) == 2
    assert len(joined.reviewed[0].verdicts) == 1


@pytest.mark.parametrize(
    ("changes", "fault"),
    [
        ({"decided_at": "2026-01-02T12:00:00"}, "decided_at"),
        ({"decided_by": ""}, "decided_by"),
        ({"sha256": "ab"}, "sha256"),
        ({"sha256": None}, "neither verdict_id nor sha256"),
    ],
)
def test_a_faulty_decision_is_named_by_its_field(changes: dict[str, object], fault: str) -> None:
    fields = {**json.loads(said("real", sha256=sha_of(0))), **changes}
    with pytest.raises(NotADecision, match=fault):
        read_decision(json.dumps(fields).encode())


def test_a_list_with_its_lineage_is_read_back(tmp_path: Path) -> None:
    store = tmp_path / "store"
    store.mkdir()
    (store / f"{sha_of(0)}.jpg").write_bytes(data_of(0))
    (store / "misnamed.jpg").write_bytes(data_of(1))
    first, last = judged(0, 0.4, surface="posts"), judged(0, 0.97, surface="posts", shadow=True)
    joined = join(
        [line(first), line(last), line(judged(1))],
        [said("fake", "ann", sha256=sha_of(0)), said("real", sha256=sha_of(1))],
    )
    to = tmp_path / "reviewed.jsonl"
    assert write_reviewed(joined.reviewed, find_media(store), to, "salt") == (1, 1)
    (item,) = read_labelled(to).items
    assert (item.label.value, item.group, item.path.read_bytes()) == ("fake", "posts", data_of(0))
    written = json.loads(to.read_text())
    assert (written["score"], written["action_hint"]) == (0.97, "block")
    verdicts = written["lineage"]["verdicts"]
    assert [one["verdict_id"] for one in verdicts] == [first.verdict_id, last.verdict_id]
    assert [one["model"] for one in verdicts] == [
        f"{one.model.id}@{one.model.revision}" for one in (first, last)
    ]
    assert [one["live"] for one in verdicts] == [True, False]
    assert verdicts[0]["policy"]["block_from"] == 0.95
    (decided,) = written["lineage"]["decisions"]
    assert decided["decided_at"] == NOON.isoformat()
    assert "ann" not in to.read_text()
    # By their bytes, the other one is found, too.
    assert write_reviewed(joined.reviewed, find_media(store, hashing=True), to, "salt") == (2, 0)


def test_a_reviewer_is_the_same_hash_under_one_salt_alone() -> None:
    one, other = (read_decision(said("real", by, sha256=sha_of(0))) for by in ("ann", "bob"))
    assert one.reviewer("salt") == one.reviewer("salt") != other.reviewer("salt")
    assert one.reviewer("salt") != one.reviewer("pepper")
