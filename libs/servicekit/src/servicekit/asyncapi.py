"""The AsyncAPI document of all events, made by FastStream from the contracts. `python -m servicekit.asyncapi` prints it."""

import inspect
from typing import Any

from contracts.registry import EVENTS
from faststream.nats import NatsBroker
from faststream.specification import AsyncAPI


def document() -> dict[str, Any]:
    """AsyncAPI 3.0: one channel per subject, with schema and description."""
    broker = NatsBroker()
    for subject, event in sorted(EVENTS.items()):
        broker.publisher(subject, schema=event, description=inspect.getdoc(event), title=subject)
    found: dict[str, Any] = (
        AsyncAPI(broker, title="综评 events", version="1", schema_version="3.0.0").to_specification().to_jsonable()
    )
    return found


if __name__ == "__main__":
    import json

    print(json.dumps(document(), ensure_ascii=False, indent=2))  # noqa: T201
