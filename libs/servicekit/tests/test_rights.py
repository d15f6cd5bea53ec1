"""Who may call: rules and cards, without HTTP."""

from dataclasses import replace

import pytest
from contracts.base import Role
from servicekit.auth import ANY_CARD, SIGNED_IN, may
from servicekit.testing import an_actor


def test_an_operator_is_let_in_only_where_the_rule_says_so() -> None:
    operator = an_actor("operator", "")
    assert not SIGNED_IN.admits(operator)
    assert not may("grant_staff", "review").admits(operator)
    assert ANY_CARD.admits(operator)
    assert may("run_platform").admits(operator)


@pytest.mark.parametrize("role", ["administrator", "principal", "class_teacher"])
def test_other_cards_are_let_in_where_any_is(role: Role) -> None:
    actor = an_actor(role, "jx.nc.dh.s1")
    assert SIGNED_IN.admits(actor)
    assert ANY_CARD.admits(actor)
    assert not may("run_platform").admits(actor)


@pytest.mark.feature("SH-12", "CS-10")
def test_a_card_may_what_its_token_says_whatever_the_role_is_called() -> None:
    panel = replace(an_actor("publicity_panel", "hn.cs.yl.s1"), capabilities=frozenset({"decide_cases", "see_board"}))
    assert panel.can("decide_cases")
    assert may("review", "decide_cases").admits(panel)
    assert not may("review").admits(panel)
    fewer = replace(an_actor("principal", "jx.nc.dh.s1"), capabilities=frozenset())
    assert not may("oversee").admits(fewer), "what the token says counts, not the role's name"


@pytest.mark.feature("SH-12")
def test_a_token_of_the_release_before_may_what_the_platform_gives_its_role() -> None:
    old = an_actor("recorder", "sh.sh.bs")
    assert old.capabilities is None
    assert may("enter").admits(old)
    assert not may("plan_terms").admits(old)
    assert an_actor("administrator", "sh.sh.bs.s1").can("plan_terms")
    assert not an_actor("administrator", "sh.sh.bs").can("plan_terms"), "terms are planned by schools"
    assert not an_actor("publicity_panel", "hn.cs.yl.s1").may, "the release before knew no such role"


def test_a_route_cannot_require_what_no_role_can_have() -> None:
    with pytest.raises(ValueError, match="no capability 'class_teacher'"):
        may("class_teacher")  # type: ignore[arg-type]
