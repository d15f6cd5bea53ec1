"""HTTP: translates, never decides."""

from servicekit.http import Api

from identity.api import accounts, cards, organisations, sessions, sso, staff, students

api = Api("identity")
for _room in (sessions, sso, accounts, cards, organisations, staff, students):
    api.include(_room.api)
