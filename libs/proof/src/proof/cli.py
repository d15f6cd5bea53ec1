"""The command `zp verify FILE [--keys JWKS.json | --key FINGERPRINT] [--root HEX]`. Reads files, prints Chinese."""

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

from proof import texts
from proof.canonical import parse
from proof.errors import ProofError
from proof.keys import KeySet, fingerprint
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
    for line in describe(report):
        print(line)
    return EXIT[report.verdict]


def _trust(report: Report, kid: str) -> Report:
    """Take a fingerprint that the user compared in place of a key file: a key's id is its thumbprint."""
    if report.verdict is not Verdict.UNCONFIRMED or report.document is None:
        return report
    same = report.document.key_id == kid
    return Report(Verdict.GENUINE if same else Verdict.WRONG_KEY, report.document, report.is_pdf, report.root_compared)


def describe(report: Report) -> list[str]:
    """The report as lines for people. Data that did not verify is not repeated."""
    lines = [texts.HEADLINES[report.verdict]]
    document = report.document
    if document is not None and report.verdict in (Verdict.GENUINE, Verdict.UNCONFIRMED, Verdict.BAD_PROOF):
        for label, name in ((texts.DOCUMENT, "title"), (texts.MADE_AT, "made_at"), (texts.CODE, "code")):
            if isinstance(value := document.content.get(name), str):
                lines.append(f"  {label}：{_plain(value)}")
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
    return parser
