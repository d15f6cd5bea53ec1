"""Canonical JSON (RFC 8785): equal values have equal bytes. Everything that is signed or hashed is in this form."""

import json
from typing import Any

import rfc8785

from proof.errors import ProofError

type Json = dict[str, Any]


def canonical(value: Json) -> bytes:
    """The RFC 8785 bytes of a JSON object; ProofError("not_canonical") if JSON cannot represent it exactly."""
    try:
        return rfc8785.dumps(value)
    except (rfc8785.CanonicalizationError, RecursionError) as error:
        raise ProofError("not_canonical") from error


def parse(data: bytes) -> Json:
    """Parse one JSON object strictly: UTF-8, no NaN, no duplicate key (parsers differ in which of two values they take).

    Raises ProofError("not_json").
    """
    try:
        value = json.loads(data.decode("utf-8"), object_pairs_hook=_once, parse_constant=_no_constant)
    except (ValueError, RecursionError) as error:
        raise ProofError("not_json") from error
    if not isinstance(value, dict):
        raise ProofError("not_json")
    return value


def _once(pairs: list[tuple[str, Any]]) -> Json:
    value = dict(pairs)
    if len(value) != len(pairs):
        raise ValueError("duplicate key")
    return value


def _no_constant(name: str) -> None:
    raise ValueError(name)
