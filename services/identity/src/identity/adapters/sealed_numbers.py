"""ID numbers and registry numbers: encrypted for tables and events, found again by a keyed hash (the index)."""

from uuid import UUID

from servicekit.encryption import Sealer, blind_index

from identity.settings import IdentitySettings


class SealedNumbers:
    """Holds the keys that are needed for it; made once at start from the settings."""

    def __init__(self, settings: IdentitySettings) -> None:
        self._tables = Sealer(settings.data_key.get_secret_value())
        self._events = Sealer(settings.seal_key.get_secret_value())
        self._index_key = settings.index_key.get_secret_value()

    def seal_id_number(self, id_number: str, person_id: UUID) -> str:
        """Encrypt an ID number for the table; bound to this person, so that it cannot be copied to another row."""
        return self._tables.seal(id_number, f"person:{person_id}")

    def open_id_number(self, sealed: str, person_id: UUID) -> str:
        """Decrypt the ID number of this person."""
        return self._tables.open(sealed, f"person:{person_id}")

    def open_imported(self, sealed: str, batch_id: UUID, sheet: str, row: int) -> str:
        """Decrypt a number that the import service sealed in an event."""
        return self._events.open(sealed, f"batch:{batch_id}:{sheet}:{row}")

    def id_number_index(self, id_number: str) -> bytes:
        """The keyed hash by which an ID number is found; letter case does not count."""
        return blind_index(self._index_key, f"id_number:{id_number.upper()}")

    def seal_registry_number(self, number: str, student_id: UUID) -> str:
        """Encrypt a registry number for tables and events; the import service has the same key (ADR 5)."""
        return self._events.seal(number, f"registry:{student_id}")

    def open_registry_number(self, sealed: str, student_id: UUID) -> str:
        """Decrypt the registry number of this student."""
        return self._events.open(sealed, f"registry:{student_id}")

    def registry_number_index(self, number: str) -> bytes:
        """The keyed hash by which a registry number is found; letter case does not count."""
        return blind_index(self._index_key, f"registry_number:{number.upper()}")

    def seal_guardian_number(self, id_number: str, student_id: UUID, account_id: UUID) -> str:
        """Encrypt the number of the document that a school registered for a guardian; bound to this registration."""
        return self._tables.seal(id_number, f"guardian:{student_id}:{account_id}")

    def seal_form_code(self, code: str, student_id: UUID) -> str:
        """Encrypt a code of a confirmation form, so that it can be printed again; bound to this student."""
        return self._tables.seal(code, f"form_code:{student_id}")

    def open_form_code(self, sealed: str, student_id: UUID) -> str:
        """Decrypt a code of this student's form."""
        return self._tables.open(sealed, f"form_code:{student_id}")

    def form_code_index(self, code: str) -> bytes:
        """The keyed hash by which a code of a confirmation form is found."""
        return blind_index(self._index_key, f"form_code:{code}")

    def seal_forms(self, pdf: bytes, print_id: UUID, path: str) -> bytes:
        """Encrypt the printed forms of a class."""
        return self._tables.seal_bytes(pdf, f"forms:{print_id}:{path}")

    def open_forms(self, sealed: bytes, print_id: UUID, path: str) -> bytes:
        """Decrypt the printed forms of a class."""
        return self._tables.open_bytes(sealed, f"forms:{print_id}:{path}")

    def fingerprint(self, text: str) -> str:
        """A keyed hash of what a plan does: nobody can guess the names in it."""
        return blind_index(self._index_key, f"plan:{text}").hex()[:16]
