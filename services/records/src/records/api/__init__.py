"""The routes of records."""

from servicekit.http import Api

from records.api import evidence, overview, positions, records, reviews, sharing, terms

api = Api("records")
for part in (terms, evidence, records, reviews, sharing, overview, positions):
    api.include(part.api)
