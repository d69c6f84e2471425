"""TLS as a client: whom we believe, and who we say we are."""

from __future__ import annotations

import ssl
from dataclasses import dataclass

from pydantic import SecretStr


class TlsFilesInvalid(Exception):
    """The files cannot be used; the text names the setting, and holds nothing of a file."""


@dataclass(frozen=True, slots=True)
class TlsFiles:
    """PEM files of one link. ``section`` is where its ``ssl_...`` settings stand."""

    section: str
    cafile: str | None = None
    certfile: str | None = None
    keyfile: str | None = None
    key_password: SecretStr | None = None
    check_hostname: bool = True

    @property
    def password(self) -> str:
        """That of the key. Never None: OpenSSL would ask for it at the terminal, and wait."""
        return self.key_password.get_secret_value() if self.key_password else ""

    def context(self) -> ssl.SSLContext:
        """A new context, from the files as they are now. Raises ``TlsFilesInvalid``.

        With ``cafile``, its authorities alone are believed; without, the system's. TLS 1.2 and
        later (RFC 8996 forbids what was before).
        """
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        context.minimum_version = ssl.TLSVersion.TLSv1_2
        context.check_hostname = self.check_hostname
        if self.cafile is None:
            context.load_default_certs()
        else:
            self._check_readable("ssl_cafile", self.cafile)
            try:
                context.load_verify_locations(self.cafile)
            except ssl.SSLError as error:
                raise TlsFilesInvalid(
                    f"{self.section}.ssl_cafile names {self.cafile}, which holds no certificates in"
                    " PEM"
                ) from error
        if self.certfile is not None:
            self._load_own(context, self.certfile)
        return context

    def _load_own(self, context: ssl.SSLContext, certfile: str) -> None:
        self._check_readable("ssl_certfile", certfile)
        if self.keyfile is not None:
            self._check_readable("ssl_keyfile", self.keyfile)
        try:
            context.load_cert_chain(certfile, self.keyfile, password=self.password)
        except ssl.SSLError as error:
            where = f"{self.section}.ssl_certfile and {self.section}.ssl_keyfile"
            raise TlsFilesInvalid(
                f"{where} are no pair of a certificate and its private key in PEM; an encrypted key"
                f" needs {self.section}.ssl_key_password"
            ) from error

    def _check_readable(self, setting: str, path: str) -> None:
        try:
            with open(path, "rb"):  # noqa: PTH123 - only whether it can be opened
                pass
        except OSError as error:
            raise TlsFilesInvalid(
                f"{self.section}.{setting} names {path}, which cannot be read: {error.strerror}"
            ) from error
