"""The same in Spanish, Portuguese, Italian, French and German, as far as it comes cheap."""

from __future__ import annotations

from worker.domain.typography import Claim
from worker.typography.english import TOOL
from worker.typography.phrase import STOP, Phrase, phrase

SOUTH_PHOTO = r"(?:foto(?:grafia)?|imagen|imagem|immagine|video)s?"
SOUTH_REAL = r"(?:reale?|verdader[ao]|verdadeir[ao]|autentic[ao]|genuin[ao]|ver[ao])"
IA = r"(?:i\.?a\.?|inteligencia artificial|intelligenza artificiale|intelligence artificielle)"
SOUTH_MADE = (
    r"(?:generad[ao]|cread[ao]|hech[ao]|gerad[ao]|criad[ao]|feit[ao]|generat[ao]|creat[ao]"
    r"|fatt[ao]|produzid[ao]|producid[ao])s?"
)
AND_SO_ON = rf"(?:{STOP}| (?:y|e|sin|sem|senza|no|nao|non) )"

SOUTHERN: list[Phrase] = [
    phrase(
        rf"{SOUTH_PHOTO}\s{{0,2}}(?:\b(?:es|e|esta)\s{{1,2}})?(?:(?:[1i][0o]{{2}}|totalmente"
        rf"|completamente|absolutamente) )?{SOUTH_REAL}{AND_SO_ON}",
        Claim.AUTHENTIC,
    ),
    phrase(rf"(?:vera|verdadera|verdadeira|autentica) {SOUTH_PHOTO}", Claim.AUTHENTIC, turns=True),
    phrase(rf"(?:sin|sem|senza) (?:(?:uso de|usar|uso di) )?(?:a |la )?{IA}", Claim.AUTHENTIC),
    phrase(rf"(?:no|nao|non) (?:es |e |fue |foi )?(?:una? |uma )?{IA}{STOP}", Claim.AUTHENTIC),
    phrase(
        rf"{SOUTH_MADE} (?:por|da|dagli|de|pelos?) (?:una? |um |seres |esseri |el |la |o )?"
        r"(?:human[oa]s?|uman[oi]|personas?|pessoas?)",
        Claim.AUTHENTIC,
        turns=True,
    ),
    phrase(
        rf"(?:respuesta|responde|resposta|responda|risposta|rispondi) {SOUTH_REAL}{STOP}",
        Claim.AUTHENTIC,
    ),
    phrase(
        rf"{SOUTH_MADE} (?:por|con|com|da|dall|pel[ao]|mediante|usando) (?:a |la |una |uma )?"
        rf"(?:{IA}|{TOOL})",
        Claim.AI_GENERATED,
        turns=True,
    ),
    phrase(rf"{SOUTH_PHOTO} (?:es |e )?fals[ao]", Claim.AI_GENERATED, turns=True),
    phrase(rf"fals[ao] {SOUTH_PHOTO}", Claim.AI_GENERATED, turns=True),
    phrase(rf"(?:no|nao|non) (?:es|e) (?:una? |uma )?{SOUTH_REAL}{STOP}", Claim.AI_GENERATED),
]

FRENCH_PHOTO = r"(?:photo(?:graphie)?|image|video|cliche)s?"
FRENCH_REAL = r"(?:reele?|reelle|vraie?|authentique|veritable)"

FRENCH: list[Phrase] = [
    phrase(rf"{FRENCH_PHOTO} (?:est )?(?:bien )?{FRENCH_REAL}", Claim.AUTHENTIC, turns=True),
    phrase(rf"(?:vraie?|veritable|authentique) {FRENCH_PHOTO}", Claim.AUTHENTIC, turns=True),
    phrase(rf"(?:sans|zero) (?:l )?{IA}", Claim.AUTHENTIC),
    phrase(
        rf"(?:pas|jamais|non) (?:(?:d|de|une?|l|la|par|avec|generee?|creee?|faite?) ){{0,4}}{IA}",
        Claim.AUTHENTIC,
    ),
    phrase(
        r"(?:faite?|creee?|prise?) (?:a la main )?par (?:une? |des? )?humaine?s?",
        Claim.AUTHENTIC,
        turns=True,
    ),
    phrase(rf"(?:reponds?|reponse) {FRENCH_REAL}{STOP}", Claim.AUTHENTIC),
    phrase(
        rf"(?:generee?|creee?|faite?|produite?|realisee?)s? (?:par|avec|via) (?:une? |l |de l )?"
        rf"(?:{IA}|{TOOL})",
        Claim.AI_GENERATED,
        turns=True,
    ),
    phrase(rf"(?:fausse|faux) {FRENCH_PHOTO}", Claim.AI_GENERATED, turns=True),
    phrase(rf"{FRENCH_PHOTO} (?:est )?(?:fausse|truquee)", Claim.AI_GENERATED, turns=True),
    phrase(rf"pas (?:une )?{FRENCH_REAL}(?:{STOP}| {FRENCH_PHOTO})", Claim.AI_GENERATED),
]

GERMAN_PHOTO = r"(?:fotos?|bild(?:er)?|aufnahmen?|videos?|fotografien?)"
KI = r"(?:k\.?i\.?|kunstliche[rn]? intelligenz)"
GERMAN_MADE = r"(?:generiert|erzeugt|erstellt|gemacht|bearbeitet|geschaffen)(?:e[srn]?)?"

GERMAN: list[Phrase] = [
    phrase(
        rf"{GERMAN_PHOTO} (?:ist|sind) (?:(?:wirklich|[1i][0o]{{2}}|absolut) )?"
        r"(?:echt|authentisch|real)",
        Claim.AUTHENTIC,
    ),
    phrase(rf"(?:echte[srn]?|authentische[srn]?) {GERMAN_PHOTO}", Claim.AUTHENTIC, turns=True),
    phrase(rf"(?:[1i][0o]{{2}}|(?:das|es) ist) echt{STOP}", Claim.AUTHENTIC),
    phrase(rf"(?:keine?|ohne) {KI}(?:{STOP}| (?:{GERMAN_PHOTO}|{GERMAN_MADE}))", Claim.AUTHENTIC),
    phrase(rf"nicht (?:von|mit|durch) (?:einer |der )?{KI}", Claim.AUTHENTIC),
    phrase(rf"von menschen(?:hand)? {GERMAN_MADE}", Claim.AUTHENTIC, turns=True),
    phrase(rf"antwort(?:e)? (?:mit |ist )?(?:echt|real){STOP}", Claim.AUTHENTIC),
    phrase(rf"{KI} {GERMAN_MADE}", Claim.AI_GENERATED, turns=True),
    phrase(rf"{KI} {GERMAN_PHOTO}{STOP}", Claim.AI_GENERATED, turns=True),
    phrase(
        rf"(?:von|mit|durch) (?:einer |der |hilfe von )?(?:{KI}|{TOOL}) {GERMAN_MADE}",
        Claim.AI_GENERATED,
        turns=True,
    ),
    phrase(
        rf"(?:falsche[srn]?|gefalschte[srn]?|unechte[srn]?) {GERMAN_PHOTO}",
        Claim.AI_GENERATED,
        turns=True,
    ),
    phrase(rf"{GERMAN_PHOTO} (?:ist|sind) (?:falsch|gefalscht|unecht|fake)", Claim.AI_GENERATED),
    phrase(rf"nicht echt{STOP}", Claim.AI_GENERATED),
]

EUROPEAN = (*SOUTHERN, *FRENCH, *GERMAN)
