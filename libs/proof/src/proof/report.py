"""Examines a file; used by the command line and by the public verification page."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from proof import pdf
from proof.document import SealedDocument
from proof.errors import ProofError
from proof.keys import KeySet
from proof.merkle import Inclusion


class Verdict(StrEnum):
    """The result; the first that applies. SUPERSEDED and MISNAMED are only found by `cli`."""

    GENUINE = "genuine"
    UNCONFIRMED = "unconfirmed"
    ALTERED_FILE = "altered_file"
    ALTERED_DATA = "altered_data"
    BAD_SIGNATURE = "bad_signature"
    WRONG_KEY = "wrong_key"
    NOT_OURS = "not_ours"
    BAD_PROOF = "bad_proof"
    WRONG_ROOT = "wrong_root"
    TRUNCATED = "truncated"
    SUPERSEDED = "superseded"
    MISNAMED = "misnamed"


EXIT: Mapping[Verdict, int] = {
    Verdict.GENUINE: 0,
    Verdict.UNCONFIRMED: 3,
    Verdict.MISNAMED: 4,
    Verdict.ALTERED_FILE: 10,
    Verdict.ALTERED_DATA: 11,
    Verdict.WRONG_KEY: 12,
    Verdict.NOT_OURS: 13,
    Verdict.BAD_PROOF: 14,
    Verdict.SUPERSEDED: 15,
    Verdict.BAD_SIGNATURE: 16,
    Verdict.TRUNCATED: 17,
    Verdict.WRONG_ROOT: 18,
}


_MIN_PDF_BYTES = 64
"""A shorter file is not called truncated but not a PDF."""


@dataclass(frozen=True)
class Report:
    """The verdict and its reasons. `document` is set if one could be parsed, even if it was altered."""

    verdict: Verdict
    document: SealedDocument | None = None
    is_pdf: bool = False
    root_compared: bool = False

    @property
    def proof(self) -> Inclusion | None:
        """The document's inclusion proof, if it has one."""
        return self.document.proof if self.document else None


def examine(data: bytes, keys: KeySet | None = None, root: str | None = None) -> Report:
    """Check a sealed PDF or signed JSON (X-10).

    Without `keys` the file's own keys are used and the best verdict is UNCONFIRMED: somebody must compare the key.
    `root` is the published root of the term as hex; if given, the document's proof must lead to this root.
    """
    is_pdf = b"%PDF-" in data[:1024]
    if _is_truncated(data, is_pdf):
        return Report(Verdict.TRUNCATED, is_pdf=is_pdf)
    seal = pdf.read_seal(data) if is_pdf else None
    try:
        document = SealedDocument.from_bytes(pdf.extract(data) if is_pdf else data)
    except ProofError as error:
        if seal is None:
            return Report(Verdict.NOT_OURS, is_pdf=is_pdf)
        unreadable = error.code in ("not_json", "not_a_document")
        return Report(Verdict.ALTERED_DATA if unreadable else Verdict.ALTERED_FILE, is_pdf=is_pdf)
    verdict = _verdict_of(document, seal, is_pdf, keys, root)
    return Report(verdict, document, is_pdf, root is not None)


def _is_truncated(data: bytes, is_pdf: bool) -> bool:
    """Is the end of the file missing, e.g. after an interrupted download?

    Our PDFs have one revision, so one `%%EOF`. Bytes after it are an addition, not a truncation.
    """
    if is_pdf:
        return len(data) > _MIN_PDF_BYTES and b"%%EOF" not in data
    return data.startswith(b'{"content":') and not data.rstrip().endswith(b"}")


def _verdict_of(
    document: SealedDocument,
    seal: pdf.Seal | None,
    is_pdf: bool,
    keys: KeySet | None,
    root: str | None,
) -> Verdict:
    try:
        trusted = keys if keys is not None else KeySet.from_jwks(document.keys or {"keys": []})
        if not document.verify(trusted):
            # the inclusion proof tells whether the content or the signature was changed
            intact = document.proof is not None and document.proof.holds(document.leaf())
            return Verdict.BAD_SIGNATURE if intact else Verdict.ALTERED_DATA
        if is_pdf and not (seal and seal.verify(trusted, document.key_id)):
            return Verdict.ALTERED_FILE
    except ProofError as error:
        return Verdict.ALTERED_DATA if error.code == "not_canonical" else Verdict.WRONG_KEY
    proof = document.proof
    if proof is not None and not proof.holds(document.leaf()):
        return Verdict.BAD_PROOF
    if root is not None and proof is None:
        return Verdict.BAD_PROOF
    if root is not None and proof is not None and proof.root != root.strip().lower():
        return Verdict.WRONG_ROOT
    return Verdict.GENUINE if keys is not None else Verdict.UNCONFIRMED
