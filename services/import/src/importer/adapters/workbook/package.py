"""Gives the parts of an upload the names and namespaces that readers expect, whatever program wrote it (L-14).

Excel, openpyxl and most versions of WPS name the parts alike. Other programs write them elsewhere, in other letters, with
backslashes, with absolute or climbing targets, without styles, or in the namespaces of strict OOXML; calamine and openpyxl
read only some of these. Pure; the caller has bounded all sizes.
"""

import posixpath
import re
from collections.abc import Iterator, Mapping
from io import BytesIO
from urllib.parse import unquote
from zipfile import ZIP_DEFLATED, ZipFile

MAIN = "xl/workbook.xml"
RELATIONS = "xl/_rels/workbook.xml.rels"
_ROOT_RELATIONS = "_rels/.rels"
_TYPES = "[content_types].xml"
_TAG = re.compile(rb"<(?:\w{1,20}:)?(Relationship|Override)\s([^<>]*)>")
_ATTRIBUTE = re.compile(rb"""(?<![\w:])([\w:]{1,64})\s?=\s?["']([^"'<>]*)["']""")
_STRICT = b"http://purl.oclc.org/ooxml/"
_NAMESPACES = (
    (b"http://purl.oclc.org/ooxml/spreadsheetml/main", b"http://schemas.openxmlformats.org/spreadsheetml/2006/main"),
    (
        b"http://purl.oclc.org/ooxml/officeDocument/relationships",
        b"http://schemas.openxmlformats.org/officeDocument/2006/relationships",
    ),
    (b"http://purl.oclc.org/ooxml/drawingml/main", b"http://schemas.openxmlformats.org/drawingml/2006/main"),
)
_NEW_ERROR = re.compile(
    rb"""(<(?:\w{1,20}:)?c\s(?>[^<>]*?\bt\s?=\s?["']e["'])[^<>]*+>\s*(?:<(?:\w{1,20}:)?f(?:\s[^<>]*)?>[^<>]*</(?:\w{1,20}:)?f>\s*)?"""
    rb"""<(?:\w{1,20}:)?v>)(?!#(?:DIV/0!|N/A|NAME\?|NULL!|NUM!|REF!|VALUE!)<)[^<>]*</"""
)
"""Error values of new versions of Excel and of other programs (#SPILL!, Err:502), which calamine takes for damage."""
_OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
_PACKAGE = "http://schemas.openxmlformats.org/package/2006"
_CONTENT = "application/vnd.openxmlformats-officedocument.spreadsheetml"
_KINDS = {
    "worksheet": ("worksheets/sheet{}.xml", f"{_CONTENT}.worksheet+xml"),
    "styles": ("styles.xml", f"{_CONTENT}.styles+xml"),
    "sharedStrings": ("sharedStrings.xml", f"{_CONTENT}.sharedStrings+xml"),
}
"""What is read of a workbook, by the last word of the relation's type: its usual path and its content type."""
_ALSO = ("xl/richdata/", "xl/drawings/drawing")
"""Parts that show where there are pictures."""


def key(name: str) -> str:
    """A part's name for comparing: names differ in case, backslashes and a leading slash only by accident."""
    return name.replace("\\", "/").lower().lstrip("/")


def main_part(names: Mapping[str, str], archive: ZipFile) -> str | None:
    """The key of the part that is the workbook; None when the archive contains none. `names`: part names by `key`."""
    roots = _tags(archive.read(names[_ROOT_RELATIONS])) if _ROOT_RELATIONS in names else ()
    found = [_resolved("", tag.get("Target", ""), names) for tag in roots if _kind(tag) == "officeDocument"]
    types = _tags(archive.read(names[_TYPES])) if _TYPES in names else ()
    found += [key(tag.get("PartName", "")) for tag in types if ".sheet.main+xml" in tag.get("ContentType", "")]
    return next((part for part in (*found, MAIN) if part in names and part.endswith(".xml")), None)


def has_unknown_errors(xml: bytes) -> bool:
    """Whether a sheet has error values that calamine does not know."""
    return (b'"e"' in xml or b"'e'" in xml) and _NEW_ERROR.search(xml) is not None


def canonical(data: bytes, *, unknown_errors: bool = False) -> bytes:
    """The workbook itself where readers understand it; else one with the parts that are read, renamed. `unknown_errors`: a
    sheet has such error values."""
    with ZipFile(BytesIO(data)) as archive:
        names = {key(name): name for name in archive.namelist()}
        main = main_part(names, archive)
        if main is None:
            return data
        folder, _, file = main.rpartition("/")
        relations_key = f"{folder}/_rels/{file}.rels".lstrip("/")
        relations = list(_tags(archive.read(names[relations_key]))) if relations_key in names else []
        whole = archive.read(names[main])
        if _is_usual(names, main, relations) and _STRICT not in whole and not unknown_errors:
            return data
        return _rewritten(archive, names, whole, folder, relations)


def _is_usual(names: Mapping[str, str], main: str, relations: list[dict[str, str]]) -> bool:
    """Whether every reader finds the parts: the names are the usual ones, and targets are plain."""
    if main != MAIN or names.get(_ROOT_RELATIONS) != _ROOT_RELATIONS or names[main] != MAIN or not relations:
        return False
    for tag in relations:
        target = tag.get("Target", "")
        if _kind(tag) in _KINDS and _resolved("xl", target, names) in names:
            plain = target.removeprefix("/") if target.startswith("/") else f"xl/{target}"
            if plain not in names.values():
                return False
    return True


def _rewritten(archive: ZipFile, names: Mapping[str, str], whole: bytes, folder: str, relations: list[dict[str, str]]) -> bytes:
    out, links, types = BytesIO(), [], []
    with ZipFile(out, "w", ZIP_DEFLATED, compresslevel=1) as target:
        target.writestr(MAIN, _transitional(whole))
        for number, tag in enumerate(relations, start=1):
            kind = _kind(tag)
            part = _resolved(folder, tag.get("Target", ""), names) if kind in _KINDS else None
            if part is None or part not in names:
                continue
            path, content = _KINDS[kind]
            path = path.format(number)
            target.writestr(f"xl/{path}", _transitional(archive.read(names[part])))
            links.append(f'<Relationship Id="{tag.get("Id", "")}" Type="{_OFFICE}/{kind}" Target="{path}"/>')
            types.append(f'<Override PartName="/xl/{path}" ContentType="{content}"/>')
        for name in names:
            if name.startswith(_ALSO):
                target.writestr(name, archive.read(names[name]))
        target.writestr(RELATIONS, f'<Relationships xmlns="{_PACKAGE}/relationships">{"".join(links)}</Relationships>')
        root = f'<Relationship Id="rId1" Type="{_OFFICE}/officeDocument" Target="{MAIN}"/>'
        target.writestr(_ROOT_RELATIONS, f'<Relationships xmlns="{_PACKAGE}/relationships">{root}</Relationships>')
        usual = (
            '<Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
            '<Default Extension="xml" ContentType="application/xml"/>'
            f'<Override PartName="/{MAIN}" ContentType="{_CONTENT}.sheet.main+xml"/>'
        )
        target.writestr("[Content_Types].xml", f'<Types xmlns="{_PACKAGE}/content-types">{usual}{"".join(types)}</Types>')
    return out.getvalue()


def _transitional(xml: bytes) -> bytes:
    """The part with the namespaces, and the error values, that every reader knows."""
    if _STRICT in xml:
        for strict, transitional in _NAMESPACES:
            xml = xml.replace(strict, transitional)
    return _NEW_ERROR.sub(rb"\1#NULL!</", xml) if has_unknown_errors(xml) else xml


def _kind(tag: Mapping[str, str]) -> str:
    return tag.get("Type", "").rpartition("/")[2]


def _resolved(folder: str, target: str, names: Mapping[str, str]) -> str:
    """The key of a relation's target, which is relative to its part's folder, or absolute."""
    target = target.replace("\\", "/")
    whole = target if target.startswith("/") else posixpath.join("/", folder, target)
    path = key(posixpath.normpath(whole))
    return path if path in names else key(unquote(path))


def _tags(xml: bytes) -> Iterator[dict[str, str]]:
    for found in _TAG.finditer(xml):
        yield {name.decode(): value.decode(errors="replace") for name, value in _ATTRIBUTE.findall(found[2])}
