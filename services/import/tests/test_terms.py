"""Imports ask their term's timetable: for the last term, and on the school's clock (CS-01, X-13)."""

from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from contracts.records import TermScheduledV1
from importer.actions.context import ImportContext
from importer.app import SERVICE
from importer.domain.definition_from_scheme import definition_of
from importer_builders import CLASS, NOW, SEAL_KEY, a_term, a_window
from scheme import Schemes
from servicekit.directory import Term
from servicekit.testing import a_service, an_actor, schemes_for_the_last_term


@pytest.mark.feature("CS-01", "X-12", "X-13")
async def test_what_belongs_to_the_last_term_is_open_in_no_other_and_is_told_on_the_schools_clock(
    parts: Any, tmp_path: Path
) -> None:
    schemes = schemes_for_the_last_term(tmp_path, "jiangxi", "import")
    async with a_service(SERVICE, parts, storage=True, seal_key=SEAL_KEY, schemes=schemes) as kit:
        kit.at(NOW)
        early = a_term()
        last = a_term(school_year="2027-2028", number=2, time_zone="Asia/Urumqi")
        for term in (early, last):
            await kit.receive(term)

        async def offered(term: TermScheduledV1) -> Any:
            teacher = kit.as_(an_actor("class_teacher", CLASS))
            types = (await teacher.get("/types", term_id=term.term_id)).json["items"]
            return next(one for one in types if one["type"] == "exam_scores")

        assert (await offered(early))["closed"] == "本学期没有“写实导入”"
        assert (await offered(last))["open"] is True
        kit.at(NOW + timedelta(days=4))
        assert (await offered(last))["closed"] == "“写实导入”已于2026-11-05 10:00结束", "two hours behind Beijing"


@pytest.mark.feature("CS-01", "X-12", "X-13")
async def test_an_import_of_another_term_than_the_last_can_no_longer_be_undone(tmp_path: Path) -> None:
    """Where no publicity follows, undoing asks for the window, and that for the last term and the day at the school."""
    schemes = Schemes(schemes_for_the_last_term(tmp_path, "jiangxi", "import"))
    scheme = schemes.latest("jiangxi")
    definition = definition_of(scheme, "exam_scores", "class_teacher")
    windows = (a_window("import", NOW - timedelta(days=1), 5),)
    deps: Any = SimpleNamespace(now=lambda: NOW)

    def context(**changed: Any) -> ImportContext:
        term = Term.from_event(a_term(windows=windows, **changed), scheme)
        return ImportContext(definition, CLASS, "class_teacher", term)

    assert context().undo_locked(deps)
    assert not context(school_year="2027-2028", number=2).undo_locked(deps)
    late = datetime(2026, 11, 1, 17, tzinfo=UTC)
    assert [context(time_zone=zone).term.today(late).day for zone in ("Asia/Shanghai", "Asia/Urumqi")] == [2, 1]
