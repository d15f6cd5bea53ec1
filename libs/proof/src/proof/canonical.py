"""Canonical JSON (RFC 8785): one value, one sequence of bytes. What is signed and hashed is always this."""

import json
from typing import Any

import rfc8785

from proof.errors import ProofError

type Json = dict[str, Any]


def canonical(value: Json) -> bytes:
    """Return the RFC 8785 bytes of a JSON object; ProofError("not_canonical") if JSON cannot hold it exactly."""
    try:
        return rfc8785.dumps(value)
    except (rfc8785.CanonicalizationError, RecursionError) as error:
        raise ProofError("not_canonical") from error


def parse(data: bytes) -> Json:
    """Read one JSON object strictly: UTF-8, no NaN, no key twice (two readers could see two truths).

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
        raise ValueError("a key is there twice")
    return value


def _no_constant(name: str) -> None:
    raise ValueError(name)
