"""What each event says to its readers, word for word, and what it opens: no I/O. Who they are is in `test_who_is_told`."""

import inspect
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, get_type_hints
from uuid import UUID
from zoneinfo import ZoneInfo

import pytest
from contracts.archive import ScoresLockedV1, StudentResult
from contracts.base import Event
from contracts.records import PositionSubmittedV1
from notify.domain import enrolment_rules, final_rules, notification_rules, record_rules, texts
from notify.domain.messages import Notifications, addresses_of, place_at, rank_of
from notify_builders import (
    CLASS,
    STUDENT,
    TERM,
    a_term,
    case_closed,
    case_moved,
    case_opened,
    position_event,
    submitted,
)
from scheme import load
from servicekit.directory import Term
from servicekit.testing import an_actor
from test_who_is_told import TABLE

JIANGXI = load(Path(__file__).parents[3] / "schemes" / "jiangxi" / "2026.1.yaml")
JIANGXI_TERM = Term.from_event(a_term(), JIANGXI)


def rules() -> dict[type[Event], Callable[..., Notifications]]:
    """The rule of each event."""
    found = {}
    modules = (notification_rules, enrolment_rules, record_rules, final_rules)
    own = [module.__name__ for module in modules]
    for name, rule in [item for module in modules for item in vars(module).items()]:
        if inspect.isfunction(rule) and rule.__module__ in own and not name.startswith("_"):
            first = next(iter(inspect.signature(rule).parameters))
            found[get_type_hints(rule)[first]] = rule
    return found


def notified(event: Event) -> Notifications:
    rule = rules()[type(event)]
    return rule(event, JIANGXI_TERM) if "term" in inspect.signature(rule).parameters else rule(event)


BEFORE = "上一步：审核驳回。理由：照片不是当天的。请于2026年6月6日 16:00前处理。"
# For each line of TABLE: which rule, what waits no longer, and per reader: kind, what opens, whether it counts up, words.
SAID: list[tuple[str, list[str], list[tuple[str, str, bool, str, str]]]] = [
    ("claim_opened", [], [
        ("claim.waiting", "identity/claim", True, "待裁定学籍争议 1 件",
         "最近提出：第二中学的名册中有实验中学的学生李晓雨。"),
        *[("claim.opened", "identity/claim", False, "学籍争议：李晓雨",
           "第二中学的名册中有实验中学的学生李晓雨，将由上级管理员裁定。")] * 2,
    ]),
    ("claim_resolved", ["claim.waiting"], [
        *[("claim.resolved", "identity/claim", False, "学籍争议已有结果：李晓雨",
           "实验中学的学生李晓雨：转入提出争议的学校。理由：已转学。")] * 2,
    ]),
    ("application_moved", [], [
        ("enrolment.applied", "identity/enrolment", False, "学籍异动已受理：转学",
         "李晓雨的转学申请已提出：实验中学，接收学校：第二中学。"),
        ("enrolment.waiting", "identity/enrolment", True, "待审批学籍异动 1 件",
         "最近一件：李晓雨转学，实验中学，接收学校：第二中学。环节：转出学校核对评价数据。"),
    ]),
    ("application_moved", [], [
        ("enrolment.escalated", "identity/enrolment", False, "学籍异动审批逾期：李晓雨转学",
         "“核对”已逾期，上级可以代为审批。"),
    ]),
    ("application_moved", ["enrolment.waiting"], [
        *[("enrolment.ended", "identity/enrolment", False, "学籍异动未通过：李晓雨转学",
           "李晓雨，实验中学，接收学校：第二中学。理由：没有空余学位。")] * 3,
    ]),
    ("account_changed", [], [
        ("account.changed", "identity/account", False, "账号安全提醒",
         "江西实验中学重置了您的密码，所有设备已退出登录。"),
    ]),
    ("cards_changed", [], [
        ("cards.changed", "identity/staff", False, "改用新版方案：身份卡有变动",
         "江西省方案2027.1版生效：1张“校长”身份卡改为“负责人”；3张“录入员”身份卡已停用。"),
    ]),
    ("import_ended", [], [
        ("import.ended", "import/batch", True, "体质测评的表格有结果了", "1班.xlsx：5 处要改，改好后再上传。"),
    ]),
    ("import_ended", [], [
        ("import.ended", "import/batch", True, "体质测评的表格有结果了", "1班.xlsx：已导入 41 行，2 行没有导入。"),
    ]),
    ("submitted", [], [
        ("record.review", "records/reviews", True, "待审核写实记录 1 条",
         "最近上报：李晓雨《敬老院志愿服务》。"),
    ]),
    ("submitted", [], [
        ("record.review", "records/reviews", True, "待审核写实记录 1 条",
         "最近上报：李晓雨《敬老院志愿服务》。"),
    ]),
    ("submitted", [], [
        ("record.review", "records/reviews", True, "待确认写实记录 1 条", "最近上报：《敬老院志愿服务》。"),
    ]),
    ("returned", ["record.review"], [
        ("record.returned", "records/record", False, "写实记录被驳回：敬老院志愿服务",
         "驳回原因：材料不清晰。说明：请重拍。请修改后重新上报。"),
    ]),
    ("approved", ["record.review"], [
        ("record.approved", "records/record", True, "写实记录已审核通过：敬老院志愿服务",
         "《敬老院志愿服务》已审核通过。"),
    ]),
    ("voided", ["record.review"], [
        ("record.voided", "records/record", False, "写实记录已作废：敬老院志愿服务",
         "《敬老院志愿服务》不再计入综合素质评价。理由：不实。"),
    ]),
    ("withdrawn", ["record.review"], [
    ]),
    ("released", [], [
        ("misconduct.released", "records/record", False, "不良记录已解除：敬老院志愿服务",
         "《敬老院志愿服务》已于2026年6月1日解除。理由：表现良好。"),
    ]),
    ("participation_changed", [], [
        ("participation.ended", "records/term", False, "2025-2026学年第二学期不参与填报",
         "学校已将您标记为本学期不参与填报，原因：休学。如有疑问，请联系学校。"),
    ]),
    ("participation_changed", [], [
        ("participation.resumed", "records/term", False, "2025-2026学年第二学期恢复参与填报", "您已恢复参与本学期填报。"),
    ]),
    ("position_submitted", [], [
        ("position.review", "records/positions", True, "待审核职务 1 条",
         "最近申报：李晓雨“学习委员”。"),
    ]),
    ("position_returned", ["position.review"], [
        ("position.returned", "records/position", False, "职务申报被驳回：学习委员",
         "驳回原因：材料不清晰。说明：请重拍。请修改后重新申报。"),
    ]),
    ("position_approved", ["position.review"], [
        ("position.approved", "records/position", False, "职务申报已通过：学习委员",
         "“学习委员”已审核通过，将记入档案。"),
    ]),
    ("final_submitted", [], [
        ("final.review", "records/final-submissions", True, "待审核最终上报 1 份", "最近上报：李晓雨，共 12 份材料。"),
    ]),
    ("final_withdrawn", ["final.review"], [
    ]),
    ("final_returned", ["final.review"], [
        ("final.returned", "records/final-selection", False, "最终上报被退回",
         "退回原因：材料分类错误。说明：请重新归类。请修改后在截止前重新上报。"),
    ]),
    ("final_approved", ["final.review"], [
        ("final.approved", "records/final-selection", False, "最终上报已通过学校审核",
         "共 1 份材料通过审核，将在公示时间公示。另有 11 份未通过，不计入评价。"),
    ]),
    ("publicity_opened", [], [
        ("publicity.opened", "publicity/board", False, "2025-2026学年第二学期公示开始",
         "共公示 120 条记录，公示至2026年6月11日 16:00。如有异议，请在公示期内反馈。"),
    ]),
    ("publicity_closed", [], [
        ("publicity.closed", "publicity/entries", False, "2025-2026学年第二学期公示结束",
         "共 118 条记录通过公示。另有 2 条存在异议，正在处理。"),
    ]),
    ("entry_restored", [], [
        ("record.restored", "records/record", False, "写实记录已恢复：敬老院志愿服务",
         "《敬老院志愿服务》重新计入综合素质评价。"),
    ]),
    ("entry_voided", [], [
        ("record.voided", "records/record", False, "写实记录已作废：敬老院志愿服务",
         "《敬老院志愿服务》不再计入综合素质评价。理由：不实。"),
    ]),
    ("entry_voided", [], [
        ("record.excluded", "records/record", False, "审核不通过：敬老院志愿服务",
         "对《敬老院志愿服务》的反映成立，不再计入综合素质评价。理由：不实。"),
    ]),
    ("case_opened", [], [
        ("case.opened", "publicity/case", False, "公示记录收到质疑：敬老院志愿服务",
         "您公示的《敬老院志愿服务》收到质疑（内容不实）。请在公示结束后处理。"),
        ("case.opened.teacher", "publicity/case", False, "班级公示记录收到质疑：敬老院志愿服务",
         "班级公示的《敬老院志愿服务》收到质疑（内容不实）。将由学生处理，结果会另行通知。"),
    ]),
    ("case_moved", ["case.waiting"], [
        ("case.turn", "publicity/case", False, "请处理质疑：敬老院志愿服务",
         f"《敬老院志愿服务》的质疑现由您处理，环节：学生处理。{BEFORE}"),
    ]),
    ("case_moved", [], [
        ("case.waiting", "publicity/cases", True, "待处理公示异常 1 件",
         f"最近转来：《敬老院志愿服务》的质疑，环节：班主任审核。{BEFORE}"),
    ]),
    ("case_moved", [], [
        ("case.waiting", "publicity/cases", True, "待处理公示异常 1 件",
         f"最近转来：《敬老院志愿服务》的质疑，环节：校管理员复核。{BEFORE}"),
    ]),
    ("case_moved", ["case.waiting"], [
        ("case.turn", "publicity/case", False, "请处理质疑：敬老院志愿服务",
         f"《敬老院志愿服务》的质疑现由您处理，环节：补充材料。{BEFORE}"),
    ]),
    ("case_lapsed", [], [
        ("case.lapsed", "publicity/case", False, "质疑逾期未处理：敬老院志愿服务",
         "《敬老院志愿服务》的质疑在“学生处理”环节已逾期（应于2026年6月6日 16:00前处理）。系统已按“逾期未处理”转入下一环节。"),
    ]),
    ("case_lapsed", [], [
        ("case.lapsed", "publicity/case", False, "质疑逾期未处理：敬老院志愿服务",
         "《敬老院志愿服务》的质疑在“班主任审核”环节已逾期（应于2026年6月6日 16:00前处理）。"),
    ]),
    ("case_unsealed", [], [
        ("case.unsealed", "publicity/case", False, "您的质疑人身份已被查看：敬老院志愿服务",
         "校长依规查看了您对《敬老院志愿服务》提出质疑时的身份，查看已留痕。查看理由：涉嫌恶意质疑，需要核实。"),
    ]),
    ("case_decided", ["case.waiting"], []),
    ("case_marked", [], [
        ("case.malicious.warned", "publicity/case", False, "您的质疑被认定为恶意：敬老院志愿服务",
         "处理人认定您对《敬老院志愿服务》的质疑属于恶意。理由：内容是编造的。请据实反映；多次被认定，本学期将不能再提出。"),
    ]),
    ("case_marked", [], [
        ("case.malicious.blocked", "publicity/case", False, "您的质疑被认定为恶意：敬老院志愿服务",
         "处理人认定您对《敬老院志愿服务》的质疑属于恶意。理由：内容是编造的。被认定的件数已达上限，本学期内不能再对他人的记录提出质疑。"),
    ]),
    ("case_marked", [], [
        ("case.malicious.lifted", "publicity/case", False, "恶意认定已撤销：敬老院志愿服务",
         "您对《敬老院志愿服务》的质疑不再认定为恶意。理由：内容是编造的。"),
    ]),
    ("case_closed", ["case.waiting"], [
        ("case.closed", "publicity/case", False, "质疑处理结果：敬老院志愿服务",
         "针对您《敬老院志愿服务》的质疑已处理完毕：记录作废。理由：无法证明参加过该活动。"),
        ("case.closed.teacher", "publicity/case", False, "班级质疑处理结果：敬老院志愿服务",
         "班级公示的《敬老院志愿服务》的质疑已处理完毕：记录作废。理由：无法证明参加过该活动。"),
        ("case.closed.complainant", "publicity/case", False, "您提出的质疑有结果了：敬老院志愿服务",
         "您对《敬老院志愿服务》提出的质疑已处理完毕：记录作废。理由：无法证明参加过该活动。感谢您的监督。"),
    ]),
    ("term_sealed", [], [
        ("term.sealed", "archive/term", False, "学期档案已生成：第二学期",
         "第二学期的学期档案已归档，可查看和下载。"),
    ]),
    ("scores_locked", [], [
        ("scores.locked", "archive/scores", False, "评价结果已公布：第二学期",
         "第二学期的综合素质评价结果已审核、锁定，可以查看。"),
    ]),
    ("signed_forms_reminded", [], [
        ("signed_form.missing", "archive/signed_form", False, "请上传学生基础信息确认表",
         "学籍信息核查：还没有收到您的学生基础信息确认表。请家长签字后拍照上传，或交给班主任。"),
    ]),
    ("signed_form_returned", [], [
        ("signed_form.returned", "archive/signed_form", False, "学生基础信息确认表需要重新上传",
         "学籍信息核查：您上传的学生基础信息确认表不能使用，原因：未签字。请重新拍照上传。"),
    ]),
    ("scores_corrected", [], [
        ("scores.corrected", "archive/scores", False, "评价结果已更正：第二学期",
         "经异议处理，第二学期的综合素质评价结果已更正，可以查看新的结果。理由：漏计获奖"),
    ]),
    ("career_sealed", [], [
        ("career.sealed", "archive/career", False, "生涯档案已生成",
         "生涯档案已归档，可查看和下载。"),
    ]),
    ("archive_corrected", [], [
        ("archive.corrected", "archive/archive", False, "档案已更正：生涯档案",
         "您的“生涯档案”档案已更正为第2版，原因：记录作废。原版本仍可查看。"),
    ]),
    ("archive_backfilled", [], [
        ("archive.backfilled", "archive/archive", False, "学期档案已补录：2025-2026学年第一学期",
         "2025-2026学年第一学期的学期档案已由学校补录并归档，可查看和下载。"),
    ]),
]  # fmt: skip


@pytest.mark.parametrize(
    ("line", "expected"), list(zip(TABLE, SAID, strict=True)), ids=[f"{n}-{expected[0]}" for n, expected in enumerate(SAID)]
)
def test_each_event_says_this_to_its_readers(line: tuple[Event, dict[str, str]], expected: tuple[str, list[str], Any]) -> None:
    event, readers = line
    name, handled, messages = expected
    assert rules()[type(event)].__name__ == name
    found = notified(event)
    assert {notification.address: notification.kind for notification in found.new} == readers
    assert [one.kind for one in found.handled] == handled
    assert messages == [
        (
            notification.kind,
            f"{notification.link.service}/{notification.link.thing}",
            notification.folds,
            *texts.say(notification.kind, notification.facts),
        )
        for notification in found.new
    ]
    assert all(notification.path in (getattr(event, "path", None), CLASS) for notification in found.new)


def test_a_to_do_counts_by_the_thing_that_waits_and_the_newest_event_holds() -> None:
    record = submitted()
    [review] = notified(record).new
    assert (review.thing, review.rank, review.link.id) == (record.record_id, rank_of(record.at), record.record.term_id)
    position = position_event(PositionSubmittedV1)
    [waits] = notified(position).new
    assert (waits.thing, waits.rank, waits.link.id) == (position.position_id, position.version, TERM)
    turn = case_moved("class_teacher", "班主任审核")
    [case] = notified(turn).new
    assert (case.thing, case.rank, case.link.id) == (turn.case_id, rank_of(turn.at), turn.term_id)
    [done] = notified(case_closed()).handled
    assert (done.thing, done.rank) == (case_closed().case_id, rank_of(case_closed().at))
    without = JIANGXI.model_copy(update={"positions": None})
    assert notification_rules.position_submitted(position, Term.from_event(a_term(), without)) == Notifications(())


def test_a_case_that_nobody_complained_about_has_no_complainant_to_tell() -> None:
    event = case_closed().model_copy(update={"complainant": None})
    assert [notification.kind for notification in notified(event).new] == ["case.closed", "case.closed.teacher"]


@pytest.mark.feature("JX-08")
def test_the_student_is_told_when_a_case_is_to_be_handled_and_by_whom() -> None:
    def next_step(**changed: Any) -> Any:
        stages = (JIANGXI.cases.stages[0].model_copy(update=changed), *JIANGXI.cases.stages[1:])
        scheme = JIANGXI.model_copy(update={"cases": JIANGXI.cases.model_copy(update={"stages": stages})})
        return notification_rules.case_opened(case_opened(), Term.from_event(a_term(), scheme)).new[0].facts["next"]

    assert next_step() == "请在公示结束后处理"
    assert next_step(operation=None) == next_step(operation="report") == "请及时处理"
    assert next_step(actor="class_teacher") == "将由班主任处理，结果会另行通知"
    assert next_step(actor="auditor@level") == "将进入“学生处理”环节，结果会另行通知"
    none = JIANGXI.model_copy(update={"cases": JIANGXI.cases.model_copy(update={"entries": ()})})
    assert notification_rules.case_opened(case_opened(), Term.from_event(a_term(), none)).new[0].facts["next"] is None


def test_many_make_one_title_and_what_is_empty_leaves_its_clause_out() -> None:
    values = {"title": "甲", "student_name": "李晓雨", "record": "写实记录"}
    assert texts.say("record.review", values, 12)[0] == "待审核写实记录 12 条"
    assert texts.say("record.approved", values, 2)[0] == "2 条写实记录已审核通过"
    assert texts.say("record.approved", values, 1)[0] == "写实记录已审核通过：甲"
    assert texts.say("record.approved", {"title": "甲"}, 2)[0] == "2 条记录已审核通过", "a message from before words were asked"
    assert texts.say("record.voided", {"title": "甲", "reason": "不实。 \n"})[1] == "《甲》不再计入综合素质评价。理由：不实。"
    for empty in ({"reason": None}, {"reason": ""}):
        assert texts.say("record.voided", {"title": "甲"} | empty)[1] == "《甲》不再计入综合素质评价。"
    assert texts.say("webhook.disabled", {"title": "接口", "failures": 9, "error": "超时。"}) == (
        "回调已停用：接口",
        "回调“接口”连续 9 次未能送达（超时），已停用。请检查后重新启用。",
    )
    assert texts.say("record.returned", {"title": None, "reason": "甲", "note": None})[0] == "记录被退回："
    with pytest.raises(KeyError):
        texts.say("unheard", {})
    at = datetime(2026, 6, 20, 10, 5, tzinfo=UTC)
    assert texts.moment(at, ZoneInfo("Asia/Shanghai")) == "2026年6月20日 18:05"
    assert list(texts.OUTCOMES.values()) == ["记录保留", "按修改后的内容保留", "记录不计入评价", "记录作废"]


def test_a_card_holds_these_addresses_and_moments_are_ordered() -> None:
    card = an_actor("class_teacher", CLASS, students=(STUDENT,))
    places = CLASS.split(".")
    assert addresses_of(card, "m") == [
        f"account:{card.account_id}", "mark:m", f"student:{STUDENT}", f"class_class_teacher@{CLASS}", f"class_teacher@{CLASS}",
        *(f"everyone@{'.'.join(places[:n])}" for n in range(len(places), -1, -1)),
    ]  # fmt: skip
    at = datetime(2026, 6, 1, tzinfo=UTC)
    assert place_at(at) == UUID(int=(int(at.timestamp() * 1000) << 80) | (7 << 76) | (2 << 62))
    assert place_at(datetime(1969, 1, 1, tzinfo=UTC)).int >> 80 == 0
    assert rank_of(at + timedelta(microseconds=1)) - rank_of(at) == 1


@pytest.mark.parametrize("party", ["student", "author", "guardian", "complainant"])
def test_a_party_of_a_case_is_told_of_each_turn_and_staff_get_one_to_do(party: str) -> None:
    [notification] = notified(case_moved(party, "处理")).new
    assert (notification.kind, notification.folds, notification.thing) == ("case.turn", False, None)


@pytest.mark.feature("X-15")
def test_families_read_that_they_may_object_to_a_result_where_it_is_published() -> None:
    result = StudentResult(student_id=STUDENT, grades=(), total=None, band=None)
    event = ScoresLockedV1(term_id=TERM, path=CLASS, title="第二学期", version=3, at=datetime.now(UTC))
    [quiet] = notification_rules.scores_locked(event).new
    [published] = notification_rules.scores_locked(event.model_copy(update={"results": (result,)})).new
    assert "异议" not in texts.say(quiet.kind, quiet.facts)[1]
    assert texts.say(published.kind, published.facts)[1] == (
        "第二学期的综合素质评价结果已审核、锁定，可以查看。结果将公示，如有异议，请在公示期内提出。"
    )
