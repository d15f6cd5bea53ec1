"""A private authority and one certificate, with which the parts of a server recognise each other (mutual TLS)."""

import ipaddress
from datetime import UTC, datetime, timedelta
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from stack.files import write_private
from stack.ports import LOOPBACK

CA, CERT, KEY = "ca.pem", "cert.pem", "key.pem"
_LIFETIME = timedelta(days=20 * 365)


def ensure(folder: Path) -> None:
    """Make authority and certificate in `folder`, unless they are there. The authority's own key is not kept."""
    if (folder / KEY).exists():
        return
    folder.mkdir(parents=True, exist_ok=True)
    authority_key, key = ec.generate_private_key(ec.SECP256R1()), ec.generate_private_key(ec.SECP256R1())
    authority = _named("zongping storage authority")
    ca = _builder(authority, authority, authority_key.public_key()).add_extension(x509.BasicConstraints(True, 0), critical=True)
    here = x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address(LOOPBACK)), x509.DNSName("localhost")])
    both = x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH, ExtendedKeyUsageOID.CLIENT_AUTH])
    cert = (
        _builder(_named("zongping storage"), authority, key.public_key())
        .add_extension(x509.BasicConstraints(False, None), critical=True)
        .add_extension(here, critical=False)
        .add_extension(both, critical=False)
    )
    for name, builder in ((CA, ca), (CERT, cert)):
        signed = builder.sign(authority_key, hashes.SHA256())
        write_private(folder / name, signed.public_bytes(serialization.Encoding.PEM).decode())
    pem = key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    write_private(folder / KEY, pem.decode())


def _named(title: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, title)])


def _builder(subject: x509.Name, issuer: x509.Name, key: ec.EllipticCurvePublicKey) -> x509.CertificateBuilder:
    now = datetime.now(UTC)
    return (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer)
        .public_key(key)
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + _LIFETIME)
    )
