"""Signatures, Merkle trees and sealed documents, verifiable offline (X-10).

What a university installs to check an archive. Pure: no network, no database, no clock, no knowledge of any service.
The order of making: `sign` each content, build one `Tree` over the leaves, attach the signed JSON with its proof to
the rendered PDF, then `pdf.seal` the finished bytes. `examine` walks the same way back.
"""

from proof.canonical import canonical, parse
from proof.document import SealedDocument, sign
from proof.errors import ProofError
from proof.keys import KeySet, SigningKey, fingerprint
from proof.merkle import Inclusion, Tree, leaf_hash
from proof.report import Report, Verdict, examine

__all__ = [
    "Inclusion",
    "KeySet",
    "ProofError",
    "Report",
    "SealedDocument",
    "SigningKey",
    "Tree",
    "Verdict",
    "canonical",
    "examine",
    "fingerprint",
    "leaf_hash",
    "parse",
    "sign",
]
