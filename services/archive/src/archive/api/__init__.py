"""All routes of archive, room by room."""

from servicekit.http import Api

from archive.api import archives, backfills, bundles, career, corrections, evaluations, terms, verification

api = Api("archive")
for room in (evaluations, terms, bundles, archives, corrections, backfills, career, verification):
    api.include(room.api)
