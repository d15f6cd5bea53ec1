"""Registry numbers under their key: sealed as identity sends them, found by fingerprint, opened for templates (ADR 5)."""

from collections.abc import Iterable, Sequence
from uuid import UUID

from contracts.identity import Enrolment
from servicekit.encryption import Sealer, blind_index

from importer.domain.plans import Student
from importer.store.known import SealedStudent


class Registry:
    """The key at work; made once at start."""

    def __init__(self, key: str) -> None:
        self._key, self._sealer = key, Sealer(key)

    def index(self, number: str) -> bytes:
        """Equal numbers have equal fingerprints."""
        return blind_index(self._key, f"registry_number:{number.upper()}")

    def indexes(self, numbers: Iterable[str]) -> list[bytes]:
        """Of many."""
        return [self.index(number) for number in numbers]

    def kept(self, told: Enrolment) -> tuple[UUID, str, bytes]:
        """Student, sealed number and fingerprint; events written before ADR 5 have the number openly."""
        sealed = told.registry_sealed
        number = told.registry_number if sealed is None else self._sealer.open(sealed, _about(told.student_id))
        return (told.student_id, sealed or self._sealer.seal(number, _about(told.student_id)), self.index(number))

    def sealed(self, student_id: UUID, number: str) -> tuple[str, bytes]:
        """An open number's sealed form and fingerprint."""
        return self._sealer.seal(number, _about(student_id)), self.index(number)

    def opened(self, found: Sequence[SealedStudent]) -> list[Student]:
        """Students with their numbers, by class and number."""
        students = [
            Student(s.id, s.name, self._sealer.open(s.registry_sealed, _about(s.id)), s.path, s.class_title) for s in found
        ]
        return sorted(students, key=lambda s: (s.path, s.registry_number))


def _about(student_id: UUID) -> str:
    return f"registry:{student_id}"
