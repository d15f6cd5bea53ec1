"""Signatures, Merkle trees and sealed documents, verifiable offline (X-10).

A university installs this package to check archives. It uses no network (except `zp verify --online`), no database, no
clock and no service. To make a sealed archive: `sign` each content, build one `Tree` over the leaves, attach the signed
JSON with its proof to the rendered PDF, then `pdf.seal` the finished bytes. `examine` checks all of these.
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
