"""What is known of the licences of published sets. A note, and no advice: the source decides."""

from __future__ import annotations

IVY_FAKE = """\
The authors' README says CC BY-SA 4.0. The licence field of its page on the hub was empty when this
was written.

The paper (appendix B) names narrower terms for parts: the media of FLUX.1 and WildFake are for
non-commercial use, and the explanations, made with Gemini, for academic research and non-commercial
purposes.

Media come from other sets, too (GenVideo, LOKI, FakeClue, Kinetics-400, MMFakeBench, GenImage,
DiffusionForensics), each with terms of its own.
"""

GENIMAGE = "Its real media are ImageNet's, which has terms of its own."

GENVIDEO = """\
Its real media are those of Kinetics-400, Youku-mPLUG and MSR-VTT, each with terms of its own.
"""

NOTES = {"ivy-fake": IVY_FAKE, "genimage": GENIMAGE, "genvideo": GENVIDEO}
"""By layout; a paragraph is a note."""

UNKNOWN = "No note on the licence of this set is known here: look at its source before any use."

UPLOADS = """\
These are uploads of a platform's users: what it may use them for is written in its terms and in the
law on personal data, and how long it may keep them, too.
"""


def licence_notes(layout: str, *, own_uploads: bool = False) -> tuple[str, ...]:
    """Sentences for a card."""
    text = UPLOADS if own_uploads else NOTES.get(layout, UNKNOWN)
    return tuple(" ".join(note.split()) for note in text.split("\n\n"))
