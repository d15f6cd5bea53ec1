"""Who complained: pseudonyms and encryption (X-08). Who may see a complainant: `domain.cases.need_may_see_complainant`."""

from uuid import UUID

from pydantic import BaseModel
from servicekit import encryption
from servicekit.auth import Actor

from publicity.domain.cases import Person
from publicity.settings import PublicitySettings


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
        return Person(actor, self.pseudonym_of(actor.account_id))

    def pseudonym_of(self, account_id: UUID) -> str:
        """What the database and events have instead of the account."""
        return encryption.pseudonym(self._pseudonym_key, account_id)

    def seal(self, case_id: UUID, complainant: Complainant) -> str:
        """Encrypt a complainant, for this case only."""
        return self._sealer.seal(complainant.model_dump_json(), f"case:{case_id}")

    def unseal(self, case_id: UUID, sealed: str) -> Complainant:
        """Decrypt a complainant. The caller logs it first."""
        return Complainant.model_validate_json(self._sealer.open(sealed, f"case:{case_id}"))
