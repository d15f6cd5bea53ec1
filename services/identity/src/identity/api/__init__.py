"""HTTP: translates, never decides."""

from servicekit.http import Api

from identity.api import cards, organisations, sessions, staff, students

api = Api("identity")
for _room in (sessions, cards, organisations, staff, students):
    api.include(_room.api)
