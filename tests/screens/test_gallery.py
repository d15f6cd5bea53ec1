"""The gallery has every screen of the client."""

from tests.screens.screens import NOBODY, PEOPLE, SCREENS, routes_of_the_client


def test_every_route_of_the_client_is_in_the_gallery_and_nothing_else() -> None:
    routes = routes_of_the_client()
    assert {"/home", "/records/:id"} <= routes
    assert sorted(screen.route for screen in SCREENS) == sorted(routes), "tests/screens/screens.py lists the screens"


def test_every_screen_has_somebody_who_looks_at_it_and_an_address() -> None:
    assert {person for screen in SCREENS for person in screen.people} <= {NOBODY, *PEOPLE}
    assert [screen.route for screen in SCREENS if ":" in screen.route and screen.via is None] == []
