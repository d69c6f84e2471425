"""How long an explanation is."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

PIECE = re.compile(r"\w+|[^\w\s]")
"""A word or a sign: what is counted where no tokenizer is named. Of English, a tokenizer makes a
few more of it."""


class TokenizerUnusable(Exception):
    """There is no tokenizer at that place; the text says so."""


def counter(tokenizer: Path | None) -> Callable[[str], int]:
    """Counts the tokens of a ``tokenizer.json``, or else words and signs.

    The paper counts by GPT-4o's, which is not ours to bring. Raises ``TokenizerUnusable``.
    """
    if tokenizer is None:
        return lambda text: len(PIECE.findall(text))
    from tokenizers import Tokenizer

    file = tokenizer / "tokenizer.json" if tokenizer.is_dir() else tokenizer
    try:
        loaded = Tokenizer.from_file(str(file))
    except Exception as error:  # the library raises nothing narrower
        raise TokenizerUnusable(f"there is no readable tokenizer at {file}: {error}") from error
    return lambda text: len(loaded.encode(text, add_special_tokens=False).ids)
