"""Ed25519 keys: the school's signing key, and the public keys with which others verify.

A key's id is its RFC 7638 thumbprint: no other key can have the same id, and people can compare it.
"""

from base64 import urlsafe_b64encode
from collections.abc import Iterable, Iterator
from typing import Any, Self

from joserfc import jws
from joserfc.errors import JoseError
from joserfc.jwk import OKPKey

from proof.errors import ProofError

ALGORITHM = "Ed25519"
_REGISTRY = jws.JWSRegistry(algorithms=[ALGORITHM])


class SigningKey:
    """The private key of a school. Has no representation that shows it."""

    def __init__(self, key: OKPKey) -> None:
        self._key = key
        self.kid = key.thumbprint()

    @classmethod
    def generate(cls) -> Self:
        """Generate a random key."""
        return cls(OKPKey.generate_key("Ed25519"))

    @classmethod
    def from_jwk(cls, jwk: dict[str, Any]) -> Self:
        """Parse a private Ed25519 JWK; ProofError("not_a_key") if it is not one. Its `kid` and `alg` are ignored."""
        try:
            key = OKPKey.import_key({name: jwk[name] for name in ("kty", "crv", "x", "d")})
        except (JoseError, ValueError, TypeError, KeyError) as error:
            raise ProofError("not_a_key") from error
        if jwk["crv"] != "Ed25519":
            raise ProofError("not_a_key")
        return cls(key)

    def public(self) -> "KeySet":
        """A set with only the public half."""
        return KeySet([OKPKey.import_key(self._key.as_pem(private=False))])

    def sign(self, typ: str, payload: bytes) -> str:
        """A compact JWS over payload. `typ` says what is signed, so that a signature cannot be used for something else."""
        header = {"alg": ALGORITHM, "kid": self.kid, "typ": typ}
        return jws.serialize_compact(header, payload, self._key, registry=_REGISTRY)


class KeySet:
    """Public keys by id."""

    def __init__(self, keys: Iterable[OKPKey]) -> None:
        self._keys = {key.thumbprint(): key for key in keys}

    @classmethod
    def from_jwks(cls, jwks: dict[str, Any]) -> Self:
        """Parse a JWKS document. Keys of other types are ignored; a `kid` that is not the thumbprint is an error.

        Raises ProofError("not_a_key").
        """
        entries = jwks.get("keys")
        if not isinstance(entries, list):
            raise ProofError("not_a_key")
        keys: list[OKPKey] = []
        for entry in entries:
            if not isinstance(entry, dict) or entry.get("kty") != "OKP" or entry.get("crv") != "Ed25519":
                continue
            try:
                key = OKPKey.import_key({"kty": "OKP", "crv": "Ed25519", "x": str(entry.get("x"))})
                thumbprint = key.thumbprint()
            except (JoseError, ValueError, TypeError) as error:
                raise ProofError("not_a_key") from error
            if entry.get("kid", thumbprint) != thumbprint:
                raise ProofError("not_a_key")
            keys.append(key)
        return cls(keys)

    def jwks(self) -> dict[str, Any]:
        """The set as a JWKS document, public parts only."""
        return {
            "keys": [
                {"kty": "OKP", "crv": "Ed25519", "alg": ALGORITHM, "use": "sig", "kid": kid, "x": public["x"]}
                for kid, public in ((kid, key.as_dict(private=False)) for kid, key in sorted(self._keys.items()))
            ]
        }

    def __contains__(self, kid: str) -> bool:
        return kid in self._keys

    def __iter__(self) -> Iterator[str]:
        return iter(self._keys)

    def open(self, token: str, typ: str, kid: str) -> bytes | None:
        """The payload of a compact JWS if key `kid` signed it as `typ`; None if not.

        A token cannot be encoded in a second way: joserfc refuses base64 with unused bits at its end.
        Raises ProofError("unknown_key") when the set does not hold `kid`.
        """
        key = self._keys.get(kid)
        if key is None:
            raise ProofError("unknown_key")
        try:
            signed = jws.deserialize_compact(token, key, registry=_REGISTRY)
        except (JoseError, ValueError, TypeError):
            return None
        header = signed.headers()
        if header.get("kid") != kid or header.get("typ") != typ:
            return None
        return signed.payload


def base64url(data: bytes) -> str:
    """Base64 for URLs without padding, as JOSE writes it."""
    return urlsafe_b64encode(data).rstrip(b"=").decode()


def fingerprint(kid: str) -> str:
    """A key id in groups of four, for people to compare on a page or by telephone."""
    return " ".join(kid[i : i + 4] for i in range(0, len(kid), 4))
