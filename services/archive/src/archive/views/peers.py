"""The shapes of evaluations by classmates: one's own cards, counts about a student, and how far classes are (CS-12)."""

from collections.abc import Iterable
from datetime import datetime
from itertools import groupby
from typing import Any
from uuid import UUID

from servicekit.refusals import Refusal

from archive.domain.peers import Distribution, PeerCard, PeerProgress, PeerSheet, dimensions_of
from archive.domain.terms import ArchiveTerm
from archive.views.base import View


class AnswerView(View):
    """What is said of one dimension; null where the evaluation is not by dimension."""

    dimension: str | None
    choice: str | None
    text: str


class PeerCardView(View):
    """A classmate and what one said of them; no answers: nothing yet. `submitted`: it can no longer be changed."""

    student_id: UUID
    student_name: str
    answers: list[AnswerView]
    submitted: bool


class PeerSheetView(View):
    """One's classmates, by name. `submitted`: nothing is left to do. `until`: when it closes, while it is `open`."""

    term_id: UUID
    type: str
    title: str
    open: bool
    until: datetime | None
    done: int
    of: int
    submitted: bool
    cards: list[PeerCardView]

    @classmethod
    def of_sheet(cls, sheet: PeerSheet) -> "PeerSheetView":
        """From the use case's result."""
        dimensions = dimensions_of(sheet.term.scheme, sheet.rule)
        cards = [
            PeerCardView(
                student_id=one.id,
                student_name=one.name,
                answers=_answers(dimensions, sheet.cards.get(one.id)),
                submitted=one.id in sheet.cards and sheet.cards[one.id].submitted_at is not None,
            )
            for one in sheet.classmates
        ]
        return cls(
            term_id=sheet.term.id, type=sheet.rule.id, title=sheet.rule.title, open=sheet.open, until=sheet.until,
            done=sheet.done, of=len(cards), submitted=sheet.submitted, cards=cards,
        )  # fmt: skip


def _answers(dimensions: tuple[str, ...], card: PeerCard | None) -> list[AnswerView]:
    if card is None:
        return []
    texts = card.texts or ("",) * len(dimensions)
    return [
        AnswerView(dimension=name or None, choice=choice or None, text=text)
        for name, choice, text in zip(dimensions, card.choices, texts, strict=False)
    ]


class CardResultView(View):
    """How one card went: saved, or refused with the code, the sentence and the wrong fields."""

    student_id: UUID
    ok: bool
    code: str | None
    detail: str | None
    errors: list[dict[str, Any]]

    @classmethod
    def of(cls, result: Any) -> "CardResultView":
        """From the use case's result."""
        refusal: Refusal | None = result.refusal
        return cls(
            student_id=result.student_id,
            ok=refusal is None,
            code=refusal.code if refusal else None,
            detail=(refusal.detail or refusal.meaning.title) if refusal else None,
            errors=refusal.details.get("errors", []) if refusal else [],
        )


class SavedCardsView(View):
    """How each card went, in the order in which they came, and how far one is."""

    results: list[CardResultView]
    done: int
    of: int


class CountView(View):
    """How often a choice was made."""

    choice: str
    title: str
    count: int


class DistributionView(View):
    """The choices about a student in one dimension; no counts where fewer than the scheme's least number made one."""

    dimension: str | None
    title: str | None
    evaluators: int
    counts: list[CountView]


class PeerResultView(View):
    """What classmates said of a student, as numbers; texts without names."""

    term_id: UUID
    student_id: UUID
    type: str
    title: str
    min_evaluators: int
    dimensions: list[DistributionView]
    texts: list[str]


def result_view(
    term: ArchiveTerm, student_id: UUID, type: str, found: Iterable[Distribution], texts: Iterable[str]
) -> PeerResultView:
    """From the use case's result."""
    rule = term.scheme.evaluation(type)
    titles = {choice.id: choice.title for choice in rule.choices}
    return PeerResultView(
        term_id=term.id,
        student_id=student_id,
        type=type,
        title=rule.title,
        min_evaluators=rule.min_evaluators,
        dimensions=[
            DistributionView(
                dimension=one.dimension or None,
                title=term.scheme.dimension(one.dimension).title if one.dimension else None,
                evaluators=one.evaluators,
                counts=[CountView(choice=c.choice, title=titles[c.choice], count=c.count) for c in one.counts],
            )
            for one in found
        ],
        texts=list(texts),
    )


class PupilProgressView(View):
    """How many classmates a student has evaluated and submitted, of how many; never what was said."""

    student_id: UUID
    student_name: str
    given: int
    expected: int
    finished: bool


class ClassPeerProgressView(View):
    """How many students of a class have evaluated every classmate. `pupils`: where one class is asked for."""

    path: str
    grade_title: str
    class_title: str
    finished: int
    students: int
    pupils: list[PupilProgressView]


class PeerProgressView(View):
    """How far the classes of a scope are, in the order of their paths."""

    term_id: UUID
    type: str
    title: str
    finished: int
    students: int
    classes: list[ClassPeerProgressView]


def progress_view(term: ArchiveTerm, type: str, rows: list[PeerProgress]) -> PeerProgressView:
    """From the use case's result; students by name only where it is about one class."""
    grouped = [(path, list(of_class)) for path, of_class in groupby(rows, key=lambda row: row.path)]
    classes = [
        ClassPeerProgressView(
            path=path,
            grade_title=of_class[0].grade_title,
            class_title=of_class[0].class_title,
            finished=sum(row.finished for row in of_class),
            students=len(of_class),
            pupils=[PupilProgressView.model_validate(row) for row in of_class] if len(grouped) == 1 else [],
        )
        for path, of_class in grouped
    ]
    return PeerProgressView(
        term_id=term.id,
        type=type,
        title=term.scheme.evaluation(type).title,
        finished=sum(one.finished for one in classes),
        students=len(rows),
        classes=classes,
    )
