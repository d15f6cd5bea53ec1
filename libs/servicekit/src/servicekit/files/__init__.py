"""Uploads: a presigned form, an upload to object storage, a check, and only then the attachment to a record."""

from servicekit.files.audit import compare
from servicekit.files.storage import Storage
from servicekit.files.uploads import Accepted, Files, Offer, OfferView

__all__ = ["Accepted", "Files", "Offer", "OfferView", "Storage", "compare"]
