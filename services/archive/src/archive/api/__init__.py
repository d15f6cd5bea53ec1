"""All routes of archive, room by room."""

from servicekit.http import Api

from archive.api import archives, career, corrections, evaluations, terms, verification

api = Api("archive")
for room in (evaluations, terms, archives, corrections, career, verification):
    api.include(room.api)
