"""Requests that schemathesis generates from each service's OpenAPI document; the same seed gives the same requests."""

import os
from dataclasses import dataclass
from functools import cache
from typing import Any

import schemathesis
from hypothesis import HealthCheck, Phase, given, seed, settings
from hypothesis.errors import Unsatisfiable
from schemathesis import Case, GenerationMode
from schemathesis.core.result import Ok
from servicekit.http.openapi import document
from stack import plan

EXAMPLES = int(os.environ.get("EXAMPLES", "6"))
"""Requests per operation and role, half of them wrong on purpose; `make fuzz EXAMPLES=200` for a long run."""
SEED = int(os.environ.get("SEED", "20260901"))
ID_PARAMETERS = {
    "term_id": "term", "record_id": "submitted", "record_ids": "submitted", "student_id": "student", "entry_id": "entry",
    "entry_ids": "eligible_entry", "evidence_id": "public_file", "case_id": "open_case", "case_ids": "open_case",
    "position_id": "position", "batch_id": "good_batch", "path": "path", "under": "school", "evidence": "evidence",
}  # fmt: skip
"""Parameters and body fields that hold an id, and which id of the school every other valid request gets."""
ENDS_PUPILS_RIGHTS = "POST /students/{student_id}/"
"""Operations that may end a pupil's sessions or enrolment; they get the id of a pupil whom no caller plays."""
ENDS_SESSIONS = ("DELETE /sessions", "PUT /password")
"""Operations that end the caller's own session."""


@dataclass(frozen=True)
class GeneratedCase:
    """A generated request, and whether it keeps to the description."""

    label: str
    case: Case[Any]
    good: bool


def described(service: str) -> dict[str, Any]:
    """The service's OpenAPI document, as it serves it."""
    return document(plan.BY_PATH[service].load().api, service)


@cache
def operations(service: str) -> dict[str, Any]:
    """Operations by label (`GET /records/{record_id}`)."""
    schema = schemathesis.openapi.from_dict(described(service))
    read = [found.ok() for found in schema.get_all_operations() if isinstance(found, Ok)]
    assert len(read) == len(list(schema.get_all_operations())), "the description cannot be read"
    return {operation.label: operation for operation in read}


def labels() -> list[tuple[str, str]]:
    """(service, label) of every operation."""
    return [(service, label) for service in plan.PATHS for label in operations(service)]


def make(service: str, label: str, ids: dict[str, str]) -> list[GeneratedCase]:
    """Requests of one operation, valid and invalid; every other valid one gets ids of the school."""
    operation = operations(service)[label]
    good = [GeneratedCase(label, case, True) for case in _collected(operation, GenerationMode.POSITIVE)]
    for one in good[::2]:
        _make_real(one.case, ids | {"student": ids["spare"]} if label.startswith(ENDS_PUPILS_RIGHTS) else ids)
    return good + [GeneratedCase(label, case, False) for case in _collected(operation, GenerationMode.NEGATIVE)]


def _collected(operation: Any, mode: GenerationMode) -> list[Case[Any]]:
    found: list[Case[Any]] = []

    @seed(SEED)
    @settings(
        max_examples=max(1, EXAMPLES // 2), database=None, phases=[Phase.generate], deadline=None,
        suppress_health_check=list(HealthCheck),
    )  # fmt: skip
    @given(case=operation.as_strategy(generation_mode=mode))
    def collect(case: Case[Any]) -> None:
        found.append(case)

    try:
        collect()
    except Unsatisfiable:  # nothing to send, so nothing that could be wrong
        assert mode is GenerationMode.NEGATIVE, operation.label
    return found


def _make_real(case: Case[Any], ids: dict[str, str]) -> None:
    for parameters in (case.path_parameters, case.query, case.body):
        if not isinstance(parameters, dict):
            continue
        for name in set(parameters) & set(ID_PARAMETERS):
            if (thing := ids.get(ID_PARAMETERS[name])) is not None:
                parameters[name] = [thing] if isinstance(parameters[name], list) else thing
