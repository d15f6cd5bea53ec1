"""What must hold between the parts of a scheme: every id refers to a part, what is given to a role is in its power. Pure.

A scheme with such a contradiction does not load. `scheme.checking` looks for more, which is wrong but does no harm.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import cache
from typing import TYPE_CHECKING, Any, get_args, get_type_hints

from scheme import publicity_steps, quotas, reports, result_publicity, result_rules, roles, words
from scheme.base import ContentError, HasId, Model, Ref, Step, repeated, twice, walk, with_paths
from scheme.cases import PARTIES, Route
from scheme.kinds import Chain, Dimension, Kind, Publicity
from scheme.routes import gaps
from scheme.stages import stage_contradictions
from scheme.words import nearest

if TYPE_CHECKING:
    from scheme.scheme import Scheme

type Part = tuple[tuple[Step, ...], HasId]
"""A part of a scheme with its path."""


def contradictions(scheme: Scheme) -> Iterator[ContentError]:
    """Every contradiction with its path; none when the scheme is consistent."""
    parts = parts_with_ids(scheme)
    for what, listed in parts.items():
        seen = set[str]()
        for path, part in listed:
            if part.id in seen:
                yield twice(what, part.id, *path, "id")
            seen.add(part.id)
    yield from _unknown_ids(scheme, {what: frozenset(part.id for _, part in listed) for what, listed in parts.items()})
    yield from (error.under("roles") for error in roles.contradictions(scheme.roles))
    yield from _duties(scheme)
    yield from _imports(scheme)
    yield from _images(scheme)
    yield from _unmended(scheme)
    yield from _sections(scheme)
    yield from result_rules.contradictions(scheme)
    yield from result_publicity.contradictions(scheme)
    yield from publicity_steps.contradictions(scheme)
    yield from quotas.problems(scheme)
    yield from stage_contradictions(scheme.school_stages)
    yield from reports.contradictions(scheme)
    yield from route_gaps(scheme.cases, "cases")


def route_gaps(route: Route, *path: Step) -> Iterator[ContentError]:
    """The gaps of a route (`scheme.routes`), seen from `path`."""
    return (gap.under(*path) for gap in gaps(route))


def parts_with_ids(scheme: Scheme) -> dict[str, list[Part]]:
    """The parts that others may refer to, by their sort, with their paths."""
    kinds: list[Part] = [(path, part) for path, part in with_paths(scheme) if isinstance(part, Kind)]

    def of(*path: Step, parts: Iterable[HasId]) -> list[Part]:
        return [((*path, number), part) for number, part in enumerate(parts)]

    return {
        "role": of("roles", parts=scheme.roles),
        "dimension": of("dimensions", parts=scheme.dimensions),
        "kind": kinds,
        "operation": of("timing", "operations", parts=scheme.timing.operations),
        "switch": of("switches", parts=scheme.switches),
        "return reason": of("return_reasons", parts=scheme.return_reasons),
        "evaluation": of("evaluations", parts=scheme.evaluations),
        "import type": of("imports", parts=scheme.imports),
        "score part": of("result", "parts", parts=result_rules.scored_parts(scheme)),
        "catalog": of("catalogs", parts=scheme.catalogs),
        "visibility": of("drafts", "visibilities", parts=scheme.drafts.visibilities if scheme.drafts else ()),
        "quota": of("quotas", parts=scheme.quotas),
        "contact line": of("contacts", "lines", parts=scheme.contacts.lines if scheme.contacts else ()),
        "case type": of("cases", "types", parts=scheme.cases.types),
        "stage": of("cases", "stages", parts=scheme.cases.stages),
        "report": of("reports", parts=scheme.reports),
    }


def _unknown_ids(scheme: Scheme, known: dict[str, frozenset[str]]) -> Iterator[ContentError]:
    by_level = {stage.actor for stage in scheme.cases.stages if "@" in stage.actor}  # `scheme.routes` checks these
    known["role or party"] = known["role"].union(PARTIES, by_level)
    locations = {id(part): location for location, part in walk(scheme)}
    for path, part in with_paths(scheme):
        if isinstance(part, Publicity) and part.trigger != "selected":
            continue  # its operation is not used
        for name, what, id_, below in references(part):
            if id_ not in known[what]:
                yield ContentError(
                    f"{locations[id(part)]} › {name}: there is no {what} {id_!r}",
                    f"没有“{id_}”这个{words.sort(what)}",
                    nearest(id_, known[what]),
                    *(*path, name, *below),
                    about=[id_, *owners(scheme, path)],
                    root=True,
                )


def owners(scheme: Model, path: Sequence[Step]) -> Iterator[str]:
    """The ids of the parts that a path lies in, but those of the scheme and its dimensions."""
    value: Any = scheme
    for step in path:
        value = getattr(value, step) if isinstance(step, str) and isinstance(value, Model) else value[step]
        if not isinstance(value, Dimension) and isinstance(found := getattr(value, "id", None), str):
            yield found


def references(part: Model) -> Iterator[tuple[str, str, str, tuple[Step, ...]]]:
    """What a part refers to: the key, the sort, the id, and the path of the id below the key."""
    for name, look in _looks(type(part)).items():
        for what, id_, below in look(getattr(part, name)):
            yield name, what, id_, below


type Look = Callable[[Any], Iterator[tuple[str, str, tuple[Step, ...]]]]


@cache
def _looks(model: type[Model]) -> dict[str, Look]:
    """The keys of a model that refer to something, each with the function that finds what."""
    hints = get_type_hints(model, include_extras=True)
    return {name: _look(hints[name]) for name in model.model_fields if "Ref(" in repr(hints[name])}


def _look(hint: Any) -> Look:
    return lambda value: _references(hint, value, ())


def _references(hint: Any, value: Any, path: tuple[Step, ...]) -> Iterator[tuple[str, str, tuple[Step, ...]]]:
    """What a field's value refers to, as (sort of part, id, path), found by the `Ref`s in the field's annotation."""
    if value is None:
        return
    refs = [ref.to for ref in getattr(hint, "__metadata__", ()) if isinstance(ref, Ref)]
    arguments = get_args(hint)
    if refs:
        yield refs[0], value.partition(".")[0], path  # `publicity.ends` refers to `publicity`
    elif isinstance(value, tuple):
        for number, item in enumerate(value):
            yield from _references(arguments[0], item, (*path, number))
    elif isinstance(value, dict):
        for key, item in value.items():
            yield from _references(arguments[0], key, (*path, key))
            yield from _references(arguments[1], item, (*path, key))
    else:  # the annotation is a union with None
        for argument in arguments:
            yield from _references(argument, value, path)


def _duties(scheme: Scheme) -> Iterator[ContentError]:
    """Roles that a rule gives something to do, and that lack the capability for it."""
    results = result_rules.roles_of(scheme)
    for number, role in enumerate(scheme.roles):
        if role.may is None or role.id in roles.FAMILY:
            continue
        for capability, duty, chinese in (
            ("enter", any(kind.may_enter(role.id) for kind in scheme.kinds), "录入记录"),
            ("review", role.id in _reviewers(scheme), "审核"),
            ("decide_cases", role.id in _case_actors(scheme.cases), "处理质疑或申诉"),
            ("see_board", scheme.board.rule(role.id) is not None, "查看公示栏"),
            ("import", any(role.id in one.roles for one in scheme.imports), "导入表格"),
            ("evaluate", any(role.id in one.by for one in scheme.evaluations) or role.id in results, "评价学生"),
            ("oversee", any(role.id in one.roles for one in scheme.reports), "取得报表"),
            (
                "see_records",
                any(role.id in one.roles for one in scheme.reports if one.names_students),
                "取得列出学生的报表",
            ),
            (
                "correct_students",
                scheme.profile.photo is not None and role.id in scheme.profile.photo.changed_by,
                "更换学生照片",
            ),
        ):
            if duty and capability not in role.may:
                yield ContentError(
                    f"role {role.id!r}: the scheme gives it work that needs {capability!r}, which is not in `may`",
                    f"方案要求角色“{role.title}”{chinese}，它的权限中却没有 {capability}",
                    f"请在 may 中加上 {capability}，或把这项工作交给其他角色",
                    *("roles", number, "may"),
                    about=[role.id],
                )


def _reviewers(scheme: Scheme) -> frozenset[str]:
    final = {scheme.final.reviewer} if scheme.final is not None else set()
    return frozenset(step.role for chain in _chains(scheme) for step in chain.steps) | final


def _chains(scheme: Scheme) -> Iterator[Chain]:
    yield from (kind.review for kind in scheme.kinds)
    if scheme.positions is not None:
        yield scheme.positions.review


def _case_actors(route: Route) -> frozenset[str]:
    by_level = {role for levels in route.level_roles.values() for role in levels.values()}
    return frozenset(stage.actor for stage in route.stages) | by_level


def _imports(scheme: Scheme) -> Iterator[ContentError]:
    """What imports and releases require of kinds, and imports of the parts of scores."""
    for number, import_type in enumerate(scheme.imports):
        yield from result_rules.of_import(scheme, number, import_type)
        kind = next((kind for kind in scheme.kinds if kind.id == import_type.kind), None)
        if kind is None:
            continue
        fields = {field.id for field in kind.form.fields}
        named: list[tuple[str, tuple[Step, ...]]] = [(name, ("same_by", n)) for n, name in enumerate(import_type.same_by)]
        named += [(column.field, ("columns", n, "field")) for n, column in enumerate(import_type.columns)]
        for name, below in named:
            if name not in fields:
                yield ContentError(
                    f"import type {import_type.id!r}: kind {kind.id!r} has no field {name!r}",
                    f"类别“{kind.title}”没有“{name}”这个字段",
                    nearest(name, fields),
                    *("imports", number, *below),
                    about=[import_type.id, kind.id, name],
                    root=True,
                )
        image = next((field for field in kind.form.fields if field.type == "image" and field.required), None)
        if image is not None:
            yield ContentError(
                f"import type {import_type.id!r}: a workbook cannot bring the picture of the required field {image.id!r}",
                f"类别“{kind.title}”的图片字段“{image.title}”必填，而表格不能导入图片",
                "请把该字段改为非必填，或删去这种导入",
                *("imports", number, "kind"),
                about=[import_type.id, kind.id],
            )
        left_out = {field.id for field in kind.form.fields if field.required} - {c.field for c in import_type.columns}
        if import_type.columns and left_out:
            yield ContentError(
                f"import type {import_type.id!r}: no column for the required field {min(left_out)!r}",
                f"类别“{kind.title}”的必填字段“{min(left_out)}”没有对应的表格列",
                f"请在 columns 中加上 {{field: {min(left_out)}}}",
                *("imports", number, "columns"),
                about=[import_type.id, kind.id],
            )
    for path, part in with_paths(scheme):
        if isinstance(part, Kind) and part.releasable and scheme.archives.release is None:
            yield ContentError(
                "archives: a kind is releasable, but there is no `release`",
                f"类别“{part.title}”可以解除，档案部分却没有写如何解除",
                "请在 archives 中补上 release，或删去 releasable",
                *(*path, "releasable"),
                about=[part.id],
            )
            return


def _unmended(scheme: Scheme) -> Iterator[ContentError]:
    """A record that nobody corrected finds its case, and is one that is published (SH-10)."""
    for path, kind in with_paths(scheme):
        if not isinstance(kind, Kind):
            continue
        for number, step in enumerate(kind.review.steps):
            case, below = step.unmended.case, (*path, "review", "steps", number, "unmended", "case")
            if case is None:
                continue
            if not any(e.type == case and (not e.levels or kind.level in e.levels) for e in scheme.cases.entries):
                yield ContentError(
                    f"kind {kind.id!r}, step {step.id!r}: no entry for case {case!r} about data of level {kind.level!r}",
                    f"案件“{case}”没有针对层级 {kind.level} 的入口",
                    f"请在 cases.entries 中为“{case}”补上层级 {kind.level}",
                    *below,
                    about=[kind.id, case],
                )
            if kind.publicity.trigger == "none":
                yield ContentError(
                    f"kind {kind.id!r}, step {step.id!r}: what is not published cannot become a case",
                    f"类别“{kind.title}”不公示，逾期未改时不能转为案件",
                    "请删去 unmended，或改正 publicity",
                    *below,
                    about=[kind.id, case],
                )


def _sections(scheme: Scheme) -> Iterator[ContentError]:
    """Every archived kind belongs to exactly one section."""
    archives = [("term", scheme.archives.term.sections)]
    if scheme.archives.career:
        archives.append(("career", scheme.archives.career.sections))
    for name, sections in archives:
        named = [kind for section in sections for kind in section.kinds]
        again, seen = repeated(named), set[str]()
        for number, section in enumerate(sections):
            for index, kind_id in enumerate(section.kinds):
                if kind_id in again and kind_id in seen:
                    yield ContentError(
                        f"archives, {name}: kind {kind_id!r} is in two sections",
                        f"类别“{kind_id}”同时属于两个栏目",
                        "请只留在其中一个栏目",
                        *("archives", name, "sections", number, "kinds", index),
                        about=[kind_id],
                    )
                seen.add(kind_id)
        rest = any(s.source in {"records", "misconduct"} and not s.kinds for s in sections)
        if name == "term" and not rest:
            for kind in scheme.kinds:
                if kind.archive != "never" and kind.id not in named:
                    yield ContentError(
                        f"archives, term: no section for kind {kind.id!r}",
                        f"类别“{kind.title}”要归档，学期档案却没有容纳它的栏目",
                        f"请在某个栏目的 kinds 中加上 {kind.id}，或增加一个不写 kinds 的记录栏目",
                        *("archives", "term", "sections"),
                        about=[kind.id],
                    )


def _images(scheme: Scheme) -> Iterator[ContentError]:
    """An image field names one of a record's files; other forms have none."""
    forms = [("profile", scheme.profile.form)] + ([("positions", scheme.positions.form)] if scheme.positions else [])
    for name, form in forms:
        for number, field in enumerate(form.fields):
            if field.type == "image":
                yield ContentError(
                    f"{name}: field {field.id!r} is an image, which only records have",
                    "只有成长记录的表单可以有图片字段",
                    "请删去此字段，或改正 type",
                    *(name, "form", "fields", number, "type"),
                )
