"""The command `zp verify FILE [--keys JWKS.json | --key FINGERPRINT] [--root HEX] [--online]`. Reads files, prints Chinese.

Without `--online` nothing leaves the machine.
"""

import argparse
import re
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from importlib.metadata import entry_points
from pathlib import Path

from proof import texts
from proof.canonical import parse
from proof.document import SealedDocument
from proof.errors import ProofError
from proof.keys import KeySet, fingerprint
from proof.online import OfflineError, find_newer
from proof.report import EXIT, Report, Verdict, examine

USAGE = 2


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command. Returns the exit code: the verdict's (`report.EXIT`), or 2 if nothing could be examined.

    Other packages add commands of their own by the entry points `zp.commands`, such as `zp scheme`.
    """
    words = sys.argv[1:] if argv is None else list(argv)
    if words and (others := entry_points(group="zp.commands", name=words[0])):
        return int(next(iter(others)).load()(words[1:]))
    arguments = _parser().parse_args(words)
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
        report = _trust_fingerprint(report, "".join(arguments.key.split()))
    verdict, findings = _look_further(report, arguments.file.stem, arguments.online)
    for line in describe(report, findings):
        print(line)
    return EXIT[verdict]


@dataclass(frozen=True)
class Findings:
    """Findings in addition to the report: another headline, and a note on the version."""

    headline: str | None = None
    version: str = ""


def _look_further(report: Report, stem: str, online: bool) -> tuple[Verdict, Findings]:
    """For an intact file: does its name name another student, and (with `online`) is there a newer version?"""
    document = report.document
    if document is None or report.verdict not in (Verdict.GENUINE, Verdict.UNCONFIRMED):
        return report.verdict, Findings()
    version = texts.ASK_ONLINE.format(url=_printable(str(document.content.get("url", ""))))
    if online and report.verdict is Verdict.GENUINE:
        try:
            newer = find_newer(document)
        except OfflineError:
            version = texts.OFFLINE
        else:
            if newer is not None:
                headline = texts.HEADLINES[Verdict.SUPERSEDED].format(version=newer.version, code=_printable(newer.code))
                return Verdict.SUPERSEDED, Findings(headline)
            version = texts.NEWEST
    student = _student(document)
    other_name = _misnamed(stem, student)
    if other_name is not None:
        headline = texts.HEADLINES[Verdict.MISNAMED].format(student=_printable(student), named=_printable(other_name))
        return (Verdict.MISNAMED if report.verdict is Verdict.GENUINE else report.verdict), Findings(headline, version)
    return report.verdict, Findings(None, version)


_NAMED = re.compile(r"(?:学期档案|生涯档案)-(?P<first>.+)|\d+-(?P<second>.+?)-(?:学期档案|生涯档案)")


def _misnamed(stem: str, student: str) -> str | None:
    """The student in a file name of the platform's form, if it is not `student`; else None.

    Characters that file systems replace, and suffixes that browsers add ("(1)"), do not count as a difference.
    """
    newer = _NAMED.match(stem)
    if newer is None or not student:
        return None
    name = newer["first"] or newer["second"]
    own = "".join(re.escape(c) if c.isalnum() else "." for c in student.strip(" ."))
    return None if re.match(rf"{own}(?![^\W_])", name) else name.partition("-")[0].strip()


def _student(document: SealedDocument) -> str:
    student = document.content.get("student")
    return str(student.get("name", "")) if isinstance(student, dict) else ""


def _trust_fingerprint(report: Report, kid: str) -> Report:
    """Use a fingerprint that the user has compared instead of a key file: a key's id is its thumbprint."""
    if report.verdict is not Verdict.UNCONFIRMED or report.document is None:
        return report
    same = report.document.key_id == kid
    return Report(Verdict.GENUINE if same else Verdict.WRONG_KEY, report.document, report.is_pdf, report.root_compared)


def describe(report: Report, findings: Findings = Findings()) -> list[str]:
    """The report as lines in Chinese. Data that could not be verified is not shown."""
    lines = (
        [findings.headline] if findings.headline and report.verdict is Verdict.GENUINE else [texts.HEADLINES[report.verdict]]
    )
    if findings.headline and report.verdict is not Verdict.GENUINE:
        lines.append(findings.headline)
    document = report.document
    if document is not None and report.verdict in (Verdict.GENUINE, Verdict.UNCONFIRMED, Verdict.BAD_PROOF):
        for label, name in ((texts.DOCUMENT, "title"), (texts.MADE_AT, "made_at"), (texts.CODE, "code")):
            if isinstance(value := document.content.get(name), str):
                lines.append(f"  {label}：{_printable(value)}")
        if isinstance(number := document.content.get("version"), int):
            lines.append(f"  {texts.VERSION}：{texts.VERSION_OF.format(version=number)}{findings.version}")
        lines.append(f"  {texts.KEY}：{fingerprint(document.key_id)}")
        if document.proof is not None and report.verdict is not Verdict.BAD_PROOF:
            position = texts.POSITION_OF.format(index=document.proof.index + 1, size=document.proof.size)
            note = texts.ROOT_COMPARED if report.root_compared else texts.ROOT_TO_COMPARE
            lines += [f"  {texts.POSITION}：{position}", f"  {texts.ROOT}：{document.proof.root}{note}"]
    elif document is not None and report.verdict is Verdict.WRONG_KEY:
        lines.append(f"  {texts.KEY}：{_printable(fingerprint(document.key_id))}")
    if advice := texts.ADVICE.get(report.verdict):
        lines.append(advice)
    return lines


def _printable(text: str) -> str:
    """At most 200 characters without control characters, safe to print on a terminal."""
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
