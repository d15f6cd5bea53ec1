"""Records in the words of the version of the scheme under which they were written (X-01). Pure."""

from contracts.base import RecordSnapshot
from scheme import Kind, Scheme
from scheme.kinds import Dimension


def kind_of(scheme: Scheme, record: RecordSnapshot) -> Kind:
    """The kind of a record as its own version knows it."""
    return scheme.kind_as_of(record.scheme_version, record.kind, record.data)


def dimension_of(scheme: Scheme, record: RecordSnapshot) -> Dimension:
    """The dimension of a record as its own version knows it."""
    return scheme.as_of(record.scheme_version, record.kind, record.data).dimension_of(record.kind)
