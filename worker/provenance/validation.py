"""C2PA's validation codes: which manifest of a store holds, and why one does not.

Source: C2PA 2.x, 15 ("validation"): the tables of success, informational and failure codes.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from worker.domain.provenance import Strength

TRUSTED = "signingCredential.trusted"
UNTRUSTED = "signingCredential.untrusted"
"""Failure only in name: an unknown signer leaves a manifest ``Valid``."""

TOLERATED_PREFIX = "cawg."
"""Identities that are attached to a manifest, and do not touch it."""

REASONS = (
    ("Hash.mismatch", "the file was changed after it was signed"),
    ("signingCredential.expired", "the certificate had expired"),
    ("claimSignature.outsideValidity", "the certificate had expired"),
    ("revoked", "the certificate was revoked"),
    ("claimSignature", "the signature does not match"),
    ("signingCredential", "the certificate is not fit for signing"),
    ("ingredient", "what it was made from does not hold"),
)
"""Parts of failure codes, the most telling first, and our words for them."""


@dataclass(slots=True)
class Codes:
    """Codes with the places in the store that they are about."""

    success: list[tuple[str, str]] = field(default_factory=list)
    failure: list[tuple[str, str]] = field(default_factory=list)

    @classmethod
    def of(cls, results: object) -> Codes:
        """Of one ``{"success": [...], "failure": [...]}``; empty for anything else."""
        found = results if isinstance(results, dict) else {}
        return cls(list(_codes(found.get("success"))), list(_codes(found.get("failure"))))

    @classmethod
    def of_deltas(cls, deltas: Iterable[object]) -> Codes:
        """Of the library's ``ingredientDeltas``: what it finds now, and the signer did not note."""
        codes = cls()
        for delta in deltas:
            if isinstance(delta, dict):
                one = cls.of(delta.get("validationDeltas"))
                codes.success += one.success
                codes.failure += one.failure
        return codes

    def about(self, label: str) -> Codes:
        """Those about one manifest. A failure that names none is about any; a success is not."""
        return Codes(
            [(code, url) for code, url in self.success if label in url.split("/")],
            [(code, url) for code, url in self.failure if not url or label in url.split("/")],
        )


def ingredient_strength(ingredient: dict[str, Any], deltas: Codes, label: str) -> Strength:
    """How far the manifest of an ingredient holds: as its user noted it, and as it is seen now.

    The ingredient's own bytes are not here, so whether they were intact only the note tells; it is
    as good as the signature above it, which the caller counts in. A signer noted as trusted is so
    only as long as the library does not find otherwise with our own anchors.
    """
    results = ingredient.get("validation_results")
    noted = Codes.of(results.get("activeManifest") if isinstance(results, dict) else None)
    # Before version 3, an ingredient noted its failures only.
    noted.failure += _codes(ingredient.get("validation_status"))
    now = deltas.about(label)
    failures = {code for code, _ in (*noted.failure, *now.failure)}
    if any(code != UNTRUSTED and not code.startswith(TOLERATED_PREFIX) for code in failures):
        return Strength.BROKEN_SIGNATURE
    trusted_now = any(code == TRUSTED for code, _ in now.success)
    trusted_then = any(code == TRUSTED for code, _ in noted.success)
    if trusted_now or (trusted_then and UNTRUSTED not in failures):
        return Strength.SIGNED_TRUSTED
    return Strength.SIGNED


def why_invalid(store: dict[str, Any]) -> str:
    """Why a store is ``Invalid``, in our words."""
    results = store.get("validation_results")
    found = results if isinstance(results, dict) else {}
    deltas = found.get("ingredientDeltas")
    codes = {
        code
        for code, _ in (
            *Codes.of(found.get("activeManifest")).failure,
            *Codes.of_deltas(deltas if isinstance(deltas, list) else ()).failure,
            *_codes(store.get("validation_status")),
        )
    }
    for part, reason in REASONS:
        if any(part in code and code != UNTRUSTED for code in codes):
            return reason
    return "it does not hold"


def _codes(statuses: object) -> Iterable[tuple[str, str]]:
    for status in statuses if isinstance(statuses, list) else ():
        if isinstance(status, dict) and isinstance(status.get("code"), str):
            url = status.get("url")
            yield status["code"], url if isinstance(url, str) else ""
