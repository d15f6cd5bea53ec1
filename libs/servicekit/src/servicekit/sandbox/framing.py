"""The protocol over the pipes of a worker: length-prefixed frames of JSON and bytes. No pickle."""

import json
import struct
from collections.abc import Mapping
from typing import Any, BinaryIO

PREFIX = struct.Struct(">II")
"""Lengths of the JSON and of the bytes."""


def pack(head: Mapping[str, object], body: bytes = b"") -> bytes:
    """One frame."""
    text = json.dumps(head, ensure_ascii=False, separators=(",", ":")).encode()
    return PREFIX.pack(len(text), len(body)) + text + body


def read(pipe: BinaryIO) -> tuple[dict[str, Any], bytes] | None:
    """The next frame; None if the other side closed the pipe."""
    prefix = pipe.read(PREFIX.size)
    if len(prefix) < PREFIX.size:
        return None
    text, body = (pipe.read(length) for length in PREFIX.unpack(prefix))
    return json.loads(text), body
