"""How the model writes the names of the dimensions."""

from __future__ import annotations

from worker.domain.taxonomy import Dimension

NAMES: dict[Dimension, str] = {
    # As regular expressions: the model bends the names a little.
    Dimension.NON_SPATIAL_RELATIONSHIPS: r"non[- ]?spatial relationships?",
    Dimension.SPATIAL_RELATIONSHIPS: r"spatial relationships?",
    Dimension.IMPRACTICAL_LUMINOSITY: r"impractical luminosity",
    Dimension.LOCALIZED_BLUR: r"locali[sz]ed blur(?:ring|riness)?",
    Dimension.ILLEGIBLE_LETTERS: r"illegible (?:letters?|text)",
    Dimension.OMITTED_COMPONENTS: r"omitted components?",
    Dimension.DISTORTED_COMPONENTS: r"distorted components?",
    Dimension.CHROMATIC_IRREGULARITY: r"chromatic irregularit(?:y|ies)",
    Dimension.ABNORMAL_TEXTURE: r"abnormal textures?",
    Dimension.LUMINANCE_DISCREPANCY: r"luminance discrepanc(?:y|ies)",
    Dimension.AWKWARD_FACIAL_EXPRESSION: r"awkward facial expressions?",
    Dimension.DUPLICATED_COMPONENTS: r"duplicated components?",
}
