"""Archive asks its terms' timetable: for the last term, and on the school's clock (CS-01, X-13)."""

import json
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from archive.app import SERVICE
from contracts.identity import StudentsEnrolledV1
from servicekit.testing import a_service, a_student, schemes_for_the_last_term

from .school import KEY, PUBLIC_ENDS, SCHOOL, SELF_TEXT, WRITING, a_term, an_enrolment


@pytest.mark.feature("CS-01", "JX-12", "X-13")
async def test_what_belongs_to_the_last_term_is_open_in_no_other_and_is_told_on_the_schools_clock(
    parts: Any, tmp_path: Path
) -> None:
    schemes = schemes_for_the_last_term(tmp_path, "jiangxi", "self_evaluate")
    async with a_service(SERVICE, parts, storage=True, archive_key=json.dumps(KEY), schemes=schemes) as kit:
        pupil = an_enrolment(0)
        early, last = a_term(), a_term(school_year="2027-2028", number=2, time_zone="Asia/Urumqi")
        for event in (StudentsEnrolledV1(school=SCHOOL, students=(pupil,)), early, last):
            await kit.receive(event)
        me = kit.as_(a_student(pupil.path, pupil.student_id))

        async def write(term: Any) -> Any:
            return await me.put("/evaluations/self", {"term_id": str(term.term_id), "text": SELF_TEXT})

        kit.at(WRITING)
        no = await write(early)
        assert (no.code, no.json["reason"], no.json["help"]) == ("window_closed", "not_this_term", "请联系班主任")
        kit.at(PUBLIC_ENDS + timedelta(days=10))
        assert (await write(last)).json["detail"] == "“学期自评”已于2027-01-20 06:00结束", "two hours behind Beijing"
        kit.at(WRITING)
        assert (await write(last)).status == 200
