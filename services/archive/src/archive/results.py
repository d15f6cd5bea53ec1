"""Results of use cases that are not domain values."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from uuid import UUID

from scheme import Scheme
from scheme.reports import Report
from servicekit.refusals import Refusal

from archive.domain.career import Career
from archive.domain.consents import BandConsent, Key, NewReason
from archive.domain.evaluations import ExpectedEvaluation
from archive.domain.peers import PeerProgress
from archive.domain.progress import Progress, RecordCount
from archive.domain.score_sheets import ShareCount, Sheet, SheetAction, SheetMove, SheetRow
from archive.domain.score_values import ScoreInputs
from archive.domain.scores import NewScore, Score
from archive.domain.seals import Archive
from archive.domain.signed_forms import AwaitedForm
from archive.domain.statistics import Period
from archive.domain.terms import ArchiveTerm
from archive.domain.verdicts import JudgedStudent
from archive.store.home import OfficeWork


@dataclass(frozen=True)
class HomeCounts:
    """What a home screen shows. `terms`: those under way, the present one first; `record_terms`: those of `records`, by id;
    `written`: (term, type) of the own student; `to_evaluate`: how many classmates the own student has not evaluated, by term
    and type; `missing`: evaluations of the card's class that are not written; `unfinished`: who has not evaluated everybody,
    by type; `verdicts`: on the own student's report; `sheets`: of the classes in the card's scope, where there are scores;
    `asked`: how many bands wait for the card's consent; `form`: that the own student's family has to sign and upload;
    `below`: of the card's organisation, for those who oversee others."""

    terms: Sequence[ArchiveTerm]
    written: Collection[tuple[UUID, str]] = ()
    records: Sequence[RecordCount] = ()
    record_terms: Mapping[UUID, ArchiveTerm] = field(default_factory=dict)
    archives: Sequence[Archive] = ()
    career: Career | None = None
    missing: Sequence[ExpectedEvaluation] = ()
    to_evaluate: Mapping[tuple[UUID, str], int] = field(default_factory=dict)
    unfinished: Mapping[str, Sequence[PeerProgress]] = field(default_factory=dict)
    below: Progress | None = None
    office: OfficeWork | None = None
    verdicts: Sequence[tuple[ArchiveTerm, JudgedStudent]] = ()
    sheets: Sequence[tuple[ArchiveTerm, Sequence[Sheet]]] = ()
    asked: int = 0
    form: AwaitedForm | None = None


@dataclass(frozen=True)
class ScoreOutcome:
    """What became of one value: saved, or refused."""

    given: NewScore
    score: Score | None
    refusal: Refusal | None


@dataclass(frozen=True)
class MoveOutcome:
    """What became of one sheet: moved, or refused."""

    path: str
    sheet: Sheet | None
    refusal: Refusal | None


@dataclass(frozen=True)
class ClassSheet:
    """The sheet of a class as somebody sees it."""

    term: ArchiveTerm
    sheet: Sheet
    grade_title: str
    class_title: str
    students: int
    actions: Sequence[SheetAction] = ()


@dataclass(frozen=True)
class FullSheet:
    """The same with its rows, what they are made of by student, its shares so far and its history."""

    head: ClassSheet
    rows: Sequence[SheetRow]
    given: dict[UUID, ScoreInputs]
    shares: Sequence[ShareCount]
    moves: Sequence[SheetMove]
    consents: Mapping[Key, BandConsent] = field(default_factory=dict)


@dataclass(frozen=True)
class AskedConsent:
    """A request to the level above, as it is listed there."""

    term: ArchiveTerm
    consent: BandConsent
    student_name: str
    school_title: str
    grade_title: str
    class_title: str


@dataclass(frozen=True)
class ReasonOutcome:
    """What became of one reason: saved, or refused."""

    given: NewReason
    consent: BandConsent | None
    refusal: Refusal | None


@dataclass(frozen=True)
class DecisionOutcome:
    """What became of one answer: given, or refused."""

    term_id: UUID
    key: Key
    consent: BandConsent | None
    refusal: Refusal | None


@dataclass(frozen=True)
class PeriodOffer:
    """A term of a scheme: how many students have a result, in all and by stage (BJ-03), and which reports a card may have of
    it."""

    scheme: Scheme
    period: Period
    students: int
    reports: Sequence[Report]
    stages: Mapping[str, int]
