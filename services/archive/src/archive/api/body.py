"""What request bodies of archive share."""

from pydantic import BaseModel, ConfigDict


class Sent(BaseModel):
    """The base of all that is sent to us: a field we do not know is refused, not passed over."""

    model_config = ConfigDict(extra="forbid")
