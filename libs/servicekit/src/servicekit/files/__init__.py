"""Uploads: a presigned form, an upload to object storage, a check, and only then the attachment to a record."""

from servicekit.files.audit import compare
from servicekit.files.media_types import neutral_name, neutrally_named
from servicekit.files.page_views import (
    EvidenceItem,
    PagesView,
    PictureView,
    Width,
    evidence_items,
    pages_view,
    picture_view,
)
from servicekit.files.storage import ADDRESS_SECONDS, Storage, StoredObject
from servicekit.files.uploads import Accepted, Files, Offer, OfferView

__all__ = [
    "ADDRESS_SECONDS",
    "Accepted",
    "EvidenceItem",
    "Files",
    "Offer",
    "OfferView",
    "PagesView",
    "PictureView",
    "Storage",
    "StoredObject",
    "Width",
    "compare",
    "evidence_items",
    "neutral_name",
    "neutrally_named",
    "pages_view",
    "picture_view",
]
