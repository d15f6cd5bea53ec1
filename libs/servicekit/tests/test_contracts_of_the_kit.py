"""Small promises of the kit that need no server."""

import pytest
from servicekit import encryption
from servicekit.http.page import pack, unpack
from servicekit.refusals import MEANINGS, Refusal, declare

KEY = "MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTIzNDU2Nzg5MDE"


def test_a_code_means_one_thing() -> None:
    with pytest.raises(ValueError, match="twice"):
        declare("not_found", 410, "没了")
    assert MEANINGS["not_found"].status == 404


def test_a_sealed_text_opens_only_in_its_place() -> None:
    sealer = encryption.Sealer(KEY)
    sealed = sealer.seal("36010220100101001X", "person:1")
    assert sealer.open(sealed, "person:1") == "36010220100101001X"
    with pytest.raises(ValueError, match="does not open"):
        sealer.open(sealed, "person:2")


def test_a_cursor_that_we_did_not_make_is_refused() -> None:
    assert unpack(pack("a", 1), 2) == ["a", "1"]
    for bad in ("!", "e30", pack("a")):
        with pytest.raises(Refusal):
            unpack(bad, 2)
