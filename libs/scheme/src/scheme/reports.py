"""Reports that are made from locked results: which there are, of which organisations, and for whom (BJ-08). Pure."""

from collections.abc import Iterator
from typing import TYPE_CHECKING, Literal, Self

from pydantic import Field, model_validator

from scheme.base import ContentError, Id, Model, RoleId, Text
from scheme.parts import OrgLevel

if TYPE_CHECKING:
    from scheme.scheme import Scheme

type StudentColumn = Literal["sex", "registry_number"]
STUDENT_COLUMNS: dict[StudentColumn, str] = {"sex": "性别", "registry_number": "学籍号"}
_WITH_NAMES: tuple[OrgLevel, ...] = ("class", "grade", "school")


class Report(Model):
    """A report of a class, grade, school or an organisation above (BJ-08).

    type: `detail`: every student with the parts, scores and grades; `summary`: how many students have which grade, with
    charts; it names nobody. `term_tables`: the term archive of every student, one after the other.
    levels: of which organisations; above schools only a summary. roles: who may have it. columns: of `detail`: what is
    said of students besides class and name; registry numbers are masked. parts: of `detail`: whether the parts of a score
    have columns of their own.
    """

    id: Id
    title: Text
    type: Literal["detail", "summary", "term_tables"]
    levels: tuple[OrgLevel, ...] = Field(min_length=1)
    roles: tuple[RoleId, ...] = Field(min_length=1)
    columns: tuple[StudentColumn, ...] = ()
    parts: bool = True

    @model_validator(mode="after")
    def _names_students_at_schools_only(self) -> Self:
        above = [level for level in self.levels if level not in _WITH_NAMES]
        if self.names_students and above:
            raise ContentError(
                f"report {self.id!r}: a report that names students ends at the school, not at the level {above[0]!r}",
                "列出学生姓名的报表只能到学校，县区及以上只能看汇总表",
                "请从 levels 中删去 district、city、province，或改为 type: summary",
                "levels",
            )
        if self.columns and self.type != "detail":
            raise ContentError(
                f"report {self.id!r}: only a detail table has `columns`",
                "只有明细表（detail）可以写 columns",
                "请删去 columns",
                "columns",
            )
        return self

    @property
    def names_students(self) -> bool:
        """Whether it contains data of single students."""
        return self.type != "summary"


def contradictions(scheme: "Scheme") -> Iterator[ContentError]:
    """Tables of results where the scheme has no result; roles that hold no post where the report is made."""
    for number, report in enumerate(scheme.reports):
        if report.type != "term_tables" and scheme.result.type == "none":
            yield ContentError(
                f"report {report.id!r}: the scheme has no result",
                f"方案不评结果（result 为 none），没有内容可以统计成“{report.title}”",
                "请删去这个报表，或改为 type: term_tables",
                *("reports", number, "type"),
            )
