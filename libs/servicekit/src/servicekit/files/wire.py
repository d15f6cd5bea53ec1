"""What goes over the pipes between a service and the process that opens its uploads: JSON and bytes, with their lengths."""

import json
import struct
from typing import Any, BinaryIO

_HEAD = struct.Struct(">II")


def send(pipe: BinaryIO, head: dict[str, Any], body: bytes) -> None:
    """One message: what it says, and bytes."""
    said = json.dumps(head).encode()
    pipe.write(_HEAD.pack(len(said), len(body)) + said + body)
    pipe.flush()


def receive(pipe: BinaryIO) -> tuple[dict[str, Any], bytes] | None:
    """The next message; None where the other side is gone."""
    sizes = pipe.read(_HEAD.size)
    if len(sizes) < _HEAD.size:
        return None
    said, body = _HEAD.unpack(sizes)
    head, rest = pipe.read(said), pipe.read(body)
    return (json.loads(head), rest) if len(head) == said and len(rest) == body else None
