"""Who may call: rules and cards, without HTTP."""

import pytest
from contracts.base import Role
from servicekit.auth import ANY_CARD, SIGNED_IN, may
from servicekit.testing import an_actor


def test_an_operator_is_let_in_only_where_the_rule_says_so() -> None:
    operator = an_actor("operator", "")
    assert not SIGNED_IN.admits(operator)
    assert not may("administrator", "class_teacher").admits(operator)
    assert ANY_CARD.admits(operator)
    assert may("operator").admits(operator)


@pytest.mark.parametrize("role", ["administrator", "principal", "class_teacher"])
def test_other_cards_are_let_in_where_any_is(role: Role) -> None:
    actor = an_actor(role, "jx.nc.dh.s1")
    assert SIGNED_IN.admits(actor)
    assert ANY_CARD.admits(actor)
    assert not may("operator").admits(actor)
