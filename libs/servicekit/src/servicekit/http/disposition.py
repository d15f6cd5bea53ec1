"""The header that names a download (RFC 6266), also in Chinese."""

from urllib.parse import quote


def content_disposition(name: str, *, inline: bool = False) -> str:
    """`attachment` (or `inline`) with the name in UTF-8, and one in ASCII for programs that read nothing else."""
    stem, dot, ending = name.rpartition(".")
    plain = "".join(char for char in (stem if dot else name) if char.isascii() and (char.isalnum() or char in "-_. "))
    plain = plain.strip("-_. ") or "file"
    if dot and ending.isascii() and ending.isalnum():
        plain += f".{ending}"
    return f"{'inline' if inline else 'attachment'}; filename=\"{plain}\"; filename*=UTF-8''{quote(name, safe='')}"
