"""Who complained: pseudonyms and encryption (X-08). Who may see a complainant: `domain.cases.need_may_see_complainant`."""

from datetime import datetime
from uuid import UUID

from pydantic import BaseModel
from servicekit import encryption
from servicekit.auth import Actor

from publicity.domain.cases import Person
from publicity.settings import PublicitySettings

_SEALED_BYTES = 1024
"""More than the longest name and path need."""


class Complainant(BaseModel):
    """Who complained. Stored encrypted only."""

    account_id: UUID
    name: str | None = None
    role: str | None = None
    path: str | None = None


class ComplainantSealer:
    """Gives accounts pseudonyms and encrypts complainants, with keys that the database does not have."""

    def __init__(self, settings: PublicitySettings) -> None:
        self._pseudonym_key = settings.mark_key.get_secret_value()
        self._sealer = encryption.Sealer(settings.case_key.get_secret_value())

    def person(self, actor: Actor) -> Person:
        """The actor with their pseudonym."""
        return Person(actor, self.pseudonym_of(actor.account_id, actor.held_since))

    def pseudonym_of(self, account_id: UUID, held_since: datetime | None = None) -> str:
        """What the database and events have instead of the account; another one since it may be in other hands (L-17)."""
        return encryption.pseudonym(self._pseudonym_key, account_id, held_since)

    def owner_of(self, account_id: UUID) -> UUID:
        """What rows of files and of idempotency keys have instead of the account. It differs from the pseudonym, so that an
        upload that was not used leads to no case."""
        digest = encryption.blind_index(self._pseudonym_key, f"owner:{account_id}")
        return UUID(bytes=digest[:16], version=4)

    def marked_person(self, account_id: UUID, term_id: UUID) -> str:
        """What counts the marks of an account in a term (SH-08). It stays the same after others helped with the password, and
        differs from the pseudonym and from term to term."""
        return encryption.blind_index(self._pseudonym_key, f"malicious:{term_id}:{account_id}").hex()

    def seal(self, case_id: UUID, complainant: Complainant) -> str:
        """Encrypt a complainant, for this case only. All have the same length: it would tell a long name from a short one."""
        text = complainant.model_dump_json()
        return self._sealer.seal(text + " " * (_SEALED_BYTES - len(text.encode())), f"case:{case_id}")

    def unseal(self, case_id: UUID, sealed: str) -> Complainant:
        """Decrypt a complainant. The caller logs it first."""
        return Complainant.model_validate_json(self._sealer.open(sealed, f"case:{case_id}"))
