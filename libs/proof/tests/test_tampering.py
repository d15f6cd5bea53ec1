"""Every change to a file is detected, with the right verdict."""

import hashlib
import io
import json
import random
from collections.abc import Callable

import pikepdf
import pytest
from proof import KeySet, ProofError, SealedDocument, Tree, Verdict, canonical, examine, pdf, sign
from proof.keys import base64url

from .builders import KEY, OTHER, a_content, a_document, a_pdf, a_sealed_pdf

KEYS = KEY.public()


@pytest.mark.feature("X-10")
def test_an_issued_file_is_genuine_with_the_schools_key_and_root() -> None:
    document = a_document()
    assert document.proof is not None
    for data in (a_sealed_pdf(), document.to_bytes()):
        assert examine(data, KEYS, document.proof.root).verdict is Verdict.GENUINE
        assert examine(data).verdict is Verdict.UNCONFIRMED


@pytest.mark.feature("X-10")
def test_a_sealed_pdf_still_opens_and_holds_its_data() -> None:
    sealed = a_sealed_pdf()
    with pikepdf.open(io.BytesIO(sealed)) as document:
        assert not document.check_pdf_syntax()
        assert len(document.pages) == 1
    assert SealedDocument.from_bytes(pdf.extract(sealed)) == a_document()


@pytest.mark.feature("X-10")
def test_every_changed_byte_of_a_sealed_pdf_is_detected() -> None:
    sealed, dice = a_sealed_pdf(), random.Random(7)
    tail = range(len(sealed) - 400, len(sealed))
    for position in [*dice.sample(range(len(sealed)), 400), *tail]:
        data = bytearray(sealed)
        data[position] ^= 1 << dice.randrange(8)
        assert examine(bytes(data), KEYS).verdict not in (Verdict.GENUINE, Verdict.UNCONFIRMED), position


@pytest.mark.feature("X-10")
def test_a_seal_cannot_be_encoded_in_a_second_way() -> None:
    sealed = a_sealed_pdf()
    last = sealed.rindex(b"\nstartxref") - 1
    digits = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
    verdicts = [examine(sealed[:last] + bytes([digit]) + sealed[last + 1 :], KEYS).verdict for digit in digits]
    assert verdicts.count(Verdict.GENUINE) == 1


def resaved(data: bytes) -> bytes:
    out = io.BytesIO()
    with pikepdf.open(io.BytesIO(data)) as document:
        document.pages[0].Contents = document.make_stream(b"BT /F1 24 Tf 40 100 Td (Score: 100) Tj ET")
        document.save(out)
    return out.getvalue()


FILE_TAMPERS: dict[str, Callable[[bytes], bytes]] = {
    "page text changed in place": lambda data: data.replace(b"Score: 92", b"Score: 99"),
    "page redrawn with a PDF tool": resaved,
    "revision appended": lambda data: data + b"\nxref\n0 0\ntrailer\n<<>>\nstartxref\n1\n%%EOF\n",
    "comment appended": lambda data: data + b"% nothing\n",
    "cut short by the last newline": lambda data: data[:-1],
    "seal taken off": lambda _: a_pdf(a_document().to_bytes()),
    "own page, true data, other file's seal": lambda data: (
        (own := a_pdf(a_document().to_bytes(), b"99"))[: own.rindex(b"startxref")] + data[data.rindex(b"%zp-seal") :]
    ),
    "data taken out, seal left": lambda data: data.replace(pdf.ATTACHMENT.encode(), b"zongping.txt_"),
}


@pytest.mark.feature("X-10")
@pytest.mark.parametrize("tamper", FILE_TAMPERS.values(), ids=FILE_TAMPERS.keys())
def test_an_altered_page_is_detected_although_the_attached_data_is_genuine(tamper: Callable[[bytes], bytes]) -> None:
    data = a_sealed_pdf()
    assert tamper(data) != data
    assert examine(tamper(data), KEYS).verdict is Verdict.ALTERED_FILE


@pytest.mark.feature("X-10")
def test_altered_data_is_detected_in_pdf_and_json() -> None:
    value = json.loads(a_document().to_bytes())
    value["content"]["score"] = 100
    data = json.dumps(value).encode()
    assert examine(data, KEYS).verdict is Verdict.ALTERED_DATA
    assert examine(pdf.seal(a_pdf(data), OTHER), KEYS).verdict is Verdict.ALTERED_DATA
    assert examine(a_sealed_pdf().replace(b'"score":92', b'"score":99'), KEYS).verdict is Verdict.ALTERED_DATA


@pytest.mark.feature("X-10")
def test_a_forgers_own_key_is_not_the_schools() -> None:
    forged = a_sealed_pdf(OTHER)
    assert examine(forged, KEYS).verdict is Verdict.WRONG_KEY
    assert examine(forged).verdict is Verdict.UNCONFIRMED
    assert examine(pdf.seal(a_pdf(a_document().to_bytes()), OTHER), KEYS).verdict is Verdict.ALTERED_FILE


@pytest.mark.feature("X-10")
def test_a_key_cannot_take_the_id_of_another() -> None:
    document = a_document(key=OTHER)
    assert len(list(KeySet.from_jwks(OTHER.public().jwks()))) == 1
    lent = [{**OTHER.public().jwks()["keys"][0], "kid": KEY.kid}]
    with pytest.raises(ProofError, match="not_a_key"):
        KeySet.from_jwks({"keys": lent})
    claimed = document.model_copy(update={"key_id": KEY.kid, "keys": {"keys": lent}})
    assert examine(claimed.to_bytes()).verdict is Verdict.WRONG_KEY
    assert examine(claimed.to_bytes(), KeySet.from_jwks(KEYS.jwks())).verdict is Verdict.BAD_SIGNATURE


@pytest.mark.feature("X-10")
def test_a_signature_over_data_is_not_accepted_as_a_seal() -> None:
    unsealed = a_pdf(a_document().to_bytes(), b"99")
    content = {"sha256": hashlib.sha256(unsealed).hexdigest()}
    header, _, signature = sign(content, KEY).signature.split(".")
    line = f"%zp-seal: {header}.{base64url(canonical(content))}.{signature}\n".encode()
    end = unsealed.rindex(b"startxref")
    assert examine(unsealed[:end] + line + unsealed[end:], KEYS).verdict is Verdict.ALTERED_FILE


@pytest.mark.feature("X-10")
def test_a_proof_that_does_not_lead_to_the_root_is_detected() -> None:
    document = a_document()
    other = Tree([document.leaf(), b"someone else"])
    assert document.proof is not None
    moved = document.proof.model_copy(update={"index": 1})
    assert examine(document.to_bytes(), KEYS, other.root).verdict is Verdict.WRONG_ROOT
    assert examine(document.with_proof(moved).to_bytes(), KEYS).verdict is Verdict.BAD_PROOF
    assert examine(sign(a_content(), KEY).to_bytes(), KEYS, other.root).verdict is Verdict.BAD_PROOF


@pytest.mark.feature("X-10")
@pytest.mark.parametrize("data", [b"", b"hello", b"{}", b"%PDF-1.7\n", a_pdf(None), a_pdf(b"{}"), b"\x89PNG"])
def test_other_files_are_not_ours(data: bytes) -> None:
    assert examine(data, KEYS).verdict is Verdict.NOT_OURS


@pytest.mark.feature("X-10")
def test_a_decompression_bomb_is_refused() -> None:
    out = io.BytesIO()
    with pikepdf.open(io.BytesIO(a_pdf(b" " * (17 * 2**20)))) as document:
        document.save(out, compress_streams=True)
    assert len(out.getvalue()) < 10**6
    assert examine(out.getvalue(), KEYS).verdict is Verdict.NOT_OURS
