"""Ids that sort by the time they were made."""

from uuid import RFC_4122

from servicekit.ids import new_id


def test_ids_are_uuid7_all_different_and_in_the_order_they_were_made() -> None:
    made = [new_id() for _ in range(20_000)]
    assert made == sorted(made)
    assert len(set(made)) == len(made)
    assert {(one.version, one.variant) for one in made} == {(7, RFC_4122)}
