"""Evaluations by dimension and by classmates, without I/O (CS-07, CS-12)."""

from dataclasses import replace
from datetime import date, timedelta
from typing import Any
from uuid import UUID

import pytest
from archive.domain import evaluations, material, peers
from archive.domain.compose import term_content
from archive.domain.content import ChoiceCounts
from archive.domain.evaluations import Author, Evaluation, EvaluationInput
from archive.domain.material import Material, span_of
from archive.domain.peers import NewCard, PeerCard, PeerSheet
from archive.domain.states import Collecting
from archive.domain.terms import ArchiveTerm, missing_evaluations
from servicekit.directory import Student

from .rule_builders import CLASS, NOW, SCHOOL, a_context, a_student, a_term, a_window, an_archive, refused, scheme

CS = "changsha@2026.1"
LAST_CLASS = f"{SCHOOL}.g2024.c01"
DIMENSIONS = [dimension.id for dimension in scheme("changsha").dimensions]
ME, MATE, OTHER = UUID(int=1), UUID(int=2), UUID(int=3)
BY = Author(ME, "李晓雨")


def last_term(**changed: Any) -> ArchiveTerm:
    """The last term of the stage at a school in Changsha, with peer evaluation open."""
    window = a_window("peer_evaluate", NOW - timedelta(days=2), NOW + timedelta(days=2))
    values: dict[str, Any] = {
        "scheme": scheme("changsha"), "number": 2, "windows": (window,), "title": "2026-2027学年第二学期",
        "starts_on": date(2027, 2, 20), "ends_on": date(2027, 7, 1),
    }  # fmt: skip
    return a_term(**(values | changed))


def a_pupil(number: int, **changed: Any) -> Student:
    return a_student(**({"id": UUID(int=number), "name": f"学生{number}", "path": LAST_CLASS} | changed))


def answers(*choices: str) -> tuple[EvaluationInput, ...]:
    return tuple(EvaluationInput(choice=choice, dimension=name) for name, choice in zip(DIMENSIONS, choices, strict=False))


def a_card(student: int = 2, *choices: str, **changed: Any) -> PeerCard:
    return PeerCard(UUID(int=student), choices or ("a",) * 5, (), NOW, **changed)


RULE = scheme("changsha").evaluation("peer_evaluation")
SUMMARY = scheme("changsha").evaluation("dimension_summary")


@pytest.mark.feature("CS-07")
def test_a_summary_is_complete_when_every_dimension_has_its_text() -> None:
    term, written = last_term(), None
    for at, dimension in enumerate(DIMENSIONS):
        given = evaluations.need_valid(term, SUMMARY, EvaluationInput(f" {dimension}怎样 ", dimension=dimension))
        written = evaluations.write_all(written, UUID(int=7), term, a_pupil(1), SUMMARY, [given], BY, NOW)
        assert written is not None
        assert (written.version, written.complete) == (at + 1, at == 4)
    assert written is not None
    assert (written.parts["moral"].text, written.text) == ("moral怎样", "")
    again = evaluations.write_all(written, UUID(int=7), term, a_pupil(1), SUMMARY, [given], BY, NOW)
    assert again is None, "the same again changes nothing"


@pytest.mark.feature("CS-07")
def test_a_summary_needs_a_dimension_of_the_scheme_and_keeps_its_length() -> None:
    for given, field in (
        (EvaluationInput("好"), "dimension"),
        (EvaluationInput("好", dimension="nowhere"), "dimension"),
        (EvaluationInput("", dimension="moral"), "text"),
        (EvaluationInput("好" * 801, dimension="moral"), "text"),
        (EvaluationInput("好", choice="a", dimension="moral"), "choice"),
    ):
        found = evaluations.clean(SUMMARY, DIMENSIONS, given)[1]
        assert [error["field"] for error in found] == [field], given
    without = scheme().evaluation("self_evaluation")
    assert evaluations.clean(without, DIMENSIONS, EvaluationInput("好" * 30, dimension="moral"))[1][0]["field"] == "dimension"


@pytest.mark.feature("CS-12")
def test_a_student_evaluates_the_class_as_it_is_now_and_never_themself() -> None:
    me, of_class = a_pupil(1), [a_pupil(1), a_pupil(2), a_pupil(3, status="left"), a_pupil(4, path=f"{SCHOOL}.g2024.c02")]
    mates = {one.id for one in peers.classmates_of(me, of_class)}
    assert mates == {MATE}
    peers.need_classmate(last_term(), me, MATE, mates)
    with refused("invalid_input", rule="CS-12", scheme=CS, detail="不能评价自己", field="student_id"):
        peers.need_classmate(last_term(), me, ME, mates)
    for elsewhere in (OTHER, UUID(int=4)):
        with refused("not_found"):
            peers.need_classmate(last_term(), me, elsewhere, mates)


@pytest.mark.feature("CS-12")
def test_peer_evaluation_belongs_to_the_last_term_only() -> None:
    assert [rule.id for rule in peers.classmates_rules(last_term(), LAST_CLASS)] == ["peer_evaluation"]
    for earlier, path in ((last_term(number=1), LAST_CLASS), (last_term(), CLASS)):
        assert peers.classmates_rules(earlier, path) == ()
        with refused("not_found", rule="CS-12", scheme=CS, detail="本学期没有学生互评"):
            peers.classmates_rule(earlier, path, None)


@pytest.mark.feature("CS-12")
def test_a_card_has_a_choice_in_every_dimension() -> None:
    term, new = last_term(), NewCard(MATE, answers("a", "b", "a", "d", "c"))
    card = peers.next_card(term, RULE, None, new, NOW)
    assert card == a_card(2, "a", "b", "a", "d", "c")
    assert peers.next_card(term, RULE, card, new, NOW + timedelta(hours=1)) is None, "the same again changes nothing"
    changed = peers.next_card(term, RULE, card, NewCard(MATE, answers("b", "b", "a", "d", "c")), NOW)
    assert changed is not None
    assert changed.choices[0] == "b"
    for wrong, says in (
        (answers("a", "b"), "学生互评：请评价身心健康、艺术素养、社会实践"),
        (answers("a", "b", "e", "d", "c"), "学生互评：请选择A、B、C、D"),
        ((EvaluationInput(choice="a"),), "学生互评：请指明维度"),
        ((*answers("a", "b", "a", "d")[:4], EvaluationInput("话多", "a", "practice")), "学生互评：不需要填写文字"),
    ):
        with pytest.raises(Exception, match="invalid_input") as no:
            peers.next_card(term, RULE, None, NewCard(MATE, wrong), NOW)
        assert no.value.detail == says  # type: ignore[attr-defined]


@pytest.mark.feature("CS-12")
def test_what_is_submitted_stays_and_nothing_is_submitted_while_a_classmate_lacks_a_card() -> None:
    term, mates = last_term(), [a_pupil(2), a_pupil(3)]
    half = PeerSheet(term, RULE, mates, {MATE: a_card(2)}, True, None)
    detail = "还有1名同学没有评价：学生3"
    with refused("evaluations_missing", rule="CS-12", scheme=CS, detail=detail, count=1):
        peers.submit(half, NOW)
    whole = replace(half, cards={MATE: a_card(2), OTHER: a_card(3, submitted_at=NOW)})
    assert (whole.done, whole.submitted) == (2, False)
    final = peers.submit(whole, NOW + timedelta(hours=1))
    assert final == [a_card(2, submitted_at=NOW + timedelta(hours=1))], "what was submitted before keeps its time"
    with refused("wrong_state", rule="CS-12", scheme=CS, detail="已经提交，不能再改", state="submitted"):
        peers.next_card(term, RULE, final[0], NewCard(MATE, answers(*"bbbbb")), NOW)
    joined = replace(
        whole, cards={one.student_id: one for one in (*final, whole.cards[OTHER])}, classmates=[*mates, a_pupil(4)]
    )
    assert not joined.submitted, "who joins the class later is evaluated, too"


@pytest.mark.feature("CS-12")
def test_numbers_are_shown_when_nothing_can_change_and_enough_classmates_gave_one() -> None:
    open_, closed = last_term(), last_term(windows=(a_window("peer_evaluate", NOW - timedelta(days=2), NOW),))
    assert not peers.is_over(open_, RULE, LAST_CLASS, NOW)
    assert peers.is_over(closed, RULE, LAST_CLASS, NOW)
    assert peers.is_over(last_term(state=Collecting.SEALING), RULE, LAST_CLASS, NOW)
    assert not peers.is_over(last_term(windows=()), RULE, LAST_CLASS, NOW)
    with refused(
        "wrong_state", rule="CS-12", scheme=CS, detail="学生互评结束以后才能看到结果", state="open", help="请联系班主任"
    ):
        peers.need_over(open_, RULE, LAST_CLASS, NOW)
    few, enough = [a_card(1)] * 4, [*[a_card(1)] * 4, a_card(1, *"bbbbb")]
    assert {one.counts for one in peers.distributions(open_.scheme, RULE, few)} == {()}, "four could guess the fifth"
    [moral, *_] = peers.distributions(open_.scheme, RULE, enough)
    assert [(each.choice, each.count) for each in moral.counts] == [("a", 4), ("b", 1), ("c", 0), ("d", 0)]


@pytest.mark.feature("CS-12")
def test_the_seal_waits_for_those_who_have_not_evaluated_everybody() -> None:
    students = [a_pupil(1), a_pupil(2)]
    assert missing_evaluations(last_term(), students, {"peer_evaluation": {ME}}) == {"peer_evaluation": 1}
    assert missing_evaluations(last_term(), students, {"peer_evaluation": {ME, MATE}}) == {}


@pytest.mark.feature("CS-07", "CS-12", "CS-01")
def test_the_archive_of_a_stage_has_summaries_under_their_dimensions_and_numbers_of_classmates() -> None:
    given = [EvaluationInput(f"{name}的综述", dimension=name) for name in DIMENSIONS[:2]]
    summary = evaluations.write_all(None, UUID(int=7), last_term(), a_pupil(1), SUMMARY, given, BY, NOW)
    assert isinstance(summary, Evaluation)
    given_cards = (*[a_card(1)] * 4, a_card(1, *"abcda"))
    mine = Material(
        a_pupil(1), evaluations=(("七年级上", summary),), by_classmates=(("九年级下", "peer_evaluation", given_cards),)
    )
    made = term_content(last_term(), mine, an_archive(), a_context())
    assert (made.document, made.title) == ("综合素质评价档案", "学生1 2026-2027学年第二学期综合素质评价档案")
    assert [(d.dimension, [(s.text, s.term) for s in d.summaries]) for d in made.dimensions][:3] == [
        ("思想品德", [("moral的综述", "七年级上")]), ("学业水平", [("academic的综述", "七年级上")]), ("身心健康", []),
    ]  # fmt: skip
    [peer] = made.evaluations
    [numbers] = peer.by_classmates
    assert (peer.title, numbers.term, numbers.evaluators, numbers.choices) == ("学生互评", "九年级下", 5, ("A", "B", "C", "D"))
    assert numbers.dimensions[3] == ChoiceCounts(dimension="艺术素养", counts=(4, 0, 0, 1))
    few = term_content(
        last_term(), replace(mine, by_classmates=(("", "peer_evaluation", given_cards[:4]),)), an_archive(), a_context()
    )
    assert few.evaluations[0].by_classmates[0].dimensions == ()
    assert few.evaluations[0].by_classmates[0].note == "评价的同学不足5人，不显示结果"
    assert [(h.source, h.title) for h in made.sections][-1] == ("evaluations", "学生互评")


@pytest.mark.feature("CS-01")
def test_an_archive_of_the_stage_is_made_in_its_last_term_from_all_its_terms() -> None:
    last, earlier = a_pupil(1), a_pupil(2, path=CLASS)
    assert last_term().archived([last, earlier]) == [last]
    assert last_term(number=1).archived([last, earlier]) == []
    span = span_of(last_term())
    assert (span.scheme_id, span.until) == ("changsha", date(2027, 2, 20))
    assert span.after is not None
    assert date(2023, 9, 1) < span.after < date(2024, 9, 1), "the first of six terms, no earlier one"
    assert span_of(a_term()) == material.Span(a_term().id)


@pytest.mark.feature("JX-12", "BJ-11")
def test_a_workbook_brings_choices_and_leaves_what_it_has_no_column_for() -> None:
    rule = scheme("beijing").evaluation("teacher_comment").model_copy(update={"choices": RULE.choices})
    term = a_term(scheme=scheme("beijing"))
    given, problem = evaluations.imported(rule, term, {"text": "好" * 10, "mark": "b"}, None)
    assert (given, problem) == ([EvaluationInput("好" * 10, "b")], None)
    before = evaluations.write_all(None, UUID(int=7), term, a_student(), rule, given, BY, NOW)
    assert evaluations.imported(rule, term, {"text": "新" * 10}, before) == ([EvaluationInput("新" * 10, "b")], None)
    assert evaluations.imported(rule, term, {"mark": "x"}, before)[1] == ("mark", "师评：请选择A、B、C、D")
    by_dimension = rule.model_copy(update={"per_dimension": True, "text": None})
    row = {f"mark.{dimension.id}": "a" for dimension in term.scheme.dimensions}
    parts, problem = evaluations.imported(by_dimension, term, row, None)
    assert (len(parts), problem) == (len(term.scheme.dimensions), None)
    del row[f"mark.{term.scheme.dimensions[1].id}"]
    assert evaluations.imported(by_dimension, term, row, None)[1] is not None
