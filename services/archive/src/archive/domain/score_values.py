"""What the parts of a student's score add up to: choices, entered values, adjustments, earlier years, records (BJ-10). Pure."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from decimal import Decimal

from scheme import Evaluation as EvaluationRule
from scheme import ScoredResult, ScorePart
from scheme.quotas import QuotaEntry, ledger
from scheme.results import Band
from scheme.score_parts import mean

from archive.domain.evaluations import Evaluation
from archive.domain.peers import PeerCard, dimensions_of
from archive.domain.repeated_years import counting_year
from archive.domain.scores import Adjustment, Score, dimensions_in
from archive.domain.terms import ArchiveTerm


@dataclass(frozen=True)
class EarlierResult:
    """A locked result of an earlier term in one dimension ("": the result has none). year: the grade it was given in."""

    year: int
    school_year: str
    dimension: str
    score: Decimal
    band: str


@dataclass(frozen=True)
class ScoreInputs:
    """Everything that counts for one student's score. classmates: of how many; None: enough for any evaluation."""

    evaluations: Sequence[Evaluation] = ()
    cards: Mapping[str, Sequence[PeerCard]] = field(default_factory=dict)
    """What classmates said, by type of evaluation."""
    scores: Sequence[Score] = ()
    values: Mapping[tuple[str, str], Sequence[Decimal]] | None = None
    """Instead of `scores`: what was entered by part and dimension, where who entered it does not matter."""
    adjustments: Sequence[Adjustment] = ()
    classmates: int | None = None
    earlier: Sequence[EarlierResult] = ()
    records: Sequence[QuotaEntry] = ()
    """Archived records of the stage that parts count, oldest first."""


@dataclass(frozen=True)
class DimensionScore:
    """What the parts of a dimension are worth, by part, and the score; None while a weighted part is missing. left_out: parts
    that this student cannot have. unsettled: parts whose scorers do not agree."""

    dimension: str
    values: Mapping[str, Decimal]
    score: Decimal | None
    band: Band | None
    left_out: frozenset[str] = frozenset()
    unsettled: frozenset[str] = frozenset()

    def lacks(self, part: ScorePart) -> bool:
        """Whether this part has to come yet."""
        return bool(part.weight) and part.id not in self.values and part.id not in self.left_out


@dataclass(frozen=True)
class StudentScore:
    """The scores of a student by dimension, and the total; None while one is missing, and where the scheme has no total."""

    dimensions: tuple[DimensionScore, ...]
    total: Decimal | None
    band: Band | None

    @property
    def complete(self) -> bool:
        """Whether nothing is missing."""
        return all(one.score is not None for one in self.dimensions)


def score_of(term: ArchiveTerm, given: ScoreInputs, path: str | None = None) -> StudentScore:
    """What a student's parts add up to, dimension by dimension, and the total (BJ-10). path: of the class, which says the parts
    that count; None: all of them."""
    rule = term.need_scored() if path is None else term.scored_at(path)
    counted = {part.id: _recorded(term, part, given.records) for part in rule.parts if part.source == "records"}
    found = []
    for dimension in dimensions_in(term, rule):
        left_out = frozenset(part.id for part in rule.parts if is_left_out(term, part, dimension, given))
        values = {
            part.id: value
            for part in rule.parts
            if part.id not in left_out and (value := _part(term, part, dimension, given, counted)) is not None
        }
        unsettled = frozenset(
            part.id
            for part in rule.parts
            if part.id not in values and len(_entered(part, dimension, given)) >= part.min_scorers
        )
        score = rule.score(values, left_out)
        if score is not None and path is not None:
            score = _of_stage(term, rule, path, score, dimension, given.earlier, values)
        band = None if score is None else rule.band(score, dimension)
        found.append(DimensionScore(dimension, values, score, band, left_out, unsettled))
    return _with_total(rule, found)


def corrected(term: ArchiveTerm, score: StudentScore, bands: Mapping[str, str]) -> StudentScore:
    """The scores with the bands that cases decided, each with what a mark of it is worth, and the total of these (X-15)."""
    rule = term.need_scored()
    found = []
    for one in score.dimensions:
        band = rule.band_by_id(bands[one.dimension]) if one.dimension in bands else None
        same = band is None or (one.band is not None and one.band.id == band.id)
        found.append(one if band is None or same else replace(one, score=band.worth, band=band))
    return _with_total(rule, found)


def _of_stage(
    term: ArchiveTerm, rule: ScoredResult, path: str, score: Decimal, dimension: str, earlier: Sequence[EarlierResult],
    values: dict[str, Decimal],
) -> Decimal:  # fmt: skip
    """The score of the stage where a part weighs this term with earlier years, which is added to `values`; else the term's."""
    part, grade = next((part for part in rule.parts if part.with_this_term), None), term.grade(path)
    if part is None or grade is None:
        return score
    again = [one for one in earlier if one.year != grade or one.school_year == term.school_year]
    found = rule.of_stage(score, grade, _terms(term, part, dimension, again), dimension)
    if found is None:
        return score
    values[part.id] = found
    return found


def _with_total(rule: ScoredResult, found: Sequence[DimensionScore]) -> StudentScore:
    total = rule.total([one.score for one in found])
    return StudentScore(tuple(found), total, rule.whole(total, [one.band for one in found]))


def is_left_out(term: ArchiveTerm, part: ScorePart, dimension: str, given: ScoreInputs) -> bool:
    """Whether the student cannot have this part: of too few classmates, or no earlier year has a result."""
    if part.source == "earlier":
        return not part.asks and not part.with_this_term and not _years(term, part, dimension, given.earlier)
    if part.evaluation is None or given.classmates is None:
        return False
    evaluation = term.scheme.evaluation(part.evaluation)
    return evaluation.about == "classmates" and given.classmates < _least(part, evaluation, given.classmates)


def _least(part: ScorePart, evaluation: EvaluationRule, classmates: int | None) -> int:
    """How many classmates must have said something, so that nobody knows who said what (CS-12): where small classes are
    counted all there are, but two at least."""
    if part.small_class == "counted" and classmates is not None:
        return min(evaluation.min_evaluators, max(2, classmates))
    return evaluation.min_evaluators


def lacks_year(term: ArchiveTerm, part: ScorePart, dimension: str, earlier: Sequence[EarlierResult]) -> bool:
    """Whether a school year that the part weighs has no result, so that somebody is asked for it."""
    return part.years.keys() != _years(term, part, dimension, earlier).keys()


def _part(
    term: ArchiveTerm, part: ScorePart, dimension: str, given: ScoreInputs, counted: Mapping[str, Mapping[str, list[Decimal]]]
) -> Decimal | None:
    if part.source == "adjustment":
        points = [
            a.points for a in given.adjustments if (a.part, a.dimension) == (part.id, dimension) and a.withdrawn_at is None
        ]
        return part.capped(points) if points else None
    if part.with_this_term:
        return None  # after the others
    if part.source == "earlier":
        entered = part.resolved(_entered(part, dimension, given))
        return part.of_years(_years(term, part, dimension, given.earlier), entered)
    if part.source == "records":
        return part.capped(counted[part.id].get(dimension, ()))
    if part.source == "evaluation":
        evaluation = term.scheme.evaluation(part.evaluation or "")
        points = list(_points(term, part, evaluation, dimension, given))
        if evaluation.about == "classmates" and len(points) < _least(part, evaluation, given.classmates):
            return None  # so few that the mean would tell what one of them chose (CS-12)
        return mean(points) if points else None
    return part.resolved(_entered(part, dimension, given))


def _entered(part: ScorePart, dimension: str, given: ScoreInputs) -> list[Decimal]:
    if not part.entered:
        return []
    if given.values is not None:
        return list(given.values.get((part.id, dimension), ()))
    return [s.value for s in given.scores if (s.part, s.dimension) == (part.id, dimension)]


def _points(
    term: ArchiveTerm, part: ScorePart, evaluation: EvaluationRule, dimension: str, given: ScoreInputs
) -> Iterable[Decimal]:
    """What the choices of an evaluation are worth: of its author, or of each classmate."""
    choices: list[str | None]
    if evaluation.about == "classmates":
        at = dimensions_of(term.scheme, evaluation).index(dimension)
        choices = [card.choices[at] for card in given.cards.get(evaluation.id, ()) if at < len(card.choices)]
    else:
        mine = [e for e in given.evaluations if e.type == evaluation.id]
        choices = [(e.parts[dimension].choice if dimension in e.parts else None) if dimension else e.choice for e in mine]
    return (part.points[choice] for choice in choices if choice is not None and choice in part.points)


def _years(term: ArchiveTerm, part: ScorePart, dimension: str, earlier: Sequence[EarlierResult]) -> dict[int, Decimal]:
    """What each school year is worth: the mean of its terms. Of a year that was repeated the time counts that the scheme
    names (BJ-04)."""
    return {year: mean(values) for year, values in _terms(term, part, dimension, earlier).items()}


def _terms(term: ArchiveTerm, part: ScorePart, dimension: str, earlier: Sequence[EarlierResult]) -> dict[int, list[Decimal]]:
    """What each term of the school years is worth; only years that have any."""
    rule, times = term.need_scored(), term.scheme.enrolment.repeated_year
    found: dict[int, list[Decimal]] = {}
    for year in part.years:
        mine = [one for one in earlier if (one.year, one.dimension) == (year, dimension)]
        counts = counting_year(times, [one.school_year for one in mine])
        values = [_worth(rule, part, one) for one in mine if one.school_year == counts]
        found |= {year: values} if values else {}
    return found


def _worth(rule: ScoredResult, part: ScorePart, one: EarlierResult) -> Decimal:
    if part.takes == "score":
        return one.score
    return (rule.band_by_id(one.band) or rule.band(one.score, one.dimension)).worth


def _recorded(term: ArchiveTerm, part: ScorePart, records: Sequence[QuotaEntry]) -> dict[str, list[Decimal]]:
    """What the shared quotas of the part count of each record, by dimension ("": the result has none)."""
    kinds = {entry.record_id: entry for entry in records}
    found: dict[str, list[Decimal]] = {}
    for quota in term.scheme.quotas:
        if quota.id not in part.quotas:
            continue
        for record_id, line in ledger(term.scheme, quota, records).items():
            entry: QuotaEntry = kinds[record_id]
            if part.span == "stage" or entry.term_id == term.id:
                dimension = term.scheme.dimension_of(entry.kind).id if term.need_scored().per_dimension else ""
                found.setdefault(dimension, []).append(line.counted)
    return found


def known_records(term: ArchiveTerm, records: Iterable[QuotaEntry]) -> list[QuotaEntry]:
    """Those of kinds that the scheme still has and archives."""
    archived = {kind.id for kind in term.scheme.kinds if kind.archive != "never"}
    return [one for one in records if one.kind in archived]


def quotas_counted(rule: ScoredResult) -> frozenset[str]:
    """The shared quotas that parts count."""
    return frozenset(name for part in rule.parts for name in part.quotas)
