"""Of every column that could hold an id from a scheme it is said what becomes of it under a newer version (X-01)."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
import yaml
from stack.files import REPOSITORY

SAID = yaml.safe_load(Path(__file__).with_name("moved_ids.yaml").read_text(encoding="utf-8"))
HOW = {"mapped", "own", "history", "live", "counted", "former", "none"}
FOLDERS = ("services/*/src/*/migrations/*.sql", "libs/servicekit/src/servicekit/migrations/*.sql")
TYPE = r"(?:text\[\]|text|jsonb)\b"


def columns() -> Iterator[tuple[str, str]]:
    """Each column of text or JSON that a migration makes, with its table: ("kind", "records.records")."""
    for folder in FOLDERS:
        for path in sorted(REPOSITORY.glob(folder)):
            service, sql = path.relative_to(REPOSITORY).parts[1], re.sub(r"--.*", "", path.read_text(encoding="utf-8"))
            for table, body in re.findall(r"CREATE TABLE (?:IF NOT EXISTS )?(\w+) \((.*?)\n\);", sql, re.DOTALL):
                for line in body.split("\n"):
                    if found := re.match(rf"\s*(\w+)\s+{TYPE}", line):
                        yield found[1], f"{service}.{table}"
            for table, body in re.findall(r"ALTER TABLE (\w+)(.*?);", sql, re.DOTALL):
                for column in re.findall(rf"ADD COLUMN (?:IF NOT EXISTS )?(\w+)\s+{TYPE}", body):
                    yield column, f"{service}.{table}"


@pytest.mark.feature("X-01")
def test_of_each_column_it_is_said_what_becomes_of_ids_of_a_scheme() -> None:
    found = set(columns())
    assert ("kind", "records.records") in found
    never, holds = set(SAID["never"].split()), SAID["holds"]
    assert not never & holds.keys()
    unsaid = sorted(
        f"{table}.{column}" for column, table in found if column not in never and table not in holds.get(column, {})
    )
    assert not unsaid, f"say in moved_ids.yaml what becomes of the ids in {', '.join(unsaid)}"
    gone = {(column, table) for column, tables in holds.items() for table in tables} - found
    assert not gone, f"there is no such column: {sorted(gone)}"
    assert never <= {column for column, _ in found}
    assert {how for tables in holds.values() for how in tables.values()} <= HOW
