"""Parsing of keys."""

import pytest
from joserfc.jwk import OKPKey
from proof import ProofError, SigningKey, sign


@pytest.mark.feature("X-10")
def test_a_signing_key_is_read_from_a_private_jwk_and_from_nothing_else() -> None:
    made = OKPKey.generate_key("Ed25519", {"kid": "mine", "alg": "EdDSA", "use": "sig"})
    key = SigningKey.from_jwk(dict(made.as_dict(private=True)))
    assert key.kid == made.thumbprint()
    assert sign({"a": 1}, key).verify(key.public())
    for bad in ({}, dict(made.as_dict(private=False)), dict(OKPKey.generate_key("X25519").as_dict(private=True))):
        with pytest.raises(ProofError):
            SigningKey.from_jwk(bad)
