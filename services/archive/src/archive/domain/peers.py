"""Evaluations by classmates: everybody of the class but oneself, exactly once each (CS-12). Pure.

Whom a student evaluates is their class as it is now: a late joiner too, nobody who left. What was said about a student counts
whoever said it has left or changed class since: it was said by a classmate. A card may be changed until its evaluator
submitted it or the window is over; a card that was saved and not submitted counts, too. Nobody is shown who said what: the
student and the archive have the number of each choice, from `min_evaluators` evaluators on and after the window, so that no
change of a number can be watched.
"""

from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Final
from uuid import UUID

from scheme import Evaluation as EvaluationRule
from scheme import Scheme
from servicekit.directory import Student
from servicekit.refusals import Refusal

from archive.domain.evaluations import EvaluationInput, clean
from archive.domain.states import Collecting
from archive.domain.terms import ArchiveTerm

RULE: Final = "evaluation.classmates"


@dataclass(frozen=True)
class PeerCard:
    """What one student says of a classmate: one choice and text for each of `dimensions_of`, "" where there is none."""

    student_id: UUID
    choices: tuple[str, ...]
    texts: tuple[str, ...]
    written_at: datetime
    submitted_at: datetime | None = None


@dataclass(frozen=True)
class NewCard:
    """What a student wants to say of a classmate."""

    student_id: UUID
    answers: tuple[EvaluationInput, ...]


@dataclass(frozen=True)
class PeerSheet:
    """A student's classmates with the cards about them. `until`: when the window closes, if it is `open`."""

    term: ArchiveTerm
    rule: EvaluationRule
    classmates: Sequence[Student]
    cards: Mapping[UUID, PeerCard]
    open: bool
    until: datetime | None

    @property
    def done(self) -> int:
        """How many classmates have a card."""
        return sum(1 for student in self.classmates if student.id in self.cards)

    @property
    def submitted(self) -> bool:
        """Whether there is nothing left to do: every classmate has a submitted card."""
        return all((card := self.cards.get(one.id)) is not None and card.submitted_at for one in self.classmates)


@dataclass(frozen=True)
class PeerProgress:
    """How many classmates a student has evaluated and submitted, of how many."""

    student_id: UUID
    student_name: str
    path: str
    grade_title: str
    class_title: str
    given: int
    expected: int

    @property
    def finished(self) -> bool:
        """Whether every classmate is evaluated."""
        return self.given >= self.expected


@dataclass(frozen=True)
class ChoiceCount:
    """How often a choice was made."""

    choice: str
    count: int


@dataclass(frozen=True)
class Distribution:
    """How often each choice was made about a student in one dimension ("": without dimensions); () where too few made one."""

    dimension: str
    evaluators: int
    counts: tuple[ChoiceCount, ...]


def classmates_rules(term: ArchiveTerm, path: str) -> tuple[EvaluationRule, ...]:
    """The evaluations by classmates that a class has in this term."""
    return tuple(e for e in term.evaluations(path) if e.about == "classmates")


def classmates_rule(term: ArchiveTerm, path: str, type: str | None) -> EvaluationRule:
    """The evaluation by classmates of this class; the first unless `type` names one. `not_found` where there is none."""
    found = next((e for e in classmates_rules(term, path) if type is None or e.id == type), None)
    if found is None:
        raise term.refusal("not_found", term.scheme.rule(RULE), detail="本学期没有学生互评")
    return found


def dimensions_of(scheme: Scheme, rule: EvaluationRule) -> tuple[str, ...]:
    """The dimensions that a card has, in order; one "" where it is not by dimension."""
    return tuple(d.id for d in scheme.dimensions) if rule.per_dimension else ("",)


def classmates_of(student: Student, of_class: Sequence[Student]) -> list[Student]:
    """Everybody of the class but the student themself."""
    return [one for one in of_class if one.id != student.id and not one.left and one.path == student.path]


def need_classmate(term: ArchiveTerm, evaluator: Student, student_id: UUID, classmates: Collection[UUID]) -> None:
    """Refuse oneself, and whoever is not in the class now."""
    if student_id == evaluator.id:
        raise term.refusal("invalid_input", term.scheme.rule(RULE), detail="不能评价自己", field="student_id")
    if student_id not in classmates:
        raise Refusal("not_found")


def next_card(term: ArchiveTerm, rule: EvaluationRule, old: PeerCard | None, new: NewCard, now: datetime) -> PeerCard | None:
    """The card as it is saved; None where it says the same already. `invalid_input` names every dimension that is wrong."""
    if old is not None and old.submitted_at is not None:
        raise term.refusal("wrong_state", term.scheme.rule(RULE), detail="已经提交，不能再改", state="submitted")
    dimensions = dimensions_of(term.scheme, rule)
    known = [d.id for d in term.scheme.dimensions]
    by_dimension: dict[str, EvaluationInput] = {}
    errors = []
    for answer in new.answers:
        cleaned, wrong = clean(rule, known, answer)
        errors += [error | ({"dimension": answer.dimension} if answer.dimension else {}) for error in wrong]
        by_dimension[cleaned.dimension or ""] = cleaned
    lacking = [name for name in dimensions if name not in by_dimension]
    if lacking and not errors:
        titles = "、".join(term.scheme.dimension(name).title for name in lacking if name)
        message = f"{rule.title}：请评价{titles or '这名同学'}"
        errors.append({"field": "answers", "message": message, "type": "required", "in": "body"})
    if errors:
        raise term.refusal("invalid_input", term.scheme.rule(RULE), detail=errors[0]["message"], errors=errors)
    choices = tuple(by_dimension[name].choice or "" for name in dimensions)
    texts = tuple(by_dimension[name].text for name in dimensions) if rule.text is not None else ()
    if old is not None and (old.choices, old.texts) == (choices, texts):
        return None
    return PeerCard(new.student_id, choices, texts, now)


def submit(sheet: PeerSheet, now: datetime) -> list[PeerCard]:
    """The cards that become final. Refused while a classmate lacks one; again, it changes nothing."""
    lacking = [student.name for student in sheet.classmates if student.id not in sheet.cards]
    if lacking:
        term = sheet.term
        named = "、".join(lacking[:3]) + ("等" if len(lacking) > 3 else "")
        detail = f"还有{len(lacking)}名同学没有评价：{named}"
        raise term.refusal("evaluations_missing", term.scheme.rule(RULE), detail=detail, count=len(lacking))
    cards = [sheet.cards[student.id] for student in sheet.classmates]
    return [replace(card, submitted_at=now) for card in cards if card.submitted_at is None]


def is_over(term: ArchiveTerm, rule: EvaluationRule, path: str, now: datetime) -> bool:
    """Whether no card can change any more: the archive is being made, or every window is over."""
    if term.state is not Collecting.COLLECTING:
        return True
    grade = term.grade(path)
    ends = [w.ends for w in term.timetable if w.concerns(rule.operation, grade=grade)]
    return bool(ends) and max(ends) <= now


def need_over(term: ArchiveTerm, rule: EvaluationRule, path: str, now: datetime) -> None:
    """Refuse numbers that may still change: whoever watches one change knows who changed it."""
    if not is_over(term, rule, path, now):
        raise term.refusal(
            "wrong_state", term.scheme.rule(RULE), detail=f"{rule.title}结束以后才能看到结果", state="open",
            help=term.who_can_help(rule.operation),
        )  # fmt: skip


def distributions(scheme: Scheme, rule: EvaluationRule, cards: Collection[PeerCard]) -> tuple[Distribution, ...]:
    """How often each choice was made about one student, dimension by dimension, in the order of the scheme."""
    found = []
    for at, dimension in enumerate(dimensions_of(scheme, rule)):
        made = Counter(card.choices[at] for card in cards if at < len(card.choices))
        enough = len(cards) >= rule.min_evaluators
        counts = tuple(ChoiceCount(c.id, made[c.id]) for c in rule.choices) if enough else ()
        found.append(Distribution(dimension, len(cards), counts))
    return tuple(found)


def texts_about(rule: EvaluationRule, cards: Collection[PeerCard]) -> tuple[str, ...]:
    """What classmates wrote, without names and in an order that says nothing about who; () where too few wrote."""
    if len(cards) < rule.min_evaluators:
        return ()
    return tuple(sorted(text for card in cards for text in card.texts if text))
