"""What identifies people on paper: names, identity documents, registry numbers, phone numbers; the order of titles. Pure.

Every service compares and reads them with these functions only, so that a name that one service accepts is the same
name for all others (L-05).
"""

from people.documents import DocumentType, IdentityDocument, InvalidDocumentError, document_title, document_type, read_document
from people.names import display_name, in_widths, name_key, same_name, unprintable
from people.phones import read_phone
from people.registry import RegistryNumber, read_registry_number
from people.titles import han_number, natural_key

__all__ = [
    "DocumentType",
    "IdentityDocument",
    "InvalidDocumentError",
    "RegistryNumber",
    "display_name",
    "document_title",
    "document_type",
    "han_number",
    "in_widths",
    "name_key",
    "natural_key",
    "read_document",
    "read_phone",
    "read_registry_number",
    "same_name",
    "unprintable",
]
