"""What printed confirmations and summaries say, as data for their templates (SH-11). Pure."""

from datetime import datetime
from typing import Any

from servicekit.directory import Student, masked_number

from archive.domain.confirmations import Confirmation
from archive.domain.filing import Summary
from archive.domain.terms import ArchiveTerm
from archive.domain.verdicts import Verdict


def _day(term: ArchiveTerm, at: datetime) -> str:
    day = term.today(at)
    return f"{day.year} 年 {day.month} 月 {day.day} 日"


def confirmation_page(term: ArchiveTerm, student: Student, verdict: Verdict, slip: Confirmation, url: str) -> dict[str, Any]:
    """One student's confirmation; `url` is in its QR code."""
    rule = term.need_verdict()
    chosen = rule.choice(verdict.choice)
    return {
        "school": student.school_title,
        "term": term.title,
        "report": term.scheme.archives.term.title,
        "name": student.name,
        "class": student.grade_title + student.class_title,
        "registry_number": masked_number(student.registry_number),
        "verdict": chosen.title if chosen else verdict.choice,
        "reason": verdict.reason,
        "author": f"{term.scheme.role_title(rule.by)}　{verdict.author.name}",
        "given_on": _day(term, verdict.judged_at),
        "printed_on": _day(term, slip.printed_at),
        "signers": [{"title": step.title, "who": term.scheme.role_title(step.by)} for step in term.slip_steps],
        "code": slip.code,
        "url": url,
    }


def summary_page(term: ArchiveTerm, summary: Summary, url: str) -> dict[str, Any]:
    """The summary of a school; `url` is in its QR code."""
    step = term.summary_step
    local = summary.made_at.astimezone(term.zone)
    return {
        **summary.content,
        "report": term.scheme.archives.term.title,
        "signer": term.scheme.role_title(step.by) if step else "",
        "version": summary.version,
        "sha256": summary.sha256,
        "made_at": f"{_day(term, summary.made_at)} {local:%H:%M}",
        "made_by": summary.by.name,
        "url": url,
    }
