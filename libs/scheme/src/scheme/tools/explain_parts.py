"""Scores, shared quotas, conditions on fields and the calendar of a scheme in Chinese for officials. Pure."""

from collections.abc import Iterator, Sequence
from decimal import Decimal

from scheme.calendars import NATIONAL
from scheme.conditions import FormRule, Formula, When
from scheme.fields import Field
from scheme.forms import Form
from scheme.quotas import Points, SharedQuota
from scheme.reports import STUDENT_COLUMNS
from scheme.result_rules import formed_terms
from scheme.results import Band, Consent, OverallRule, ScoredResult, Share, VerdictResult
from scheme.scheme import Scheme
from scheme.score_parts import ScorePart

_RESOLVED = {"mean": "取平均", "majority": "过半数相同的算数", "agreed": "全体一致才算数"}
_SCOPES = {"class": "班", "grade": "年级", "school": "校"}


def form_lines(form: Form) -> Iterator[str]:
    """The computed fields of a form, and what holds between its fields."""
    titles = {field.id: field.title for field in form.fields}
    for name, formula in form.computed.items():
        yield f"自动计算：{titles[name]}＝{_formula(formula, titles)}"
    for order in form.in_order:
        yield f"先后：{order.says}"
    for field in form.fields:
        for condition, words in ((field.required_if, "时，必须填写"), (field.required_unless, "时可以不填，否则必须填写")):
            if condition is not None:
                one_of = "或".join(_constant(name, form.field(condition.field)) for name in condition.one_of)
                holds = f"为{one_of}" if one_of else "已填写"
                yield f"条件：{titles[condition.field]}{holds}{words}{field.title}"
    for rule in form.rules:
        yield f"条件：{_rule(rule, form, titles)}"


def _rule(rule: FormRule, form: Form, titles: dict[str, str]) -> str:
    does = {
        "required": f"必须填写{titles[rule.field]}",
        "forbidden": f"不能填写{titles[rule.field]}",
        "visible": f"才需要填写{titles[rule.field]}",
        "refused": "不能提交",
    }[rule.then]
    return f"{_when(rule.when, form, titles)}时，{does}{f'（“{rule.says}”）' if rule.says else ''}"


def _when(when: When, form: Form, titles: dict[str, str]) -> str:
    for parts, word in ((when.all, "，并且"), (when.any, "，或者")):
        if parts:
            return word.join(_joined(part, form, titles) for part in parts)
    if when.sum or when.count:
        subject = f"{_names(when.sum, titles, '、')}的合计" if when.sum else f"{_names(when.count, titles, '、')}中填写的项数"
    else:
        subject = titles.get(when.field or "", "")
    if when.empty is not None:
        return f"{subject}{'没有填写' if when.empty else '已填写'}"
    if when.above is not None or when.below is not None:
        number = when.above if when.above is not None else when.below
        return f"{subject}{'大于' if when.above is not None else '小于'}{_number(number, when, form)}"
    if other := when.above_field or when.below_field:
        return f"{subject}{'大于（晚于）' if when.above_field else '小于（早于）'}{titles[other]}"
    constants = when.one_of or (when.equals,)
    return f"{subject}为{'或'.join(_constant(one, form.field(when.field or '')) for one in constants)}"


def _joined(when: When, form: Form, titles: dict[str, str]) -> str:
    found = _when(when, form, titles)
    return f"（{found}）" if when.all or when.any else found


def _number(number: Decimal | None, when: When, form: Form) -> str:
    if number is None:
        return ""
    return form.field(when.field).limit(number) if when.field else f"{plain(number)}{'项' if when.count else ''}"


def _constant(value: object, field: Field) -> str:
    outcomes = {one.id: one.title for one in field.outcomes}
    return f"“{outcomes.get(str(value)) or field.shown(value)}”"


def _formula(formula: Formula, titles: dict[str, str]) -> str:
    if formula.sum:
        return _names(formula.sum, titles, "＋")
    if formula.product:
        return _names(formula.product, titles, "×")
    if formula.count:
        return f"{_names(formula.count, titles, '、')}中填写的项数"
    first, last = (titles[name] for name in formula.days)
    return f"从{first}到{last}的天数{'（首尾都算）' if formula.both_ends else ''}"


def _names(names: Sequence[str], titles: dict[str, str], between: str) -> str:
    return between.join(titles[name] for name in names)


def quota_lines(scheme: Scheme) -> Iterator[str]:
    """The quotas that several kinds share, and the ledgers of points."""
    for quota in scheme.quotas:
        kinds = "、".join(scheme.kind(name).title for name in quota.kinds)
        beyond = "超出的不能提交" if quota.beyond == "refused" else "超出的保留，但不计入"
        yield f"- **{quota.title}**：{kinds}合在一起，{_counted(scheme, quota)}，{quota.says().partition('”')[2]}；{beyond}"
        for points in quota.points:
            yield f"  - {_points(scheme, points)}：{quota.shown(points.points)}"


def _counted(scheme: Scheme, quota: SharedQuota) -> str:
    if quota.points:
        return "按积分计算"
    if quota.field is None:
        return "按条数计算"
    titles = dict.fromkeys(scheme.kind(name).form.field(quota.field).title for name in quota.kinds)
    return f"按{'、'.join(titles)}的合计计算"


def _points(scheme: Scheme, points: Points) -> str:
    kind = scheme.kind(points.kind)
    if points.field is None:
        return kind.title
    field = kind.form.field(points.field)
    return f"{kind.title}，{field.title}为{'或'.join(field.shown(one) for one in points.one_of)}"


def calendar_line(scheme: Scheme) -> str:
    """Which region's holidays working days are counted with, and for which years they are known."""
    region = "全国的放假安排" if scheme.timing.calendar == NATIONAL else f"地区“{scheme.timing.calendar}”的放假安排"
    years = "、".join(map(str, sorted(scheme.calendar.years)))
    known = f"已有{years}年的安排，其余年份暂按周一至周五计算" if years else "还没有任何年份的安排，按周一至周五计算"
    return f"- 工作日按{region}计算（周末和节假日不算，调休上班的周末算）：{known}"


def result_lines(scheme: Scheme) -> Iterator[str]:
    """The result: who gives it, with which weights, who checks and locks it, which shares hold."""
    result = scheme.result
    if isinstance(result, VerdictResult):
        yield f"- 结果：由{scheme.role_title(result.by)}评定{'或'.join(choice.title for choice in result.choices)}"
    elif isinstance(result, ScoredResult):
        yield from _scored(scheme, result)


def _scored(scheme: Scheme, result: ScoredResult) -> Iterator[str]:
    total = {"mean": "总分取各维度的平均分", "counted": "总评按各维度等级的个数确定", "none": "不评总评"}[result.overall]
    each = f"每个维度分别评分，{total}；" if result.per_dimension else ""
    for when, parts in _by_term(scheme, result):
        weights = [f"{part.title}{_percent(part.weight)}" for part in parts if part.weight]
        extra = [part.title for part in parts if not part.weight and not part.with_this_term]
        more = f"，另加{'、'.join(extra)}" if extra else ""
        more += "，再与以前各学年合成" if any(part.with_this_term for part in parts) else ""
        yield f"- {when or '结果'}：{each}{'＋'.join(weights)}{more}"
    if result.grades or result.terms != "every":
        yield f"- 何时评结果：{_formed(result)}，其他学期不评"
    for part in result.parts:
        yield f"  - {part.title}：{_part(scheme, part)}"
    for where, bands in _ladders(scheme, result):
        yield f"- {where}等级：{'；'.join(f'{plain(band.at_least)}分以上{band.title}（{band.id}）' for band in bands)}"
    for number, rule in enumerate(result.overall_rules, 1):
        yield f"- 总评第{number}条：{_overall(result, rule)}"
    for number, step in enumerate(result.steps, 1):
        by = f"{scheme.role_title(step.by)}（{scheme.operation(step.operation).title}）"
        least = result.returned_because
        yield f"- 审核第{number}步：{step.title}，由{by}办理，可以退回，退回理由{least.min}至{least.max}字"
    for consent in result.consents:
        yield f"- 须经同意：{_consent(scheme, result, consent)}"
    lock = result.lock
    sees = "分数和等级" if result.show == "scores" else "等级，看不到分数"
    locks = f"由{scheme.role_title(lock.by)}（{scheme.operation(lock.operation).title}）锁定，锁定后家长和学生才能看到{sees}"
    unlocks = f"确需更改时由{scheme.role_title(lock.unlocked_by)}解锁，理由{lock.reason.min}至{lock.reason.max}字"
    closes = "、".join(scheme.operation(name).title for name in lock.closes)
    yield f"- 锁定：{locks}；{unlocks}{f'；锁定期间停止：{closes}' if closes else ''}"
    if result.publicity is not None:
        what = "分数和等级" if result.publicity.shows == "scores" else "等级"
        steps = "，再".join(
            f"{step.title}（全{_SCOPES[step.scope]}可见，至少{step.working_days}个工作日）" for step in result.publicity.steps
        )
        yield f"- 公示：锁定后{steps}；公示{what}"
    for share in result.shares:
        yield f"- 比例：{_share(scheme, result, share)}"


def _by_term(scheme: Scheme, result: ScoredResult) -> Iterator[tuple[str, tuple[ScorePart, ...]]]:
    """The parts that count together, and in which terms; "": always."""
    terms = list(formed_terms(scheme, result))
    found: dict[tuple[str, ...], list[tuple[int, bool, str]]] = {}
    for one in terms:
        found.setdefault(tuple(part.id for part in result.at(one[0], one[1]).parts), []).append(one)
    names = {
        tuple(terms): "",
        tuple(one for one in terms if one[1]): "最后一学期",
        tuple(one for one in terms if not one[1]): "最后一学期以外的学期",
    }
    for ids, some in found.items():
        name = names.get(tuple(some), "、".join(one[2] for one in some))
        yield name, tuple(part for part in result.parts if part.id in ids)


def _ladders(scheme: Scheme, result: ScoredResult) -> Iterator[tuple[str, tuple[Band, ...]]]:
    """The bands of the dimensions that have the same, and their titles; "": all have the same."""
    if not any(band.dimensions for band in result.bands):
        yield "", result.bands
        return
    found: dict[tuple[Band, ...], list[str]] = {}
    for dimension in scheme.dimensions:
        found.setdefault(result.bands_of(dimension.id), []).append(dimension.title)
    for bands, titles in found.items():
        yield f"{'、'.join(titles)}的", bands


def _overall(result: ScoredResult, rule: OverallRule) -> str:
    titles = {band.id: band.title for band in result.bands}
    least = [f"至少{number}个{titles[name]}" for name, number in rule.least.items()]
    most = [f"最多{number}个{titles[name]}" if number else f"没有{titles[name]}" for name, number in rule.most.items()]
    conditions = [*least, *most]
    return f"{'，并且'.join(conditions)}的，总评{titles[rule.band]}" if conditions else f"其余的，总评{titles[rule.band]}"


def _formed(result: ScoredResult) -> str:
    grades = "、".join(f"{grade}年级" for grade in result.grades) or "各年级"
    return grades + {"every": "每学期", "last": "最后一学期", "not_last": "除最后一学期以外的学期"}[result.terms]


def _consent(scheme: Scheme, result: ScoredResult, consent: Consent) -> str:
    titles = "、".join(band.title for band in result.bands if band.id in consent.bands)
    where = "、".join(scheme.dimension(name).title for name in consent.dimensions)
    by = f"{scheme.role_title(consent.by)}（{scheme.operation(consent.operation).title}）"
    length = f"{consent.reason.min}至{consent.reason.max}字"
    return f"{where}评为{titles}的，逐人写理由{length}，交出时报{by}，全部同意才能锁定；不同意的退回重评，家长和学生看不到"


def _part(scheme: Scheme, part: ScorePart) -> str:
    if part.evaluation is not None:
        evaluation = scheme.evaluation(part.evaluation)
        titles = {choice.id: choice.title for choice in evaluation.choices}
        points = "，".join(f"{titles.get(name, name)}为{plain(value)}分" for name, value in part.points.items())
        by = "、".join(scheme.role_title(name) for name in evaluation.by)
        few = "不计这一部分" if part.small_class == "left_out" else "有几人计几人"
        mean = f"，取平均，同学不足{evaluation.min_evaluators}人的班{few}" if evaluation.about == "classmates" else ""
        return f"取自“{evaluation.title}”（由{by}评），{points}{mean}"
    who = "、".join(scheme.role_title(name) for name in part.by)
    when = scheme.operation(part.operation).title if part.operation else ""
    span = f"{plain(part.minimum)}至{plain(part.maximum)}"
    if part.source == "earlier":
        weights = "、".join(f"{year}年级{_percent(weight)}" for year, weight in part.years.items())
        missing = f"由{who}（{when}）补评" if part.asks else "由其余学年按比例分担"
        if part.with_this_term:
            took = "得分" if part.takes == "score" else "等级分"
            return f"以上合成的本学期{took}计入所在学年，与本学段以前已锁定的{took}按{weights}合成为结果；缺少的学年{missing}"
        return f"取本学段以前已锁定的{'分数' if part.takes == 'score' else '等级分'}，{weights}；缺少的学年{missing}"
    if part.source == "records":
        named = "、".join(quota.title for quota in scheme.quotas if quota.id in part.quotas)
        start = f"从{plain(part.base)}分起，" if part.base else ""
        added = "，直接计入总分" if part.added else ""
        return f"{start}加{'本学期' if part.span == 'term' else '在校期间'}归档记录中“{named}”计入的数量，限在{span}分{added}"
    if part.source == "adjustment":
        return f"由{who}（{when}）逐条填写，每条写理由{part.reason.min}至{part.reason.max}字，合计限在{span}分，直接计入总分"
    given = "评定等级" if part.source == "mark" else f"评分，{span}分{f'，{part.decimals}位小数' if part.decimals else ''}"
    each = f"，每人各评一次，{_RESOLVED[part.resolve]}" if part.scorers == "each" else ""
    each += f"，至少{part.min_scorers}人评定" if part.min_scorers > 1 else ""
    return f"由{who}（{when}）{given}{each}"


def _share(scheme: Scheme, result: ScoredResult, share: Share) -> str:
    titles = "、".join(band.title for band in result.bands if band.id in share.bands)
    where = "、".join(scheme.dimension(name).title for name in share.dimensions) or ("每个维度" if result.per_dimension else "")
    together = "合计" if len(share.bands) > 1 else ""
    return (
        f"{where}{titles}{together}不超过全{_SCOPES[share.of]}人数的{_percent(share.at_most)}（人数向下取整），"
        f"{'超过则不能锁定' if share.enforced else '只作提示'}"
    )


def _percent(part: Decimal) -> str:
    return f"{plain(part * 100)}%"


def plain(number: Decimal) -> str:
    """A number without trailing zeros."""
    text = f"{number:f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


_REPORTS = {"detail": "逐人列出", "summary": "各等级人数和图表，不列姓名", "term_tables": "每名学生一份，合订成册"}
_LEVELS = {"class": "班级", "grade": "年级", "school": "学校", "district": "县区", "city": "市", "province": "省"}


def report_lines(scheme: Scheme) -> Iterator[str]:
    """The reports that are made from locked results (BJ-08)."""
    for report in scheme.reports:
        levels = "、".join(_LEVELS[level] for level in report.levels)
        who = "、".join(scheme.role_title(role) for role in report.roles)
        also = "".join(f"，{STUDENT_COLUMNS[name]}" for name in report.columns)
        parts = "，不列各部分分数" if report.type == "detail" and not report.parts else ""
        yield f"- **{report.title}**：{_REPORTS[report.type]}{also}{parts}；按{levels}生成，{who}可以取得"


def verification_lines(scheme: Scheme) -> Iterator[str]:
    """The form that every parent signs (NR-01 to NR-04)."""
    found = scheme.verification
    if found is None:
        return
    does = "附注册码和上传码，家长签字后拍照上传，按照片里的上传码对应学生"
    yield f"- **{found.title}**：每名学生打印一份《{found.form}》，{does}"
    guardians = "，以及学校登记的监护人" if found.guardians else ""
    yield f"- 印在表上：{'、'.join(line.title for line in found.lines)}{guardians}"
    who = "、".join(scheme.role_title(role) for role in found.uploaded_by)
    yield f"- 上传：由{who}在“{scheme.operation(found.operation).title}”的时间内上传，每份最多{found.most_photos}张照片"
    if found.notices:
        yield f"- 提示语：{'；'.join(found.notices)}"
