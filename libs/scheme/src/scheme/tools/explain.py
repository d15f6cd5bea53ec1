"""A scheme in Chinese for officials: who may do what when, steps, deadlines, results. Pure."""

from collections.abc import Iterator

from scheme.cases import Stage
from scheme.fields import Field
from scheme.kinds import Chain, Kind, Silence, applies_to_grade
from scheme.operations import Operation
from scheme.result_publicity import is_about_results
from scheme.scheme import Scheme
from scheme.stages import STAGE_TITLES
from scheme.tools.explain_parts import (
    calendar_line,
    form_lines,
    quota_lines,
    report_lines,
    result_lines,
    verification_lines,
)

_WINDOWS = {
    "required": "每学期须安排时间",
    "if_set": "安排了时间才开放",
    "optional": "一直开放，安排了时间则只在该时间内",
    "none": "随时可以",
}
_TERMS = {"every": "", "last": "，只在最后一学期", "not_last": "，最后一学期除外"}
_PERIODS = {"term": "每学期", "year": "每学年", "stage": "全学段", "career_archive": "生涯档案"}
_TRIGGERS = {"selected": "由学生遴选后公示", "automatic": "自动公示", "none": "不公示"}
_ARCHIVES = {"published": "公示后归档", "on_approval": "审核通过即归档", "never": "不归档"}
_OUTCOMES = {"keep": "维持原记录", "amend": "修改记录", "exclude": "不作为材料", "void": "作废", "proposed": "按提议处理"}
_OF_RESULTS = {**_OUTCOMES, "keep": "维持原结果", "amend": "更正结果"}
_PARTIES = {"student": "当事学生", "author": "录入人", "complainant": "提出人"}


def explain(scheme: Scheme) -> str:
    """The whole scheme as text with headings (Markdown)."""
    lines = [f"# {scheme.title}（{scheme.id} {scheme.version}）", ""]
    if scheme.authority is not None:
        lines += [f"制定单位：{scheme.authority.name}；依据：{scheme.authority.document or '未写明'}", ""]
    lines += [*_stages(scheme), ""]
    for heading, part in (
        ("谁在什么时候可以做什么", _operations(scheme)),
        ("常规时间表", _usual(scheme)),
        ("评价维度与类别", _dimensions(scheme)),
        ("几个类别共用的限额与积分", quota_lines(scheme)),
        ("基本信息与职务的填写", _profile(scheme)),
        (f"{scheme.text('case', '质疑与申诉')}", _cases(scheme)),
        ("评价与结果", _evaluations(scheme)),
        ("信息核查", verification_lines(scheme)),
        ("档案", _archives(scheme)),
        ("统计报表", report_lines(scheme)),
    ):
        found = list(part)
        if found:
            lines += [f"## {heading}", "", *found, ""]
    return "\n".join(lines)


def _stages(scheme: Scheme) -> Iterator[str]:
    for stage in scheme.school_stages:
        lengths = [schooling for one in stage.lengths if (schooling := scheme.find_schooling(stage.id, one.years)) is not None]
        yield f"- {STAGE_TITLES[stage.id]}：" + "；或".join(
            f"{one.years}年（{one.first_grade}至{one.last_grade}年级），共{one.terms}个学期" for one in lengths
        )


def _roles(scheme: Scheme, names: tuple[str, ...]) -> str:
    return "、".join(scheme.role_title(name) for name in names) or "所有人"


def _operations(scheme: Scheme) -> Iterator[str]:
    for operation in scheme.timing.operations:
        yield f"- **{operation.title}**：{_roles(scheme, operation.roles)}；{_when(scheme, operation)}"
        for rule in operation.by_grade:
            own = operation.at(rule.grades[0])
            yield f"  - {'、'.join(map(str, rule.grades))}年级：{_when(scheme, own)}"
    for one in scheme.timing.precedences:
        yield f"- 先后：{one.says}（{one.rule}）"
    if scheme.timing.publicity_operation is not None:
        yield f"- 公示至少{scheme.timing.min_publicity_working_days}个工作日"
        for number, step in enumerate(scheme.board.steps, 1):
            whom = {"class": "本班", "grade": "本年级", "school": "全校"}[step.scope]
            kinds = scheme.cases.types if step.cases is None else map(scheme.cases.type, step.cases)
            asked = "、".join(one.title for one in kinds if one.against == "published") or "不受理"
            yield f"  - 第{number}步“{step.title}”：{whom}可看，至少{step.working_days}个工作日；异议：{asked}"
    yield calendar_line(scheme)


def _when(scheme: Scheme, operation: Operation) -> str:
    found = _WINDOWS[operation.window]
    if operation.during is not None:
        found = f"与“{scheme.operation(operation.during).title}”同时开放"
    for edge, word in ((operation.not_before, "不早于"), (operation.not_after, "不晚于")):
        if edge is not None:
            name, _, which = edge.partition(".")
            found += f"，{word}“{scheme.operation(name).title}”{'开始' if which == 'starts' else '结束'}"
    if operation.grades:
        found += f"，只限{'、'.join(map(str, operation.grades))}年级"
    if operation.clients == ("pc",):
        found += "，只在电脑上"
    helper = f"；有问题找{scheme.role_title(operation.helper)}" if operation.helper else ""
    return f"{found}{_TERMS[operation.terms]}{helper}"


def _usual(scheme: Scheme) -> Iterator[str]:
    for plan in scheme.timing.usual:
        who = f"（{'、'.join(map(str, plan.grades))}年级）" if plan.grades else ""
        times = f"开学第{plan.from_day}天{plan.from_time:%H:%M}至第{plan.to_day}天{plan.to_time:%H:%M}"
        yield f"- {scheme.operation(plan.operation).title}{who}：{times}"


def _dimensions(scheme: Scheme) -> Iterator[str]:
    for dimension in scheme.dimensions:
        yield f"### {dimension.title}{'' if dimension.core else '（附加）'}"
        if dimension.criteria:
            yield f"评价标准：{dimension.criteria}"
        yield ""
        for kind in dimension.kinds:
            yield f"- **{kind.title}**：由{_roles(scheme, kind.entry_roles)}填报（{scheme.operation(kind.operation).title}）"
            yield from (f"  - {line}" for line in _kind(scheme, kind))
        yield ""


def _kind(scheme: Scheme, kind: Kind) -> Iterator[str]:
    yield f"填写：{'、'.join(_field(field) for field in kind.form.fields)}（*为必填）"
    yield from form_lines(kind.form)
    if kind.evidence.max:
        yield f"佐证材料：{kind.evidence.min}至{kind.evidence.max}份"
    yield f"审核：{_chain(scheme, kind.review)}"
    yield f"公示与归档：{_TRIGGERS[kind.publicity.trigger]}，{_ARCHIVES[kind.archive]}"
    if kind.quotas:
        yield f"数量：{'，'.join(f'{_PERIODS[one.per]}最多{one.max}条' for one in kind.quotas)}"
    if kind.grades:
        yield f"只限{'、'.join(str(grade) for grade in scheme.grades if applies_to_grade(kind.grades, grade))}年级"


def _profile(scheme: Scheme) -> Iterator[str]:
    for title, form in (("基本信息", scheme.profile.form), ("职务", scheme.positions.form if scheme.positions else None)):
        if form is not None:
            yield f"- **{title}**：{'、'.join(_field(field) for field in form.fields)}（*为必填）"
            yield from (f"  - {line}" for line in form_lines(form))


def _field(field: Field) -> str:
    return f"{field.title}{'*' if field.required else '（自动计算）' if field.computed else ''}"


def _chain(scheme: Scheme, chain: Chain) -> str:
    steps = [f"{step.title}（{scheme.role_title(step.role)}{_silence(scheme, step.silence)}）" for step in chain.steps]
    return " → ".join(steps) or "不需要审核"


def _silence(scheme: Scheme, silence: Silence) -> str:
    if silence.then == "nothing":
        return ""
    days = f"{silence.after.days}天" if silence.after else ""
    to = f"转交{scheme.role_title(silence.to)}" if silence.to else "转为案件"
    return f"，{days or '到期'}不处理则{'视为通过' if silence.then == 'pass' else to}"


def _cases(scheme: Scheme) -> Iterator[str]:
    for case in scheme.cases.types:
        who = "、".join(_PARTIES.get(name, scheme.role_title(name)) for name in case.opened_by)
        when = f"（{scheme.operation(case.operation).title}）" if case.operation else ""
        if case.within_working_days is not None:
            when += f"，须在前一结果告知后{case.within_working_days}个工作日内"
        if case.against == "result":
            when += "，针对公示的评价结果" + ("，看到公示的人都可以提出" if case.others_too else "，只能针对本人（孩子）的结果")
        yield f"- **{case.title}**：{f'由{who}提出{when}' if who else '由系统提出'}；说明{case.text.min}至{case.text.max}字"
    about = [case.id for case in scheme.cases.types if is_about_results(scheme, case)]
    results = {stage.id for case in about for stage in scheme.cases.reachable(case)}
    for stage in scheme.cases.stages:
        yield f"- 环节“{stage.title}”：由{_actor(scheme, stage)}处理{_deadline(stage)}"
        for action in stage.actions:
            to = scheme.cases.stage(action.leads_to).title if action.leads_to else None
            outcomes = _OF_RESULTS if stage.id in results else _OUTCOMES
            yield f"  - {action.title} → {to or outcomes[action.outcome or 'keep']}"


def _actor(scheme: Scheme, stage: Stage) -> str:
    name, at, _ = stage.actor.partition("@")
    if at:
        return "、".join(dict.fromkeys(scheme.role_title(role) for role in scheme.cases.level_roles[name].values()))
    return _PARTIES.get(name) or scheme.role_title(name)


def _deadline(stage: Stage) -> str:
    if stage.deadline is None:
        return ""
    if stage.deadline.after_working_days is not None:
        return f"，期限{stage.deadline.after_working_days}个工作日"
    after = stage.deadline.after
    if after is None:
        return "，期限为开放时间结束"
    return f"，期限{after.days}天" if after.days else f"，期限{int(after.total_seconds() // 3600)}小时"


def _evaluations(scheme: Scheme) -> Iterator[str]:
    for one in scheme.evaluations:
        about = {"self": "评自己", "student": "评学生", "classmates": "评同班同学"}[one.about]
        parts = [about, *(["分维度"] if one.per_dimension else [])]
        parts += [f"{one.text.min}至{one.text.max}字"] if one.text else []
        parts += [f"选择{'、'.join(choice.title for choice in one.choices)}"] if one.choices else []
        parts += ["必须完成" if one.required else "可以不写"]
        yield f"- **{one.title}**：由{_roles(scheme, one.by)}写（{scheme.operation(one.operation).title}）；{'，'.join(parts)}"
    yield from result_lines(scheme)


def _archives(scheme: Scheme) -> Iterator[str]:
    archives = scheme.archives
    yield f"- **{archives.term.title}**：{'、'.join(section.title for section in archives.term.sections)}"
    if archives.term.sign_off:
        signs = [f"{sign.title}（{scheme.role_title(sign.by)}）" for sign in archives.term.sign_off]
        yield f"- 签字：{' → '.join(signs)}"
    if archives.career is not None:
        by = f"，由{scheme.role_title(archives.career.picked_by)}遴选" if archives.career.picked_by else ""
        most = f"，每类最多{archives.career.max_per_kind}条" if archives.career.max_per_kind else ""
        yield f"- **{archives.career.title}**{by}{most}：{'、'.join(section.title for section in archives.career.sections)}"
