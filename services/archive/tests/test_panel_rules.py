"""Results of a panel, of earlier years and of records, and the consent of the level above, without I/O (X-15, BJ-10)."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

import pytest
from archive.domain import consents as rules
from archive.domain import score_sheets as sheets
from archive.domain import scores
from archive.domain.consents import BandConsent, NewReason
from archive.domain.evaluations import Author
from archive.domain.peers import PeerCard
from archive.domain.score_sheets import Sheet, SheetRow
from archive.domain.score_values import EarlierResult, ScoreInputs, lacks_year, score_of
from archive.domain.scores import NewScore, Score
from archive.domain.terms import ArchiveTerm
from contracts.base import Window
from scheme.enrolments import Enrolments
from scheme.quotas import QuotaEntry
from scheme.results import Share
from servicekit.refusals import Refusal

from .graded import EARLIER, PANEL, RECORDS, graded
from .rule_builders import PUPIL, TERM, a_student, scheme
from .rule_builders import a_term as any_term

SCHOOL = "bj.bj.hd.s1"
CLASS = f"{SCHOOL}.g2024.c01"
OPENS, ENDS = datetime(2026, 12, 1, tzinfo=UTC), datetime(2027, 1, 20, tzinfo=UTC)
NOW = OPENS + timedelta(days=1)
BY = Author(UUID(int=7), "评定小组")
PANEL_ROLE, COUNTY = frozenset({"panel"}), frozenset({"county_office"})
REASON = "三次严重违纪，经教育仍未改正，材料见档案"
GROUPED: dict[str, Any] = {
    "id": "peers", "title": "同学互评", "source": "evaluation", "evaluation": "peer_comment", "weight": "0.4",
    "points": {"a": 90, "b": 70, "c": 45, "d": 15},
}  # fmt: skip


def a_term(number: int = 1, **result: Any) -> ArchiveTerm:
    """The term of a ninth grade in which everything is open."""
    windows = tuple(Window(operation=name, starts=OPENS, ends=ENDS) for name in ("group_evaluate", "teacher_evaluate", "lock"))
    return any_term(path=SCHOOL, scheme=graded(**result), number=number, windows=windows)


def a_mark(band: str, scorer: int = 1, dimension: str = "morality", part: str = "panel") -> Score:
    worth = {"A": 90, "B": 70, "C": 45, "D": 15}[band]
    return Score(TERM, PUPIL, CLASS, part, dimension, UUID(int=scorer), Decimal(worth), BY, NOW)


def all_marks(*bands: str, **of: str) -> ScoreInputs:
    """The same bands in all dimensions but those that are named."""
    dimensions = [dimension.id for dimension in graded().dimensions]
    found = [a_mark(band, at, d) for d in dimensions for at, band in enumerate(of.get(d, bands))]
    return ScoreInputs(scores=found)


def a_row(given: ScoreInputs, term: ArchiveTerm | None = None, **student: Any) -> SheetRow:
    return SheetRow(a_student(**({"path": CLASS} | student)), score_of(term or a_term(), given))


def code_of(no: pytest.ExceptionInfo[Refusal]) -> tuple[str, str | None]:
    return no.value.code, no.value.detail


@pytest.mark.feature("X-15")
def test_the_majority_of_a_panel_is_the_grade_and_a_split_panel_holds_the_class_back() -> None:
    row = a_row(all_marks("A", "A", "B", health="AB"))
    bands = {one.dimension: one.band.id if one.band else None for one in row.score.dimensions}
    assert (bands["morality"], bands["health"]) == ("A", None)
    assert row.score.total is None
    with pytest.raises(Refusal) as no:
        sheets.need_complete(a_term(), [row])
    assert code_of(no) == ("scores_missing", "评定小组评定还缺1人（李晓雨），有的意见不一致")
    sheets.need_complete(a_term(), [a_row(all_marks("A", "A", "B"))])


@pytest.mark.feature("X-15")
def test_a_mark_is_stored_as_what_its_band_is_worth() -> None:
    term, part = a_term(), a_term().need_scored().parts[0]
    new = scores.enter(term, part, CLASS, NewScore(PUPIL, "B", "morality"), None, BY, NOW)
    assert new is not None
    assert (new.value, new.scorer) == (Decimal(70), BY.account_id)
    with pytest.raises(Refusal) as no:
        scores.enter(term, part, CLASS, NewScore(PUPIL, "85", "morality"), None, BY, NOW)
    assert code_of(no) == ("invalid_input", "评定小组评定：请选择A、B、C、D")


@pytest.mark.feature("BJ-10")
def test_nobody_scores_themself() -> None:
    with pytest.raises(Refusal) as no:
        scores.need_not_own(a_term(), {PUPIL}, PUPIL)
    assert code_of(no) == ("forbidden", "不能给自己评分，请由其他成员填写")
    scores.need_not_own(a_term(), {UUID(int=99)}, PUPIL)


@pytest.mark.feature("X-15")
def test_results_are_formed_in_the_last_term_of_the_stage_only_where_the_scheme_says_so() -> None:
    seventh = f"{SCHOOL}.g2026.c01"
    first, last = a_term(1, terms="last", grades=[9]), a_term(2, terms="last", grades=[9])
    assert [term.scores_class(path) for term in (first, last) for path in (CLASS, seventh)] == [False, False, True, False]
    with pytest.raises(Refusal) as no:
        sheets.need_enterable(first, Sheet(TERM, CLASS))
    assert code_of(no) == ("no_scores", "这个班本学期不评结果")
    sheets.need_enterable(last, Sheet(TERM, CLASS))
    assert [one.path for one in last.scored_students([a_student(path=CLASS), a_student(path=seventh)])] == [CLASS]


def an_earlier(year: int, score: str, school_year: str = "", band: str = "B", dimension: str = "morality") -> EarlierResult:
    return EarlierResult(year, school_year or f"{2017 + year}-{2018 + year}", dimension, Decimal(score), band)


@pytest.mark.feature("X-15")
def test_earlier_years_count_by_the_mean_of_their_terms_and_a_repeated_year_counts_once() -> None:
    term = a_term(parts=[EARLIER | {"weight": "0.5"}, PANEL | {"weight": "0.5"}])
    part = term.need_scored().parts[0]
    earlier = [
        an_earlier(7, "70"), an_earlier(7, "80"),
        an_earlier(8, "10", "2024-2025"), an_earlier(8, "90", "2025-2026"),
    ]  # fmt: skip
    given = replace(all_marks("A"), earlier=earlier)
    assert score_of(term, given).dimensions[0].values == {"years": Decimal("84.0"), "panel": Decimal(90)}
    first = replace(term, scheme=term.scheme.model_copy(update={"enrolment": Enrolments(repeated_year="first")}))
    assert score_of(first, given).dimensions[0].values["years"] == Decimal("36.0"), "the first time of the repeated year"
    by_band = a_term(parts=[EARLIER | {"weight": "0.5", "takes": "band"}, PANEL | {"weight": "0.5"}])
    assert score_of(by_band, given).dimensions[0].values["years"] == Decimal("70.0")
    assert not lacks_year(term, part, "morality", earlier)
    assert lacks_year(term, part, "health", earlier)


@pytest.mark.feature("X-15")
def test_a_missing_year_is_asked_for_or_left_out_as_the_scheme_says() -> None:
    asks = a_term(parts=[EARLIER | {"weight": "0.5"}, PANEL | {"weight": "0.5"}])
    given = replace(all_marks("A"), earlier=[an_earlier(8, "90")])
    assert score_of(asks, given).dimensions[0].score is None
    with pytest.raises(Refusal) as no:
        sheets.need_complete(asks, [a_row(given, asks)])
    assert code_of(no) == ("scores_missing", "各学年结果还缺1人（李晓雨）")
    asked = replace(given, scores=[*given.scores, replace(a_mark("A", part="years"), value=Decimal(60))])
    assert score_of(asks, asked).dimensions[0].values["years"] == Decimal("78.0")
    rescaled = {key: value for key, value in EARLIER.items() if key not in ("missing_year", "operation", "by")}
    term = a_term(parts=[rescaled | {"weight": "0.5"}, PANEL | {"weight": "0.5"}])
    assert score_of(term, given).dimensions[0].values["years"] == Decimal("90.0")
    without = score_of(term, all_marks("B")).dimensions[0]
    assert (without.left_out, without.score) == ({"years"}, Decimal("70.0"))


def a_record(number: int, kind: str, year: str = "2026-2027", term: UUID = TERM) -> QuotaEntry:
    return QuotaEntry(UUID(int=number), kind, {}, term, year)


@pytest.mark.feature("X-15")
def test_points_of_records_count_within_the_shared_quota_and_the_limits_of_the_part() -> None:
    records = [
        *(a_record(number, "moral_deed", "2025-2026", UUID(int=50)) for number in range(1, 5)),
        a_record(11, "moral_deed"), a_record(12, "civic_duty"),
    ]  # fmt: skip
    parts = [RECORDS | {"weight": "0.5"}, PANEL | {"weight": "0.5"}]
    found = {d.dimension: d.values["ledger"] for d in score_of(a_term(parts=parts), ScoreInputs(records=records)).dimensions}
    assert found["morality"] == 60 + 10 + 4  # four deeds of a year are capped at 10 points
    assert (found["citizenship"], found["health"]) == (63, 60)
    this_term = a_term(parts=[parts[0] | {"span": "term"}, parts[1]])
    assert score_of(this_term, ScoreInputs(records=records)).dimensions[0].values["ledger"] == 64
    added = a_term(parts=[PANEL, {**RECORDS, "base": 0, "maximum": 12}])
    assert score_of(added, replace(all_marks("B"), records=records)).dimensions[0].score == Decimal("82.0")


@pytest.mark.feature("BJ-10", "CS-12")
def test_in_a_small_class_what_classmates_say_is_left_out_or_counted_as_the_scheme_says() -> None:
    cards = {"peer_comment": [PeerCard(PUPIL, ("a",), (), NOW) for _ in range(3)]}
    whole: dict[str, Any] = {"per_dimension": False, "overall": "mean"}
    inputs = ScoreInputs(scores=[a_mark("C", dimension="")], cards=cards)
    left_out = a_term(parts=[GROUPED, PANEL | {"weight": "0.6"}], **whole)
    counted = a_term(parts=[GROUPED | {"small_class": "counted"}, PANEL | {"weight": "0.6"}], **whole)
    small, large = replace(inputs, classmates=3), replace(inputs, classmates=30)
    assert [score_of(term, small).total for term in (left_out, counted)] == [Decimal("45.0"), Decimal("63.0")]
    assert [score_of(term, large).total for term in (left_out, counted)] == [None, None]
    alone = replace(inputs, classmates=1, cards={"peer_comment": cards["peer_comment"][:1]})
    assert [score_of(term, alone).total for term in (left_out, counted)] == [Decimal("45.0")] * 2


@pytest.mark.feature("X-15")
def test_a_share_that_is_not_enforced_is_shown_and_stops_no_lock() -> None:
    hint = Share(bands=("B",), at_most=Decimal("0.5"), of="school", enforced=False)
    term = a_term(shares=[hint.model_dump()])
    counts = sheets.share_counts(term, "school", [a_row(all_marks("B"), term).score])
    assert {(one.taken, one.seats) for one in counts} == {(1, 0)}
    sheets.need_shares(term, counts)


def a_consent(state: str = "asked", **changed: Any) -> BandConsent:
    made = BandConsent(TERM, PUPIL, "morality", CLASS, "D", "county_office", REASON, state, BY, NOW)  # type: ignore[arg-type]
    return replace(made, **changed)


def test_a_band_that_needs_no_consent_asks_for_nothing() -> None:
    rules.need_reasons(a_term(), [a_row(all_marks("C"))], {})
    rules.need_consents(a_term(), [a_row(all_marks("C"))], {})


@pytest.mark.feature("X-15", "X-13")
def test_a_class_with_a_low_grade_is_handed_over_with_its_reason_and_locked_with_consent() -> None:
    term, row = a_term(), a_row(all_marks("B", morality="D"))
    [needed] = rules.needed(term, [row])
    assert (needed.key, needed.band) == ((PUPIL, "morality"), "D")
    with pytest.raises(Refusal) as no:
        rules.need_reasons(term, [row], {})
    assert code_of(no) == ("reasons_missing", "还没有写理由：李晓雨道德品质D（较差）")
    with pytest.raises(Refusal) as no:
        rules.write(term, needed, NewReason(PUPIL, "morality", "不好"), None, BY, NOW)
    assert code_of(no) == ("invalid_input", "理由：请至少填写10个字")
    written = rules.write(term, needed, NewReason(PUPIL, "morality", REASON), None, BY, NOW)
    assert written is not None
    assert rules.write(term, needed, NewReason(PUPIL, "morality", REASON), written, BY, NOW) is None
    known = {written.key: written}
    rules.need_reasons(term, [row], known)
    [asked] = rules.ask(term, [row], known, NOW)
    assert (asked.state, asked.version) == ("asked", 2)
    with pytest.raises(Refusal) as no:
        rules.need_consents(term, [row], {asked.key: asked})
    assert code_of(no) == ("consents_open", "等待县教育局同意：李晓雨道德品质D（较差）")
    done = rules.decide(term, asked, Sheet(TERM, CLASS, 1), "consent", "", COUNTY, "王局长", NOW)
    rules.need_consents(term, [row], {done.key: done})
    assert rules.ask(term, [row], {done.key: done}, NOW) == []
    other_band = replace(done, band="C")
    with pytest.raises(Refusal):
        rules.need_consents(term, [row], {done.key: other_band})


@pytest.mark.feature("X-15", "X-13")
def test_a_refusal_says_why_and_asks_for_another_reason_or_grade() -> None:
    term, row = a_term(), a_row(all_marks("B", morality="D"))
    with pytest.raises(Refusal) as no:
        rules.decide(term, a_consent(), Sheet(TERM, CLASS, 1), "refuse", "", COUNTY, "王局长", NOW)
    assert code_of(no) == ("invalid_input", "理由：请至少填写5个字")
    refused = rules.decide(term, a_consent(), Sheet(TERM, CLASS, 1), "refuse", "材料不足，请补充", COUNTY, "王局长", NOW)
    assert (refused.state, refused.note, refused.decided_by_name) == ("refused", "材料不足，请补充", "王局长")
    with pytest.raises(Refusal) as no:
        rules.need_reasons(term, [row], {refused.key: refused})
    assert no.value.code == "reasons_missing"
    [needed] = rules.needed(term, [row])
    better = NewReason(PUPIL, "morality", f"{REASON}，补充家访记录", refused.version)
    again = rules.write(term, needed, better, refused, BY, NOW)
    assert again is not None
    assert (again.state, again.note, again.decided_by_name) == ("written", "", None)
    assert [one.state for one in rules.stop_asking([a_consent(), a_consent("consented")], NOW)] == ["written"]


@pytest.mark.feature("X-15")
@pytest.mark.parametrize(
    ("one", "sheet", "roles", "code"),
    [
        (a_consent(), Sheet(TERM, CLASS, 1), PANEL_ROLE, "not_found"),
        (a_consent("consented"), Sheet(TERM, CLASS, 1), COUNTY, "wrong_state"),
        (a_consent(), Sheet(TERM, CLASS, 0), COUNTY, "wrong_state"),
        (a_consent(), Sheet(TERM, CLASS, 2, True), COUNTY, "wrong_state"),
        (a_consent(band="A"), Sheet(TERM, CLASS, 1), COUNTY, "not_found"),
    ],
)
def test_only_who_is_asked_answers_and_only_while_it_is_asked(
    one: BandConsent, sheet: Sheet, roles: frozenset[str], code: str
) -> None:
    with pytest.raises(Refusal) as no:
        rules.decide(a_term(), one, sheet, "consent", "", roles, "某人", NOW)
    assert no.value.code == code


@pytest.mark.feature("X-15", "X-13")
def test_reasons_are_written_by_who_grades_while_the_class_is_open() -> None:
    rules.need_may_write(a_term(), Sheet(TERM, CLASS), PANEL_ROLE, NOW)
    for roles, sheet, at, code in (
        (frozenset({"class_teacher"}), Sheet(TERM, CLASS), NOW, "forbidden"),
        (PANEL_ROLE, Sheet(TERM, CLASS, 1), NOW, "wrong_state"),
        (PANEL_ROLE, Sheet(TERM, CLASS), ENDS, "window_closed"),
    ):
        with pytest.raises(Refusal) as no:
            rules.need_may_write(a_term(), sheet, roles, at)
        assert no.value.code == code


@pytest.mark.feature("X-15")
def test_what_is_locked_without_a_total_is_read_by_later_terms() -> None:
    locked = sheets.locked_score(a_term(), Sheet(TERM, CLASS, 1, True, 3), a_row(all_marks("B", morality="A")))
    assert (locked.total, locked.band) == (None, None)
    assert locked.dimensions["morality"] == {"score": "90.0", "band": "A", "values": {"panel": "90"}}
    assert locked.content["columns"] == ["维度", "等级"]
    assert len(locked.content["rows"]) == len(graded().dimensions)


@pytest.mark.feature("X-15")
def test_a_part_of_other_terms_is_neither_asked_for_nor_entered() -> None:
    """The parts of a final grade count in the last term of the stage only."""
    parts = [PANEL | {"terms": "not_last"}, PANEL | {"id": "final", "title": "毕业评定", "terms": "last"}]
    first, last = a_term(1, parts=parts), a_term(2, parts=parts)
    given = all_marks("A")
    assert score_of(first, given, CLASS).complete
    row = SheetRow(a_student(path=CLASS), score_of(last, given, CLASS))
    with pytest.raises(Refusal) as no:
        sheets.need_complete(last, [row])
    assert code_of(no) == ("scores_missing", "毕业评定还缺1人（李晓雨）")
    final = last.need_scored().parts[1]
    with pytest.raises(Refusal) as no:
        scores.enter(first, final, CLASS, NewScore(PUPIL, "A", "morality"), None, BY, NOW)
    assert code_of(no) == ("no_scores", "这个班本学期没有“毕业评定”")
    assert scores.enter(last, final, CLASS, NewScore(PUPIL, "A", "morality"), None, BY, NOW) is not None
    locked = sheets.locked_score(first, Sheet(TERM, CLASS), SheetRow(a_student(path=CLASS), score_of(first, given, CLASS)))
    assert "毕业评定" not in locked.content["columns"]


@pytest.mark.feature("X-15")
def test_a_dimension_takes_only_its_own_bands_and_a_share_counts_only_dimensions_that_have_them() -> None:
    others = [dimension.id for dimension in graded().dimensions if dimension.id != "health"]
    bands = [
        {"id": "P", "title": "通过", "at_least": 60, "points": 80, "dimensions": ["health"]},
        {"id": "E", "title": "未通过", "at_least": 0, "dimensions": ["health"]},
        {"id": "A", "title": "优秀", "at_least": 80, "points": 90, "dimensions": others},
        {"id": "B", "title": "良好", "at_least": 0, "points": 45, "dimensions": others},
    ]
    rules = [{"band": "A", "least": {"A": 4, "P": 1}}, {"band": "B"}]
    shares = [{"bands": ["A"], "at_most": "0.5", "of": "class"}]
    term = a_term(bands=bands, consents=[], overall="counted", overall_rules=rules, shares=shares)
    part = term.need_scored().parts[0]
    with pytest.raises(Refusal) as no:
        scores.enter(term, part, CLASS, NewScore(PUPIL, "A", "health"), None, BY, NOW)
    assert code_of(no) == ("invalid_input", "评定小组评定：请选择P、E")
    row = a_row(all_marks("A", health="A"), term)
    held = {one.dimension: one.band.id for one in row.score.dimensions if one.band}
    assert (held["health"], held["morality"], row.score.total) == ("P", "A", None)
    assert row.score.band is not None
    assert row.score.band.id == "A"
    assert [one.dimension for one in sheets.share_counts(term, "class", [row.score])] == others
    assert sheets.locked_score(term, Sheet(TERM, CLASS), row).content["rows"][-1] == ["总评", "A（优秀）"]


@pytest.mark.feature("X-15")
def test_in_the_county_thirty_percent_of_the_leavers_may_have_an_a_in_four_dimensions_and_a_d_waits_for_the_county() -> None:
    school = "ah.tl.zy.s1"
    leavers, younger = f"{school}.g2024.c01", f"{school}.g2025.c01"
    term = any_term(path=school, scheme=scheme("zongyang"), number=2)
    found = term.scored_students([*(a_student(path=leavers) for _ in range(10)), a_student(path=younger)])
    assert {one.path for one in found} == {leavers}, "the others take no seat"
    dimensions = [one.id for one in scheme("zongyang").dimensions]

    def rows(excellent: int, low: int = 0) -> list[SheetRow]:
        made = ["A"] * excellent + ["D"] * low + ["B"] * (len(found) - excellent - low)
        inputs = [ScoreInputs(scores=[a_mark(band, dimension=d) for d in dimensions]) for band in made]
        worth = {"A": Decimal(90), "B": Decimal(75), "D": Decimal(0)}
        inputs = [
            replace(one, scores=[replace(s, value=worth[b]) for s in one.scores]) for one, b in zip(inputs, made, strict=True)
        ]
        return [SheetRow(s, score_of(term, one, leavers)) for s, one in zip(found, inputs, strict=True)]

    def counts(excellent: int) -> list[sheets.ShareCount]:
        return sheets.share_counts(term, "school", [one.score for one in rows(excellent)])

    sheets.need_shares(term, counts(3))
    with pytest.raises(Refusal) as no:
        sheets.need_shares(term, counts(4))
    says = [f"{title} A（优秀）：学校10人最多3人，现有4人" for title in ("学业水平", "身心健康", "艺术素养", "社会实践")]
    assert (no.value.code, no.value.detail) == ("shares_exceeded", "；".join(says))
    half = [(one.taken, one.seats) for one in counts(3) if not one.share.enforced]
    assert half == [(7, 5)] * 4, "about half with a B: shown, and nobody is stopped"
    low = rows(3, 1)
    with pytest.raises(Refusal) as no:
        rules.need_reasons(term, low, {})
    assert no.value.code == "reasons_missing"
