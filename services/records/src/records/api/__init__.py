"""The routes of records, room by room."""

from servicekit.http import Api

from records.api import evidence, overview, positions, records, reviews, sharing, terms

api = Api("records")
for room in (terms, evidence, records, reviews, sharing, overview, positions):
    api.include(room.api)
