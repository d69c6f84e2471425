"""The dimensions that Ivy-Fake's explanations walk through: 8 in space, 4 in time.

Source: Ivy-Fake (arXiv 2506.00979), 3.2 and the annotation prompt in its appendix H. The list is
closed: what fits none of them is no finding.
"""

from __future__ import annotations

from enum import StrEnum


class Axis(StrEnum):
    """Where a dimension looks."""

    SPATIAL = "spatial"
    TEMPORAL = "temporal"


class Dimension(StrEnum):
    """One dimension. The values are what verdicts carry."""

    IMPRACTICAL_LUMINOSITY = "impractical_luminosity"
    LOCALIZED_BLUR = "localized_blur"
    ILLEGIBLE_LETTERS = "illegible_letters"
    OMITTED_COMPONENTS = "omitted_components"
    SPATIAL_RELATIONSHIPS = "spatial_relationships"
    DISTORTED_COMPONENTS = "distorted_components"
    CHROMATIC_IRREGULARITY = "chromatic_irregularity"
    ABNORMAL_TEXTURE = "abnormal_texture"
    LUMINANCE_DISCREPANCY = "luminance_discrepancy"
    AWKWARD_FACIAL_EXPRESSION = "awkward_facial_expression"
    DUPLICATED_COMPONENTS = "duplicated_components"
    NON_SPATIAL_RELATIONSHIPS = "non_spatial_relationships"

    @property
    def axis(self) -> Axis:
        """Spatial, or temporal (videos only)."""
        return Axis.TEMPORAL if self in TEMPORAL else Axis.SPATIAL


TEMPORAL = frozenset(
    {
        Dimension.LUMINANCE_DISCREPANCY,
        Dimension.AWKWARD_FACIAL_EXPRESSION,
        Dimension.DUPLICATED_COMPONENTS,
        Dimension.NON_SPATIAL_RELATIONSHIPS,
    }
)
