"""One school term through the gateway: what the demonstration did, checked rule by rule."""

import pytest
from demo.world import World

from tests.world.build import STUDENTS


@pytest.mark.feature("X-13")
async def test_the_whole_term_goes_through_without_an_error(world: World) -> None:
    assert world.problems == []
    assert world.gateway.faults == []


@pytest.mark.feature("JX-16", "CS-13", "NR-01")
async def test_everybody_signs_in_with_a_slip_and_takes_a_card(world: World) -> None:
    assert world.counts["students"] == world.counts["guardians"] == STUDENTS
    assert world.counts["cards"] == 2 * STUDENTS
    assert world.counts["slip_pdfs"] == sum(len(campus.school_classes) for campus in world.campuses)


@pytest.mark.feature("JX-02", "JX-03", "JX-04")
async def test_records_are_reported_in_all_dimensions_reviewed_returned_and_mended(world: World) -> None:
    assert world.counts["reported"] == 5 * STUDENTS == world.counts["evidence_files"]
    assert world.counts["returned"] == world.counts["mended"] > 0
    assert world.counts["approved"] == world.counts["reported"]


@pytest.mark.feature("JX-05", "JX-06", "X-12")
async def test_five_kinds_are_imported_and_a_broken_workbook_changes_nothing(world: World) -> None:
    assert world.counts["imported"] == world.counts["confirmed"] >= 8 * STUDENTS
    assert world.counts["broken_workbooks_returned"] == 1
    assert world.counts["cells_explained"] >= 4


@pytest.mark.feature("JX-07", "JX-08", "JX-09", "JX-10", "X-08")
async def test_what_was_selected_is_shown_objected_to_and_decided(world: World) -> None:
    assert world.counts["selected"] > 3 * STUDENTS
    assert world.counts["complaints"] == 12
    assert world.counts["live_messages"] >= 3
    for end in ("kept", "amended", "returned_again", "voided"):
        assert world.counts[f"cases_{end}"] > 0, end


@pytest.mark.feature("JX-11")
async def test_positions_are_declared_and_passed(world: World) -> None:
    assert world.counts["positions"] == world.counts["positions_approved"] > 0
    assert world.counts["positions_returned"] == world.counts["positions_mended"]


@pytest.mark.feature("JX-12", "JX-13", "X-10")
async def test_every_student_gets_an_archive_that_can_be_proved(world: World) -> None:
    assert world.counts["self_evaluations"] == world.counts["teacher_comments"] == STUDENTS
    assert world.counts["term_archives"] == STUDENTS
    assert world.counts["merkle_roots"] == 2
    assert world.counts["verified_offline"] == world.counts["verification_pages"] == 6
    assert world.counts["career_archives"] > 0
