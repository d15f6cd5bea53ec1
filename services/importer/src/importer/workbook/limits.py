"""How much of a workbook is looked at, and with how much memory and time."""

from dataclasses import dataclass

MEGABYTE = 1024 * 1024


@dataclass(frozen=True, slots=True)
class Limits:
    """Sizes in bytes, times in seconds; reading and writing each get an own process with these bounds."""

    file: int = 20 * MEGABYTE
    unpacked: int = 50 * MEGABYTE
    entries: int = 2000
    ratio: int = 250  # unpacked to packed, for parts above 2 MB
    rows: int = 20_000
    columns: int = 64
    merged: int = 100_000  # cells under merged ranges, per sheet
    problems: int = 20_000
    comments: int = 2_000  # cells of an answer that get a comment; all get colour and a reason
    answered: int = 500_000  # cells of a sheet up to which an answer is the upload itself, not only a list
    read_memory: int = 300 * MEGABYTE  # address space
    read_cpu: int = 10
    read_wall: float = 20.0
    write_memory: int = 1024 * MEGABYTE
    write_cpu: int = 45
    write_wall: float = 90.0
