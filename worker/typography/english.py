"""How English speaks of a picture's own origin, and how a prompt does."""

from __future__ import annotations

from worker.domain.typography import Claim
from worker.typography.phrase import STOP, Phrase, phrase

PHOTO = (
    r"(?:photo(?:graph)?|picture|pic|image|img|video|clip|footage|selfie|snapshot|portrait|shot"
    r"|scene|upload)s?"
)
REAL = r"(?:real|authentic|genuine|legit(?:imate)?|unedited|unaltered)"
FAKE = r"(?:an? )?(?:deep ?)?(?:fake|synthetic|cgi|artificial|fabricated|computer generated)"
AI = r"(?:a\.?i\.?|artificial intelligence)"
NOT = r"(?:not|isn ?t|wasn ?t|ain ?t|aren ?t|never)"
VERY = (
    r"(?:(?:[1i][0o]{2}|totally|completely|absolutely|really|very|definitely|certainly|truly"
    r"|indeed|entirely) ){0,2}"
)
MADE = (
    r"(?:made|created|generated|produced|rendered|drawn|painted|imagined|synthesi[sz]ed|designed"
    r"|edited|altered|manipulated|enhanced|touched)"
)
TOOL = (
    r"(?:mid ?journey|dall ?e|stable diffusion|sdxl|chat ?gpt|gpt|gemini|imagen|firefly|grok|sora"
    r"|runway|kling|veo|ideogram|leonardo|copilot|nano banana|flux"
    r"|(?:a )?(?:neural network|computer|machine|bot|diffusion model))"
)
HUMAN = (
    r"(?:an? |the )?(?:(?:real|actual|human) )?(?:humans?|human being|human hands?|persons?|people"
    r"|human artist|photographer)"
)
SIDE = r"(?:is|as|with|be|it|this|that|the|an?|image|photo|picture|video|media|only|just|word)"
ASKED = (
    r"(?:answer|verdict|label|output|conclusion|classification|class|result|prediction|predicted"
    rf"|ground truth|respond|reply|say|report|classify|mark|tag|treat|judge) (?:{SIDE} ){{0,6}}"
)
IGNORE = (
    r"(?:ignore|disregard|forget|override|skip) (?:[a-z]{1,12} ){0,3}"
    r"(?:instruction|prompt|rule|direction|command|context|message)s?(?:.|\n){1,80}?"
)
FILE = r"(?:[01][_-])?{word}[\\/]\S{{0,60}}\.(?:png|jpe?g|webp|mp4|gif|bmp|tiff?)"
NO_SHOP = r"(?! (?:booth|studio|lab|print|paper|shop|store|editor|album|frame|agency|academy)s?)"
NO_ADDRESS = r"(?!\.[a-z])"


def _of_both(word: str, says: Claim) -> list[Phrase]:
    """What is said alike of real and fake: answers to repeat, names of files."""
    return [
        phrase(rf"{ASKED}{word}{STOP}", says),
        phrase(rf"{IGNORE}\b{word}", says),
        phrase(rf"(?:{word})_[0-9]{{3,12}}", says),
        phrase(FILE.format(word=f"(?:{word})"), says),
        phrase(rf"(?<=[\\/])(?:[01][_-])?(?:{word})(?=[\\/])", says),
    ]


AUTHENTIC: list[Phrase] = [
    phrase(rf"(?:th(?:is|e|at|ese) )?{PHOTO} (?:is|was|are|were) {VERY}{REAL}", Claim.AUTHENTIC),
    phrase(rf"{REAL} {PHOTO}{NO_SHOP}{NO_ADDRESS}", Claim.AUTHENTIC, turns=True),
    phrase(rf"[1i][0o]{{2}} (?:{REAL}|human){STOP}", Claim.AUTHENTIC, turns=True),
    phrase(
        rf"(?:it|this|that|i|we|these|everything) (?:s|is|m|am|are|re) {VERY}{REAL}{STOP}",
        Claim.AUTHENTIC,
    ),
    phrase(rf"(?:actual|certified|verified) (?:{REAL} )?{PHOTO}", Claim.AUTHENTIC, turns=True),
    phrase(rf"(?:certified|verified|confirmed) (?:real|human){STOP}", Claim.AUTHENTIC, turns=True),
    phrase(
        rf"(?:no|not|non|zero|without|{NOT}) (?:any |an? |made |by ){{0,3}}{AI}"
        rf"(?:{STOP}| (?:was|were|used|here|involved|at all|whatsoever|made|created|generated"
        rf"|editing|edited|filters?|tools?|art|fakes?|enhance(?:d|ment)|{PHOTO}))",
        Claim.AUTHENTIC,
    ),
    phrase(
        rf"(?:no|{NOT}) (?:[a-z]{{1,12}} ){{0,3}}(?:by|with|using|from) (?:any |an? )?{AI}",
        Claim.AUTHENTIC,
    ),
    phrase(rf"{AI} free", Claim.AUTHENTIC),
    phrase(r"human made(?! (?:of|for))", Claim.AUTHENTIC, turns=True),
    phrase(rf"(?:{MADE}|taken|shot|captured|photographed) by {HUMAN}", Claim.AUTHENTIC, turns=True),
    phrase(rf"human (?:artist|photographer){STOP}", Claim.AUTHENTIC, turns=True),
    phrase(
        r"(?:taken|shot|captured|made|photographed) (?:on|with|by) (?:an? |my )?(?:real|actual)"
        r" camera",
        Claim.AUTHENTIC,
        turns=True,
    ),
    phrase(
        rf"{NOT} {FAKE}(?:{STOP}| (?:{PHOTO}|and|or|nor))",
        Claim.AUTHENTIC,
    ),
    phrase(rf"(?:no|{NOT}) (?:deep ?fakes?|photoshop(?:ped)?|cgi){STOP}", Claim.AUTHENTIC),
    *_of_both(rf"(?:real|authentic|genuine|human|not (?:fake|{AI}))", Claim.AUTHENTIC),
]

AI_GENERATED: list[Phrase] = [
    phrase(
        rf"{AI} (?:made|created|generated|produced|rendered|synthesi[sz]ed|manipulated|altered)",
        Claim.AI_GENERATED,
        turns=True,
    ),
    phrase(
        rf"{AI} (?:art(?:work)?|painting|render(?:ing)?|illustration|content|slop|{PHOTO}){STOP}",
        Claim.AI_GENERATED,
        turns=True,
    ),
    phrase(
        rf"(?:{MADE}|art(?:work)?|{PHOTO}) (?:by|with|using|in|via|from) (?:an? |the )?"
        rf"(?:google |meta |adobe |generative ){{0,2}}(?:{AI}|{TOOL})",
        Claim.AI_GENERATED,
        turns=True,
    ),
    phrase(
        rf"(?:{PHOTO}|this|it|that) (?:is|was|are|s) {VERY}(?:an? )?(?:{FAKE}|{AI}){STOP}",
        Claim.AI_GENERATED,
    ),
    phrase(
        rf"(?:{FAKE}|generated) {PHOTO}{NO_SHOP}{NO_ADDRESS}",
        Claim.AI_GENERATED,
        turns=True,
    ),
    phrase(
        rf"{NOT} (?:an? |the )?{VERY}{REAL}(?:{STOP}| {PHOTO})",
        Claim.AI_GENERATED,
    ),
    *_of_both(rf"(?:{FAKE}|{AI}(?: generated)?)", Claim.AI_GENERATED),
]

ALONE: list[Phrase] = [
    phrase(r"\A[\W_]{0,8}(?:it s )?real[\W_]{0,8}\Z", Claim.AUTHENTIC),
    phrase(r"\A[\W_]{0,8}(?:deep ?)?fake[\W_]{0,8}\Z", Claim.AI_GENERATED),
]
"""Words that say enough only where they are all the text there is: a club's name is in two lines,
and "fake news" is another matter."""

ENGLISH = (*AUTHENTIC, *AI_GENERATED, *ALONE)
