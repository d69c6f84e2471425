"""The parts of a reply: its reasoning and its closing word."""

from __future__ import annotations

import re
from dataclasses import dataclass

from worker.domain.answer import Conclusion

THINK = re.compile(r"<think>(.*?)(?:</think>|<conclusion>|\Z)", re.IGNORECASE | re.DOTALL)
CONCLUSION = re.compile(r"<conclusion>(.*?)(?:</conclusion>|\Z)", re.IGNORECASE | re.DOTALL)


@dataclass(frozen=True, slots=True)
class Reply:
    """What a reply says."""

    reasoning: str
    conclusion: Conclusion


def parse(text: str) -> Reply:
    """Read ``<think>reasoning</think><conclusion>real|fake</conclusion>``, tolerantly.

    The last ``<conclusion>`` counts: the reasoning may quote the format it was asked for. Tags and
    the word match in any case, with spaces around; a tag left open ends with the text. Any other
    word is no conclusion: "not fake" must not be read as "fake".
    """
    conclusions = CONCLUSION.findall(text)
    word = conclusions[-1].strip().lower() if conclusions else ""
    known = {Conclusion.REAL.value: Conclusion.REAL, Conclusion.FAKE.value: Conclusion.FAKE}
    thought = THINK.search(text)
    if thought is not None:
        reasoning = thought.group(1)
    else:
        reasoning = re.split("<conclusion>", text, maxsplit=1, flags=re.IGNORECASE)[0]
    return Reply(reasoning=reasoning.strip(), conclusion=known.get(word, Conclusion.NONE))
