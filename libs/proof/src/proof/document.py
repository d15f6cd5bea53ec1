"""A sealed document: content, signature, and its position in the term's Merkle tree. Its JSON is attached to the PDF."""

import json
from typing import Any, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from proof.canonical import Json, canonical, parse
from proof.errors import ProofError
from proof.keys import KeySet, SigningKey, base64url
from proof.merkle import Inclusion

TYP = "zp-document+jws"


class SealedDocument(BaseModel):
    """`content`, a detached JWS over its canonical bytes, and optionally the inclusion proof and the public keys."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    format: Literal["zongping-sealed-document/1"] = "zongping-sealed-document/1"
    content: dict[str, Any]
    key_id: str = Field(max_length=64)
    signature: str = Field(max_length=2000)
    proof: Inclusion | None = None
    keys: dict[str, Any] | None = None

    def leaf(self) -> bytes:
        """The document's leaf in the tree: the canonical content."""
        return canonical(self.content)

    def verify(self, keys: KeySet) -> bool:
        """Did key `key_id` of `keys` sign exactly this content? ProofError("unknown_key") if it is not among them."""
        return keys.open(_attach(self.signature, self.leaf()), TYP, self.key_id) is not None

    def with_proof(self, proof: Inclusion) -> Self:
        """The same document with its inclusion proof."""
        return self.model_copy(update={"proof": proof})

    def to_bytes(self) -> bytes:
        """The file to attach or download: compact JSON with sorted keys."""
        value = self.model_dump(mode="json")
        return json.dumps(value, ensure_ascii=False, sort_keys=True, separators=(",", ":")).encode()

    @classmethod
    def from_bytes(cls, data: bytes) -> Self:
        """Parse a file; ProofError("not_json") or ProofError("not_a_document")."""
        value = parse(data)
        try:
            return cls.model_validate(value)
        except ValidationError as error:
            raise ProofError("not_a_document") from error


def sign(content: Json, key: SigningKey) -> SealedDocument:
    """Sign the canonical content and include the public key. ProofError("not_canonical") if it is not JSON."""
    header, _, signature = key.sign(TYP, canonical(content)).split(".")
    return SealedDocument(content=content, key_id=key.kid, signature=f"{header}..{signature}", keys=key.public().jwks())


def _attach(detached: str, payload: bytes) -> str:
    """A compact JWS from its detached form (RFC 7515, appendix F)."""
    parts = detached.split(".")
    if len(parts) != 3 or parts[1]:
        return ""
    return f"{parts[0]}.{base64url(payload)}.{parts[2]}"
