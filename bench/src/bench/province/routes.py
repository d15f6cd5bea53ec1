"""Which routes are measured in the province, and why others are not. Both are checked against the services' own documents."""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

SERVICES = ("records", "publicity", "archive", "identity", "notify")
WORDS = ("home", "progress", "statistics", "completion", "counts", "unread")
"""A route whose address has one of these counts, whether it takes a `path` or not."""
ABOVE = ("province", "city", "district")
SCHOOL = ("school", "grade", "class")
OWN = ("province", "city", "district", "school", "class")
"""Levels at which there are cards."""
ALL = (*ABOVE, *SCHOOL)


@dataclass(frozen=True)
class Counting:
    """A route that counts. `query`: its parameters, with ids to fill in; `with_path`: takes an organisation."""

    levels: tuple[str, ...]
    query: str = ""
    with_path: bool = True


_STATISTICS = "scheme_id={scheme}&school_year={past_year}&number=1"
MEASURED: Mapping[tuple[str, str], Counting] = {
    ("records", "/home"): Counting(OWN, with_path=False),
    ("records", "/progress"): Counting(ALL),
    ("records", "/counts"): Counting(SCHOOL, "term_id={term}"),
    ("publicity", "/home"): Counting(OWN, with_path=False),
    ("publicity", "/progress"): Counting(ALL),
    ("archive", "/home"): Counting(OWN, with_path=False),
    ("archive", "/progress"): Counting(ALL),
    ("archive", "/form-completion"): Counting(ALL),
    ("archive", "/statistics"): Counting(ALL, _STATISTICS),
    ("archive", "/statistics/periods"): Counting(ALL),
    ("archive", "/filings"): Counting((*ABOVE, "school")),
    ("archive", "/peer-evaluations/progress"): Counting(("school", "class"), "term_id={term}&type=peer_comment"),
    ("archive", "/score-sheets"): Counting(SCHOOL, "term_id={past}"),
    ("archive", "/terms/{term_id}/progress"): Counting(("school",), with_path=False),
    ("identity", "/home"): Counting(OWN, with_path=False),
    ("identity", "/organisations/below"): Counting((*ABOVE, "school", "grade")),
    ("identity", "/classes"): Counting(SCHOOL),
    ("identity", "/classes/accounts"): Counting(("class",)),
    ("notify", "/home"): Counting(OWN, with_path=False),
    ("notify", "/unread"): Counting(OWN, with_path=False),
}
NOT_COUNTING: Mapping[tuple[str, str], str] = {
    ("identity", "/contacts"): "the sheet of one school",
    ("identity", "/staff/roles"): "says what one may grant",
    ("identity", "/scheme-versions/{scheme_id}/{from_version}/{to_version}"): "compares two versions of a scheme",
    ("records", "/scheme-changes/{scheme_id}/{version}"): "a preview that an office asks for once, from counts of kinds",
    ("archive", "/scores"): "the sheet of one class",
    ("archive", "/term-sets"): "the students of one class",
    ("archive", "/terms/{term_id}/bundle"): "a file",
}
"""Routes that take a `path` and are no list in pages, but do not count either."""


def candidates(root: Path) -> Iterator[tuple[str, str]]:
    """The GET routes of the services that count something, as far as one can see: those that take the path of an organisation,
    without lists in pages, and those that are called so. `root`: of the repository."""
    for service in SERVICES:
        document = json.loads((root / "services" / service / "openapi.json").read_text(encoding="utf-8"))
        for path, operations in document["paths"].items():
            if "get" not in operations:
                continue
            names = {one["name"] for one in operations["get"].get("parameters", ()) if one["in"] == "query"}
            if ("path" in names and "cursor" not in names) or any(word in path for word in WORDS):
                yield service, path
