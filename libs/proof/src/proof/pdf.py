"""PDFs: the attached signed JSON, and the seal over every byte of the file (docs/adr/0003).

The seal is one comment line before the final `startxref`. It changes no offset, so the file stays a single revision and
valid PDF/A. It is a JWS over the SHA-256 of the file without that line, so every change, addition or removal is detected.
"""

import hashlib
import io
import re
import zlib
from dataclasses import dataclass

import pikepdf

from proof.canonical import canonical, parse
from proof.errors import ProofError
from proof.keys import KeySet, SigningKey

ATTACHMENT = "zongping.json"
TYP = "zp-file+jws"
_PREFIX = b"%zp-seal: "
_END = re.compile(rb"startxref\r?\n[0-9]{1,12}\r?\n%%EOF(?:\r?\n)?\Z")
_SEALED_END = re.compile(rb"(?<=\n)%zp-seal: ([A-Za-z0-9_.-]{1,2000})\n" + _END.pattern)
_TAIL_BYTES = 4096
_MAX_ATTACHMENT_BYTES = 16 * 2**20


@dataclass(frozen=True)
class Seal:
    """The seal of a file: the JWS, and the SHA-256 (hex) of all other bytes."""

    token: str
    sha256: str

    def verify(self, keys: KeySet, kid: str) -> bool:
        """Did key `kid` seal exactly these bytes? ProofError("unknown_key") if it is not among the keys."""
        payload = keys.open(self.token, TYP, kid)
        return payload is not None and parse(payload) == {"sha256": self.sha256}


def seal(pdf: bytes, key: SigningKey) -> bytes:
    """Seal a finished PDF; ProofError("not_a_pdf") or ProofError("already_sealed")."""
    end = _END.search(pdf, max(0, len(pdf) - _TAIL_BYTES))
    if not pdf.startswith(b"%PDF-") or end is None or pdf[end.start() - 1 : end.start()] != b"\n":
        raise ProofError("not_a_pdf")
    if read_seal(pdf) is not None:
        raise ProofError("already_sealed")
    token = key.sign(TYP, canonical({"sha256": hashlib.sha256(pdf).hexdigest()}))
    return pdf[: end.start()] + _PREFIX + token.encode() + b"\n" + pdf[end.start() :]


def read_seal(pdf: bytes) -> Seal | None:
    """The seal at the end of a file, not verified; None if there is none."""
    found = _SEALED_END.search(pdf, max(0, len(pdf) - _TAIL_BYTES))
    if found is None:
        return None
    other_bytes = hashlib.sha256(pdf[: found.start()])
    other_bytes.update(pdf[found.end(1) + 1 :])
    return Seal(found[1].decode(), other_bytes.hexdigest())


def extract(pdf: bytes) -> bytes:
    """The attached signed JSON, at most 16 MiB; ProofError("not_a_pdf"), ("no_attachment") or ("too_large")."""
    try:
        with pikepdf.open(io.BytesIO(pdf)) as document:
            if ATTACHMENT not in document.attachments:
                raise ProofError("no_attachment")
            return _read(document.attachments[ATTACHMENT].get_file().obj)
    except (pikepdf.PdfError, pikepdf.PasswordError, ValueError, TypeError, KeyError, AttributeError) as error:
        if isinstance(error, ProofError):
            raise
        raise ProofError("not_a_pdf") from error


def _read(stream: pikepdf.Object) -> bytes:
    """Decompress a stream up to the limit, whatever size it declares."""
    raw = stream.read_raw_bytes()
    name = str(stream.get("/Filter", ""))
    if name == "/FlateDecode":
        unpacker = zlib.decompressobj()
        try:
            data = unpacker.decompress(raw, _MAX_ATTACHMENT_BYTES + 1)
        except zlib.error as error:
            raise ProofError("no_attachment") from error
    elif name:
        raise ProofError("no_attachment")
    else:
        data = raw
    if len(data) > _MAX_ATTACHMENT_BYTES:
        raise ProofError("too_large")
    return data
