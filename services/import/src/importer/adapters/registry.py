"""Registry numbers: encrypted as identity sends them, found by fingerprint, decrypted for templates (ADR 5)."""

from collections.abc import Iterable, Sequence
from uuid import UUID

from contracts.identity import Enrolment
from servicekit.encryption import Sealer, blind_index

from importer.domain.definitions import Student
from importer.store.reference_data import SealedStudent


class Registry:
    """Encrypts and decrypts registry numbers with the service's key."""

    def __init__(self, key: str) -> None:
        self._key, self._sealer = key, Sealer(key)

    def index(self, number: str) -> bytes:
        """Equal numbers have equal fingerprints."""
        return blind_index(self._key, f"registry_number:{number.upper()}")

    def indexes(self, numbers: Iterable[str]) -> list[bytes]:
        """The fingerprints of many numbers."""
        return [self.index(number) for number in numbers]

    def sealed_of(self, enrolment: Enrolment) -> tuple[UUID, str, bytes]:
        """Student, encrypted number and fingerprint; events written before ADR 5 have the number in plain text."""
        student_id, sealed = enrolment.student_id, enrolment.registry_sealed
        if sealed is None:
            return student_id, *self.sealed(student_id, enrolment.registry_number)
        return student_id, sealed, self.index(self._sealer.open(sealed, _about(student_id)))

    def sealed(self, student_id: UUID, number: str) -> tuple[str, bytes]:
        """The encrypted form and the fingerprint of a number."""
        return self._sealer.seal(number, _about(student_id)), self.index(number)

    def opened(self, found: Sequence[SealedStudent]) -> list[Student]:
        """Students with their numbers, by class, as they come, and number."""
        students = [
            Student(s.id, s.name, self._sealer.open(s.registry_sealed, _about(s.id)), s.path, s.class_title) for s in found
        ]
        order = {path: at for at, path in enumerate(dict.fromkeys(one.path for one in students))}
        return sorted(students, key=lambda s: (order[s.path], s.registry_number))


def _about(student_id: UUID) -> str:
    return f"registry:{student_id}"
