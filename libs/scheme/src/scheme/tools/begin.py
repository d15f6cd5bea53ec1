"""The beginning of a new scheme: a file with comments that the checker accepts, from the answers to a few questions. Pure."""

from dataclasses import dataclass

_STAGES = {"primary": (6, 1), "junior_secondary": (3, 7), "senior_secondary": (3, 10), "vocational": (3, 10)}
"""Of each stage the usual number of years and the first grade."""


@dataclass(frozen=True)
class Answers:
    """What a new scheme begins with. dimensions: Chinese titles. review: by the class teacher. publicity: for how many working
    days records are published; 0: not at all. complaints: about what is published. comment: the class teacher's, each term."""

    id: str
    title: str
    authority: str
    stage: str = "junior_secondary"
    version: str = "2026.1"
    dimensions: tuple[str, ...] = ("思想品德", "学业水平", "身心健康", "艺术素养", "社会实践")
    review: bool = True
    publicity: int = 5
    complaints: bool = True
    comment: bool = True


def begin(answers: Answers) -> str:
    """The text of the file."""
    years, first = _STAGES[answers.stage]
    public, disputed = answers.publicity > 0, answers.publicity > 0 and answers.complaints
    parts = [
        f"""\
# yaml-language-server: $schema=../scheme.schema.json
# {answers.title}。写法见 docs/schemes.md；改完运行 zp scheme check schemes/{answers.id}/{answers.version}.yaml
# 行首或空格之后的 # 号后面是说明，系统不读。标识（id）用小写英文，启用后不要改变含义。
id: {answers.id}
version: "{answers.version}"
title: {answers.title}
# 学段：primary 小学，junior_secondary 初中，senior_secondary 高中，vocational 中职；有几种学制时在 lengths 里逐一写
school_stages:
  - {{id: {answers.stage}, terms_per_year: 2, lengths: [{{years: {years}, first_grade: {first}}}]}}
authority: {{name: {answers.authority}}}

# 共用的写法：&名称 定义，*名称 引用
shared:
  record: &record
    title_field: name
    date_field: held_on
    entry_roles: [student, guardian] # 谁可以填报
    form:
      fields: # 表单；listed 在列表中显示，public 公示时可见
        - {{id: name, title: 名称, type: text, required: true, max_length: 60, listed: true, public: true, example: 志愿服务}}
        - {{id: held_on, title: 日期, type: date, required: true, not_future: true, listed: true, public: true}}
        - {{id: account, title: 过程与收获, type: long_text, required: true, min_length: 20, max_length: 500, public: true}}
    evidence: {{min: 1, max: 9, types: [image, pdf]}} # 佐证材料的份数
"""
    ]
    if answers.review:
        parts.append("    review: {steps: [{id: class_teacher, title: 班主任审核, role: class_teacher, operation: review}]}\n")
    if not public:
        parts.append("    publicity: {trigger: none}\n    archive: on_approval # 不公示，审核通过即归档\n")
    may = ["help_accounts", "help_families", "see_students", "see_records", "see_progress", "oversee", "take_archives"]
    may += ["review"] * answers.review + ["evaluate"] * answers.comment + ["see_board"] * public + ["decide_cases"] * disputed
    school = (
        "create_organisations, grant_staff, manage_accounts, help_accounts, read_audit, see_students, see_records, "
        "move_students, import_roster, see_progress, oversee, help_families, correct_students, plan_terms, preview_archives, "
        f"seal, take_archives, correct_archives{', see_board' if public else ''}{', decide_cases' if disputed else ''}"
    )
    parts.append(f"""
# 角色：at 任职层级；may 可以做什么（zp scheme explain 会用中文列出）
roles:
  - {{id: student, title: 学生, at: class}}
  - {{id: guardian, title: 家长, at: class}}
  - {{id: class_teacher, title: 班主任, at: class, may: [{", ".join(may)}]}}
  - {{id: school_administrator, title: 学校管理员, at: school, may: [{school}]}}

# 评价维度与类别。每个类别至少一种；表单不同时，把 *record 换成自己的写法
dimensions:
""")
    for number, title in enumerate(answers.dimensions, 1):
        parts.append(f"""\
  - id: dimension_{number}
    title: {title}
    kinds: [{{id: activity_{number}, title: {title}活动, <<: *record}}]
""")
    parts.append("""
profile:
  form:
    fields:
      - {id: name, title: 姓名, type: text, required: true, max_length: 40}
      - {id: registry_number, title: 学籍号, type: text, required: true, max_length: 30}

# 时间安排：operations 可做的事，window 见 scheme.schema.json；helper 不能做时找谁；usual 一般学期的默认时间（开学第几天）
timing:
""")
    parts.append(f"  min_publicity_working_days: {answers.publicity}\n" + "  publicity_operation: publicity\n" * public)
    parts.append("  operations:\n    - {id: report, title: 填报, roles: [student, guardian], helper: class_teacher}\n")
    usual = ["{operation: report, from_day: 0, to_day: 90}"]
    if answers.review:
        parts.append("    - {id: review, title: 审核, roles: [class_teacher], helper: school_administrator}\n")
        usual.append("{operation: review, from_day: 0, to_day: 95}")
    if public:
        everyone = "student, guardian, class_teacher, school_administrator"
        parts.append("    - {id: select, title: 遴选公示, roles: [student], helper: class_teacher}\n")
        parts.append(f"    - {{id: publicity, title: 公示, roles: [{everyone}], helper: school_administrator}}\n")
        usual += ["{operation: select, from_day: 80, to_day: 96}"]
        usual += [f"{{operation: publicity, from_day: 98, to_day: {98 + answers.publicity + answers.publicity // 5 * 2 + 2}}}"]
    if disputed:
        parts.append("""\
    - {id: complain, title: 质疑, roles: [student, guardian], window: none, during: publicity, helper: class_teacher}
    - id: handle_case
      title: 处理质疑
      roles: [class_teacher, school_administrator]
      window: optional
      not_before: publicity.starts
      helper: school_administrator
""")
    if answers.comment:
        parts.append(
            "    - {id: comment, title: 写评语, roles: [class_teacher], window: optional, helper: school_administrator}\n"
        )
    if public:
        later = "review.ends" if answers.review else "report.ends"
        parts.append(
            f"  precedences:\n    - {{earlier: {later}, later: publicity.starts, says: 填报与审核应在公示开始之前结束}}\n"
        )
    parts.append("  usual:\n" + "".join(f"    - {one}\n" for one in usual))
    parts.append("""
return_reasons:
  - {id: untrue, title: 内容与事实不符, note: true} # note 须写说明
  - {id: incomplete, title: 内容不完整}
""")
    if public:
        parts.append("""
# 公示栏：谁能看到什么；scope 范围：own 本人，class 班级，grade 年级，school 学校
board:
  operation: publicity
  rules:
    - {role: student, scope: school, shows: &shown [student_name, class, kind, title, dates, fields, evidence]}
    - {role: guardian, scope: school, shows: *shown}
    - {role: class_teacher, scope: school, shows: *shown}
    - {role: school_administrator, scope: school, shows: *shown}
""")
    if disputed:
        parts.append("""
# 质疑：entries 从哪个环节开始，stages 每个环节由谁处理、期限多长、可以怎么处理
cases:
  types:
    - id: complaint
      title: 质疑
      operation: complain
      against: published
      opened_by: [student, guardian]
      reasons: [{id: untrue, title: 内容不实}, {id: other, title: 其他}]
      text: {min: 5, max: 300}
  entries:
    - {type: complaint, stage: first}
  stages:
    - id: first
      title: 班主任处理
      actor: class_teacher
      operation: handle_case
      deadline: {after: P3D} # 3天；到期只标为逾期
      actions:
        - {id: uphold, title: 质疑成立，作废记录, leads_to: second, proposes: void, needs: [text]}
        - {id: reject, title: 质疑不成立，维持记录, leads_to: second, proposes: keep, needs: [text]}
    - id: second
      title: 学校复核
      actor: school_administrator
      operation: handle_case
      deadline: {after: P3D}
      actions:
        - {id: agree, title: 同意, outcome: proposed}
        - {id: disagree, title: 退回重新处理, leads_to: first, needs: [text]}
""")
    if answers.comment:
        parts.append("""
evaluations:
  - {id: teacher_comment, title: 班主任评语, by: [class_teacher], about: student, operation: comment, text: {min: 10, max: 300}}
""")
    comments = "      - {id: evaluations, title: 评语, source: evaluations}\n" if answers.comment else ""
    parts.append(f"""
result: {{type: none}} # none 不评结果；verdict 合格与否；scored 计分

archives:
  term:
    title: 学期档案
    sections:
      - {{id: profile, title: 基本信息, source: profile}}
      - {{id: records, title: 写实记录, source: records}}
{comments}
# 验证用例：谁在何时做什么、应得什么结果；zp scheme check 会逐条运行
examples:
  - says: 学生在填报期内可以填报
    role: student
    operation: report
    first_day: 2026-09-01 # 开学日期；时间按上面的 usual 推算
    at: "2026-09-10 10:00"
    allowed: true
  - {{says: 佐证材料不能少, kind: activity_1, role: student, files: 0, values: {{name: 志愿服务}}, refused: 至少上传1份}}
""")
    return "".join(parts)
