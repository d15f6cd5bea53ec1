"""Limits of workbooks."""

from dataclasses import dataclass

MEGABYTE = 1024 * 1024


@dataclass(frozen=True, slots=True)
class Limits:
    """Sizes in bytes."""

    file: int = 20 * MEGABYTE
    unpacked: int = 50 * MEGABYTE
    entries: int = 2000
    ratio: int = 250  # unpacked to events_of_rows, for parts above 2 MB
    rows: int = 20_000
    columns: int = 256  # exports of the national registry have more than 70 (L-04)
    cells: int = 1_300_000  # filled or not, up to a sheet's last row and column: readers keep them all in memory
    merged: int = 100_000  # cells under merged ranges, per sheet
    problems: int = 20_000
    comments: int = 2_000  # cells of an answer that get a comment; all get colour and a reason
    answered: int = 500_000  # cells of a sheet up to which an answer is the upload itself, not only a list
