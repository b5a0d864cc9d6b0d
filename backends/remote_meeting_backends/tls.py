"""TLS for a server: a certificate and its key, looked at before anybody is answered."""

from __future__ import annotations

import ssl
from dataclasses import dataclass
from pathlib import Path

from .errors import InvalidInput


class _PasswordWanted(Exception):
    pass


@dataclass(frozen=True, slots=True)
class Tls:
    """Where a server's certificate is.

    Args:
        certificate: PEM file: the certificate, and those that lead from it to a root.
        key: PEM file of its private key; None where that stands in the certificate's file.
    """

    certificate: Path
    key: Path | None = None

    def check(self) -> None:
        """Find out whether a server could use them.

        Raises:
            InvalidInput: A file is missing, holds something else, or the key is another certificate's or locked.
        """
        self._check_certificate()
        if self.key is not None:
            _check_readable(self.key, "key")
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        try:
            context.load_cert_chain(self.certificate, self.key, password=_refuse)
        except _PasswordWanted:
            raise InvalidInput(
                f"The TLS key {self._key_file} needs a password: give a key without one, as openssl pkey writes it."
            ) from None
        except ssl.SSLError as error:
            raise InvalidInput(self._sentence(error)) from error

    @property
    def _key_file(self) -> Path:
        return self.key or self.certificate

    def _check_certificate(self) -> None:
        _check_readable(self.certificate, "certificate")
        try:
            ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT).load_verify_locations(self.certificate)
        except ssl.SSLError as error:
            raise InvalidInput(f"The TLS certificate {self.certificate} holds no certificate in PEM.") from error

    def _sentence(self, error: ssl.SSLError) -> str:
        reason = error.reason or ""
        if reason == "KEY_VALUES_MISMATCH":
            return f"The TLS key {self._key_file} is not the key of the certificate {self.certificate}."
        if reason.endswith(("TOO_SMALL", "MD_TOO_WEAK")):
            return f"The TLS certificate {self.certificate} is too weak to be used: {reason.lower().replace('_', ' ')}."
        return f"The TLS key {self._key_file} holds no private key in PEM."


def _refuse() -> str:
    # OpenSSL would ask at the terminal.
    raise _PasswordWanted


def _check_readable(path: Path, what: str) -> None:
    try:
        with path.open("rb") as file:
            file.read(1)
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or error
        raise InvalidInput(f"The TLS {what} {path} cannot be read: {reason}.") from error
