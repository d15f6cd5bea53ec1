"""All routes of archive."""

from servicekit.downloads import download_api
from servicekit.http import Api

from archive.api import (
    archives,
    backfills,
    bundles,
    career,
    consents,
    corrections,
    evaluations,
    filing,
    handbooks,
    home,
    peers,
    reports,
    scores,
    signed_forms,
    statistics,
    term_sets,
    terms,
    verdicts,
    verification,
)

api = Api("archive")
for module in (
    home,
    evaluations,
    peers,
    terms,
    bundles,
    archives,
    corrections,
    backfills,
    career,
    verdicts,
    filing,
    consents,
    scores,
    signed_forms,
    statistics,
    reports,
    handbooks,
    term_sets,
    verification,
):
    api.include(module.api)
_downloaded = Api("downloaded")
for module in (bundles, reports, handbooks):
    _downloaded.include(module.api)
api.include(
    download_api(
        bundles.take_bundle,
        reports.take_report,
        handbooks.take_handbook,
        handbooks.take_handbooks,
        of=_downloaded,
    )
)
