"""Known workbook layouts as data (L-04): how sheets that other systems and schools write become rows of an import type.

A layout is a file of `schemes/layouts/`; a province adds its own. Which columns a template has is decided by the importer.
"""

import re
from typing import Annotated, Literal, Self

from pydantic import AfterValidator, Field, StringConstraints, model_validator

from scheme.base import ContentError, Id, Model, Text, need_unique_ids
from scheme.checking import patterns


def _readable(pattern: str) -> str:
    try:
        re.compile(pattern)
    except re.error as wrong:
        raise ContentError(
            f"pattern cannot be read: {wrong}", f"格式（正则表达式）读不懂：{wrong}", "请改正，注意括号成对"
        ) from None
    if (why := patterns.problem(pattern)) is not None:
        raise ContentError("pattern: may take for ever", f"格式（正则表达式）{why}", "请去掉重复之内的重复，或限定次数")
    return pattern


Pattern = Annotated[str, StringConstraints(min_length=1, max_length=400), AfterValidator(_readable)]
"""A regular expression that a whole text must match."""
ColumnId = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_.]*$", max_length=60)]
"""A column of the import type's template: a field, or `student.registry_number`, `student.name`, `student.class`."""


class CellCondition(Model):
    """Holds in a row whose cell under this heading (in the same group) has one of these texts; also where it is empty."""

    heading: Text
    one_of: tuple[Text, ...] = Field(min_length=1)


class ColumnGroup(Model):
    """Columns under one heading of their own, whose headings repeat those of other groups.

    heading: pattern of the group's heading. prefix: pattern of what stands before the headings where the group's own
    heading is missing (监护人1姓名). starts_with: headings of which another one begins the group where neither is there.
    repeated: the group may occur several times; a row's filled ones become the first, second ... target of its columns.
    only_if: rows for which the group counts, such as 是否监护人.
    """

    id: Id
    heading: Pattern
    prefix: Pattern | None = None
    starts_with: tuple[Text, ...] = ()
    repeated: bool = False
    only_if: CellCondition | None = None


class LayoutColumn(Model):
    """A column of the sheet. `to`: the template's column, in repeated groups one for each occurrence.

    Headings are compared without stars, spaces, width and what follows in parentheses. values: other texts of the same
    meaning (codes). pattern, write: what of the text is used, as in `re.sub`. only_if: rows for which the column is meant;
    a filled cell of another row is a question. Several columns may have one target; one of them is filled in each row.
    """

    to: tuple[ColumnId, ...] = Field(min_length=1)
    headings: tuple[Text, ...] = Field(min_length=1)
    group: Id | None = None
    values: dict[Text, Text] = Field(default_factory=dict)
    pattern: Pattern | None = None
    write: Text | None = None
    only_if: CellCondition | None = None

    @model_validator(mode="after")
    def _whole(self) -> Self:
        if (self.pattern is None) != (self.write is None):
            raise ContentError("pattern and write belong together", "pattern 与 write 必须一起写", "请补上另一个")
        return self


class Computed(Model):
    """A template's column computed from others: `bmi` of the headings for height in cm and weight in kg, in this order."""

    to: ColumnId
    formula: Literal["bmi"]
    of: tuple[tuple[Text, ...], ...] = Field(min_length=1)

    @model_validator(mode="after")
    def _fits(self) -> Self:
        if len(self.of) != 2:
            raise ContentError(f"{self.formula} is computed of two columns", "该公式由两列计算", "请在 of 中写两列", "of")
        return self


class OneColumnPerValue(Model):
    """Each heading that is a choice of the column `name` makes a row: the choice, and the cell as `value`.

    maximum: the column for a number in the heading, 语文(150), or in a row whose first text matches `maximum_row`.
    least: so many such headings make the layout fit.
    """

    name: ColumnId
    value: ColumnId
    maximum: ColumnId | None = None
    maximum_row: Pattern | None = None
    least: int = Field(default=1, ge=1)


class WorkbookLayout(Model):
    """How a sheet is recognised, and what its columns mean.

    imports: the import types that read it. schemes: ids; empty: all. sheet: of the template; without it the first.
    requires: each time one of these headings must be there. from_text: columns whose value may stand in the sheet's title,
    above the headings, or in the file's name. ignored: patterns of headings that are known and not needed. summary_rows:
    patterns of the first text of rows that are about no student, such as 平均分.
    """

    id: Id
    title: Text
    imports: tuple[Id, ...] = Field(min_length=1)
    schemes: tuple[Id, ...] = ()
    sheet: Id | None = None
    requires: tuple[tuple[Text, ...], ...] = Field(min_length=1)
    groups: tuple[ColumnGroup, ...] = ()
    columns: tuple[LayoutColumn, ...] = Field(min_length=1)
    computed: tuple[Computed, ...] = ()
    one_column_per: OneColumnPerValue | None = None
    from_text: tuple[ColumnId, ...] = ()
    ignored: tuple[Pattern, ...] = ()
    summary_rows: tuple[Pattern, ...] = ()

    @model_validator(mode="after")
    def _groups_fit(self) -> Self:
        need_unique_ids(self.groups, "group", "groups")
        groups = {group.id: group for group in self.groups}
        for number, column in enumerate(self.columns):
            if column.group is not None and column.group not in groups:
                raise ContentError(
                    f"column {column.to[0]!r}: there is no group {column.group!r}",
                    f"没有“{column.group}”这个列组",
                    "请写 groups 中的 id",
                    "columns",
                    number,
                    "group",
                )
            if len(column.to) > 1 and not (column.group and groups[column.group].repeated):
                raise ContentError(
                    f"column {column.to[0]!r}: only columns of repeated groups have several targets",
                    "只有重复列组的列可以对应多个目标",
                    "请只写一个目标，或把列组写为 repeated: true",
                    "columns",
                    number,
                    "to",
                )
        return self

    def reads(self, import_type: str, scheme: str | None) -> bool:
        """Whether it is a layout for this import type of this scheme; None: of no scheme, as the roster."""
        return import_type in self.imports and (not self.schemes or scheme is None or scheme in self.schemes)
