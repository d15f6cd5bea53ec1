"""What applying a chunk of a workbook does, whether it is only checked or committed (ADR 8). Pure."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from uuid import UUID

from contracts.base import RowOutcome, RowPlan, RowProblem, fingerprint

from archive.domain.evaluations import Evaluation
from archive.domain.scores import Adjustment, Score


@dataclass
class ImportPlan:
    """What a chunk does. `rows`: in the order of the chunk. `counts`: keys of `contracts.importer.COUNTS`."""

    evaluations: dict[UUID, Evaluation] = field(default_factory=dict)
    scores: list[Score] = field(default_factory=list)
    adjustments: list[Adjustment] = field(default_factory=list)
    problems: list[RowProblem] = field(default_factory=list)
    warnings: list[RowProblem] = field(default_factory=list)
    rows: list[RowPlan] = field(default_factory=list)
    counts: Counter[str] = field(default_factory=Counter)

    @property
    def outcomes(self) -> dict[str, int]:
        """How many rows create, change or leave something as it is."""
        found = Counter(row.outcome for row in self.rows)
        return {"created": found["created"], "changed": found["changed"], "unchanged": found["unchanged"]}

    def add(self, outcome: RowOutcome, seen: Sequence[object]) -> None:
        """Note what becomes of the next row. seen: what the plan is based on."""
        self.rows.append(RowPlan(outcome=outcome, fingerprint=fingerprint(*seen) if seen else ""))

    def refuse(self, row: int, field_: str | None, message: str) -> None:
        """Note why a row is not taken."""
        self.problems.append(RowProblem(row=row, field=field_, code="not_taken", message=message))
