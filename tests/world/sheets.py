"""The timetables of Baoshan's source as a workbook (SH-01)."""

from io import BytesIO

from openpyxl import Workbook

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
HEADINGS = ("阶段", "开始时间", "结束时间", "操作对象", "操作要求")


def the_source_as_a_workbook() -> bytes:
    """附件1 and 附件2 with their dates; phases and times are merged over the rows of their actors."""
    book = Workbook()
    assert book.active is not None
    book.remove(book.active)
    for title, grades, handled, filed in (
        ("附件1", "九年级", "2022年4月12日（星期二）16点", True),
        ("附件2", "六年级、七年级、八年级", "2022年5月27日（星期五）16点", False),
    ):
        phases = [
            ("填报准备", "2022年2月28日（星期一）8点", "2022年3月14日（星期一）8点",
             ("校级管理员", "校级管理员\n\n校级录入员")),
            ("填报阶段", "2022年2月28日（星期一）8点", "2022年3月21日（星期一）16点",
             ("校级录入员", "区级录入员", f"2021学年第一学期{grades}在籍学生", f"2021学年第一学期{grades}班主任")),
            ("确认阶段", "2022年3月22日（星期二）8点", "2022年3月28日（星期一）16点", (f"{grades}在籍学生",)),
            ("确认阶段", "2022年3月22日（星期二）8点", "2022年3月29日（星期二）16点", ("校级录入员", "区级录入员")),
            ("公示阶段", "2022年3月30日（星期三）8点", "2022年4月7日（星期四）16点", (f"{grades}在籍学生",)),
            ("问题处理阶段", "2022年3月30日（星期三）8点（注：公示阶段出现申诉数据后，即可开始问题处理）", handled,
             (f"校级录入员、审核员，{grades}在籍学生，区级录入员、审核员，市级各相关处室审核员、录入员",)),
        ]  # fmt: skip
        if filed:
            phases.append(
                (
                    "归档签字\n\n阶段",
                    "2022年4月13日（星期三）8点",
                    "2022年5月10日（星期二）16点",
                    (f"{grades}学生及其家长，\n校长",),
                )
            )
        sheet = book.create_sheet(title)
        sheet.append([f"2021学年第一学期{grades}学生综合素质评价信息记录工作安排"])
        sheet.append(HEADINGS)
        for phase, starts, ends, actors in phases:
            first = sheet.max_row + 1
            for number, actor in enumerate(actors):
                sheet.append([*((phase, starts, ends) if number == 0 else (None,) * 3), actor, "见正文"])
            for column in "ABC" if len(actors) > 1 else "":
                sheet.merge_cells(f"{column}{first}:{column}{sheet.max_row}")
    out = BytesIO()
    book.save(out)
    return out.getvalue()
