"""Generators that text fields name: as the program, or in a phrase of disclosure."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from worker.domain.provenance import ProvenanceSignal, Says, SignalKind, Strength

NAMES = (
    r"Adobe Firefly",
    r"Bing Image Creator",
    r"Black Forest Labs",
    r"ChatGPT",
    r"ComfyUI",
    r"Craiyon",
    r"DALL[-·. ]?E",
    r"DiffusionBee",
    r"Draw Things",
    r"Dreamina",
    r"Dream Machine",
    r"Easy Diffusion",
    r"FLUX\.\d",
    r"Fooocus",
    r"GPT-4o",
    r"gpt-image",
    r"Hailuo",
    r"Ideogram",
    r"Imagen \d",
    r"InvokeAI",
    r"Jimeng",
    r"Kandinsky",
    r"Kling",
    r"Leonardo\.? ?AI",
    r"Midjourney",
    r"Nano Banana",
    r"NightCafe",
    r"NovelAI",
    r"OpenAI",
    r"Pika Labs",
    r"Qwen-Image",
    r"Recraft",
    r"reve\.com",
    r"RunwayML",
    r"Seedance",
    r"Seedream",
    r"Stable ?Diffusion",
    r"SwarmUI",
    r"Google Veo",
    r"xAI Grok",
)
"""As they write themselves. Names that other things bear (Gemini, Sora, Runway) are not here."""

_NAME = re.compile(r"(?<!\w)(" + "|".join(NAMES) + r")(?!\w)", re.IGNORECASE)

_DISCLOSED = re.compile(
    r"(?<!\w)(?:made|created|generated|produced|rendered) (?:with|by|using) "
    r"(?:\w{1,20} ){0,2}(?:AI(?!\w)|" + "|".join(NAMES) + r")"
    r"|(?<!\w)AI[- ]generated (?:image|picture|photo|video)(?!\w)"
    r"|AI\s?生成",
    re.IGNORECASE,
)
_EDITED = re.compile(r"(?<!\w)edited (?:with|by|using) (?:\w{1,20} )?AI(?!\w)", re.IGNORECASE)
"""Such as Google's credit lines "Made with Google AI" and "Edited with Google AI"."""

_DENIED = re.compile(
    r"(?<!\w)(?:not|no|non|never|without)(?!\w)|n't(?!\w)|[非不未无没]", re.IGNORECASE
)
LOOK_BACK = 16
"""Characters before a disclosure in which it is denied."""

SIGNATURE = re.compile(r"Signature: [A-Za-z0-9+/=]{64,4000}")
UUID = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}")
"""What Grok writes as EXIF ImageDescription and Artist, seen in its files; xAI documents neither,
and without its key the signature cannot be checked."""

LOOKED_AT = 1000
"""Characters of a field: a disclosure stands at the beginning, or is the whole."""


def name_of(text: str) -> str | None:
    """The generator that a program's field names, as we know it; None for any other program."""
    found = _NAME.search(text[:LOOKED_AT])
    return found[1] if found is not None else None


def read_names(programs: Iterable[str], remarks: Iterable[str]) -> Iterator[ProvenanceSignal]:
    """One signal at most: a generator in a program's field, or a disclosure in a remark.

    A remark (a description, a comment, a credit line) that merely mentions a generator is no
    disclosure: it may be a photo of a talk about it.
    """
    for program in programs:
        name = name_of(program)
        if name is not None:
            yield _signal(Says.AI_GENERATED, "a field for the program names a generator", name)
            return
    for remark in remarks:
        looked_at = remark[:LOOKED_AT]
        if _stated(_EDITED, looked_at):
            yield _signal(Says.AI_EDITED, "a text says that it was edited with AI", None)
            return
        if _stated(_DISCLOSED, looked_at):
            yield _signal(
                Says.AI_GENERATED, "a text says that it was made with AI", name_of(looked_at)
            )
            return


def _stated(pattern: re.Pattern[str], text: str) -> bool:
    return any(
        not _DENIED.search(text[max(0, found.start() - LOOK_BACK) : found.start()])
        for found in pattern.finditer(text)
    )


def read_grok(description: str, artist: str) -> Iterator[ProvenanceSignal]:
    """XAI's pair of a signature and an identifier."""
    if SIGNATURE.fullmatch(description.strip()) and UUID.fullmatch(artist.strip().lower()):
        yield _signal(Says.AI_GENERATED, "has a signature as Grok writes it, unchecked", "xAI Grok")


def _signal(says: Says, detail: str, generator: str | None) -> ProvenanceSignal:
    return ProvenanceSignal(
        kind=SignalKind.GENERATOR_NAMED,
        says=says,
        strength=Strength.UNSIGNED,
        detail=detail,
        generator=generator,
    )
