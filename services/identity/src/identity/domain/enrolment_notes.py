"""What the statement says of data that are under way, of schemes that differ, and of a year that is repeated (BJ-04). Pure."""

from scheme import Scheme

from identity.domain.enrolment_applications import Application

_REPEATED = {"last": "重读的一次", "first": "第一次"}


def notes(application: Application, here: Scheme, there: Scheme | None) -> tuple[str, ...]:
    """Sentences for both schools. there: the scheme of the receiving school; None: there is none.

    What was begun in a term ends by the scheme of that term, also where the receiving school has another one.
    """
    effect = application.effect
    found: list[str] = []
    if there is not None:
        found.append("草稿、待审核的记录、公示和未办结的质疑申诉、未签的确认单都随学生转接，由接收学校的相应人员接着办理。")
        if (there.id, there.version) != (here.id, here.version):
            found.append(
                f"两校的评价方案不同：已开始的学期按原方案（{here.title} {here.version}）办结、评定和归档，"
                f"接收学校的学期执行本校方案（{there.title} {there.version}）。"
            )
    if effect == "borrow":
        found.append("借读期间由借读学校评价和审核，结果和档案归入学籍学校，学籍学校可以随时查阅；借读结束后回到学籍学校。")
    if effect == "return":
        found.append("借读结束：借读期间的结果和档案已归入学籍学校，未办结的数据随学生回到学籍学校接着办理。")
    if effect == "grade_down":
        found.append(f"重读学年的结果以{_REPEATED[here.enrolment.repeated_year]}为准，另一次的学期档案照旧保存。")
    if effect == "suspend":
        found.append("休学期间不要求填报，不计入完成率和各项比例；复学后接着办理。")
    return tuple(found)
