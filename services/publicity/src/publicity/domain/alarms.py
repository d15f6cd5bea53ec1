"""Jobs that a case engine asks for."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID


@dataclass(frozen=True)
class Alarm:
    """A job to schedule for a case at `at`. `what`: `begins`, `deadline` or `told`. It has no effect after stage `stage_no`."""

    at: datetime
    what: str
    case_id: UUID
    stage_no: int
