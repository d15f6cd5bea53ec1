"""The HTTP API: entries and selections, the board, cases."""

from servicekit.http import Api

from publicity.api import board, cases, entries

api = Api("publicity")
api.include(entries.api)
api.include(board.api)
api.include(cases.api)
