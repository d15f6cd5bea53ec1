"""Files that people send: offered, uploaded straight to object storage, checked, only then attached."""

from servicekit.files.audit import compare
from servicekit.files.storage import Storage
from servicekit.files.uploads import Accepted, Files, Offer, OfferView

__all__ = ["Accepted", "Files", "Offer", "OfferView", "Storage", "compare"]
