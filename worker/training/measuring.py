"""How a model does on held-out media, asked as the service asks: for the tables of a training.

Quick, and by transformers. The full measurement of a model is ``ivy-worker eval``'s.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from worker.domain.taxonomy import Dimension
from worker.findings.reader import read_findings
from worker.labelled.items import LabelledItem, Truth
from worker.models.spec import load_spec
from worker.models.weights import find_weights
from worker.parsing.reply import parse
from worker.shadow.matrix import wilson
from worker.training.examples import question
from worker.training.features import asked, together
from worker.training.media import look
from worker.training.positions import count_on_from_the_media
from worker.training.rewards import in_form
from worker.training.stage import Task

AT_ONCE = 32


@dataclass(frozen=True, slots=True)
class Said:
    """One answer, and what is true."""

    text: str
    label: Truth
    group: str | None


@dataclass(frozen=True, slots=True)
class Share:
    """A share with its interval of 95 % (Wilson, 1927)."""

    count: int
    of: int

    @property
    def shown(self) -> str:
        """For a table."""
        low, high = wilson(self.count, self.of)
        if low is None or high is None:
            return "-"
        return f"{self.count / self.of:.2f} [{low:.2f}, {high:.2f}]"


def right(said: Sequence[Said]) -> Share:
    """Answers whose word is the label; one without a word is wrong."""
    hits = sum(parse(one.text).conclusion.value == one.label.value for one in said)
    return Share(hits, len(said))


def formed(said: Sequence[Said]) -> Share:
    """Answers in the form that is asked for."""
    return Share(sum(in_form(one.text) for one in said), len(said))


def named(said: Sequence[Said]) -> Share:
    """Of the fakes, those whose own artifact is a finding of the reasoning, and the only one."""
    fakes = [one for one in said if one.label is Truth.FAKE and one.group in set(Dimension)]
    hits = 0
    for one in fakes:
        found = read_findings(parse(one.text).reasoning)
        hits += [finding.dimension.value for finding in found] == [one.group]
    return Share(hits, len(fakes))


def answers(
    spec_file: Path,
    items: Sequence[LabelledItem],
    task: Task,
    *,
    most_tokens: int | None = None,
    temperature: float = 0.0,
    seed: int = 0,
) -> list[Said]:
    """A model's answers to all items, greedy at temperature 0, as the service asks.

    ``most_tokens`` is the spec's where absent: one that is shorter counts whole answers as torn.
    Raises ``SpecInvalid`` and ``WeightsUnusable``.
    """
    import torch
    from transformers import AutoModelForImageTextToText, AutoProcessor

    spec = load_spec(str(spec_file))
    folder = find_weights(spec).folder
    model: Any = AutoModelForImageTextToText.from_pretrained(folder, dtype=torch.float32).eval()
    count_on_from_the_media(model.model)
    processor = AutoProcessor.from_pretrained(folder)
    drawn = {"do_sample": True, "temperature": temperature, "top_k": 0, "top_p": 1.0}
    how = drawn if temperature else {"do_sample": False}
    torch.manual_seed(seed)
    said: list[Said] = []
    for begin in range(0, len(items), AT_ONCE):
        part = items[begin : begin + AT_ONCE]
        rows = []
        for item in part:
            pixels = look(item.path, spec.recipe)
            chat = question(spec.prompt, pixels.facts.kind, task)
            rows.append(asked(processor, chat, pixels))
        batch = together(rows, processor.tokenizer.pad_token_id, side="left")
        with torch.inference_mode():
            ids = model.generate(
                **batch,
                max_new_tokens=most_tokens or spec.sampling.max_tokens,
                repetition_penalty=1.0,
                **how,
            )
        texts = processor.batch_decode(
            ids[:, batch["input_ids"].shape[1] :], skip_special_tokens=True
        )
        said += [Said(text, one.label, one.group) for text, one in zip(texts, part, strict=True)]
    return said
