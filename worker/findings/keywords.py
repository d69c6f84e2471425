"""Words by which a sentence without headings, in lower case, belongs to a dimension."""

from __future__ import annotations

import re

from worker.domain.taxonomy import Dimension
from worker.findings.names import NAMES

WORDS: dict[Dimension, str] = {
    Dimension.IMPRACTICAL_LUMINOSITY: r"light source|lighting|illuminat\w+|glow\w*"
    r"|brightness|shadows?|highlights|reflections?",
    Dimension.LOCALIZED_BLUR: r"blurr?\w*|smear\w*|smudg\w+|out of focus|focus distribution"
    r"|depth[- ]of[- ]field",
    Dimension.ILLEGIBLE_LETTERS: r"text|letters?|lettering|words? on|writing|signage|characters on"
    r"|caption|logo|typography|gibberish|illegib\w+",
    Dimension.OMITTED_COMPONENTS: r"missing|omit\w+|incomplete|partially rendered|absent",
    Dimension.SPATIAL_RELATIONSHIPS: r"perspective|spatial\w*|float\w*|hover\w*|proportions? of"
    r"|scale of|placement|vanishing point|depth relationship",
    Dimension.DISTORTED_COMPONENTS: r"fingers?|hands?|limbs?|anatom\w+|distort\w+|deform\w+|warp\w*"
    r"|malform\w+|misshapen|teeth|ears?|structure of",
    Dimension.CHROMATIC_IRREGULARITY: r"colou?rs?|hues?|satur\w+|chroma\w*|tint\w*|palette",
    Dimension.ABNORMAL_TEXTURE: r"textures?|skin|plastic\w*|wax\w*|pores|surface\w*|fabric|fur"
    r"|smooth\w*",
    Dimension.LUMINANCE_DISCREPANCY: r"flicker\w*|brightness (?:changes|fluctuates?|jumps)"
    r"|shadows? (?:changes?|shifts?|moves?|jumps?)|between frames|exposure (?:changes|jumps)",
    Dimension.AWKWARD_FACIAL_EXPRESSION: r"facial|expression\w*|smil\w+|blink\w*"
    r"|lip[- ]?sync\w*|gaze|mouth",
    Dimension.DUPLICATED_COMPONENTS: r"duplicat\w+|clon(?:ed|ing)|repeat(?:ed|ing|s) "
    r"|identical (?:faces|people|copies|objects|figures)",
    Dimension.NON_SPATIAL_RELATIONSHIPS: r"physic\w+|gravity|interact\w+|penetrat\w+"
    r"|fus(?:e|es|ed|ing|ion)|merg(?:es|ed|ing)|passes? through|collision",
}

KEYWORDS: dict[Dimension, re.Pattern[str]] = {
    dimension: re.compile(rf"\b(?:{WORDS[dimension]}|{NAMES[dimension]})\b")
    for dimension in Dimension
}
