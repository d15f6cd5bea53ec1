"""What all request bodies of records share."""

from datetime import UTC, date, datetime
from typing import Annotated

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field

Moment = Annotated[AwareDatetime, Field(ge=datetime(2000, 1, 1, tzinfo=UTC), lt=datetime(2200, 1, 1, tzinfo=UTC))]
Day = Annotated[date, Field(ge=date(2000, 1, 1), lt=date(2200, 1, 1))]
"""Of schools that are, and with room on both sides: the first and last years of the calendar have no other clock's time."""


class Body(BaseModel):
    """A JSON body: a field that we do not know is a mistake, and is told. What a form holds is the scheme's to check."""

    model_config = ConfigDict(extra="forbid")
