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
    home,
    peers,
    scores,
    signed_forms,
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
    verification,
):
    api.include(module.api)
api.include(download_api(bundles.take_bundle, of=bundles.api))
