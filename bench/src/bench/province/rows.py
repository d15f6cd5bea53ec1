"""The rows of a province in each service's database. Ids follow from numbers, so that every service means the same student."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from functools import cached_property

from contracts.base import level_of
from scheme import Scheme

from bench.province.copying import Connection, copy, without_indexes
from bench.province.layout import Layout, SchoolClass

STUDENT, TERM, RECORD, FORM, ENTRY, CASE, SCORE, ACCOUNT, PERSON = range(1, 10)
TITLES = {"province": "省", "city": "市", "district": "区", "school": "中学", "grade": "级", "class": "班"}


def uid(sort: int, number: int) -> str:
    """The id of the thing of a sort with this number."""
    return f"{sort:08x}-0000-7000-8000-{number:012x}"


@dataclass
class Province:
    """What is added now: the classes of one size that are not there yet."""

    layout: Layout
    scheme: Scheme
    classes: list[SchoolClass]
    there: set[str]
    """Organisations that are in the databases already."""

    @cached_property
    def today(self) -> date:
        """Terms are counted from now."""
        return datetime.now(UTC).date()

    @cached_property
    def new_organisations(self) -> list[str]:
        """From above."""
        return [path for path in self.layout.organisations(self.classes) if path not in self.there]

    @cached_property
    def new_schools(self) -> list[str]:
        """Those without a term so far."""
        return [path for path in self.new_organisations if level_of(path) == "school"]

    def school_number(self, path: str) -> int:
        """A number of its own for each school."""
        city, district, school = (int(label[1:]) for label in path.split(".")[1:4])
        return (city * 100 + district) * 100 + school

    def term(self, school: str, past: bool) -> str:
        """The id of a school's present or past term."""
        return uid(TERM, self.school_number(school) * 2 + past)

    def school_year(self, past: bool) -> str:
        """The year of a term."""
        first = (self.today.year if self.today.month >= 8 else self.today.year - 1) - past
        return f"{first}-{first + 1}"

    def students(self, one: SchoolClass) -> range:
        """The numbers of the students of a class."""
        first = one.number * self.layout.students
        return range(first, first + self.layout.students)

    def organisations(self) -> Iterator[str]:
        """Rows of directory_organisations."""
        for path in self.new_organisations:
            level = level_of(path)
            of_scheme = f"{self.scheme.id}\t{self.scheme.version}" if level == "province" else "\\N\t\\N"
            title = path.rpartition(".")[2] + TITLES[level]
            yield f"{path}\t{level}\t{title}\tjunior_secondary\t{of_scheme}\tAsia/Shanghai\t1\n"

    def directory_students(self) -> Iterator[str]:
        """Rows of directory_students."""
        for one in self.classes:
            for n in self.students(one):
                titles = f"{one.school}中学\t{one.grade}级\t{one.path[-2:]}班"
                yield f"{uid(STUDENT, n)}\t学生{n}\t{one.path}\t{titles}\tenrolled\tfemale\tG{n:018}\t1\t学生{n}\n"

    def terms(self) -> Iterator[str]:
        """Rows of directory_terms: the present term of each school and one before."""
        begins, ends = self.today - timedelta(days=60), self.today + timedelta(days=60)
        for school in self.new_schools:
            for past in (True, False):
                dates = (begins - timedelta(days=365), ends - timedelta(days=365)) if past else (begins, ends)
                yield (
                    f"{self.term(school, past)}\t{school}\t学期\t{self.school_year(past)}\t1\t{self.scheme.id}"
                    f"\t{self.scheme.version}\tAsia/Shanghai\t{dates[0]}\t{dates[1]}\t[]\t1\tjunior_secondary\t3\n"
                )

    def records(self) -> Iterator[str]:
        """Rows of records, half of them of the present term; every fortieth waits for its review."""
        kinds = [dimension.kinds[0].id if dimension.kinds else self.scheme.kinds[0].id for dimension in self.scheme.dimensions]
        pairs = list(zip((d.id for d in self.scheme.dimensions), kinds, strict=True))
        each, at = self.layout.records, f"{self.today - timedelta(days=20)} 08:00+00"
        for one in self.classes:
            terms = (self.term(one.school, False), self.term(one.school, True))
            for n in self.students(one):
                student, author = uid(STUDENT, n), uid(ACCOUNT, n)
                for k in range(each):
                    dimension, kind = pairs[(n + k // 2) % len(pairs)]
                    state = "submitted" if (n * each + k) % 40 == 0 else "approved"
                    yield (
                        f"{uid(RECORD, n * each + k)}\t{terms[k % 2]}\t{student}\t学生{n}\t{one.path}\t{dimension}\t{kind}"
                        f"\t活动{k}\t{{}}\t[]\t{state}\treported\tnone\tclass\t{author}\t学生{n}\tstudent\t1\t{at}\t{at}\t{at}\n"
                    )

    def entries(self) -> Iterator[str]:
        """Rows of publicity's entries: two of each student in the present term, one of them selected."""
        for one in self.classes:
            term = self.term(one.school, False)
            for n in self.students(one):
                for k, state in ((0, "selected"), (2, "eligible")):
                    record = uid(RECORD, n * self.layout.records + k)
                    yield (
                        f"{uid(ENTRY, n * 4 + k)}\t{record}\t{term}\t{uid(STUDENT, n)}\t学生{n}\t{one.path}\t"
                        f"{self.scheme.dimensions[0].id}\t{self.scheme.kinds[0].id}\t活动\t1\t{{}}\t{state}\tf\n"
                    )

    def cases(self) -> Iterator[str]:
        """Rows of cases: one of every fiftieth student, half of them closed."""
        at = f"{self.today - timedelta(days=9)} 08:00+00"
        for one in self.classes:
            for n in self.students(one):
                if n % 50 == 0:
                    closed = at if n % 100 == 0 else "\\N"
                    yield (
                        f"{uid(CASE, n)}\tobjection\t{uid(ENTRY, n * 4)}\t{self.term(one.school, False)}\t"
                        f"{uid(RECORD, n * self.layout.records)}\t{uid(STUDENT, n)}\t{one.path}\t异议\t有误\tt"
                        f"\t{{}}\tschool\t0\t{{}}\t{{}}\t{at}\t{closed}\t1\tp{n}\n"
                    )

    def forms(self) -> Iterator[str]:
        """Rows of signed_forms: of three students of five."""
        at, year = f"{self.today} 08:00+00", self.school_year(False)
        for one in self.classes:
            for n in self.students(one):
                if n % 5 < 3:
                    yield (
                        f"{uid(FORM, n)}\t{year}\t{self.term(one.school, False)}\t{uid(STUDENT, n)}\t{one.path}\tpicture\t"
                        f"{uid(ACCOUNT, n)}\t家长\tguardian\t{at}\n"
                    )

    def scores(self) -> Iterator[str]:
        """Rows of locked_scores: of everybody, in the past term."""
        bands = [band.id for band in getattr(self.scheme.result, "bands", ())]
        for one in self.classes:
            for n in self.students(one):
                band = bands[n % len(bands)]
                each = ", ".join(f'"{d.id}": {{"band": "{band}"}}' for d in self.scheme.dimensions)
                yield f"{self.term(one.school, True)}\t{uid(STUDENT, n)}\t{one.path}\t1\t80\t{band}\t{{}}\t{{{each}}}\n"

    def evaluations(self) -> Iterator[str]:
        """Rows of evaluations: the teacher's of everybody, in the present term."""
        wanted = next(one for one in self.scheme.evaluations if one.about == "student" and one.required)
        at = f"{self.today} 08:00+00"
        for one in self.classes:
            for n in self.students(one):
                yield (
                    f"{uid(SCORE, n)}\t{self.term(one.school, False)}\t{uid(STUDENT, n)}\t{one.path}\t{wanted.id}\t认真负责。\t"
                    f"{uid(ACCOUNT, n)}\t陈老师\t{at}\t1\n"
                )


ORGANISATION = "path level title stage scheme_id scheme_version time_zone version"
STUDENT_ROW = "id name path school_title grade_title class_title status sex registry_number version name_key"
TERM_ROW = "id path title school_year number scheme_id scheme_version time_zone starts_on ends_on windows version stage years"
RECORD_ROW = (
    "id term_id student_id student_name path dimension kind title data evidence state origin level visibility author_id "
    "author_name author_role version created_at submitted_at waits_since"
)
ENTRY_ROW = "id record_id term_id student_id student_name path dimension kind title record_version snapshot state automatic"
CASE_ROW = (
    "id case_type entry_id term_id record_id student_id path title text one_open parties stage stage_no waits_for before "
    "opened_at closed_at version complainant"
)
FORM_ROW = "id school_year term_id student_id path matched account_id author_name author_role at"
SCORE_ROW = "term_id student_id path version total band content dimensions"
EVALUATION_ROW = "id term_id student_id path type text account_id author_name written_at version"


async def _directory(to: Connection, new: Province, *, organisations: bool) -> None:
    tables = ("directory_students", "directory_terms", *(("directory_organisations",) if organisations else ()))
    async with without_indexes(to, *tables[:1]):
        await copy(to, "directory_students", STUDENT_ROW, new.directory_students())
    await copy(to, "directory_terms", TERM_ROW, new.terms())
    if organisations:
        await copy(to, "directory_organisations", ORGANISATION, new.organisations())
    for table in tables[1:]:
        await to.execute(f"VACUUM (ANALYZE) {table}")


async def records(to: Connection, new: Province) -> None:
    """Students and their records; the service counts them by its own job, once they are all there with their indexes."""
    await to.execute("UPDATE jobs SET done_at = now() + interval '1 day' WHERE what = 'plan_progress'")
    await _directory(to, new, organisations=True)
    async with without_indexes(to, "records"):
        await copy(to, "records", RECORD_ROW, new.records())
    await schedule(to, "count_progress", (new.term(school, False) for school in {one.school for one in new.classes}))


async def publicity(to: Connection, new: Province) -> None:
    """Students, entries and cases."""
    await _directory(to, new, organisations=False)
    await to.execute(
        "INSERT INTO publicity_terms (term_id, opens_at, closes_at) SELECT id, now() - interval '9 days', now() + interval "
        "'9 days' FROM directory_terms ON CONFLICT DO NOTHING"
    )
    async with without_indexes(to, "entries", "cases"):
        await copy(to, "entries", ENTRY_ROW, new.entries())
        await copy(to, "cases", CASE_ROW, new.cases())


async def archive(to: Connection, new: Province) -> None:
    """Students, signed forms, locked scores and evaluations; the service counts them by its own jobs."""
    await _directory(to, new, organisations=True)
    await to.execute("INSERT INTO term_states (term_id) SELECT id FROM directory_terms ON CONFLICT DO NOTHING")
    await to.execute(
        "INSERT INTO form_rounds (school, school_year, ends_on) SELECT path, school_year, ends_on FROM directory_terms "
        "WHERE ends_on > now() ON CONFLICT DO NOTHING"
    )
    await copy(
        to, "score_sheets", "term_id path step locked version",
        (f"{new.term(one.school, True)}\t{one.path}\t2\tt\t1\n" for one in new.classes),
    )  # fmt: skip
    async with without_indexes(to, "signed_forms", "locked_scores", "evaluations"):
        await copy(to, "signed_forms", FORM_ROW, new.forms())
        await copy(to, "locked_scores", SCORE_ROW, new.scores())
        await copy(to, "evaluations", EVALUATION_ROW, new.evaluations())
    await to.execute("VACUUM (ANALYZE) score_sheets")
    await schedule(to, "count_forms", {one.school for one in new.classes})
    await schedule(to, "count_results", ["all"])


async def identity(to: Connection, new: Province) -> None:
    """Organisations, people and their accounts; schools are counted as the chore does it, all at once."""
    rows = (row.removesuffix("\t1\n") + "\tf\n" for row in new.organisations())
    await copy(to, "organisations", "path level title stage scheme_id scheme_version time_zone own_scheme", rows)
    numbers = [(n, one) for one in new.classes for n in new.students(one)]
    async with without_indexes(to, "persons", "accounts", "credentials", "students"):
        await copy(to, "persons", "id name name_key", (f"{uid(PERSON, n)}\t学生{n}\t学生{n}\n" for n, _ in numbers))
        await copy(
            to, "accounts", "id username person_id", (f"{uid(ACCOUNT, n)}\t1{n:012}\t{uid(PERSON, n)}\n" for n, _ in numbers)
        )
        await copy(
            to, "credentials", "account_id password_hash must_change",
            (f"{uid(ACCOUNT, n)}\t{'x' if n % 3 else chr(92) + 'N'}\tf\n" for n, _ in numbers),
        )  # fmt: skip
        await copy(
            to, "students", "id person_id account_id registry_number registry_sealed registry_index eid path status",
            (
                f"{uid(STUDENT, n)}\t{uid(PERSON, n)}\t{uid(ACCOUNT, n)}\tG{n}\tx\t\\\\x{n:016x}\t1{n:012}"
                f"\t{one.path}\tenrolled\n"
                for n, one in numbers
            ),
        )  # fmt: skip
    await to.execute("VACUUM (ANALYZE) organisations")
    await to.execute(
        """
        INSERT INTO school_counts (path, classes, students, students_in_use, with_guardian, guardians_in_use, counted_at)
        SELECT subpath(s.path, 0, 4), count(DISTINCT s.path), count(*), count(c.password_hash), 0, 0, now() + interval '1 day'
          FROM students s JOIN credentials c ON c.account_id = s.account_id GROUP BY 1
            ON CONFLICT (path) DO UPDATE SET classes = excluded.classes, students = excluded.students,
               students_in_use = excluded.students_in_use, counted_at = excluded.counted_at
        """
    )


async def notify(to: Connection, new: Province) -> None:
    """Terms, and a message for every student."""
    await copy(to, "directory_terms", TERM_ROW, new.terms())
    at = f"{new.today} 08:00+00"
    async with without_indexes(to, "messages"):
        await copy(
            to, "messages", "id place address kind title body link facts path folds made_at",
            (
                f"{uid(STUDENT, n)}\t{uid(RECORD, n)}\tstudent:{uid(STUDENT, n)}\tsigned_form.missing\t提醒\t请上传\t{{}}"
                f"\t{{}}\t{one.path}\tf\t{at}\n"
                for one in new.classes
                for n in new.students(one)
            ),
        )  # fmt: skip


async def schedule(to: Connection, what: str, keys: Iterable[str]) -> None:
    """Have a job of the service run now."""
    await to.execute(
        "INSERT INTO jobs (id, at, what, key, payload) SELECT gen_random_uuid(), now(), $1, key, '{}' FROM unnest($2::text[]) "
        "AS k (key) ON CONFLICT (what, key) DO UPDATE SET at = now(), done_at = NULL, tries = 0, payload = '{}'",
        what,
        sorted(keys),
    )


WRITERS = {"records": records, "publicity": publicity, "archive": archive, "identity": identity, "notify": notify}
"""By service."""
