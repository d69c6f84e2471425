"""What a teacher is asked.

The user's words are the seed's own (its project page; the label is given). The rubric follows the
structure of its annotation prompt (appendix H): the taxonomy with two probes to a dimension, the
order of reasoning, the form of the answer. Its sentences are ours.
"""

from __future__ import annotations

from worker.domain.media import MediaKind
from worker.domain.taxonomy import Dimension
from worker.labelled.items import Truth

USER = "This {kind} is {label}. Explain the reason."

PROBES: dict[Dimension, str] = {
    Dimension.LUMINANCE_DISCREPANCY: "do shadows keep their direction; do light sources agree",
    Dimension.AWKWARD_FACIAL_EXPRESSION: "do muscles move on smoothly; does the face fit the scene",
    Dimension.DUPLICATED_COMPONENTS: "does an element come back as a copy; do like things vary",
    Dimension.NON_SPATIAL_RELATIONSHIPS: "do objects act on one another by physics; does any pass"
    " into another",
    Dimension.IMPRACTICAL_LUMINOSITY: "is the brightness possible; is there a source to the light",
    Dimension.LOCALIZED_BLUR: "is focus spread as a lens does; is depth of field made up",
    Dimension.ILLEGIBLE_LETTERS: "can the text be read; are its characters whole",
    Dimension.DISTORTED_COMPONENTS: "is anatomy right; do shapes keep to physics",
    Dimension.OMITTED_COMPONENTS: "is every object whole; is anything drawn in part",
    Dimension.SPATIAL_RELATIONSHIPS: "does each thing stand where it can; does perspective hold",
    Dimension.CHROMATIC_IRREGULARITY: "are colours those of the things; is a hue unnatural",
    Dimension.ABNORMAL_TEXTURE: "is a pattern too regular; does the material hang together",
}


def system_prompt(kind: MediaKind) -> str:
    """The rubric: both halves for a clip, the spatial one for a picture."""
    temporal = [one for one in PROBES if one.axis.value == "temporal"]
    spatial = [one for one in PROBES if one not in temporal]
    parts = [f"You look for the signs by which a generated {kind.value} is told from a real one."]
    steps = ["Spatial Analysis"]
    if kind is MediaKind.VIDEO:
        parts.append(f"Across frames:\n{_listed(temporal)}")
        steps.insert(0, "Temporal Analysis")
    parts.append(f"Within a frame:\n{_listed(spatial)}")
    order = ", then ".join(f"**{step}**" for step in steps)
    parts.append(
        f"Write {order}, with one bullet for each dimension above by its name, also where nothing"
        " is wrong with it. Name what is seen and where. The conclusion must be the label that the"
        " user gives: real for what a camera took with its natural flaws, fake for what shows"
        " synthetic traces."
    )
    parts.append(
        "Answer in this form and nothing else:"
        " <think>the analysis</think><conclusion>real or fake</conclusion>"
    )
    return "\n\n".join(parts)


def user_prompt(kind: MediaKind, label: Truth) -> str:
    """The seed's own words."""
    return USER.format(kind=kind.value, label=label.value)


def _listed(dimensions: list[Dimension]) -> str:
    return "\n".join(
        f"* {one.value.replace('_', ' ').title()}: {PROBES[one]}?" for one in dimensions
    )
