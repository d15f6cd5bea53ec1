"""The AsyncAPI document of all facts, made by FastStream from the contracts. `python -m servicekit.asyncapi` prints it."""

import inspect
from typing import Any

from contracts.registry import FACTS
from faststream.nats import NatsBroker
from faststream.specification import AsyncAPI


def document() -> dict[str, Any]:
    """AsyncAPI 3.0: one channel per subject, its schema and when it is sent."""
    broker = NatsBroker()
    for subject, fact in sorted(FACTS.items()):
        broker.publisher(subject, schema=fact, description=inspect.getdoc(fact), title=subject)
    found: dict[str, Any] = (
        AsyncAPI(broker, title="综评 facts", version="1", schema_version="3.0.0").to_specification().to_jsonable()
    )
    return found


if __name__ == "__main__":
    import json

    print(json.dumps(document(), ensure_ascii=False, indent=2))  # noqa: T201
