"""From random weights to a model that names artifacts: untrained, three stages, and GRPO."""

from __future__ import annotations

import argparse
import json
import os
import shutil
import time
from collections.abc import Sequence
from itertools import pairwise
from pathlib import Path
from typing import Any

os.environ["HF_HUB_OFFLINE"] = "1"  # before transformers is imported

from scripts.train_demo.gain import gain
from scripts.train_demo.shipping import ship
from scripts.train_demo.untrained import untrained
from worker.drawn.sets import CAPTIONS, Wanted, make_set
from worker.labelled.items import LabelledItem
from worker.labelled.reader import read_labelled
from worker.training.examples import kind_of
from worker.training.measuring import Said, Share, answers, formed, named, right
from worker.training.run import train
from worker.training.stage import Stage, Task

SETS = (Wanted("train", 3600, 900), Wanted("rewarded", 640, 320), Wanted("test", 240, 120))
SEED = 9
PEAK_RATE = 3e-3
"""As the tiny checkpoint's: the highest that trained without diverging."""

TEMPERATURE = 0.9
"""Of the columns that are "drawn": GRPO's own. What it gains shows there before it does in the
likeliest answer."""

COMMON: dict[str, Any] = {"batch": 16, "checkpointing": False, "bf16": False, "save_every": 500}
SUPERVISED: dict[str, Any] = {**COMMON, "learning_rate": PEAK_RATE, "warmup": 0.1, "epochs": 99}


def stages(scale: float) -> tuple[Stage, ...]:
    """The three of the seed and GRPO, each with ``scale`` times its steps."""

    def steps(count: int) -> int:
        return max(2, round(count * scale))

    def mix(*tasks: Task, split: str = "train") -> list[dict[str, Any]]:
        names = {Task.CAPTION: "captions"}
        return [{"set": names.get(one, "items"), "split": split, "task": one} for one in tasks]

    def supervised(name: str, count: int, *tasks: Task) -> Stage:
        fields = {"name": name, "model": "", "data": mix(*tasks), "max_steps": steps(count)}
        return Stage.model_validate({**SUPERVISED, **fields})

    return (
        supervised("1-understanding", 200, Task.CAPTION),
        supervised("2-detection", 1200, Task.CONCLUSION),
        supervised("3-joint", 1200, Task.CONCLUSION, Task.EXPLANATION),
        Stage.model_validate(
            {
                **COMMON,
                "name": "4-grpo",
                "method": "grpo",
                "model": "",
                "data": mix(Task.EXPLANATION, split="rewarded"),
                "learning_rate": 2e-4,
                "batch": 64,
                "epochs": 99,
                "max_steps": steps(80),
                "grpo": {"group": 8, "temperature": TEMPERATURE, "max_answer_tokens": 64},
            }
        ),
    )


def main() -> None:
    """Draw, train, measure after each stage, and write the table."""
    parser = argparse.ArgumentParser(prog="make train-demo", description=__doc__)
    parser.add_argument("--to", type=Path, default=Path("build/train-demo"), help="made anew")
    parser.add_argument("--scale", type=float, default=1.0, help="of the steps of each stage")
    parser.add_argument("--ship", action="store_true", help="make the last model the demo's own")
    wanted = parser.parse_args()
    to: Path = wanted.to.resolve()
    shutil.rmtree(to, ignore_errors=True)
    to.mkdir(parents=True)
    _one_core()
    begun = time.monotonic()
    listing = make_set(to / "media", SETS, SEED)
    sets = {"items": listing, "captions": listing.with_name(CAPTIONS)}
    test = [item for item in read_labelled(listing).items if item.split == "test"]
    spec = untrained(to / "0-untrained")
    rows = [measured("untrained", spec, test)]
    for stage in stages(wanted.scale):
        took = time.monotonic()
        name = "ivy-worker/tiny-artifacts"
        spec = train(stage, to / stage.name, sets=sets, model=str(spec), model_id=name).spec
        rows.append(measured(stage.name, spec, test))
        print(f"{stage.name}: {time.monotonic() - took:.0f} s", rows[-1]["shown"], flush=True)
    table = markdown(rows)
    (to / "table.md").write_text(table, encoding="utf-8")
    (to / "table.json").write_text(json.dumps(rows, indent=2) + "\n", encoding="utf-8")
    print(f"\n{table}\n{time.monotonic() - begun:.0f} s; the model: {spec}", flush=True)
    if wanted.ship:
        ship(spec)


def _one_core() -> None:
    import torch

    # A model this small spends its time waiting for threads that it does not need.
    torch.set_num_threads(1)


def measured(name: str, spec: Path, test: Sequence[LabelledItem]) -> dict[str, Any]:
    """A row: what the model says of the held-out media."""
    explained = answers(spec, test, Task.EXPLANATION)
    drawn = answers(spec, test, Task.EXPLANATION, temperature=TEMPERATURE)
    concluded = answers(spec, test, Task.CONCLUSION)
    clips = [kind_of(item.path) is not kind_of(Path("a.png")) for item in test]
    pictures = [one for one, clip in zip(explained, clips, strict=True) if not clip]
    moving = [one for one, clip in zip(explained, clips, strict=True) if clip]
    shares = {
        "accuracy": right(explained),
        "on pictures": right(pictures),
        "on clips": right(moving),
        "format": formed(explained),
        "artifact named": named(explained),
        "accuracy, drawn": right(drawn),
        "format, drawn": formed(drawn),
        "accuracy, word alone": right(concluded),
    }
    return {
        "model": name,
        "shown": {title: share.shown for title, share in shares.items()},
        "counts": {title: _counts(share) for title, share in shares.items()},
        "hits": {
            "accuracy": [right([one]).count == 1 for one in explained],
            "format": [formed([one]).count == 1 for one in explained],
            "accuracy, drawn": [right([one]).count == 1 for one in drawn],
        },
        "says": _example(explained),
    }


def _counts(share: Share) -> dict[str, int]:
    return {"count": share.count, "of": share.of}


def _example(said: Sequence[Said]) -> str:
    return said[0].text


def markdown(rows: Sequence[dict[str, Any]]) -> str:
    """The table, and what each model said of the first held-out media."""
    titles = list(rows[0]["shown"])
    lines = ["| model | " + " | ".join(titles) + " |", "|---" * (len(titles) + 1) + "|"]
    lines += [
        "| " + " | ".join([row["model"], *(row["shown"][title] for title in titles)]) + " |"
        for row in rows
    ]
    lines += [
        "",
        "Shares of held-out media with intervals of 95 % (Wilson). On the same media:",
        "",
    ]
    for before, after in pairwise(rows):
        gains = (
            f"{title}: {gain(was, after['hits'][title])}" for title, was in before["hits"].items()
        )
        lines.append(f"* {after['model']} against {before['model']}: {'; '.join(gains)}")
    lines += ["", "Of the first one:", ""]
    lines += [f"* {row['model']}: `{row['says']!r}`" for row in rows]
    return "\n".join(lines) + "\n"


if __name__ == "__main__":
    main()
