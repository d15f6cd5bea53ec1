"""The HTTP API: home screens, entries and selections, the board, cases."""

from servicekit.downloads import download_api
from servicekit.http import Api

from publicity.api import appeals, board, board_students, cases, entries, home, published_results, reports

api = Api("publicity")
api.include(entries.api)
api.include(reports.api)
api.include(board_students.api)
api.include(board.api)
api.include(published_results.api)
api.include(cases.api)
api.include(appeals.api)
api.include(home.api)
api.include(download_api())
