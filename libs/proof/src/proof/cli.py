"""The command `zp verify FILE [--keys JWKS.json | --key FINGERPRINT] [--root HEX] [--online]`. Reads files, prints Chinese.

Without `--online` nothing leaves the machine.
"""

import argparse
import re
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from proof import texts
from proof.canonical import parse
from proof.document import SealedDocument
from proof.errors import ProofError
from proof.keys import KeySet, fingerprint
from proof.online import OfflineError, newer
from proof.report import EXIT, Report, Verdict, examine

USAGE = 2


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command; the exit code says the verdict (`report.EXIT`), 2 says that nothing could be examined."""
    arguments = _parser().parse_args(argv)
    try:
        keys = KeySet.from_jwks(parse(arguments.keys.read_bytes())) if arguments.keys else None
    except (OSError, ProofError):
        print(texts.BAD_KEYS.format(path=arguments.keys), file=sys.stderr)
        return USAGE
    try:
        data = arguments.file.read_bytes()
    except OSError:
        print(texts.NO_FILE.format(path=arguments.file), file=sys.stderr)
        return USAGE
    report = examine(data, keys, arguments.root)
    if arguments.key is not None:
        report = _trust(report, "".join(arguments.key.split()))
    verdict, told = _further(report, arguments.file.stem, arguments.online)
    for line in describe(report, told):
        print(line)
    return EXIT[verdict]


@dataclass(frozen=True)
class Told:
    """What was found besides the report: a headline of its own, and a remark about the version."""

    headline: str | None = None
    version: str = ""


def _further(report: Report, stem: str, online: bool) -> tuple[Verdict, Told]:
    """Whose file the name says it is, and whether a newer version took its place. Only of what is intact."""
    document = report.document
    if document is None or report.verdict not in (Verdict.GENUINE, Verdict.UNCONFIRMED):
        return report.verdict, Told()
    version = texts.ASK_ONLINE.format(url=_plain(str(document.content.get("url", ""))))
    if online and report.verdict is Verdict.GENUINE:
        try:
            found = newer(document)
        except OfflineError:
            version = texts.OFFLINE
        else:
            if found is not None:
                said = texts.HEADLINES[Verdict.SUPERSEDED].format(version=found.version, code=_plain(found.code))
                return Verdict.SUPERSEDED, Told(said)
            version = texts.NEWEST
    student = _student(document)
    named = _misnamed(stem, student)
    if named is not None:
        said = texts.HEADLINES[Verdict.MISNAMED].format(student=_plain(student), named=_plain(named))
        return (Verdict.MISNAMED if report.verdict is Verdict.GENUINE else report.verdict), Told(said, version)
    return report.verdict, Told(None, version)


_NAMED = re.compile(r"(?:学期档案|生涯档案)-(?P<first>.+)|\d+-(?P<second>.+?)-(?:学期档案|生涯档案)")


def _misnamed(stem: str, student: str) -> str | None:
    """Whose archive a file name says it is, where it is one of the names that the platform gives, and somebody else's.

    What a file system cannot keep of a name, and what a browser puts behind it ("(1)"), makes nobody somebody else.
    """
    found = _NAMED.match(stem)
    if found is None or not student:
        return None
    given = found["first"] or found["second"]
    own = "".join(re.escape(c) if c.isalnum() else "." for c in student.strip(" ."))
    return None if re.match(rf"{own}(?![^\W_])", given) else given.partition("-")[0].strip()


def _student(document: SealedDocument) -> str:
    student = document.content.get("student")
    return str(student.get("name", "")) if isinstance(student, dict) else ""


def _trust(report: Report, kid: str) -> Report:
    """Take a fingerprint that the user compared in place of a key file: a key's id is its thumbprint."""
    if report.verdict is not Verdict.UNCONFIRMED or report.document is None:
        return report
    same = report.document.key_id == kid
    return Report(Verdict.GENUINE if same else Verdict.WRONG_KEY, report.document, report.is_pdf, report.root_compared)


def describe(report: Report, told: Told = Told()) -> list[str]:
    """The report as lines for people. Data that did not verify is not repeated."""
    lines = [told.headline] if told.headline and report.verdict is Verdict.GENUINE else [texts.HEADLINES[report.verdict]]
    if told.headline and report.verdict is not Verdict.GENUINE:
        lines.append(told.headline)
    document = report.document
    if document is not None and report.verdict in (Verdict.GENUINE, Verdict.UNCONFIRMED, Verdict.BAD_PROOF):
        for label, name in ((texts.DOCUMENT, "title"), (texts.MADE_AT, "made_at"), (texts.CODE, "code")):
            if isinstance(value := document.content.get(name), str):
                lines.append(f"  {label}：{_plain(value)}")
        if isinstance(number := document.content.get("version"), int):
            lines.append(f"  {texts.VERSION}：{texts.VERSION_OF.format(version=number)}{told.version}")
        lines.append(f"  {texts.KEY}：{fingerprint(document.key_id)}")
        if document.proof is not None and report.verdict is not Verdict.BAD_PROOF:
            place = texts.PLACE_OF.format(index=document.proof.index + 1, size=document.proof.size)
            note = texts.ROOT_COMPARED if report.root_compared else texts.ROOT_TO_COMPARE
            lines += [f"  {texts.PLACE}：{place}", f"  {texts.ROOT}：{document.proof.root}{note}"]
    elif document is not None and report.verdict is Verdict.WRONG_KEY:
        lines.append(f"  {texts.KEY}：{_plain(fingerprint(document.key_id))}")
    if advice := texts.ADVICE.get(report.verdict):
        lines.append(advice)
    return lines


def _plain(text: str) -> str:
    """Text for a terminal: no control characters, whoever wrote the file."""
    return "".join(c for c in text if c.isprintable())[:200]


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="zp", description=texts.PROGRAM, epilog=texts.EXITS)
    commands = parser.add_subparsers(required=True, metavar="verify")
    verify = commands.add_parser("verify", help=texts.VERIFY, description=texts.PROGRAM, epilog=texts.EXITS)
    verify.add_argument("file", type=Path, metavar="FILE", help=texts.FILE)
    trust = verify.add_mutually_exclusive_group()
    trust.add_argument("--keys", type=Path, metavar="JWKS.json", help=texts.KEYS)
    trust.add_argument("--key", metavar="FINGERPRINT", help=texts.KEY_OPTION)
    verify.add_argument("--root", metavar="HEX", help=texts.ROOT_OPTION)
    verify.add_argument("--online", action="store_true", help=texts.ONLINE_OPTION)
    return parser
