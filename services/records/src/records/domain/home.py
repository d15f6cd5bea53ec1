"""What waits for a card: to-do lists of its home screen, in the words of the scheme (JX-18)."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from scheme import Allowed, Chain, Scheme
from servicekit.home import Counter, Todo

from records.domain.progress import Progress, StudentProgress, core_dimensions, lacking
from records.domain.quotas import COUNTED
from records.domain.state import State
from records.domain.term import Term


@dataclass(frozen=True, slots=True)
class Group:
    """Records that are alike, and how many they are. `kind` None: declared positions."""

    term_id: UUID
    kind: str | None
    state: str
    step: str | None
    origin: str
    count: int
    dimension: str | None = None
    by_family: bool = True
    last_submitted_at: datetime | None = None


def operations(scheme: Scheme) -> frozenset[str]:
    """The operations of this service: preparing, reporting and its reviews, positions, the release of misconduct."""
    found = {kind.operation for kind in scheme.kinds}
    chains = [kind.review for kind in scheme.kinds]
    if scheme.positions is not None:
        found.add(scheme.positions.operation)
        chains.append(scheme.positions.review)
    if scheme.archives.release is not None and scheme.archives.release.operation is not None:
        found.add(scheme.archives.release.operation)
    if scheme.final is not None:
        found |= {scheme.final.operation, scheme.final.review_operation}
    found |= {switch.operation for switch in scheme.switches if switch.operation is not None}
    if scheme.participation is not None:
        found.add(scheme.participation.operation)
    for chain in chains:
        found |= {name for step in chain.steps for name in (step.operation, step.mend_operation) if name}
    return frozenset(found)


def reviewers(schemes: Iterable[Scheme]) -> frozenset[str]:
    """The roles that review something in any of these schemes: of all others nothing need be counted."""
    found: set[str] = set()
    for scheme in schemes:
        chains = [kind.review for kind in scheme.kinds] + ([scheme.positions.review] if scheme.positions else [])
        found |= {role for chain in chains for step in chain.steps for role in (step.role, step.silence.to) if role}
        found |= {scheme.final.reviewer} if scheme.final is not None else set()
    return frozenset(found)


class Todos:
    """The to-do list of a card: equal entries are added up, each with the earliest end of its windows."""

    def __init__(self, roles: Collection[str], path: str, now: datetime) -> None:
        self._roles, self._path, self._now = roles, path, now
        self._found: dict[str, Todo] = {}

    def add(self, id: str, title: str, count: int, until: datetime | None = None, detail: str | None = None) -> None:
        """Add `count` things to an entry."""
        known = self._found.get(id)
        if known is None:
            self._found[id] = Todo(id=id, title=title, count=count, until=until, detail=detail)
            return
        ends = [at for at in (known.until, until) if at is not None]
        self._found[id] = known.model_copy(update={"count": known.count + count, "until": min(ends, default=None)})

    def add_waiting(self, term: Term, group: Group) -> None:
        """Records or positions that wait for a review by this card, if its window is open."""
        answer = self._open(term, _chain(term, group), group, mending=False)
        if answer is None:
            return
        word = term.scheme.text("record", "记录")
        if group.kind is None:
            self.add("positions_to_review", f"待确认的{term.scheme.text('position', '职务')}申报", group.count, answer.until)
        elif group.origin == "reported":
            self.add("records_to_review", f"待审核的{word}", group.count, answer.until)
        else:
            self.add("records_to_confirm", f"待确认的{word}", group.count, answer.until, "由学校导入或录入")

    def add_final(self, term: Term, count: int) -> None:
        """Final submissions that wait for the school's review, if its window is open (CS-08)."""
        final = term.scheme.final
        if final is None or final.reviewer not in self._roles:
            return
        answer = term.ask(final.review_operation, self._roles, self._now, self._path)
        if isinstance(answer, Allowed):
            self.add("final_submissions_to_review", f"待审核的{final.title}", count, answer.until)

    def add_own(self, term: Term, group: Group) -> None:
        """A student's own drafts and what was returned, while it can still be submitted."""
        answer = self._open(term, _chain(term, group), group, mending=group.state == State.RETURNED)
        if answer is None or not group.by_family:
            return
        scheme = term.scheme
        again = f"改好后再{scheme.text('submit', '提交')}"
        if group.state == State.DRAFT and scheme.drafts is not None:
            return  # a growth record may stay one (CS-05)
        if group.state == State.DRAFT:
            self.add("drafts", f"还没有{scheme.text('submit', '提交')}的草稿", group.count, answer.until)
        elif group.state == State.RETURNED and group.kind is None:
            title = f"被{scheme.text('return', '退回')}的{scheme.text('position', '职务')}申报"
            self.add("positions_returned", title, group.count, answer.until, "改好后再申报")
        elif group.state == State.RETURNED:
            title = f"被{scheme.text('return', '退回')}的{scheme.text('record', '记录')}"
            self.add("records_returned", title, group.count, answer.until, again)

    def add_returned(self, term: Term, group: Group) -> None:
        """What a member of staff entered and has to correct, while that is possible."""
        answer = self._open(term, _chain(term, group), group, mending=True)
        if answer is not None:
            title = f"被{term.scheme.text('return', '退回')}的{term.scheme.text('record', '记录')}"
            self.add("records_returned", title, group.count, answer.until, "由您录入，请改正")

    def add_lacking(self, term: Term, students: Sequence[StudentProgress]) -> None:
        """Students of a class with dimensions or kinds in which there is nothing yet."""
        scheme, grade = term.scheme, term.grade(self._path)
        gaps: dict[str, int] = {}
        incomplete = 0
        for one in students:
            dimensions, kinds = lacking(one, scheme, grade)
            incomplete += bool(dimensions)
            for title in [scheme.dimension(name).title for name in dimensions] + [scheme.kind(name).title for name in kinds]:
                gaps[title] = gaps.get(title, 0) + 1
        if incomplete:
            most = sorted(gaps.items(), key=lambda item: -item[1])[:3]
            detail = "，".join(f"{title}差 {count} 人" for title, count in most)
            self.add("students_lacking", "还有维度没有记录的学生", incomplete, detail=detail)

    def done(self) -> list[Todo]:
        """The entries: first what ends first."""
        return sorted(self._found.values(), key=lambda todo: (todo.until is None, todo.until or self._now))

    def _open(self, term: Term, chain: Chain | None, group: Group, *, mending: bool) -> Allowed | None:
        if chain is None:
            return None
        step = next((step for step in chain.steps if step.id == group.step), None)
        if group.state == State.SUBMITTED:
            operation = step.operation if step else None
        elif group.kind is None:
            operation = term.scheme.positions.operation if term.scheme.positions else None
        else:
            kind = term.scheme.as_of(None, group.kind).kind(group.kind)
            operation = (step.mend_operation if step and mending else None) or kind.operation
        answer = term.ask(operation, self._roles, self._now, self._path) if operation else None
        return answer if isinstance(answer, Allowed) else None


def _chain(term: Term, group: Group) -> Chain | None:
    if group.kind is not None:
        return term.scheme.as_of(None, group.kind).kind(group.kind).review
    return term.scheme.positions.review if term.scheme.positions else None


@dataclass(slots=True)
class Tile:
    """The records of one dimension in numbers."""

    confirmed: int = 0
    reported: int = 0
    last_reported_at: datetime | None = None


def tiles(groups: Iterable[Group], term_id: UUID) -> dict[str, Tile]:
    """The tiles of a term by dimension (JX-17)."""
    found: dict[str, Tile] = {}
    for group in groups:
        if group.term_id != term_id or group.dimension is None or group.state not in COUNTED:
            continue
        tile = found.setdefault(group.dimension, Tile())
        tile.reported += group.count
        tile.confirmed += group.count if group.state in (State.APPROVED, State.AMENDING) else 0
        times = [at for at in (tile.last_reported_at, group.last_submitted_at) if at is not None]
        tile.last_reported_at = max(times, default=None)
    return found


def reportable(scheme: Scheme, dimension: str, roles: Collection[str], grade: int | None) -> bool:
    """Does this dimension have a kind that one of these roles enters for this grade? Else the school fills it."""
    kinds = scheme.dimension(dimension).kinds
    return any(kind.fits_grade(grade) and any(kind.may_enter(role) for role in roles) for kind in kinds)


def own_counters(scheme: Scheme, found: Mapping[str, Tile]) -> list[Counter]:
    """How many of a student's records are confirmed, and in how many dimensions there is one."""
    core = core_dimensions(scheme)
    record, approve = scheme.text("record", "记录"), scheme.text("approve", "确认")
    confirmed, reported = sum(tile.confirmed for tile in found.values()), sum(tile.reported for tile in found.values())
    return [
        Counter(id="records_confirmed", title=f"已{approve}的{record}", done=confirmed, of=reported),
        Counter(id="dimensions_with_records", title="有记录的维度", done=len(found.keys() & set(core)), of=len(core)),
    ]


def class_counters(scheme: Scheme, total: Progress) -> list[Counter]:
    """How many students have records in all dimensions, and how many records are confirmed."""
    record, approve = scheme.text("record", "记录"), scheme.text("approve", "确认")
    return [
        Counter(id="students_complete", title="各维度都有记录的学生", done=total.complete, of=total.students, path=total.path),
        Counter(
            id="records_confirmed", title=f"已{approve}的{record}", done=total.confirmed, of=total.reported, path=total.path
        ),
    ]
