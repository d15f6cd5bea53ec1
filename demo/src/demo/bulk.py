"""A workbook as large as a school: for measuring imports, not for looking at."""

import io
from collections.abc import Sequence

from openpyxl import Workbook

SHEET = "考试成绩"
SUBJECTS = ("语文", "数学", "英语", "物理", "化学", "生物", "思想政治", "历史", "地理", "信息技术")
HEADINGS = ("序号", "学籍号", "姓名", "班级", "考试", "科目", "成绩", "满分", "学分", "备注")


def scores(pupils: Sequence[tuple[str, str, str]], rows: int, *, turn: int = 0) -> bytes:
    """A workbook of 考试成绩 (import type `exam_scores`) of so many rows × 10 columns, a row per pupil and subject.

    `pupils` are (registry number, name, class title), one for each ten rows; another `turn` means other scores of the
    same pupils. The column 序号 is nobody's: it is read over with a warning.
    """
    if len(pupils) * len(SUBJECTS) < rows:
        raise ValueError(f"{rows} rows take {-(-rows // len(SUBJECTS))} pupils")
    book = Workbook(write_only=True)
    sheet = book.create_sheet(SHEET)
    sheet.append(HEADINGS)
    for at in range(rows):
        number, name, room = pupils[at // len(SUBJECTS)]
        score = 60 + (at + turn) % 40 + 0.5
        subject = SUBJECTS[at % len(SUBJECTS)]
        sheet.append((at + 1, number, name, room, "期末考试", subject, score, 150, 2, f"备注{at % 7}"))
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()
