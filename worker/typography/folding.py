"""Texts brought to one form, so that a claim is found however it was set, spelt or misread."""

from __future__ import annotations

import re
import unicodedata

LOOK_ALIKE = str.maketrans({"I": "i", "L": "l", "|": "i", "\u0131": "i", "l": "i"})
"""A capital I and a small L are one stroke in most typefaces, and the recogniser takes the one for
the other: "Al generated". A capital L it does not mistake. So both strokes become ``i``, and only
a capital L stays ``l``; patterns take either for an l."""

DIGITS = str.maketrans({"0": "o", "1": "i", "3": "e", "4": "a", "5": "s", "@": "a", "$": "s"})
"""Read or written in place of letters; only where letters are their neighbours."""

TOKEN = re.compile(r"[^\W_]{0,40}[A-Za-z](?:[^\W_]|[@$|]){0,40}")
"""A word with at least one letter, with what may stand for letters in it."""

MIXED = re.compile(r"[0-9@$|]")

MARKS = ("\u0300", "\u036f")
"""Accents, umlauts and cedillas once taken apart. Not the sound marks of Japanese, which make other
words."""


def fold(text: str) -> str:
    """Of one width, one case, without accents, with look-alikes made the same."""
    text = unicodedata.normalize("NFKC", text)
    text = TOKEN.sub(_letters, text)
    text = text.translate(LOOK_ALIKE).lower().replace("\u00df", "ss").replace("\u0153", "oe")
    apart = unicodedata.normalize("NFD", text)
    bare = "".join(mark for mark in apart if not MARKS[0] <= mark <= MARKS[1])
    return unicodedata.normalize("NFC", bare)


def _letters(token: re.Match[str]) -> str:
    word = token[0]
    return word.translate(DIGITS) if MIXED.search(word) else word
