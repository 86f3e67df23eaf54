"""The park's own signature, so that a paper and a checkpoint prove themselves to who has its certificate.

RSA with SHA-256: a stranger checks it with openssl, or with the standard library of Python alone (reports/verifier.py). A paper's
signature is a detached CMS message (RFC 5652); a line's is the bare signature (RFC 8017, PKCS #1 v1.5).
"""

from __future__ import annotations

import os
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from pathlib import Path

from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import padding, rsa
from cryptography.hazmat.primitives.serialization import pkcs7

from parkmgr.config import BadSetting, Config

BITS = 3072
YEARS = 10
KEY, CERTIFICATE = "signing-key.pem", "signing-certificate.pem"


@dataclass(frozen=True)
class Signer:
    """A key and the certificate that goes with it."""

    key: rsa.RSAPrivateKey
    certificate: x509.Certificate

    @property
    def fingerprint(self) -> str:
        """The SHA-256 (hex) of the certificate: what papers name their key by."""
        return self.certificate.fingerprint(hashes.SHA256()).hex()

    @property
    def pem(self) -> bytes:
        """The certificate, to be given to everybody."""
        return self.certificate.public_bytes(serialization.Encoding.PEM)

    def sign(self, content: bytes) -> bytes:
        """Return the detached CMS signature (DER) of a file. It holds the certificate and when it was signed."""
        options = [pkcs7.PKCS7Options.DetachedSignature, pkcs7.PKCS7Options.Binary, pkcs7.PKCS7Options.NoCapabilities]
        builder = pkcs7.PKCS7SignatureBuilder().set_data(content).add_signer(self.certificate, self.key, hashes.SHA256())
        return builder.sign(serialization.Encoding.DER, options)

    def sign_line(self, text: str) -> str:
        """Return the bare signature (hex) of a line."""
        return self.key.sign(text.encode(), padding.PKCS1v15(), hashes.SHA256()).hex()

    def made(self, signature: str, text: str) -> bool:
        """Tell whether a line was signed with this key."""
        try:
            self.key.public_key().verify(bytes.fromhex(signature), text.encode(), padding.PKCS1v15(), hashes.SHA256())
        except (InvalidSignature, ValueError):
            return False
        return True


def signer(config: Config) -> Signer | None:
    """Return the park's key: the one that is set, or the one of the instance folder; None where there is none.

    Raises:
        BadSetting: it cannot be read, is not of a kind that can be used, or does not go with its certificate.
    """
    if config.signing_key or config.signing_certificate:
        return _loaded(config.signing_key.encode(), config.signing_certificate.encode())
    key, certificate = config.instance / KEY, config.instance / CERTIFICATE
    try:
        return _loaded(key.read_bytes(), certificate.read_bytes()) if key.exists() or certificate.exists() else None
    except OSError as error:
        raise BadSetting(f"{error.filename} cannot be read: {error.strerror}.") from None


@lru_cache(maxsize=4)
def _loaded(key: bytes, certificate: bytes) -> Signer:
    try:
        private = serialization.load_pem_private_key(key + b"\n", None)
        public = x509.load_pem_x509_certificate(certificate + b"\n")
    except (ValueError, TypeError):
        raise BadSetting("The signing key and its certificate must be PEM, the key without a password.") from None
    if not isinstance(private, rsa.RSAPrivateKey) or private.key_size < 2048:
        raise BadSetting("The signing key must be RSA of 2048 bits or more.")
    if public.public_key() != private.public_key():
        raise BadSetting("The signing certificate is of another key.")
    return Signer(private, public)


def prepare(config: Config, *, now: datetime, bits: int = BITS) -> bool:
    """The instance folder has a key and its certificate, unless they are set; return whether they are new."""
    if signer(config) is not None:
        return False
    key = rsa.generate_private_key(public_exponent=65537, key_size=bits)
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, f"parkmgr, papers of {config.public_url}"[:64])])
    usage = x509.KeyUsage(
        digital_signature=True,
        content_commitment=True,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        key_cert_sign=False,
        crl_sign=False,
        encipher_only=False,
        decipher_only=False,
    )
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now.astimezone(UTC) - timedelta(days=1))
        .not_valid_after(now.astimezone(UTC) + timedelta(days=365 * YEARS))
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(usage, critical=True)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
        .sign(key, hashes.SHA256())
    )
    private = key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    _write(config.instance / KEY, private, 0o600)
    _write(config.instance / CERTIFICATE, certificate.public_bytes(serialization.Encoding.PEM), 0o644)
    return True


def _write(path: Path, content: bytes, mode: int) -> None:
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode)
    with os.fdopen(descriptor, "wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
