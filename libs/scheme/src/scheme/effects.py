"""What changes of a scheme do to terms under way and to records that exist (X-01): a table. Pure."""

import re
from collections.abc import Callable, Mapping
from datetime import timedelta
from functools import cache
from typing import Any, Protocol

from pydantic import TypeAdapter


class Difference(Protocol):
    """A difference as `compare.Change` has it."""

    @property
    def path(self) -> tuple[str, ...]: ...
    @property
    def before(self) -> Any: ...
    @property
    def after(self) -> Any: ...
    @property
    def beside(self) -> Mapping[str, Any]: ...


type Applies = Callable[[Difference], bool]


def _removed(change: Difference) -> bool:
    return change.after is None


def _added(change: Difference) -> bool:
    return change.before is None


def _any(_: Difference) -> bool:
    return True


def _lower(change: Difference) -> bool:
    """A limit that was not there, or is lower now."""
    return change.after is not None and (change.before is None or float(change.after) < float(change.before))


def _higher(change: Difference) -> bool:
    return change.after is not None and float(change.after) > float(change.before or 0)


_LENGTH = TypeAdapter(timedelta)


def _shorter(change: Difference) -> bool:
    if change.after is None:
        return False
    return change.before is None or _LENGTH.validate_python(change.after) < _LENGTH.validate_python(change.before)


def _fewer(change: Difference) -> bool:
    """Something that a list named is no longer there; an empty list stands for all."""
    before, after = set(change.before or ()), set(change.after or ())
    return bool(before - after) if before and after else bool(after or before)


def _less(change: Difference) -> bool:
    return bool(set(change.before or ()) - set(change.after or ()))


def _removed_or_off(change: Difference) -> bool:
    return bool(change.before) and not change.after


def _required_now(change: Difference) -> bool:
    return bool(change.after)


def _new_required(change: Difference) -> bool:
    return change.before is None and bool(change.after.get("required"))


def _grown(change: Difference) -> bool:
    """A list has something that it had not."""
    return any(one not in (change.before or ()) for one in change.after or ())


def _now_shown_sometimes(change: Difference) -> bool:
    return change.before is None and bool(change.after["then"] == "visible")


def _no_longer_hidden(change: Difference) -> bool:
    return change.after is None and bool(change.before["then"] == "visible")


EFFECTS: tuple[tuple[str, Applies, str], ...] = (
    ("id", _any, "这是另一个方案"),
    ("school_stages/*", lambda one: _removed(one) and len(one.path) == 2, "这一学段的学校不再适用，应留在旧版本"),
    ("school_stages/*/lengths", _any, "学制变了，年级和学期数随之改变，进行中的学期应留在旧版本"),
    ("school_stages/*/lengths/**", _any, "学制变了，年级和学期数随之改变，进行中的学期应留在旧版本"),
    ("school_stages/*/terms_per_year", _any, "每学年的学期数变了，进行中的学期应留在旧版本"),
    ("time_zone", _any, "已安排的时间会平移"),
    ("roles/*", lambda one: _removed(one) and len(one.path) == 2, "持有这一身份的人不能再登录办事"),
    ("roles/*/may", _less, "持有这一身份的人不能再做其中几项"),
    ("roles/*/at", _any, "已发放的身份卡层级不符"),
    ("dimensions/*/kinds/*/entry_roles", _less, "这些人已存的草稿不能再提交"),
    ("dimensions/*/kinds/*/operation", _any, "填报改在另一项操作的时间内进行"),
    ("dimensions/*/kinds/*/level", _any, "已有记录的数据层级不符"),
    ("dimensions/*/kinds/*/quotas", _any, "已填的数量可能超过新的限制"),
    ("dimensions/*/kinds/*/publicity/**", _any, "已通过审核的记录公示方式改变"),
    ("dimensions/*/kinds/*/archive", _any, "已有记录的归档方式改变"),
    ("dimensions/*/kinds/*/evidence/min", _higher, "已提交的记录佐证材料可能不足"),
    ("dimensions/*/kinds/*/evidence/max", _lower, "已提交的记录佐证材料可能过多"),
    ("dimensions/*/kinds/*/grades", _fewer, "部分年级不再有这一类别，已有记录无处修改"),
    ("**/review/steps/*", _removed, "停在这一步的记录须转到另一步"),
    ("**/review/steps/*", _added, "已通过的记录没有经过这一步"),
    ("**/review/steps", _any, "停在各步骤的记录须重新对应"),
    ("**/review/steps/order", _any, "停在各步骤的记录须重新对应"),
    ("**/review/steps/*/role", _any, "等待审核的记录改由另一角色处理"),
    ("**/silence/after", _shorter, "等待中的记录会提前到期"),
    ("**/form/fields/*/required", _required_now, "已提交的记录可能缺少此项"),
    ("**/form/fields/*/type", _any, "已填的内容可能不符合新类型"),
    ("**/form/fields/*/maximum", _lower, "已填的数值可能超过新的上限"),
    ("**/form/fields/*/minimum", _higher, "已填的数值可能低于新的下限"),
    ("**/form/fields/*/max_length", _lower, "已填的文字可能超过新的字数"),
    ("**/form/fields/*/min_length", _higher, "已填的文字可能少于新的字数"),
    ("**/form/fields/*/pattern", _any, "已填的内容可能不符合新的格式"),
    ("**/form/fields/*/choices/*", _removed, "选了这一项的记录须改选"),
    ("**/form/fields/*/written_by", _fewer, "原来能填的人不能再填"),
    ("**/form/fields/*/read_by", _any, "能看到这一项已填内容的人改变；已生成的档案不变"),
    ("**/form/fields/*/required_if/**", lambda one: one.after is not None, "已提交的记录可能缺少此项"),
    ("**/form/fields/*/required_unless/**", _any, "已提交的记录可能缺少此项"),
    ("**/form/fields/*/computed", _added, "改由系统计算，已填的内容在下次保存时被计算结果代替"),
    ("**/form/fields/*/computed", _removed, "改由填报人填写，不再自动计算"),
    ("**/form/fields/*/computed/**", _any, "已有记录中的这一项在下次保存时按新办法重新计算"),
    ("**/form/fields/*/decimals", _lower, "已填的数值小数位数可能过多"),
    ("**/form/fields/*/catalog", _any, "已填的项目可能不在新的目录中"),
    ("**/form/fields/*/outcomes/*", _removed, "填了这一文字结果的记录须改填"),
    ("**/form/in_order", _grown, "已填的内容可能不符合新的先后"),
    ("**/form/rules/*", _now_shown_sometimes, "不符合条件时不再填写这一项，已填的内容在下次保存时去掉"),
    ("**/form/rules/*", _no_longer_hidden, "这一项改为总是填写，已提交的记录可能缺少此项"),
    ("**/form/rules/*", _added, "已存的草稿和退回的记录可能不符合新的条件，不能提交"),
    ("**/form/rules/*/when/**", _any, "已存的草稿和退回的记录可能不符合新的条件，不能提交"),
    ("**/form/fields/*", _removed, "已有记录中的这一项不再显示"),
    ("**/form/fields/*", _new_required, "已提交的记录缺少此项，修改时必须补填"),
    ("dimensions/*/kinds/*", _removed, "不能再填报；已有记录只按旧版本显示"),
    ("dimensions/*", _removed, "其中的类别不能再填报；已有记录只按旧版本显示"),
    ("timing/operations/*/roles", _less, "原来能做的人不能再做"),
    ("timing/operations/*/window", lambda one: one.after == "required", "须在进行中的学期补排时间，否则不开放"),
    ("timing/operations/*/not_before", _any, "已安排的时间可能不再有效"),
    ("timing/operations/*/not_after", _any, "已安排的时间可能不再有效"),
    ("timing/operations/*/during", _any, "开放时间改变"),
    ("timing/operations/*", _removed, "已安排的时间不再有效"),
    ("timing/precedences", _any, "已安排的时间可能不符合新的先后"),
    ("quotas/*", lambda one: _added(one) and one.after["beyond"] == "refused", "已填的记录可能已经超过限额，不能再提交"),
    ("quotas/*", _added, "已有记录也计入，超出部分不计"),
    ("quotas/*", lambda one: _removed(one) and one.before["beyond"] == "not_counted", "已有的积分不再显示"),
    ("quotas/*/max", _lower, "已填的记录可能超过新的限额"),
    ("quotas/*/max", lambda one: one.beside["beyond"] == "not_counted", "原来不计的部分会重新计入"),
    ("quotas/*/beyond", lambda one: one.after == "refused", "超出限额的记录不能再提交"),
    ("quotas/*/beyond", _any, "超出限额的记录不再拒绝，保留但不计入"),
    ("quotas/*/kinds", _any, "合在一起计算的类别变了，已用的数量重新计算"),
    ("quotas/*/per", _any, "计算的期间变了，已用的数量重新计算"),
    ("quotas/*/field", _any, "计算的办法变了，已用的数量重新计算"),
    ("quotas/*/points/**", _any, "已有记录的积分重新计算"),
    ("timing/calendar", _any, "按工作日计算的期限改用另一地区的放假安排，会提前或推后；已安排的公示可能不够长"),
    ("timing/min_publicity_working_days", _higher, "已安排的公示可能不够长"),
    ("cases/types/*", _removed, "未办结的案件没有去处"),
    ("cases/types/*/opened_by", _less, "原来能提出的人不能再提出"),
    ("cases/types/*/within_working_days", _lower, "尚未提出的申诉期限会提前"),
    ("cases/types/*/others_too", _removed_or_off, "看到公示的其他人不能再提出"),
    ("cases/stages/*/deadline/after", _shorter, "未办结的案件会提前到期"),
    ("cases/stages/*/deadline/after_working_days", _lower, "未办结的案件会提前到期"),
    ("cases/stages/*/deadline", _any, "未办结案件的期限改变"),
    ("cases/stages/*/actor", _any, "未办结的案件改由他人处理"),
    ("cases/stages/*/actions/**", _any, "未办结案件的去向改变"),
    ("cases/stages/*", _removed, "停在这一环节的案件须转到另一环节"),
    ("evaluations/*/text/max", _lower, "已写的评语可能超过新的字数"),
    ("evaluations/*/text/min", _higher, "已写的评语可能少于新的字数"),
    ("evaluations/*/choices/*", _removed, "选了这一项的评价须改选"),
    ("evaluations/*/required", _required_now, "档案会等待这一评价"),
    ("evaluations/*/by", _less, "原来能评价的人不能再评价"),
    ("evaluations/*", _removed, "已写的评价不再进入档案"),
    ("evaluations/*", _new_required, "档案会等待这一评价"),
    ("result/type", _any, "同一学期会有两种算法的结果"),
    ("result/per_dimension", _any, "是否分维度评分变了，已填的分数不能沿用"),
    (
        "result/parts/*",
        lambda one: _added(one) and float(one.after["weight"]) > 0,
        "未锁定的班级须补填这一部分，填好之前没有总分",
    ),
    ("result/parts/*", _added, "未锁定的班级可以填这一部分，分数可能改变"),
    ("result/parts/*", _removed, "已填的这一部分不再计入，未锁定班级的分数改变"),
    ("result/parts/*/weight", _any, "未锁定班级的分数改变"),
    ("result/parts/*/points/**", _any, "未锁定班级的分数改变"),
    ("result/parts/*/source", _any, "这一部分的来源变了，未锁定班级须重新填写"),
    ("result/parts/*/evaluation", _any, "这一部分改取另一评价，未锁定班级的分数改变"),
    ("result/parts/*/scorers", _any, "由一人评分和由多人评分取平均不同，未锁定班级的分数可能改变"),
    ("result/parts/*/minimum", _any, "已填的分值可能超出范围，未锁定班级的分数可能改变"),
    ("result/parts/*/maximum", _any, "已填的分值可能超出范围，未锁定班级的分数可能改变"),
    ("result/parts/*/resolve", _any, "各人评定的合成办法变了，未锁定班级的分数可能改变"),
    ("result/parts/*/min_scorers", _higher, "未锁定的班级评定人数可能不足"),
    ("result/parts/*/years/**", _any, "各学年的权重变了，未锁定班级的分数改变"),
    ("result/parts/*/takes", _any, "以前各学年改按分数或等级计算，未锁定班级的分数改变"),
    ("result/parts/*/with_this_term", _any, "本学期的得分改变计入的办法，未锁定班级的分数改变"),
    ("result/parts/*/missing_year", _any, "缺少学年结果的学生，未锁定的须重新评定"),
    ("result/parts/*/small_class", _any, "人数少的班，未锁定的分数可能改变"),
    ("result/parts/*/quotas", _any, "按记录计分的范围变了，未锁定班级的分数改变"),
    ("result/parts/*/span", _any, "按记录计分的范围变了，未锁定班级的分数改变"),
    ("result/parts/*/base", _any, "起点分变了，未锁定班级的分数改变"),
    ("result/parts/*/decimals", _lower, "已填的分值小数位数可能过多"),
    ("result/parts/*/by", _less, "原来能评分的人不能再评"),
    ("result/parts/*/operation", _any, "评分改在另一项操作的时间内进行"),
    ("result/parts/*/grades", _any, "计入的年级变了，未锁定班级的分数改变"),
    ("result/parts/*/terms", _any, "计入的学期变了，未锁定班级的分数改变"),
    ("result/bands/*/dimensions", _any, "这一等级适用的维度变了，未锁定的班级可能须重新评定"),
    ("result/overall_rules/**", _any, "未锁定的班级总评可能改变"),
    ("result/overall_rules/*", _any, "未锁定的班级总评可能改变"),
    ("result/bands/*", _any, "未锁定班级的等级可能改变"),
    ("result/bands/*/at_least", _any, "未锁定班级的等级可能改变"),
    ("result/bands/*/points", _any, "等级分变了，未锁定班级的分数和等级可能改变"),
    ("result/steps/*", _removed, "停在这一步的班级须重新送审"),
    ("result/steps/*", _added, "已通过审核的班级没有经过这一步"),
    ("result/steps", _any, "停在各步骤的班级须重新对应"),
    ("result/steps/order", _any, "停在各步骤的班级须重新对应"),
    ("result/steps/*/by", _any, "等待审核的班级改由另一角色处理"),
    ("result/steps/*/operation", _any, "审核改在另一项操作的时间内进行"),
    ("result/lock/by", _any, "尚未锁定的班级改由另一角色锁定"),
    ("result/lock/operation", _any, "锁定改在另一项操作的时间内进行"),
    ("result/lock/unlocked_by", _any, "已锁定的班级改由另一角色解锁"),
    ("result/lock/closes/*", _added, "已锁定的班级，本学期不能再填报这些记录"),
    ("result/lock/closes/*", _removed, "已锁定的班级，本学期又可以填报这些记录"),
    ("result/lock", _any, "锁定的办法改变"),
    ("result/shares/*", _added, "未锁定的班级可能超过新的比例，不能锁定"),
    ("result/shares/*/at_most", _lower, "未锁定的班级可能超过新的比例，不能锁定"),
    ("result/shares/*/enforced", _required_now, "未锁定的班级可能超过比例，不能锁定"),
    ("result/consents/*", _added, "未锁定的班级评了这些等级的，须补写理由并征得同意"),
    ("result/consents/*", _removed, "等待答复的不再需要同意"),
    ("result/consents/*/bands", _any, "未锁定的班级评了这些等级的，须补写理由并征得同意"),
    ("result/consents/*/dimensions", _any, "未锁定的班级评了这些等级的，须补写理由并征得同意"),
    ("result/consents/*/by", _any, "等待答复的改由另一角色答复"),
    ("result/consents/*/operation", _any, "答复改在另一项操作的时间内进行"),
    ("result/terms", _any, "评结果的学期变了，进行中的学期可能不再评或须补评"),
    ("result/overall", _any, "未锁定的班级有无总评改变"),
    ("result/show", _any, "家长和学生看到的内容改变：分数或只有等级"),
    ("result/publicity", _added, "已锁定的结果也要公示，公示结束后才能归档"),
    ("result/publicity", _removed, "正在公示的结果不再公示"),
    ("result/publicity/steps/*", _any, "正在公示的结果，公示的范围和时间改变"),
    ("result/publicity/steps/*/**", _any, "正在公示的结果，公示的范围和时间改变"),
    ("result/publicity/steps/order", _any, "正在公示的结果，公示的范围和时间改变"),
    ("result/publicity/shows", _any, "公示的内容改变：分数或只有等级"),
    ("result/choices/*", _removed, "已评为这一项的须重新评定"),
    ("result/by", _any, "改由另一角色评定"),
    ("result/operation", _any, "评定改在另一项操作的时间内进行"),
    ("result/grades", _any, "评定的年级改变，进行中的学期可能不再评或须补评"),
    ("result/reason_for", _grown, "已评为这一项的可能没有理由"),
    ("archives/career/max_per_kind", _lower, "已选的记录可能超过新的数量"),
    ("archives/career", _removed, "已开始的生涯档案不能完成"),
    ("archives/*/sign_off/**", _any, "已开始的签字流程改变"),
    ("reports/*", _removed, "不能再生成这一报表"),
    ("reports/*/levels", _less, "这一层级不能再生成这一报表"),
    ("reports/*/roles", _less, "原来能取得这一报表的人不能再取得，已生成的也不能再下载"),
    ("reports/*/columns", _any, "重新生成的报表与以前的栏目不同"),
    ("reports/*/parts", _any, "重新生成的报表与以前的栏目不同"),
    ("reports/*/type", _any, "重新生成的报表与以前的内容不同"),
    ("accounts/initial_password/**", _any, "尚未首次登录的账号，初始密码改变"),
    ("accounts/education_id/**", _any, "以后编制的教育ID、教师和家长的登录方式改变；已有的教育ID不变"),
    ("accounts/attempts", _lower, "答错过的账号可能须由学校重发密码"),
    ("enrolment/repeated_year", _any, "尚未锁定的跨学年结果、尚未生成的生涯档案改用另一次的结果；已锁定、已生成的不变"),
    ("enrolment/changes/*/within", _any, "以后的每一步审批期限改变；已开始的一步不变"),
    ("board/operation", _any, "公示栏改在另一项操作的时间内开放"),
    ("board/rules", _any, "公示栏上各种身份看到的内容改变"),
    ("board/steps", _any, "公示的步骤改变，进行中的公示可能换到另一步"),
    ("board/earlier_terms", _any, "公示栏是否展示以前学期的内容改变"),
    ("catalogs/*", _removed, "从这一目录选择的内容不能再改"),
    ("catalogs/*/kept_by/**", _any, "目录改由他人维护"),
    ("cases/types/*/reasons/*", _removed, "不能再以此为由提出"),
    ("cases/level_roles/**", _any, "未办结的案件改由他人处理"),
    ("cases/malicious/limit", _lower, "已有认定的人可能不能再提出"),
    ("cases/malicious/lifted_by", _less, "原来能撤销认定的人不能再撤销"),
    ("contacts", _removed, "已填的工作联系表不再显示"),
    ("contacts/lines/*", _removed, "已填的这一行不再显示"),
    ("drafts", _removed, "已有的成长记录不再显示"),
    ("drafts/visibilities/*", _removed, "已选这一范围的成长记录须改选"),
    ("final", _any, "毕业学期的最终上报办法改变"),
    ("final/max", _lower, "已选的材料可能超过新的数量"),
    ("final/span", _any, "可选材料的学期改变"),
    ("final/*", lambda one: one.path[-1] != "title", "最终上报的办理人或时间改变"),
    ("imports/*", _removed, "不能再用表格导入"),
    ("imports/*/roles", _less, "原来能导入的人不能再导入"),
    ("imports/*/columns", _any, "以前下载的模板可能不能再导入"),
    ("imports/*/parts", _any, "以前下载的评分模板可能不能再导入"),
    ("imports/*/same_by", _any, "再次导入时可能认不出已导入的行"),
    ("participation", _removed, "已标记不参加的学生须重新处理"),
    ("participation/reasons/*", _removed, "以此为由不参加的学生须重新标记"),
    ("participation/operation", _any, "标记改在另一项操作的时间内进行"),
    ("participation/lifted_by", _less, "原来能撤销标记的人不能再撤销"),
    ("positions", _removed, "不能再申报职务，已有职务不再显示"),
    ("positions/declared_by", _less, "原来能申报职务的人不能再申报"),
    ("verification", _removed, "已上传的确认表不再显示，完成情况不再统计"),
    ("verification/lines/**", _any, "新打印的确认表与已打印的内容不同"),
    ("verification/guardians", _any, "新打印的确认表与已打印的内容不同"),
    ("verification/operation", _any, "确认表改在另一项操作的时间内上传"),
    ("verification/uploaded_by", _less, "原来能上传确认表的人不能再上传"),
    ("verification/most_photos", _lower, "已上传的照片可能超过新的数量"),
    ("profile/photo", _removed, "已有的照片不再显示"),
    ("profile/photo/changed_by", _less, "原来能换照片的人不能再换"),
    ("switches/*", _removed, "学校已作的设置不再起作用"),
    ("switches/*/default", _any, "没有设置过的学校改按新的默认值"),
    ("switches/*/set_by", _any, "改由另一角色设置"),
    ("timing/operations/*/by_grade", _any, "部分年级的开放时间改变"),
    ("archives/*/sections/*", _any, "新生成的档案与已生成的栏目不同"),
    ("archives/*/sections/*/kinds", _any, "新生成的档案与已生成的栏目内容不同"),
    ("archives/term/grades", _any, "生成学期档案的年级改变"),
    ("archives/radar/axes", _any, "新生成的雷达图与已生成的算法不同"),
    ("archives/release/**", _any, "解除的办法改变"),
    ("archives/backfill/**", _any, "正在补录的档案改按新的办法"),
    ("archives/correction/**", _any, "正在更正的档案改按新的办法"),
)
"""The most particular first: pattern of the path, condition, effect. `*` is one key or id, `**` any number of them."""

WITHOUT_EFFECT: Mapping[str, str] = {
    "Archives": "holds parts that have rows",
    "Authority": "is only printed",
    "EnrolmentApproval": "an application keeps the approvals that it began with",
    "Chain": "holds steps, which have rows",
    "Entry": "says where new cases begin; open ones are past it",
    "Form": "holds fields and rules, which have rows",
    "Profile": "holds a form and a photo, which have rows",
    "Radar": "holds axes, which have rows",
    "Phase": "groups the rows of the authority's table",
    "PlannedWindow": "proposes windows for timetables to come",
    "ReturnReason": "what was returned keeps its reason; others are chosen from now on",
}
"""Models of which no change touches terms under way, and why."""


def effect(change: Difference) -> str | None:
    """What this difference does to terms under way, in Chinese; None: it leaves them as they are."""
    path = "/".join(change.path)
    return next((says for pattern, applies, says in EFFECTS if matches(pattern, path) and applies(change)), None)


def matches(pattern: str, path: str) -> bool:
    """Whether a pattern of the table means this path, its steps joined by `/`."""
    return _compiled(pattern).fullmatch(path) is not None


@cache
def _compiled(pattern: str) -> re.Pattern[str]:
    text = re.escape(pattern).replace(r"\*\*/", "(?:.+/)?").replace(r"/\*\*", "(?:/.+)?").replace(r"\*", "[^/]+")
    return re.compile(text)
