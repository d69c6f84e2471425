"""Signs files with C2PA manifests, by a certificate authority made on the spot."""

from __future__ import annotations

import io
import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import c2pa
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import AuthorityInformationAccessOID, ExtendedKeyUsageOID, NameOID

SOURCE_TYPES = "http://cv.iptc.org/newscodes/digitalsourcetype/"
TITLE = "test file"


@dataclass(frozen=True, slots=True)
class Ingredient:
    """What a file was made from."""

    data: bytes
    mime: str
    relationship: str = "parentOf"


@dataclass(frozen=True, slots=True)
class Signer:
    """A certificate fit for C2PA, below a root of its own.

    C2PA 2.x, 14.5: X.509 v3, digitalSignature, emailProtection, not a CA, signed by another.
    """

    chain: str
    """PEM: the signer's certificate, then the root's."""
    key: str
    anchor: str
    """PEM of the root: with it as trust anchor the signer is ``Trusted``, without it ``Valid``."""

    @classmethod
    def make(cls, name: str = "Camera 1", *, ocsp_url: str | None = None) -> Signer:
        """A new root and a certificate below it, good for a month."""
        root_key = ec.generate_private_key(ec.SECP256R1())
        key = ec.generate_private_key(ec.SECP256R1())
        root = _builder("Test Root", "Test Root", root_key.public_key())
        root = root.add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        root = root.add_extension(_usage(authority=True), critical=True)
        leaf = _builder(name, "Test Root", key.public_key())
        leaf = leaf.add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        leaf = leaf.add_extension(_usage(authority=False), critical=True)
        leaf = leaf.add_extension(
            x509.ExtendedKeyUsage([ExtendedKeyUsageOID.EMAIL_PROTECTION]), critical=False
        )
        leaf = leaf.add_extension(
            x509.AuthorityKeyIdentifier.from_issuer_public_key(root_key.public_key()),
            critical=False,
        )
        if ocsp_url is not None:
            access = x509.AccessDescription(
                AuthorityInformationAccessOID.OCSP, x509.UniformResourceIdentifier(ocsp_url)
            )
            leaf = leaf.add_extension(x509.AuthorityInformationAccess([access]), critical=False)
        anchor = _pem(root.sign(root_key, hashes.SHA256()))
        return cls(
            chain=_pem(leaf.sign(root_key, hashes.SHA256())) + anchor,
            key=key.private_bytes(
                serialization.Encoding.PEM,
                serialization.PrivateFormat.PKCS8,
                serialization.NoEncryption(),
            ).decode(),
            anchor=anchor,
        )

    def sign(
        self,
        data: bytes,
        mime: str,
        actions: Sequence[dict[str, Any]],
        *,
        ingredients: Sequence[Ingredient] = (),
        generator: str = "Test Program",
        assertions: Sequence[dict[str, Any]] = (),
        remote_url: str | None = None,
    ) -> bytes:
        """The file with a manifest; with ``remote_url``, only with a URL where one would be."""
        context = c2pa.Context.from_dict(
            {
                "verify": {"verify_after_sign": False, "remote_manifest_fetch": False},
                "builder": {"thumbnail": {"enabled": False}},
            }
        )
        manifest = {
            "title": TITLE,
            "claim_generator_info": [{"name": generator, "version": "1.2"}],
            "assertions": [
                {"label": "c2pa.actions.v2", "data": {"actions": list(actions)}},
                *assertions,
            ],
        }
        with c2pa.Builder(json.dumps(manifest), context=context) as builder:
            for at, ingredient in enumerate(ingredients):
                about = {
                    "title": TITLE,
                    "relationship": ingredient.relationship,
                    "label": ingredient_id(at),
                }
                builder.add_ingredient(
                    json.dumps(about), ingredient.mime, io.BytesIO(ingredient.data)
                )
            if remote_url is not None:
                builder.set_no_embed()
                builder.set_remote_url(remote_url)
            info = c2pa.C2paSignerInfo(
                c2pa.C2paSigningAlg.ES256, self.chain.encode(), self.key.encode(), None
            )
            signed = io.BytesIO()
            with c2pa.Signer.from_info(info) as signer:
                builder.sign(signer, mime, io.BytesIO(data), signed)
        return signed.getvalue()


def created(source_type: str, agent: str | None = None) -> dict[str, Any]:
    """The action that a file's first manifest begins with."""
    action: dict[str, Any] = {
        "action": "c2pa.created",
        "digitalSourceType": SOURCE_TYPES + source_type,
    }
    return {**action, "softwareAgent": {"name": agent}} if agent else action


def opened(at: int = 0) -> dict[str, Any]:
    """The action that an edited file's manifest begins with; ``at`` counts the ingredients."""
    return {"action": "c2pa.opened", "parameters": {"ingredientIds": [ingredient_id(at)]}}


def placed(at: int) -> dict[str, Any]:
    """An ingredient was put into the file."""
    return {"action": "c2pa.placed", "parameters": {"ingredientIds": [ingredient_id(at)]}}


def edited(source_type: str | None = None) -> dict[str, Any]:
    """Some change."""
    kind = {"digitalSourceType": SOURCE_TYPES + source_type} if source_type else {}
    return {"action": "c2pa.edited", **kind}


def ingredient_id(at: int) -> str:
    """By which actions name an ingredient."""
    return f"ingredient-{at}"


def _builder(name: str, issuer: str, key: ec.EllipticCurvePublicKey) -> x509.CertificateBuilder:
    now = datetime.now(UTC)
    return (
        x509.CertificateBuilder()
        .subject_name(_name(name))
        .issuer_name(_name(issuer))
        .public_key(key)
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=30))
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key), critical=False)
    )


def _name(common: str) -> x509.Name:
    return x509.Name(
        [
            x509.NameAttribute(NameOID.COUNTRY_NAME, "DE"),
            x509.NameAttribute(NameOID.ORGANIZATION_NAME, "Test Cameras"),
            x509.NameAttribute(NameOID.COMMON_NAME, common),
        ]
    )


def _usage(*, authority: bool) -> x509.KeyUsage:
    return x509.KeyUsage(
        digital_signature=True,
        content_commitment=False,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        key_cert_sign=authority,
        crl_sign=authority,
        encipher_only=False,
        decipher_only=False,
    )


def _pem(certificate: x509.Certificate) -> str:
    return certificate.public_bytes(serialization.Encoding.PEM).decode()
