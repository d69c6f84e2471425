"""Text by which strangers try to be more than text."""

from __future__ import annotations

HOSTILE: dict[str, str] = {
    "newline": "fine\n2026-01-01T00:00:00Z [info     ] all is well\r\n",
    "ansi": "\x1b[2J\x1b[31mred\x1b]0;owned\x07\x1b]8;;http://evil.example\x07here",
    "ansi-8-bit": "a\x9b31mred\x9d0;owned\x9c",
    "separators": "one\u2028two\u2029three\x85four\x0bfive",
    "bidi": "evil\u202egpj.exe\u2066\u2069\u200f",
    "script": "</script><script>document.title='taken'</script>"
    "<img src=x onerror=\"document.title='taken'\">",
    "attribute": "\" autofocus onfocus=\"document.title='taken'\" x='",
    "markup": "[bold red]x[/] [link=http://evil.example]y[/link] [/] \\[z]\\",
    "template": "{{ 7 * 7 }}{% for a in b %}${7*7}%s%n{0}",
    "nul": "a\0b",
    "surrogate": "a\ud800b",
    "large": "A" * 1_000_000,
    "large-control": "\x1b" * 200_000,
}
"""By what they try."""
