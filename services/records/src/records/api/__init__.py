"""The routes of records."""

from servicekit.downloads import download_api
from servicekit.http import Api

from records.api import evidence, finals, home, hours, overview, positions, preparation, records, reviews, sharing, terms

api = Api("records")
for part in (terms, preparation, evidence, records, reviews, sharing, overview, home, hours, positions, finals):
    api.include(part.api)
api.include(download_api())
