"""Steps 5 and 6: selecting records, reading the board, complaints, and deciding the cases."""

from functools import partial
from typing import Any

from demo import sample_files, stories
from demo.client import Refused, User
from demo.live import Received, listening
from demo.scale import each, step, until
from demo.steps import report, timetable
from demo.world import Campus, Pupil, World, hours, now

ENDS = ("amended", "kept", "returned_again", "voided")


async def select(world: World) -> None:
    """Each student selects up to four of their eligible records."""
    await until("审核通过的记录进入遴选", lambda: _eligible(world), 120 + len(world.pupils))
    reported = {kind["id"] for kind in world.kinds("reported")}

    async def pick(item: tuple[Campus, Pupil]) -> None:
        campus, pupil = item
        mine = await pupil.user.everything("/publicity/entries", term_id=campus.term["id"], state="eligible")
        ids = [entry["entry_id"] for entry in mine if entry["kind"] in reported][:4]
        if ids:
            await pupil.user.post("/publicity/selections", {"entry_ids": ids})
        world.counts["selected"] += len(ids)

    await each("学生遴选公示记录", world.members, pick)


async def _eligible(world: World) -> bool | None:
    """True if publicity has an entry for every approved record."""
    reported = {kind["id"] for kind in world.kinds("reported")}
    for campus, school_class in world.school_classes:
        query = {"term_id": campus.term["id"], "limit": 200}
        approved = await school_class.teacher.everything("/records/records", state="approved", origin="reported", **query)
        entries = await school_class.teacher.everything("/publicity/entries", **query)
        if sum(entry["kind"] in reported for entry in entries) < len(approved):
            return None
    return True


async def open_publicity(world: World) -> None:
    """Open the publicity windows; classmates read the board."""
    for campus in world.campuses:
        opens = now()
        await timetable.change_timetable(
            campus, timetable.windows(opens - hours(2), opens, opens + hours(24)), "公示提前开始（演示）"
        )
    for campus in world.campuses:
        await until(f"{campus.plan.title} 公示栏开放", partial(board, campus, campus.pupils[0].user))
    readers = [(campus, pupil) for campus in world.campuses for pupil in campus.pupils[::5]]

    async def read_board(item: tuple[Campus, Pupil]) -> None:
        campus, pupil = item
        entries = await board(campus, pupil.user)
        world.expect(bool(entries), f"nobody on the board for {pupil.path}")
        if entries:
            entry = await pupil.user.get(f"/publicity/board/{entries[-1]['entry_id']}")
            world.expect("id_number" not in str(entry), "the board shows an id number")
        world.counts["board_looks"] += 1

    await each("浏览公示栏", readers, read_board)
    await _check_other_school_is_hidden(world)


async def board(campus: Campus, user: User) -> list[dict[str, Any]] | None:
    """What the user sees on the board; None while it is not open."""
    try:
        page = await user.get("/publicity/board", term_id=campus.term["id"])
    except Refused as refused:
        if refused.code in ("window_closed", "not_found"):
            return None
        raise
    return page["items"] or None


async def _check_other_school_is_hidden(world: World) -> None:
    """Records of another school are answered with `not_found`."""
    first_school, other_school = world.campuses
    other_teacher = other_school.school_classes[0].teacher
    entry = (await first_school.pupils[0].user.get("/publicity/entries", term_id=first_school.term["id"]))["items"][0]
    for path in (f"/publicity/board/{entry['entry_id']}", f"/records/records/{entry['record_id']}"):
        await world.expect_refusal(other_teacher.get(path), f"{path} asked for by a stranger", 404)
        world.counts["strangers_refused"] += 1


async def complain(world: World) -> None:
    """File complaints with attachments; those concerned are notified live. Then close publicity."""
    campus = world.campuses[0]
    target = campus.school_classes[0].pupils[0]
    assert target.guardian is not None
    async with listening(target.user, target.guardian, campus.school_classes[0].teacher) as streams:
        await each("提出质疑", range(12), lambda number: _must_complain(world, campus, number), at_once=4)
        await until("学生、家长、教师实时收到通知", lambda: _all_received(streams), seconds=30)
    world.counts["live_messages"] += sum(len(stream.messages) for stream in streams)
    for user in (target.user, target.guardian, campus.school_classes[0].teacher):
        inbox = await user.get("/notify/messages")
        world.expect(bool(inbox["items"]), f"{user.name} has an empty inbox")
    await _no_second_complaint(world, campus)
    async with step("公示结束"):
        for campus in world.campuses:
            await timetable.change_timetable(
                campus, timetable.windows(now() - hours(4), now() - hours(2), now()), "公示提前结束（演示）"
            )


async def _must_complain(world: World, campus: Campus, number: int) -> None:
    world.expect(await complain_about(world, campus, number), f"nothing for complaint {number} on the board")


async def _all_received(streams: list[Received]) -> bool | None:
    return all(stream.messages for stream in streams) or None


def _complainant_and_author(campus: Campus, number: int) -> tuple[User, Pupil]:
    """(complainant, author): classmates, guardians and teachers complain about different pupils of the first class."""
    school_class = campus.school_classes[0]
    pupils = school_class.pupils
    author = pupils[number % len(pupils)]
    other = pupils[(number + 1) % len(pupils)]
    choices = (other.user, other.guardian or other.user, campus.staff.get("任课教师", school_class.teacher))
    return choices[number % 3], author


async def _board_entries_of(by: User, campus: Campus, author: Pupil) -> list[dict[str, Any]]:
    items = await by.everything("/publicity/board", term_id=campus.term["id"], path=author.path)
    return sorted((i for i in items if i["student_id"] == author.student_id), key=lambda item: str(item["entry_id"]))


async def complain_about(world: World, campus: Campus, number: int) -> bool:
    """One complaint: the number decides who complains about whom. False if nothing of that pupil is shown."""
    return await file_complaint(world, campus, number, *_complainant_and_author(campus, number))


async def file_complaint(world: World, campus: Campus, number: int, by: User, author: Pupil) -> bool:
    """One complaint with a photo about what is shown of `author`. False if nothing is. `number`: which text and photo."""
    entries = await _board_entries_of(by, campus, author)
    if not entries:
        return False
    entry = entries[0]
    photo = sample_files.photograph(10**7 + number, author.plan.name, "质疑佐证")
    file_id = await by.send_file("/publicity/case-files", f"现场照片{number}.jpg", "image/jpeg", photo)
    body = {
        "entry_id": entry["entry_id"],
        "complaint_type": "untrue",
        "text": stories.COMPLAINTS[number % len(stories.COMPLAINTS)],
        "files": [file_id],
    }
    await by.post("/publicity/cases", body)
    world.counts["complaints"] += 1
    return True


async def _no_second_complaint(world: World, campus: Campus) -> None:
    by, author = _complainant_and_author(campus, 0)
    entries = await _board_entries_of(by, campus, author)
    body = {"entry_id": entries[0]["entry_id"], "complaint_type": "untrue", "text": "再次质疑同一条记录。", "files": []}
    await world.expect_refusal(by.post("/publicity/cases", body), "a second complaint of the same person", 409)
    world.counts["second_complaints_refused"] += 1


async def decide_cases(world: World) -> None:
    """Decide all cases (student, class teacher, administrator): kept, amended, returned again, or voided."""
    campus = world.campuses[0]
    authors = list(
        {author.student_id: author for author in (_complainant_and_author(campus, n)[1] for n in range(12))}.values()
    )
    await until("质疑转入处理", lambda: _at_students(campus, authors))
    plans = {author.student_id: ENDS[n % len(ENDS)] for n, author in enumerate(authors)}
    await each("学生处理质疑", authors, lambda a: _handle(world, a, plans[a.student_id] == "amended"))
    teacher = campus.school_classes[0].teacher
    again = {student for student, plan in plans.items() if plan == "returned_again"}
    waiting = await until("班主任待审核", lambda: _waiting(teacher, campus, len(authors)))
    back = [case for case in waiting if case["student_id"] in again]
    await _bulk(world, teacher, [c for c in waiting if c not in back], "agree")
    for case in back:
        body = {"action": "disagree", "reason_code": "explanation_weak", "text": "请补充说明活动时间和地点。"}
        await teacher.post(f"/publicity/cases/{case['case_id']}/actions", body)
        world.counts["cases_returned_again"] += 1
    await each("学生再次处理", [a for a in authors if a.student_id in again], lambda a: _handle(world, a, False))
    if back:
        await _bulk(world, teacher, await until("班主任再次审核", lambda: _waiting(teacher, campus, len(back))), "agree")
    administrator = campus.administrator
    last = await until("校管理员待复核", lambda: _waiting(administrator, campus, len(authors)))
    void = [case for case in last if plans[case["student_id"]] == "voided"]
    await _bulk(world, administrator, [c for c in last if c not in void], "agree")
    await _bulk(world, administrator, void, "disagree", reason_code="untrue", text="经核实与事实不符。")
    world.counts["cases_voided"] += len(void)
    world.counts["cases_amended"] += sum(plan == "amended" for plan in plans.values())
    world.counts["cases_kept"] += sum(plan in ("kept", "returned_again") for plan in plans.values())
    await until("全部质疑办结", lambda: _closed(campus, administrator))


async def _at_students(campus: Campus, authors: list[Pupil]) -> bool | None:
    for author in authors:
        page = await author.user.get("/publicity/cases", term_id=campus.term["id"], waiting="true")
        if not page["items"]:
            return None
    return True


async def _handle(world: World, author: Pupil, amend: bool) -> None:
    page = await author.user.get("/publicity/cases", waiting="true")
    for case in page["items"]:
        if amend:
            record = await _amending(author, case["record_id"])
            body = report.content_of(record)
            if "place" in body["data"]:
                body["data"]["place"] = "学校图书馆二楼"
            await author.user.put(f"/records/records/{case['record_id']}/amendment", body, version=record["version"])
            await _amended(author, case["case_id"])
            world.counts["amendments"] += 1
        else:
            text = "活动当天我全程参加，有签到表和照片为证，请老师核实。"
            await author.user.post(f"/publicity/cases/{case['case_id']}/actions", {"action": "insist", "text": text})


async def _amending(author: Pupil, record_id: str) -> dict[str, Any]:
    async def amending() -> dict[str, Any] | None:
        record: dict[str, Any] = await author.user.get(f"/records/records/{record_id}")
        return record if record["state"] == "amending" else None

    return await until("记录可以修改", amending, 60)


async def _amended(author: Pupil, case_id: str) -> None:
    """Send the action `amend`; retried until publicity has received the amendment from records."""

    async def amended() -> bool | None:
        try:
            await author.user.post(f"/publicity/cases/{case_id}/actions", {"action": "amend"})
        except Refused as refused:
            if refused.code != "amendment_missing":
                raise
            return None
        return True

    await until("质疑已修改", amended, 60)


async def _waiting(user: User, campus: Campus, minimum: int) -> list[dict[str, Any]] | None:
    found = await user.everything("/publicity/cases", term_id=campus.term["id"], waiting="true")
    return found if len(found) >= minimum else None


async def _bulk(world: World, user: User, cases: list[dict[str, Any]], action: str, **more: str) -> None:
    if not cases:
        return
    done = await user.post("/publicity/case-actions", {"case_ids": [c["case_id"] for c in cases], "action": action, **more})
    refused = [r for r in done["results"] if not r["ok"]]
    world.expect(not refused, f"bulk {action} refused {refused}")
    world.counts["case_decisions"] += len(done["results"]) - len(refused)


async def _closed(campus: Campus, administrator: User) -> bool | None:
    page = await administrator.get("/publicity/cases", term_id=campus.term["id"], state="open", waiting="false")
    return True if not page["items"] else None
