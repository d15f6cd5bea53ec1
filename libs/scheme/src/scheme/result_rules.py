"""What must hold between a result and the rest of a scheme: evaluations, operations, years, quotas, roles. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import product
from typing import TYPE_CHECKING

from scheme import roles
from scheme.base import ContentError, Step
from scheme.kinds import applies_to_grade, applies_to_term
from scheme.results import Consent, ScoredResult, Share
from scheme.score_parts import ScorePart

if TYPE_CHECKING:
    from scheme.operations import Operation
    from scheme.outcomes import Evaluation
    from scheme.parts import ImportType
    from scheme.scheme import Scheme

_CONSENTS = frozenset({"school", "district", "city", "province"})
"""Where those who consent are: not in the class whose result it is."""


def roles_of(scheme: Scheme) -> frozenset[str]:
    """The roles that enter, check, lock, unlock or consent to scores."""
    result = scheme.result
    if not isinstance(result, ScoredResult):
        return frozenset()
    found = {role for part in result.parts for role in part.by}
    found |= {step.by for step in result.steps} | {one.by for one in result.consents}
    return frozenset(found | {result.lock.by, result.lock.unlocked_by})


def of_import(scheme: Scheme, number: int, import_type: ImportType) -> Iterator[ContentError]:
    """What a workbook of scores requires of its parts: entered in its operation by its roles, or one part of adjustments."""
    parts = [part for part in scored_parts(scheme) if part.id in import_type.parts]
    for role in roles.FAMILY:
        if parts and role in import_type.roles:
            yield ContentError(
                f"import type {import_type.id!r}: {role!r} enters own values only, one by one",
                f"“{scheme.role_title(role)}”只填写自己的评价，不能用表格给别人评分",
                "请从 roles 中删去",
                *("imports", number, "roles"),
                about=[import_type.id, role],
            )
    for part in parts:
        wrong = _not_for_workbook(scheme, import_type, part, alone=len(parts) == 1)
        if wrong is not None:
            yield ContentError(
                f"import type {import_type.id!r}: part {part.id!r} {wrong[0]}",
                wrong[1],
                wrong[2],
                *("imports", number, "parts"),
                about=[import_type.id, part.id],
            )
    by = {role for part in parts for role in part.by}
    if parts and (idle := next((role for role in import_type.roles if role not in by), None)) is not None:
        yield ContentError(
            f"import type {import_type.id!r}: {idle!r} enters none of its parts",
            f"“{scheme.role_title(idle)}”不填写这些计分部分，不能导入",
            "请从 roles 中删去，或加到计分部分的 by 中",
            *("imports", number, "roles"),
            about=[import_type.id, idle],
        )


def _not_for_workbook(scheme: Scheme, import_type: ImportType, part: ScorePart, *, alone: bool) -> tuple[str, str, str] | None:
    """Why a part cannot be in this workbook, in English and Chinese, and what to do."""
    if not part.entered and part.source != "adjustment":
        return "is not entered", f"“{part.title}”由系统得出，不由人填写，不能导入", "请从 parts 中删去"
    if part.source == "adjustment" and not alone:
        return (
            "is of adjustments, which have a workbook of their own",
            f"“{part.title}”每次加减分一行，要单独成表",
            "请把它分成另一种导入",
        )
    if part.operation != import_type.operation:
        title = next((one.title for one in scheme.timing.operations if one.id == part.operation), part.operation)
        return (
            f"is entered in {part.operation!r}",
            f"“{part.title}”在“{title}”的时间内填写，导入的时间却不同",
            f"请写 operation: {part.operation}，时间不同的部分分成两种导入",
        )
    return None


def scored_parts(scheme: Scheme) -> tuple[ScorePart, ...]:
    """The parts of the scored result; none where the scheme has no scores."""
    return scheme.result.parts if isinstance(scheme.result, ScoredResult) else ()


def contradictions(scheme: Scheme) -> Iterator[ContentError]:
    """What a result takes from other parts that do not give it."""
    result = scheme.result
    if not isinstance(result, ScoredResult):
        return
    yield from _weights(scheme, result)
    yield from _ladders(scheme, result)
    yield from _totals(scheme, result)
    evaluations = {evaluation.id: evaluation for evaluation in scheme.evaluations}
    for number, part in enumerate(result.parts):
        at: tuple[Step, ...] = ("result", "parts", number)
        evaluation = evaluations.get(part.evaluation or "")
        if evaluation is not None:
            yield from (error.under(*at) for error in _choices(result, part, evaluation))
            yield from (error.under(*at) for error in _formed(scheme, result, evaluation, "evaluation", "评价", part))
        yield from (error.under(*at) for error in _earlier(scheme, result, part))
    named: list[tuple[tuple[Step, ...], str | None, ScorePart | None]] = [
        *((("parts", number), part.operation, part) for number, part in enumerate(result.parts)),
        *((("steps", number), step.operation, None) for number, step in enumerate(result.steps)),
        *((("consents", number), consent.operation, None) for number, consent in enumerate(result.consents)),
        (("lock",), result.lock.operation, None),
    ]
    for below, name, of in named:
        operation = scheme.find_operation(name) if name else None
        if operation is not None:
            yield from (error.under("result", *below) for error in _formed(scheme, result, operation, "operation", "操作", of))
    entered = {kind.operation for kind in scheme.kinds}
    known = all(scheme.find_operation(name) is not None for name in entered)
    for number, name in enumerate(result.lock.closes):
        operation = scheme.find_operation(name)
        if known and operation is not None and name not in entered:
            yield ContentError(
                f"result: the lock closes {name!r}, by which no record is entered",
                f"锁定后停止的操作“{operation.title}”不是填报记录的操作",
                "请写某一类记录的 operation",
                *("result", "lock", "closes", number),
                about=[name],
            )
    for number, consent in enumerate(result.consents):
        role = next((role for role in scheme.roles if role.id == consent.by), None)
        if role is not None and not _CONSENTS & set(role.levels):
            yield ContentError(
                f"result: {consent.by!r} consents, but is not held at the school or above it",
                f"角色“{role.title}”不在学校或学校之上任职，不能同意班级评的等级",
                "请写 at 为 school、district、city 或 province 的角色",
                *("result", "consents", number, "by"),
                about=[role.id],
            )


def formed_terms(scheme: Scheme, result: ScoredResult) -> Iterator[tuple[int, bool, str]]:
    """The school years and terms (the last one of the stage, or another) in which a result is formed, and their names."""
    for grade, last in product(scheme.grades, (False, True)):
        if (grade in scheme.last_grades or not last) and result.formed(grade, last):
            yield grade, last, f"{grade}年级{'的最后一学期' if last else ''}"


def _weights(scheme: Scheme, result: ScoredResult) -> Iterator[ContentError]:
    """The first term in which the parts that count then do not make up a score, and parts that count nothing."""
    for number, part in enumerate(result.parts):
        if not (part.weight or part.added or part.with_this_term):
            yield ContentError(
                f"result, part {part.id!r}: has no weight, so that it counts nothing",
                f"“{part.title}”没有权重，不计入结果",
                "请写 weight，或删去这一部分",
                *("result", "parts", number),
            )
    for grade, last, term in formed_terms(scheme, result):
        try:
            result.at(grade, last).need_weights(term)
        except ContentError as error:
            yield error.under("result")
            return


def _totals(scheme: Scheme, result: ScoredResult) -> Iterator[ContentError]:
    """Rules of the total that can never hold, or of which none may hold."""
    for number, rule in enumerate(result.overall_rules):
        last, unconditional = number == len(result.overall_rules) - 1, not (rule.least or rule.most)
        asked, wrong = sum(rule.least.values()), None
        if unconditional and not last:
            wrong = "这一条没有条件，以后各条都用不上", "请写 least 或 most，或移到最后"
        elif last and not unconditional:
            wrong = "都不符合时没有总评：最后一条总评规则不能写条件", "请在最后加一条只写 band 的规则"
        elif asked > len(scheme.dimensions):
            wrong = f"要求{asked}个维度，方案只有{len(scheme.dimensions)}个", "请改正 least"
        elif short := [name for name, least in rule.least.items() if least > rule.most.get(name, least)]:
            wrong = f"“{short[0]}”的 least 大于 most，不会有人符合", "请改正 least 或 most"
        if wrong is not None:
            yield ContentError(f"result: overall rule {number} is of no use", *wrong, *("result", "overall_rules", number))


def _ladders(scheme: Scheme, result: ScoredResult) -> Iterator[ContentError]:
    """Dimensions without bands, totals and shares of bands that a dimension does not have."""
    for dimension in scheme.dimensions if result.per_dimension else ():
        known = {band.id for band in result.bands_of(dimension.id)}
        if not known:
            yield ContentError(
                f"result: dimension {dimension.id!r} has no bands",
                f"维度“{dimension.title}”没有等级",
                "请在 bands 中为它写等级",
                *("result", "bands"),
            )
        listed: tuple[tuple[str, Sequence[Share | Consent]], ...] = (("shares", result.shares), ("consents", result.consents))
        for key, number, one in ((key, number, one) for key, parts in listed for number, one in enumerate(parts)):
            lacks = [name for name in one.bands if name not in known]
            if lacks and dimension.id in one.dimensions:
                yield ContentError(
                    f"result: {key} name band {lacks[0]!r}, which dimension {dimension.id!r} does not have",
                    f"维度“{dimension.title}”没有等级“{lacks[0]}”",
                    f"请写它的等级：{'、'.join(sorted(known))}，或改正 dimensions",
                    *("result", key, number, "bands"),
                )


def _formed(
    scheme: Scheme, result: ScoredResult, one: Evaluation | Operation, key: str, sort: str, part: ScorePart | None
) -> Iterator[ContentError]:
    """A term in which a result is formed, with this part if there is one, and an evaluation or operation that does not take
    place then."""
    for grade, last, term in formed_terms(scheme, result):
        if applies_to_grade(one.grades, grade) and applies_to_term(one.terms, last):
            continue
        if part is not None and not part.counts(grade, last):
            continue
        yield ContentError(
            f"result: is formed in grade {grade} (last term: {last}), but {one.id!r} does not take place then",
            f"{term}要评{'结果' if part is None else f'“{part.title}”'}，{sort}“{one.title}”却不在这时进行",
            "请使 result 的 grades、terms 与它的一致" if part is None else "请使 result、这一部分和它的 grades、terms 一致",
            key,
            about=[one.id],
        )
        return


def _earlier(scheme: Scheme, result: ScoredResult, part: ScorePart) -> Iterator[ContentError]:
    """School years from which no earlier result can come."""
    wrong = [
        year
        for year in part.years
        if not (part.with_this_term and year in scheme.last_grades)
        and not (year in scheme.grades and applies_to_grade(result.grades, year) and result.terms != "last")
    ]
    if wrong:
        outside, own = wrong[0] not in scheme.grades, "、".join(map(str, scheme.grades))
        yield ContentError(
            f"result, part {part.id!r}: no result is formed in year {wrong[0]} before the last term",
            f"{'、'.join(map(str, wrong))}年级没有以前的结果：{'不在本学段之内' if outside else '这时不评结果'}",
            f"请写本学段的年级：{own}" if outside else "请改正 years，或改正 result 的 grades、terms",
            "years",
            str(wrong[0]),
        )


def _choices(result: ScoredResult, part: ScorePart, evaluation: Evaluation) -> Iterator[ContentError]:
    """Choices that have no points, points of no choice, or another division into dimensions."""
    choices = {choice.id for choice in evaluation.choices}
    for choice in sorted(choices - part.points.keys()):
        yield ContentError(
            f"result, part {part.id!r}: gives no points for {choice!r} of evaluation {evaluation.id!r}",
            f"没有为评价“{evaluation.title}”的选项“{choice}”写分值",
            f"请在 points 中补写 {choice}",
            "points",
        )
    for choice in sorted(part.points.keys() - choices) if choices else ():
        yield ContentError(
            f"result, part {part.id!r}: gives points for {choice!r}, which is no choice of evaluation {evaluation.id!r}",
            f"“{choice}”不是评价“{evaluation.title}”的选项",
            f"请写该评价的选项：{'、'.join(sorted(choices))}",
            "points",
            choice,
        )
    if not choices:
        yield ContentError(
            f"result, part {part.id!r}: evaluation {evaluation.id!r} has no choices that could be worth points",
            f"评价“{evaluation.title}”没有等级可选，不能折算成分数",
            "请换成有 choices 的评价，或改用 source: score 由教师直接评分",
            "evaluation",
        )
    elif evaluation.per_dimension != result.per_dimension:
        yield ContentError(
            f"result, part {part.id!r}: evaluation {evaluation.id!r} and the result: both per dimension, or neither",
            f"评价“{evaluation.title}”与结果的分维度设置不一致",
            "请使两处的 per_dimension 相同",
            "evaluation",
        )
