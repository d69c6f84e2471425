"""The model card, made from the run: nothing in it is typed by hand."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from importlib.metadata import version
from typing import Any

import yaml

from worker.training.examples import Example
from worker.training.stage import Stage

LIBRARIES = ("torch", "transformers", "trl", "peft", "accelerate")


@dataclass(frozen=True, slots=True)
class Facts:
    """What a run was."""

    stage: Stage
    base: str
    base_revision: str
    examples: Sequence[Example]
    metrics: dict[str, Any]
    learning: int
    """Weights that were trained."""
    notice: str | None = None


def fingerprint(examples: Sequence[Example]) -> str:
    """SHA-256 over names, sizes, labels and answers: equal only if what was learnt from is."""
    digest = hashlib.sha256()
    for one in sorted(examples, key=lambda example: str(example.path)):
        size = one.path.stat().st_size if one.path.exists() else -1
        digest.update(f"{one.path.name}\0{size}\0{one.label}\0{one.answer}\0".encode())
    return digest.hexdigest()


def model_card(facts: Facts) -> str:
    """Markdown with the hub's header."""
    stage, counts = facts.stage, Counter(one.label.value for one in facts.examples)
    kinds = Counter(one.kind.value for one in facts.examples)
    header = yaml.safe_dump(
        {"base_model": facts.base, "library_name": "transformers", "tags": ["ivy-worker", "trl"]}
    )
    measured = "\n".join(f"| {name} | {value} |" for name, value in facts.metrics.items())
    versions = "\n".join(f"* {name} {version(name)}" for name in LIBRARIES)
    settings = yaml.safe_dump(stage.model_dump(mode="json", exclude_defaults=True), sort_keys=False)
    return f"""---
{header}---
# {stage.name}

Trained by `ivy-worker train run` from `{facts.base}` (revision {facts.base_revision}), by
{"adapters that were merged" if stage.lora else "all weights of the parts that were not frozen"}:
{facts.learning:,} weights learnt.

## Data

{len(facts.examples)} examples: {_counted(counts)}; {_counted(kinds)}.
Fingerprint (SHA-256 of names, sizes, labels and answers): `{fingerprint(facts.examples)}`.

## Settings

```yaml
{settings}```

## Measured while training

Of the training data. They say nothing of other media: that is for `ivy-worker eval`.

| | |
|---|---|
{measured}

## Versions

{versions}

## Licence

The licences of the base model and of the data hold for these weights, too; this file grants none.
{facts.notice or ""}
"""


def _counted(counts: Counter[str]) -> str:
    return ", ".join(f"{count} {name}" for name, count in sorted(counts.items()))
