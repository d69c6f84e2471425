"""One run made of its shards."""

from __future__ import annotations

import shutil
from collections.abc import Sequence
from pathlib import Path

from worker.evaluation.gallery import FOLDER
from worker.evaluation.journal import Journal, read_outcomes
from worker.evaluation.manifest import NAME, Manifest, RunInvalid, load_manifest
from worker.evaluation.outcome import Key, Outcome
from worker.evaluation.recorder import BATCH
from worker.evaluation.sessions import load_sessions, save_sessions
from worker.evaluation.shard import Shard

RECORDED_APART = {"python", "libraries", "worker", "begun_at"}
"""Of a manifest: what may differ between machines. Engine and preprocessing are in the model."""


def merge(shards: Sequence[Path], to: Path) -> int:
    """Write all outcomes of all shards into a new run, and say how many there are.

    Raises ``RunInvalid`` where they are not the shards of one run, or not all of them, and
    ``OSError``. Not to be gone on with after: a shard that lacks outcomes is gone on with itself.
    """
    if to.exists():
        raise RunInvalid(f"{to} is there already: name a new folder (--to)")
    manifests = [load_manifest(folder) for folder in shards]
    _check(shards, manifests)
    draft = to.with_name(f".{to.name}.merging")
    shutil.rmtree(draft, ignore_errors=True)
    draft.mkdir(parents=True)
    try:
        count = _write(shards, manifests, draft)
        draft.rename(to)
    except BaseException:
        shutil.rmtree(draft, ignore_errors=True)
        raise
    return count


def _check(shards: Sequence[Path], manifests: Sequence[Manifest]) -> None:
    first = _comparable(manifests[0])
    for folder, manifest in zip(shards, manifests, strict=True):
        if (other := _comparable(manifest)) != first:
            differing = ", ".join(name for name in first if first[name] != other[name])
            raise RunInvalid(f"{folder} is no shard of the run of {shards[0]}: other {differing}")
    count = manifests[0].question.shard.count
    numbers = [manifest.question.shard.number for manifest in manifests]
    if missing := sorted(set(range(1, count + 1)) - set(numbers)):
        raise RunInvalid(f"of {count} shards these are missing: {', '.join(map(str, missing))}")
    if len(numbers) > count:
        raise RunInvalid(f"of {count} shards {len(numbers)} are named: one stands there twice")


def _comparable(manifest: Manifest) -> dict[str, object]:
    kept = manifest.model_dump(exclude=RECORDED_APART)
    question = kept.pop("question")
    question["shard"] = question["shard"]["count"]
    return {**question, **kept}


def _write(shards: Sequence[Path], manifests: Sequence[Manifest], draft: Path) -> int:
    seen: set[Key] = set()
    with Journal(draft) as journal:
        for folder in shards:
            batch: list[Outcome] = []
            for outcome in read_outcomes(folder):
                if outcome.key in seen:
                    raise RunInvalid(f"{folder}: {outcome.path} has two outcomes")
                seen.add(outcome.key)
                batch.append(outcome)
                if len(batch) >= BATCH:
                    journal.append(batch)
                    batch = []
            journal.append(batch)
            if (folder / FOLDER).is_dir():
                shutil.copytree(folder / FOLDER, draft / FOLDER, dirs_exist_ok=True)
    save_sessions(tuple(one for folder in shards for one in load_sessions(folder)), draft)
    question = manifests[0].question.model_copy(update={"shard": Shard()})
    whole = manifests[0].model_copy(update={"question": question})
    (draft / NAME).unlink(missing_ok=True)
    whole.save(draft)
    return len(seen)
