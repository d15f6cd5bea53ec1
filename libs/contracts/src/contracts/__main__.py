"""Writes the JSON Schemas of all events: `python -m contracts`. An incompatible change needs a new event version."""

import json
from pathlib import Path

from contracts.registry import EVENTS

SCHEMAS = Path(__file__).parents[2] / "schemas"


def main() -> None:
    """Write one file per subject."""
    SCHEMAS.mkdir(exist_ok=True)
    for subject, event in sorted(EVENTS.items()):
        text = json.dumps(event.model_json_schema(), ensure_ascii=False, indent=2, sort_keys=True)
        (SCHEMAS / f"{subject}.json").write_text(text + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
