"""What a C2PA manifest store says: who made the file, from what, and how much of it holds.

The library's ``validation_state`` is about the newest manifest. It says ``Trusted`` also where what
that one was made from is signed by nobody known, or was broken when it was taken in; so each
manifest is weighed here by its own codes, and a statement counts as its weakest manifest does.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any

from worker.domain.provenance import (
    ProvenanceSignal,
    Says,
    SignalKind,
    Strength,
    ValidationState,
)
from worker.provenance.source_type import TERMS, term
from worker.provenance.text import clean
from worker.provenance.validation import Codes, ingredient_strength, why_invalid

MAX_DEPTH = 16
MAX_MANIFESTS = 64
"""Of a history: people's files have two or three steps. What is further back counts as unknown."""

MAX_ENTRIES = 200
"""Actions, ingredients or assertions of one manifest that are looked at."""

WEAKER = (Strength.SIGNED_TRUSTED, Strength.SIGNED, Strength.UNSIGNED, Strength.BROKEN_SIGNATURE)

STATES = {
    ValidationState.TRUSTED: "signed by a trusted signer, unchanged since",
    ValidationState.VALID: "signed by an unknown signer, unchanged since",
}

SAYINGS = {
    Says.AI_GENERATED: "says that a trained model made it",
    Says.AI_EDITED: "says that a trained model made or changed a part",
    Says.CAPTURED: "says that a camera captured it",
    Says.HUMAN_MADE: "says that people made it",
    Says.UNKNOWN: "does not say where all of it comes from",
}


@dataclass(frozen=True, slots=True)
class Claim:
    """What one manifest says of the origin of its file."""

    says: Says
    strength: Strength
    term: str | None = None
    agent: str | None = None
    from_ingredient: bool = False


def read_manifests(store: dict[str, Any]) -> Iterator[ProvenanceSignal]:
    """One signal for the active manifest and what it rests on; none for an empty store."""
    label = store.get("active_manifest")
    manifest = _dict(_dict(store.get("manifests")).get(label)) if isinstance(label, str) else {}
    if not manifest or not isinstance(label, str):
        return
    state = _state(store.get("validation_state"))
    strength = {
        ValidationState.TRUSTED: Strength.SIGNED_TRUSTED,
        ValidationState.VALID: Strength.SIGNED,
        ValidationState.INVALID: Strength.BROKEN_SIGNATURE,
    }[state]
    claim = _History(store).claim(label, strength)
    signature = _dict(manifest.get("signature_info"))
    yield ProvenanceSignal(
        kind=SignalKind.C2PA,
        says=claim.says,
        strength=claim.strength,
        detail=_detail(state, claim, store),
        generator=_generator(manifest),
        model=claim.agent,
        signer=_signer(signature),
        digital_source_type=claim.term,
        validation_state=state,
    )


class _History:
    """The manifests of one store, walked from the newest to what it was made from."""

    def __init__(self, store: dict[str, Any]) -> None:
        self._manifests = _dict(store.get("manifests"))
        results = _dict(store.get("validation_results"))
        self._deltas = Codes.of_deltas(_list(results.get("ingredientDeltas")))
        self._left = MAX_MANIFESTS

    def claim(self, label: str, strength: Strength, depth: int = 0) -> Claim:
        """The statement of one manifest, by this rule.

        Made by a model, if its own creation, or its parent, is. Else edited by a model, if any
        other action or any component is by a model. Else what its creation or its parent is, but
        unknown where a component is: then a part of it may be anything.
        """
        self._left -= 1
        manifest = _dict(self._manifests.get(label))
        unknown = Claim(Says.UNKNOWN, strength)
        if self._left < 0 or depth > MAX_DEPTH:
            return unknown
        origins, edits = _own_claims(manifest, strength)
        components: list[Claim] = []
        for ingredient in _list(manifest.get("ingredients")):
            claim = self._of_ingredient(_dict(ingredient), strength, depth)
            if _dict(ingredient).get("relationship") == "parentOf":
                origins.append(claim)
            elif _dict(ingredient).get("relationship") == "componentOf":
                components.append(claim)
        edits += [
            replace(claim, says=Says.AI_EDITED)
            for claim in components
            if claim.says in {Says.AI_GENERATED, Says.AI_EDITED}
        ]
        for wanted in (Says.AI_GENERATED, Says.AI_EDITED):
            for claim in (*origins, *edits):
                if claim.says is wanted:
                    return claim
        if any(claim.says is not Says.CAPTURED for claim in components):
            return unknown
        if {claim.says for claim in origins} in ({Says.CAPTURED}, {Says.HUMAN_MADE}):
            return max((*origins, *components), key=lambda claim: WEAKER.index(claim.strength))
        return unknown

    def _of_ingredient(self, ingredient: dict[str, Any], above: Strength, depth: int) -> Claim:
        label = ingredient.get("active_manifest")
        if not isinstance(label, str) or label not in self._manifests:
            # Without a manifest of its own: at the signer's word, if there is one.
            name = term(ingredient.get("digitalSourceType"))
            says = TERMS[name] if name is not None else Says.UNKNOWN
            return Claim(says, above, name, from_ingredient=True)
        own = ingredient_strength(ingredient, self._deltas, label)
        if own is Strength.BROKEN_SIGNATURE:
            return Claim(Says.UNKNOWN, above, from_ingredient=True)
        weakest = max(own, above, key=WEAKER.index)
        return replace(self.claim(label, weakest, depth + 1), from_ingredient=True)


def _own_claims(manifest: dict[str, Any], strength: Strength) -> tuple[list[Claim], list[Claim]]:
    """Of its creation, and of the other actions that a model took part in."""
    origins: list[Claim] = []
    edits: list[Claim] = []
    for action in _actions(manifest):
        name = term(action.get("digitalSourceType"))
        if name is None:
            continue
        claim = Claim(TERMS[name], strength, name, _agent(action.get("softwareAgent")))
        if action.get("action") == "c2pa.created":
            origins.append(claim)
        elif claim.says in {Says.AI_GENERATED, Says.AI_EDITED}:
            edits.append(replace(claim, says=Says.AI_EDITED))
    return origins, edits


def _actions(manifest: dict[str, Any]) -> Iterator[dict[str, Any]]:
    for assertion in map(_dict, _list(manifest.get("assertions"))):
        label = assertion.get("label")
        if isinstance(label, str) and label.startswith("c2pa.actions"):
            yield from map(_dict, _list(_dict(assertion.get("data")).get("actions")))


def _detail(state: ValidationState, claim: Claim, store: dict[str, Any]) -> str:
    holds = STATES.get(state) or f"a broken signature ({why_invalid(store)})"
    where = ", in the manifest of what it was made from" if claim.from_ingredient else ""
    return f"a C2PA manifest, {holds}: {SAYINGS[claim.says]}{where}"


def _generator(manifest: dict[str, Any]) -> str | None:
    for info in map(_dict, _list(manifest.get("claim_generator_info"))):
        name, version = info.get("name"), info.get("version")
        if isinstance(name, str):
            return clean(f"{name} {version}" if isinstance(version, str) else name)
    return clean(manifest.get("claim_generator"))


def _agent(agent: object) -> str | None:
    return clean(_dict(agent).get("name") if isinstance(agent, dict) else agent)


def _signer(signature: dict[str, Any]) -> str | None:
    name, issuer = clean(signature.get("common_name")), clean(signature.get("issuer"))
    return clean(f"{name} ({issuer})") if name and issuer and name != issuer else name or issuer


def _state(value: object) -> ValidationState:
    try:
        return ValidationState(str(value))
    except ValueError:
        return ValidationState.INVALID


def _dict(value: object) -> dict[str, Any]:
    return value if isinstance(value, dict) else {}


def _list(value: object) -> list[Any]:
    return value[:MAX_ENTRIES] if isinstance(value, list) else []
