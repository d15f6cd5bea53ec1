"""The base of response bodies."""

from pydantic import BaseModel, ConfigDict


class View(BaseModel):
    """A response body; `model_validate` makes it from any value that has attributes of the same names."""

    model_config = ConfigDict(from_attributes=True)
