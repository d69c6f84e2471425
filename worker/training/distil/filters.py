"""Which of a teacher's explanations are fit to learn from."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from worker.domain.answer import Conclusion
from worker.labelled.annotation import loops
from worker.labelled.items import Truth
from worker.parsing.reply import parse
from worker.training.rewards import in_form


@dataclass(frozen=True, slots=True)
class Length:
    """Tokens of an explanation that is kept. The paper, 3.3: the central 90 %, 60 to 800."""

    least: int = 60
    most: int = 800


def reason_against(
    text: str, label: Truth, count: Callable[[str], int], length: Length
) -> str | None:
    """Why an explanation is not kept; None where it is.

    The label is known to the teacher: that its conclusion agrees shows that it listened, and not
    that it saw anything.
    """
    reply = parse(text)
    if reply.conclusion is Conclusion.NONE:
        return "no conclusion"
    if reply.conclusion.value != label.value:
        return "the conclusion is not the label"
    if not in_form(text):
        return "not in the form"
    if loops(reply.reasoning):
        return "repeats itself"
    tokens = count(reply.reasoning)
    if not length.least <= tokens <= length.most:
        return "too short" if tokens < length.least else "too long"
    return None
