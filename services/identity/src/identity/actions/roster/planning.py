"""Reads what a chunk's rows name, and makes the plan; the same for the dry run and the commit (L-10)."""

from collections.abc import Iterable, Sequence
from uuid import UUID

from contracts.base import RowProblem
from contracts.importer import BatchChunk, BatchRow
from people import name_key
from scheme import Scheme, roles
from scheme.accounts import EducationId
from servicekit.db import Tx
from servicekit.timetable import entry_year_of, stage_of

from identity.deps import IdentityDeps
from identity.domain.organisations import Organisation, stages_of_school
from identity.domain.roster.known import Known, KnownClasses
from identity.domain.roster.plan import make_plan
from identity.domain.roster.rows import STUDENTS, TEACHERS, StudentRow, TeacherRow, read_student, read_teacher
from identity.domain.roster.steps import Plan, RowResult
from identity.domain.students import Guardian
from identity.store import accounts, education_ids, organisations, roster, students

type Rows = tuple[list[StudentRow], list[TeacherRow], list[RowProblem]]


async def plan_to_apply(deps: IdentityDeps, tx: Tx, batch: BatchChunk) -> Plan:
    """The plan, with everything locked that it depends on until the transaction ends."""
    school = await organisations.lock(tx, batch.path)
    rows = _read(deps, batch, school)
    await accounts.lock_names(tx, sorted(_names(rows)))
    return await _plan(deps, tx, batch, school, rows)


async def plan_to_show(deps: IdentityDeps, tx: Tx, batch: BatchChunk) -> Plan:
    """The plan for the dry run; nothing is locked."""
    school = (await organisations.named(tx, [batch.path])).get(batch.path)
    return await _plan(deps, tx, batch, school, _read(deps, batch, school))


async def _plan(deps: IdentityDeps, tx: Tx, batch: BatchChunk, school: Organisation | None, rows: Rows) -> Plan:
    if school is None or school.level != "school":
        return _with_problems(Plan(), [_problem(row, "school_unknown", "没有这所学校") for row in batch.rows])
    student_rows, teacher_rows, problems = rows
    scheme = deps.scheme(school.scheme_id, school.scheme_version)
    plan = make_plan(student_rows, teacher_rows, await _known(tx, school, scheme, student_rows, teacher_rows))
    return _with_problems(plan, problems)


def _with_problems(plan: Plan, problems: Sequence[RowProblem]) -> Plan:
    plan.problems = sorted([*plan.problems, *problems], key=lambda problem: problem.row)
    plan.rows |= {(problem.sheet or "", problem.row): RowResult("problem", (problem,)) for problem in problems}
    return plan


async def _known(
    tx: Tx, school: Organisation, scheme: Scheme | None, rows: Sequence[StudentRow], teachers: Sequence[TeacherRow]
) -> Known:
    of_stages = _classes(await roster.below(tx, school.path))
    numbers = [row.registry.index for row in rows if row.registry is not None]
    by_registry = {s.registry_index: s for s in await students.by_registry(tx, numbers)}
    by_former = await roster.by_former_number(tx, [n for n in numbers if n not in by_registry])
    by_document = await roster.document_holders(tx, _documents(rows, teachers))
    found = {
        s.id: s for s in (*by_registry.values(), *by_former.values(), *(s for h in by_document.values() for s in h.students))
    }
    unknown = [
        row
        for row in rows
        if not (row.registry and row.registry.index in by_registry) and not (row.document and row.document.index in by_document)
    ]
    namesakes = await roster.namesakes(tx, school.path, [name_key(row.name) for row in unknown if row.name])
    ids = [*found, *(s.id for alike in namesakes.values() for s in alike)]
    registered: dict[UUID, tuple[Guardian, ...]] = {}
    for guardian in await students.guardians(tx, ids):
        registered[guardian.student_id] = (*registered.get(guardian.student_id, ()), guardian)
    return Known(
        school=school,
        grades=of_stages[None].grades,
        classes=of_stages[None].classes,
        stages=stages_of_school(scheme, school),
        more={stage: found for stage, found in of_stages.items() if stage is not None},
        by_registry=by_registry,
        by_former=by_former,
        by_document=by_document,
        namesakes=namesakes,
        accounts=await roster.account_holders(tx, sorted(_phones(rows, teachers))),
        guardians=registered,
        guardian_cards=await roster.guardian_cards(tx, ids),
        claimed=await roster.claimed(tx, school.path, ids),
        education_id=EducationId() if scheme is None else scheme.accounts.education_id,
        education_ids=await education_ids.in_use(tx, _education_ids(rows, teachers)),
    )


def _classes(below: Iterable[Organisation]) -> dict[str | None, KnownClasses]:
    """Grades and classes by stage, and by year of entry; a grade whose label is no year of entry is left out."""
    grades: dict[str | None, dict[int, Organisation]] = {None: {}}
    classes: dict[str | None, dict[int, tuple[Organisation, ...]]] = {None: {}}
    for one in below:
        year, stage = entry_year_of(one.path), stage_of(one.path)
        if year is None:
            continue
        if one.level == "grade":
            grades.setdefault(stage, {})[year] = one
        elif one.level == "class":
            here = classes.setdefault(stage, {})
            here[year] = (*here.get(year, ()), one)
    return {stage: KnownClasses(grades.get(stage, {}), classes.get(stage, {})) for stage in {*grades, *classes}}


def _phones(rows: Sequence[StudentRow], teachers: Sequence[TeacherRow]) -> set[str]:
    return {g.phone for row in rows for g in row.guardians or ()} | {row.phone for row in teachers}


def _documents(rows: Sequence[StudentRow], teachers: Sequence[TeacherRow]) -> list[bytes]:
    given = [*(row.document for row in rows), *(row.document for row in teachers)]
    return [document.index for document in given if document is not None and document.index is not None]


def _education_ids(rows: Sequence[StudentRow], teachers: Sequence[TeacherRow]) -> set[str]:
    given = [*(row.education_id for row in rows), *(row.education_id for row in teachers)]
    return {text for text in given if text is not None}


def _names(rows: Rows) -> set[str]:
    """What two rosters could create at the same time: accounts, documents, registry numbers."""
    found, teachers, _ = rows
    documents = {index.hex() for index in _documents(found, teachers)}
    ids = _education_ids(found, teachers)
    return _phones(found, teachers) | documents | ids | {row.registry.index.hex() for row in found if row.registry is not None}


def _read(deps: IdentityDeps, batch: BatchChunk, school: Organisation | None) -> Rows:
    """Decrypt and parse the rows. A row that cannot be decrypted or parsed becomes a problem of that row, and so does a role
    that the school's scheme does not have or that its administrator may not grant."""
    scheme = None if school is None else deps.scheme(school.scheme_id, school.scheme_version)
    levels = {one.role: one.levels for one in roles.roster_roles(scheme)}
    found: list[StudentRow] = []
    teachers: list[TeacherRow] = []
    problems: list[RowProblem] = []
    numbers = deps.sealed_numbers
    for row in batch.rows:
        try:
            opened = {
                name: numbers.open_imported(sealed, batch.batch_id, row.sheet, row.row) for name, sealed in row.sealed.items()
            }
            if row.sheet == TEACHERS:
                teachers.append(read_teacher(row, opened, numbers, levels))
            elif row.sheet == STUDENTS:
                found.append(read_student(row, opened, numbers))
            else:
                problems.append(_problem(row, "invalid_input", "工作表未知"))
        except (KeyError, ValueError, TypeError):
            problems.append(_problem(row, "invalid_input", "这一行的内容不完整或格式不正确"))
    return found, teachers, problems


def _problem(row: BatchRow, code: str, message: str) -> RowProblem:
    return RowProblem(row=row.row, sheet=row.sheet, code=code, message=message)
