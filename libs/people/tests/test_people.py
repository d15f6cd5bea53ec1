"""Names, identity documents, registry numbers and phone numbers as schools and families write them."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st
from people import (
    DocumentType,
    InvalidDocumentError,
    display_name,
    document_type,
    in_widths,
    name_key,
    read_document,
    read_phone,
    read_registry_number,
    same_name,
    unprintable,
)
from people.documents import TITLES, check_digit


@pytest.mark.feature("L-05")
@pytest.mark.parametrize(
    ("entered", "typed"),
    [
        ("张　𬭎", "张𬭎"),
        ("买买提·阿不都", "买买提•阿不都"),
        ("买买提·阿不都", "买买提‧阿不都"),
        ("买买提·阿不都", "买买提・阿不都"),
        ("买买提·阿不都", "买买提．阿不都"),
        ("买买提·阿不都", "买买提 . 阿不都"),
        ("王⼩明", "王小明"),
        ("王⼩明", "王⼩明"),
        ("⻢小明", "马小明"),
        ("凉", "\uf979"),
        ("葛\U000e0100飾", "葛飾"),
        ("Ｊohn  SMITH", "john smith"),
        ("O’Brien", "O'Brien"),
        ("张\u200b三", "张三"),
        ("José", "Jose\u0301"),
    ],
)
def test_spellings_of_one_name_have_one_key(entered: str, typed: str) -> None:
    assert same_name(entered, typed)


@pytest.mark.feature("L-05")
@pytest.mark.parametrize(
    ("one", "other"), [("张三", "张山"), ("李䶮", "李龑"), ("བསོད", "བསད"), ("王小明", "王晓明"), ("", ""), (" ", "")]
)
def test_different_names_have_different_keys(one: str, other: str) -> None:
    assert not same_name(one, other)


@pytest.mark.feature("L-05")
@given(st.text(max_size=20))
def test_the_key_of_a_key_is_the_same_key(text: str) -> None:
    assert name_key(name_key(text)) == name_key(text)
    assert name_key(display_name(text)) == name_key(text)


@pytest.mark.feature("L-05")
def test_a_name_is_displayed_as_entered() -> None:
    assert display_name(" 王⼩明 ") == "王⼩明"
    assert display_name("张　三") == "张三"
    assert display_name("Anna  Maria Li") == "Anna Maria Li"
    assert display_name("买买提 • 阿不都") == "买买提 • 阿不都"


@pytest.mark.feature("L-05")
def test_words_are_searched_in_each_width_once() -> None:
    assert in_widths("AI 展") == ["AI 展", "ＡＩ　展"]
    assert in_widths("ＡI　展") == ["ＡI　展", "AI 展", "ＡＩ　展"]
    assert in_widths("志愿") == ["志愿"]


@pytest.mark.feature("L-05")
def test_characters_without_an_agreed_meaning_are_found() -> None:
    assert unprintable("张\ue863\ue863三") == ["\ue863"]
    assert unprintable("张𬭎") == []


@pytest.mark.feature("L-03")
@pytest.mark.parametrize(
    ("type_", "typed", "number"),
    [
        ("居民身份证", "365756201003050052", "365756201003050052"),
        (None, "３６５７５６２０１００３０５００５２", "365756201003050052"),
        ("港澳居民来往内地通行证", "h12345678", "H12345678"),
        ("台湾居民来往大陆通行证", "12345678", "12345678"),
        ("护照", "E1234 5678", "E12345678"),
        ("外国人永久居留身份证", "USA110112345678", "USA110112345678"),
        ("其他", "第7号证", "第7号证"),
        ("无", "", None),
    ],
)
def test_documents_of_every_type_are_read(type_: str | None, typed: str, number: str | None) -> None:
    assert read_document(document_type(type_) if type_ else None, typed).number == number


@pytest.mark.feature("L-03")
def test_a_residence_permit_is_recognised_by_its_area() -> None:
    number = "81000019900101001"
    found = read_document(DocumentType.RESIDENT_ID, number + check_digit(number))
    assert (found.type, found.born, found.sex) == (DocumentType.RESIDENCE_PERMIT, date(1990, 1, 1), "男")


@pytest.mark.feature("L-03")
@pytest.mark.parametrize(
    ("type_", "typed", "code"),
    [
        (DocumentType.RESIDENT_ID, "1234", "id_form"),
        (DocumentType.RESIDENT_ID, "365756201013050052", "id_birth"),
        (DocumentType.RESIDENT_ID, "365756201003050053", "id_checksum"),
        (DocumentType.PASSPORT, "??", "document_form"),
        (DocumentType.PASSPORT, " ", "document_number"),
        (DocumentType.NONE, "365756201003050052", "document_none"),
    ],
)
def test_a_wrong_number_says_what_is_wrong(type_: DocumentType, typed: str, code: str) -> None:
    with pytest.raises(InvalidDocumentError) as failed:
        read_document(type_, typed)
    assert failed.value.code == code


@pytest.mark.feature("L-03")
def test_every_title_means_one_type() -> None:
    for type_, titles in TITLES.items():
        assert {document_type(title) for title in titles} == {type_}
        assert document_type(type_) is type_
    assert document_type("驾驶证") is None


@pytest.mark.feature("L-03")
def test_equal_numbers_of_different_documents_are_different_people() -> None:
    passport = read_document(DocumentType.PASSPORT, "12345678")
    assert passport.key != read_document(DocumentType.TAIWAN_PERMIT, "12345678").key


@pytest.mark.feature("L-03")
@pytest.mark.parametrize(
    ("typed", "text", "provisional"),
    [
        ("g365756201003050052", "G365756201003050052", False),
        ("L 36575620100305005x", "L36575620100305005X", True),
        ("J365756201003050052", "J365756201003050052", False),
    ],
)
def test_registry_numbers_have_three_letters(typed: str, text: str, provisional: bool) -> None:
    found = read_registry_number(typed)
    assert found is not None
    assert (found.text, found.provisional) == (text, provisional)


@pytest.mark.feature("L-03")
@pytest.mark.parametrize("typed", ["365756201003050052", "G36575620100305005", "K365756201003050052", ""])
def test_other_numbers_are_no_registry_numbers(typed: str) -> None:
    assert read_registry_number(typed) is None


@pytest.mark.feature("L-03")
@pytest.mark.parametrize(
    ("typed", "stored"),
    [
        ("138 0000 0000", "13800000000"),
        ("+86 138-0000-0000", "13800000000"),
        ("8613800000000", "13800000000"),
        ("１３８００００００００", "13800000000"),
        ("+852 9123 4567", "+85291234567"),
        ("00852-91234567", "+85291234567"),
        ("+1 (415) 555-2671", "+14155552671"),
    ],
)
def test_phone_numbers_at_home_and_abroad(typed: str, stored: str) -> None:
    assert read_phone(typed) == stored


@pytest.mark.feature("L-03")
@pytest.mark.parametrize("typed", ["", "12345", "91234567", "0791-88888888", "+8612345", "电话", "+86 010 12345678"])
def test_what_is_no_login_name(typed: str) -> None:
    assert read_phone(typed) is None
