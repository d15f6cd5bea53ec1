"""Sets of results by term and stage: which a student has and which are missing, also at earlier schools (BJ-03, BJ-12)."""

from datetime import date
from typing import Any
from uuid import UUID

import pytest
from archive.domain.career import HeldTerm, chosen_stage
from archive.domain.career import stages_of as careers_of
from archive.domain.term_sets import TermResult, result_of, stages_of
from contracts.archive import CareerSealedV1
from servicekit.ids import new_id
from servicekit.testing import Kit, an_actor

from . import school as at_school
from .rule_builders import SCHOOL, a_student, a_term, refused, scheme
from .school import a_move, a_school

SEALED_TERM = """
WITH seal AS (
    INSERT INTO seals (id, kind, term_id, path, title, version, state, asked_by, asked_by_name, made_at, archives, key_id)
    VALUES (uuidv7(), 'term', $1, subpath($3::text::ltree, 0, 4), '学期', 1, 'sealed', uuidv7(), '校管理员', now(), 1, 'k')
    RETURNING id),
sealed AS (UPDATE term_states SET state = 'sealed' WHERE term_id = $1)
INSERT INTO archives (id, seal_id, kind, term_id, student_id, student_name, path, place, version, code, document_no,
                      school_title, term_title, state, grade_title, class_title, pdf_sha256, json_sha256, ready_at)
SELECT uuidv7(), id, 'term', $1, $2, '王小一', $3::text::ltree, 0, 1, 'x', 'x', '职业学校', '学期', 'ready', '一年级',
       '（1）班', 'p', 'j', now()
  FROM seal
"""
TWO_YEARS = f"{SCHOOL}.g2026.c01"
OTHER = "jx.nc.dh.s9"


@pytest.mark.feature("BJ-12")
@pytest.mark.parametrize(("years", "terms"), [(2, 4), (3, 6)])
def test_a_student_has_a_set_each_term_of_the_school_and_sees_which_are_missing(years: int, terms: int) -> None:
    here = a_term(scheme=scheme("beijing"), stage="vocational", years=years, school_year="2027-2028", number=2)
    held = [TermResult(here, TWO_YEARS, "职业学校", UUID(int=1), "优秀")]
    [stage] = stages_of(a_student(path=TWO_YEARS), here, held)
    assert (len(stage.terms), stage.current) == (terms, True)
    assert [one.missing for one in stage.terms] == [True, True, True, False, *[True] * (terms - 4)]
    assert (stage.terms[3].title, stage.terms[3].result) == ("2027-2028学年第二学期", "优秀")


@pytest.mark.feature("BJ-03", "BJ-12")
def test_earlier_stages_keep_their_school_their_length_and_their_scheme() -> None:
    beijing, jiangxi = scheme("beijing"), scheme()
    primary = a_term(scheme=beijing, stage="primary", years=5, school_year="2023-2024", starts_on=date(2023, 9, 1))
    senior = a_term(scheme=jiangxi)
    student = a_student()
    held = [TermResult(primary, f"{OTHER}.g2019.c01", "五年制小学", UUID(int=1))]
    first, now = stages_of(student, senior, held, [(UUID(int=9), "primary", f"{OTHER}.g2019.c01")])
    assert (first.stage, first.title, first.current) == ("primary", "小学（5年，共10个学期）", False)
    assert (first.schools, first.career_id) == (("五年制小学",), UUID(int=9))
    assert [one.archive_id for one in first.terms].count(None) == 9
    assert first.scheme == f"{beijing.title}（{beijing.version}）"
    assert (now.stage, len(now.terms), now.career_id, now.current) == ("senior_secondary", 6, None, True)


@pytest.mark.feature("BJ-03")
def test_a_school_of_nine_years_gives_a_student_two_stages_one_after_the_other() -> None:
    """One term of the school is about both: the class says which stage it is in."""
    beijing, small, big = scheme("beijing"), f"{SCHOOL}.g2018_primary.c01", f"{SCHOOL}.g2024.c02"
    once = a_term(
        id=UUID(int=11), scheme=beijing, stage="junior_secondary", school_year="2023-2024", starts_on=date(2023, 9, 1), number=1
    )
    now = a_term(
        id=UUID(int=12), scheme=beijing, stage="junior_secondary", school_year="2024-2025", starts_on=date(2024, 9, 1), number=1
    )
    assert [now.grade(path) for path in (big, f"{SCHOOL}.g2024_primary.c01", small)] == [7, 1, None]
    held = [TermResult(once, small, "一贯制学校", UUID(int=1)), TermResult(now, big, "一贯制学校", UUID(int=2))]
    careers = [(UUID(int=8), "primary", small), (UUID(int=9), "junior_secondary", big)]
    first, second = stages_of(a_student(path=big), now, held, careers)
    assert (first.title, first.current, first.career_id) == ("小学（6年，共12个学期）", False, UUID(int=8))
    assert (second.title, second.current, second.career_id) == ("初中（3年，共6个学期）", True, UUID(int=9))
    assert [one.archive_id for one in first.terms].index(UUID(int=1)) == 10
    assert second.terms[0].archive_id == UUID(int=2)
    held_terms = [
        HeldTerm(once.id, small, "一贯制学校", "小学2018级", "1班"),
        HeldTerm(now.id, big, "一贯制学校", "初中2024级", "2班"),
    ]
    before, present = careers_of(a_student(path=big), [once, now], held_terms, {once.id: once, now.id: now})
    assert (before.stage, before.title, before.student.path, before.sealed) == ("primary", "小学（六年）", small, [once])
    assert (present.stage, present.title, present.sealed, present.current) == ("junior_secondary", "初中（三年）", [now], True)


@pytest.mark.feature("BJ-12")
def test_a_term_outside_of_the_plan_is_kept_when_a_year_is_repeated() -> None:
    here = a_term(scheme=scheme("beijing"), stage="vocational", years=2, school_year="2025-2026")
    [stage] = stages_of(a_student(path=TWO_YEARS), here, [TermResult(here, f"{SCHOOL}.g2025.c01", "", UUID(int=1))])
    assert [one.school_year for one in stage.terms if not one.missing] == ["2025-2026"]
    assert len(stage.terms) == 5


@pytest.mark.feature("BJ-03")
def test_a_student_has_a_career_archive_of_each_stage_in_the_class_of_that_stage() -> None:
    beijing, junior_path = scheme("beijing"), "bj.hd.hd.s2.g2023.c01"
    primary = a_term(id=UUID(int=5), scheme=beijing, stage="primary", school_year="2022-2023", path="bj.hd.hd.s1")
    junior = a_term(id=UUID(int=6), scheme=beijing, stage="junior_secondary", school_year="2025-2026", path="bj.hd.hd.s2")
    senior = a_term(id=UUID(int=7), scheme=beijing, stage="senior_secondary", path=SCHOOL)
    held = [
        HeldTerm(primary.id, "bj.hd.hd.s1.g2017.c02", "九年一贯制学校小学部", "六年级", "（2）班"),
        HeldTerm(junior.id, junior_path, "九年一贯制学校初中部", "九年级", "（1）班"),
    ]
    known = {term.id: term for term in (primary, junior)}
    first, second, now = careers_of(a_student(), [senior], held, known)
    assert [one.stage for one in (first, second, now)] == ["primary", "junior_secondary", "senior_secondary"]
    assert (second.student.path, second.student.class_title, second.term) == (junior_path, "（1）班", junior)
    assert (now.student, now.sealed, now.current, first.current) == (a_student(), [], True, False)
    assert chosen_stage([first, second, now], None) == now
    assert chosen_stage([first, second, now], "primary") == first
    [only] = careers_of(a_student(), [senior], [], {})
    assert only.current, "who did not spend the first stage here has the present one"
    [left] = careers_of(a_student(), [], held[:1], known)
    assert (chosen_stage([left], None).stage, left.current) == ("primary", False)
    with refused("not_found", detail="这名学生没有这个学段的档案"):
        chosen_stage([only], "primary")
    with refused("career_not_ready", detail="还没有学期"):
        chosen_stage([], None)


def test_a_result_is_said_in_the_words_of_its_scheme() -> None:
    assert result_of(a_term(scheme=scheme("beijing")), "82", "A", None) == "优秀"
    assert result_of(a_term(scheme=scheme("beijing")), "82", None, None) == "82"
    assert result_of(a_term(), None, None, None) is None


@pytest.mark.feature("BJ-03", "BJ-07", "X-13")
async def test_results_go_along_to_the_next_school_and_only_who_is_responsible_now_looks_them_up(parts: Any) -> None:
    async with a_school(parts, pupils=1) as school:
        who, kit = school.students[0], school.kit
        await school.close()
        await school.evaluate_all()
        await school.seal()
        archive = await school.archive_of()
        url, new_class = f"/term-sets/{who.student_id}", f"{OTHER}.g2026.c01"
        [stage] = (await school.teacher().get(url)).json["stages"]
        assert [one["archive_id"] for one in stage["terms"]] == [None, None, archive["id"], None, None, None]
        [mine] = (await school.teacher().get("/term-sets", path=at_school.CLASS)).json["items"]
        assert (mine["name"], mine["stages"]) == (who.name, [stage])

        there = at_school.a_term(path=OTHER, scheme_id="beijing", stage="vocational", years=2, windows=(), term_id=new_id())
        await kit.receive(there)
        moved = who.model_copy(update={"path": new_class, "school_title": "职业学校", "version": 2})
        await kit.receive(a_move(who, moved))
        next_teacher, other_class = (kit.as_(an_actor("class_teacher", path)) for path in (new_class, f"{OTHER}.g2026.c02"))
        earlier, now = (await next_teacher.get(url)).json["stages"]
        assert (earlier["stage"], earlier["scheme"], earlier["current"]) == (stage["stage"], stage["scheme"], False)
        assert earlier["terms"][2]["archive_id"] == archive["id"]
        assert (now["stage"], len(now["terms"])) == ("vocational", 4)
        assert (await next_teacher.get(f"/archives/{archive['id']}/content")).status == 200
        assert [one["id"] for one in (await next_teacher.get("/archives", student_id=who.student_id)).json["items"]] == [
            archive["id"]
        ]
        for outsider in (school.teacher(), other_class, school.stranger, kit.as_(an_actor("guardian", new_class))):
            assert (await outsider.get(url)).code == "not_found"
        assert (await other_class.get(f"/archives/{archive['id']}")).code == "not_found"
        assert (await school.guardian().get(url)).status == 200
        await each_stage_has_a_career(kit, there.term_id, who.student_id, new_class)


async def each_stage_has_a_career(kit: Kit, term_id: UUID, student_id: UUID, new_class: str) -> None:
    """The next school seals the career archive of the earlier stage, in the name of the earlier school, and then its own."""
    office = kit.as_(an_actor("administrator", OTHER))
    career, body = f"/career/{student_id}", {"without_missing": True}
    now = (await office.get(career)).json
    assert (now["stage"], now["terms_sealed"], now["terms_in_stage"]) == ("vocational", 0, 4)
    assert [(one["stage"], one["current"]) for one in now["stages"]] == [("senior_secondary", False), ("vocational", True)]
    assert (await office.post(f"{career}/seal", body)).code == "career_not_ready", "no term is sealed here yet"
    assert (await office.get(f"{career}?stage=primary")).code == "not_found"
    assert (await office.post(f"{career}/seal?stage=senior_secondary", body)).status == 202
    await kit.tick()
    earlier = (await office.get(f"{career}?stage=senior_secondary")).json
    assert (earlier["state"], earlier["archive"]["path"]) == ("sealed", at_school.CLASS)
    assert (await office.get(career)).json["state"] == "collecting"
    async with kit.deps.db.transaction() as tx:
        await tx.execute(SEALED_TERM, term_id, student_id, new_class)
    assert (await office.post(f"{career}/seal", body)).status == 202
    await kit.tick()
    assert (await office.post(f"{career}/seal", body)).code == "wrong_state"
    both = (await office.get(f"/term-sets/{student_id}")).json["stages"]
    second = (await office.get(career)).json["archive"]
    assert [one["career_id"] for one in both] == [earlier["archive"]["id"], second["id"]]
    events = await kit.events(CareerSealedV1)
    assert [one.stage for one in events] == ["senior_secondary", "vocational"]
    assert [one.path for one in events] == [at_school.CLASS, new_class]
    verified = [(await kit.anonymous.get(f"/verification/{one['code']}")).json for one in (earlier["archive"], second)]
    assert [(one["stage"], one["superseded"]) for one in verified] == [("高中", False), ("中职", False)]
