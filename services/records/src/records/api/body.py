"""What the request bodies of records share."""

from datetime import UTC, date, datetime
from typing import Annotated

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field

Moment = Annotated[AwareDatetime, Field(ge=datetime(2000, 1, 1, tzinfo=UTC), lt=datetime(2200, 1, 1, tzinfo=UTC))]
Day = Annotated[date, Field(ge=date(2000, 1, 1), lt=date(2200, 1, 1))]
"""Far from the first and last years of the calendar, which cannot be converted to another time zone."""


class Body(BaseModel):
    """A JSON body; unknown fields are refused. The values of a form are checked by the scheme."""

    model_config = ConfigDict(extra="forbid")
