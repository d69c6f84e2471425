"""What an expression in PromQL asks for: metrics, and the labels by which it picks or groups them.

A reader of our own, for the parser of Prometheus is in Go only. It knows as much of the grammar as
tells a metric from a function; `promtool` and the server say whether an expression is sound.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

TOKEN = re.compile(
    r'(?P<text>"(?:[^"\\]|\\.)*")'
    r"|(?P<window>\[[^\]]*\])"
    r"|(?P<number>\b\d+(?:\.\d+)?(?:e[+-]?\d+|ms|[smhdwy])?\b)"
    r"|(?P<name>[A-Za-z_][A-Za-z0-9_:]*)"
    r"|(?P<sign>!=|=~|!~|==|>=|<=|[-+*/%^=<>(){},])"
)
GROUPING = frozenset({"by", "without", "on", "ignoring", "group_left", "group_right"})
WORDS = frozenset({"and", "or", "unless", "bool", "offset", "inf", "nan"})


@dataclass(frozen=True, slots=True)
class Matcher:
    """One condition on a label, as it is written."""

    label: str
    operator: str
    value: str


@dataclass(frozen=True, slots=True)
class Selector:
    """One vector that is asked for."""

    metric: str
    matchers: tuple[Matcher, ...]


@dataclass(frozen=True, slots=True)
class Asked:
    """All that an expression asks for."""

    selectors: tuple[Selector, ...]
    grouped_by: frozenset[str]


def asked(expression: str) -> Asked:
    """Read an expression. Raises ``ValueError`` where it cannot."""
    tokens = list(_tokens(expression))
    selectors: list[Selector] = []
    grouped: set[str] = set()
    at = 0
    while at < len(tokens):
        kind, text = tokens[at]
        following = tokens[at + 1][1] if at + 1 < len(tokens) else ""
        if kind == "name" and text in GROUPING:
            end = tokens.index(("sign", ")"), at) if following == "(" else at
            grouped |= {one for kind, one in tokens[at + 1 : end] if kind == "name"}
            at = end
        elif kind == "name" and text.lower() not in WORDS and not _is_function(tokens, at):
            matchers: tuple[Matcher, ...] = ()
            if following == "{":
                end = tokens.index(("sign", "}"), at)
                matchers = tuple(_matchers([one for _, one in tokens[at + 2 : end]]))
                at = end
            selectors.append(Selector(text, matchers))
        at += 1
    return Asked(tuple(selectors), frozenset(grouped))


def _matchers(parts: list[str]) -> Iterator[Matcher]:
    """From ``label``, operator, text and comma, again and again."""
    for label, operator, text in zip(parts[::4], parts[1::4], parts[2::4], strict=True):
        yield Matcher(label, operator, text[1:-1])


def _is_function(tokens: list[tuple[str, str]], at: int) -> bool:
    """A function or an aggregation: `rate(`, or `sum by (`."""
    following = tokens[at + 1][1] if at + 1 < len(tokens) else ""
    return following == "(" or following in {"by", "without"}


def _tokens(expression: str) -> Iterator[tuple[str, str]]:
    at = 0
    while at < len(expression):
        if expression[at].isspace():
            at += 1
            continue
        found = TOKEN.match(expression, at)
        if found is None:
            raise ValueError(f"not understood at {expression[at : at + 20]!r}")
        assert found.lastgroup is not None
        yield found.lastgroup, found.group()
        at = found.end()
