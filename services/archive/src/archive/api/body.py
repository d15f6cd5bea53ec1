"""What request bodies of archive share."""

from pydantic import BaseModel, ConfigDict


class Sent(BaseModel):
    """The base of request bodies: unknown fields are refused."""

    model_config = ConfigDict(extra="forbid")
