"""All routes of archive."""

from servicekit.http import Api

from archive.api import archives, backfills, bundles, career, corrections, evaluations, terms, verification

api = Api("archive")
for module in (evaluations, terms, bundles, archives, corrections, backfills, career, verification):
    api.include(module.api)
