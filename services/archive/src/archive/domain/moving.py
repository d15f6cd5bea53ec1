"""A term that moves to a newer version of its scheme: where its score sheets wait then, and under which ids what was entered
stands (X-01). Pure."""

from collections.abc import Mapping
from dataclasses import dataclass

from scheme import Scheme, ScoredResult
from scheme.migration import Sort

AUTHOR = "系统"


@dataclass(frozen=True, slots=True)
class MovedSheets:
    """The new step by the old one, of those that change, and what the sheet's history says."""

    steps: Mapping[int, int]
    reasons: Mapping[int, str]


def moved_ids(old: Scheme, new: Scheme, of: Sort) -> dict[str, str]:
    """The new ids by the old ones of parts of this sort that the new version does not have; without those that are given up."""
    return {before: after for before, after in new.moved(of, old.version).items() if after is not None}


def moved_sheets(old: Scheme, new: Scheme) -> MovedSheets:
    """Where sheets wait under the new version, by the number of the old step that is next. At a step that is gone they are
    handed over again; those that passed all steps wait for the lock."""
    if not isinstance(old.result, ScoredResult) or not isinstance(new.result, ScoredResult):
        return MovedSheets({}, {})
    after, names = [step.id for step in new.result.steps], new.moved("result_steps", old.version)
    steps: dict[int, int] = {}
    reasons: dict[int, str] = {}
    for number, step in enumerate(old.result.steps):
        name = names.get(step.id, step.id)
        if not number:
            continue
        goes_on = name in after
        steps[number] = after.index(name) if name is not None and goes_on else 0
        reasons[number] = f"改用{new.version}版" if goes_on else f"改用{new.version}版，不再有“{step.title}”，须重新送审"
    passed = len(old.result.steps)
    if passed:
        steps[passed], reasons[passed] = len(after), f"改用{new.version}版"
    return MovedSheets({old: new for old, new in steps.items() if old != new}, reasons)


def renamed(scheme: Scheme, grades: Mapping[str, str]) -> dict[str, str]:
    """Bands by dimension that a case decided, perhaps under an older version, as this version calls them."""
    dimensions, bands = scheme.moved("dimensions"), scheme.moved("bands")
    found = {(dimensions.get(dimension, dimension), bands.get(band, band)) for dimension, band in grades.items()}
    return {dimension: band for dimension, band in found if dimension is not None and band is not None}
