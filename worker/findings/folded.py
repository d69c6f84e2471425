"""A text in lower case, as the patterns read it.

Patterns that take both cases (``re.IGNORECASE``) need two and a half times as long.
"""

from __future__ import annotations


def folded(text: str) -> str:
    """In lower case, and every character where it was: places found in it hold for ``text``, too.

    A few letters have two in lower case, such as a capital I with a dot: these stay as they are.
    """
    lower = text.lower()
    if len(lower) == len(text):
        return lower
    return "".join(char.lower() if len(char.lower()) == 1 else char for char in text)
