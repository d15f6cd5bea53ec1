"""Who complained: a keyed mark that finds, and a sealed note that only a decision on record opens (X-08). No rules here."""

from uuid import UUID

from pydantic import BaseModel
from servicekit import encryption
from servicekit.auth import Actor

from publicity.domain.cases import Person
from publicity.settings import PublicitySettings


class Complainant(BaseModel):
    """What the seal hides."""

    account_id: UUID
    name: str | None = None
    role: str | None = None
    path: str | None = None


class Seals:
    """Marks accounts and seals complainants; the keys live outside the database."""

    def __init__(self, settings: PublicitySettings) -> None:
        self._mark_key = settings.mark_key.get_secret_value()
        self._sealer = encryption.Sealer(settings.case_key.get_secret_value())

    def person(self, actor: Actor) -> Person:
        """The actor, as cases know them."""
        return Person(actor, encryption.pseudonym(self._mark_key, actor.account_id))

    def mark(self, account_id: UUID) -> str:
        """What stands for an account in the database and in events."""
        return encryption.pseudonym(self._mark_key, account_id)

    def close(self, case_id: UUID, actor: Actor) -> str:
        """Seal who this is; it opens for this case only."""
        hidden = Complainant(account_id=actor.account_id, name=actor.name, role=actor.role, path=actor.path)
        return self._close(case_id, hidden)

    def close_account(self, case_id: UUID, account_id: UUID) -> str:
        """Seal an account of which nothing else is known."""
        return self._close(case_id, Complainant(account_id=account_id))

    def _close(self, case_id: UUID, hidden: Complainant) -> str:
        return self._sealer.seal(hidden.model_dump_json(), f"case:{case_id}")

    def open(self, case_id: UUID, sealed: str) -> Complainant:
        """Who it was. Only for a decision that is on record."""
        return Complainant.model_validate_json(self._sealer.open(sealed, f"case:{case_id}"))
