"""Roles: what the platform lets their holders do (capabilities), who grants them, and the roles that exist without a scheme.

A card holds a role at an organisation. `school_recorder` and `district_recorder` are the role `recorder` at two levels; a role
of one level, such as `publicity_panel`, has no level in its name. Pure.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from scheme.base import ContentError

if TYPE_CHECKING:
    from scheme.parts import OrgLevel, Role
    from scheme.scheme import Scheme

type Capability = Literal[
    "act_as_student", "act_as_guardian", "act_for_student", "run_platform", "create_organisations", "grant_staff",
    "manage_accounts", "help_accounts", "help_families", "read_audit", "keep_webhooks", "see_students", "see_records",
    "see_personal_numbers", "move_students", "correct_students", "import_roster", "decide_claims", "import", "plan_terms",
    "enter", "review", "void_records", "release_records", "evaluate", "see_board", "decide_cases", "see_progress", "oversee",
    "oversee_schools", "judge", "seal", "preview_archives", "take_archives", "correct_archives", "backfill",
    "keep_contacts", "see_contacts", "adopt_schemes",
]  # fmt: skip
"""What a route may require. `CAPABILITIES` says what each one means."""

CAPABILITIES: Mapping[Capability, str] = {
    "act_as_student": "Is a student, and acts for themself only: self-evaluation, the choice for the career archive.",
    "act_as_guardian": "Is the guardian of a student: gives the child a code for a new password.",
    "act_for_student": "Acts for one student, as the student or a guardian: selects records for publicity.",
    "run_platform": "Runs the platform: appoints administrators of provinces, and sees no student.",
    "create_organisations": "Creates organisations below the own one (NR-01).",
    "grant_staff": "Offers, moves and revokes staff cards; which ones, the roles' `granted_by` says (NR-05).",
    "manage_accounts": "Disables and enables accounts, and helps where several schools below share an account (L-01).",
    "help_accounts": "Resets passwords, gives codes and prints slips for accounts whose cards all lie within the scope (L-01).",
    "help_families": "Has a right over the cards of the students and guardians of the own organisation (L-01).",
    "read_audit": "Reads the audit trail of the own organisation.",
    "keep_webhooks": "Registers webhooks of the own organisation.",
    "see_students": "Sees the students, classes and organisations below the own one.",
    "see_records": "Reads all records, evaluations and archives of the students below the own organisation; without it, staff "
    "see the records of the kinds that they enter or review (JX-18).",
    "see_personal_numbers": "Reads a student's ID number in full, and the registered guardians; every look is audited.",
    "move_students": "Moves students between classes and schools of the own organisation (BJ-04).",
    "correct_students": "Corrects a student's registry number, document and status at the school (L-03, BJ-04).",
    "import_roster": "Brings the roster of the school, and sees all imports of the organisation (L-10).",
    "decide_claims": "Decides to which school a student belongs whom two schools name (L-10).",
    "import": "Brings workbooks; which ones, the scheme's import types say (JX-05).",
    "plan_terms": "Creates the school's terms and changes their timetables (SH-01).",
    "enter": "Enters records for students; which kinds, the scheme says (SH-04, BJ-06).",
    "review": "Takes a step of a review chain; which one, the scheme says (JX-04).",
    "void_records": "Voids a record of the school (JX-09).",
    "release_records": "Releases a misconduct record (JX-14).",
    "evaluate": "Evaluates students; which evaluations, the scheme says (JX-12).",
    "see_board": "Looks at the publicity board, as far as the scheme's rules for the role reach (JX-07, X-09).",
    "decide_cases": "Acts at a stage of a complaint or appeal; at which, the scheme says (JX-09, CS-10, SH-10).",
    "see_progress": "Sees how far the records of the own classes are (JX-18).",
    "oversee": "Sees how far publicity and archives of everything below are (NR-04).",
    "oversee_schools": "Administers schools below: compares how far they are, and appoints their administrators (NR-04).",
    "judge": "Gives the verdict on a student at the end of a stage (SH-11).",
    "seal": "Seals a term's archives, and a student's career archive (JX-13).",
    "preview_archives": "Sees what sealing would print, and what is missing, before it is done.",
    "take_archives": "Downloads the archives of a class or school in one file (BJ-09).",
    "correct_archives": "Asks for, and agrees to, a corrected version of a sealed archive (X-10).",
    "backfill": "Backfills the archive of a student who came from elsewhere (JX-15).",
    "keep_contacts": "Keeps the contact sheet of the school (SH-12).",
    "adopt_schemes": "Adopts and withdraws versions of the scheme; at which level, its `authority` says (X-01).",
    "see_contacts": "Reads the contact sheets, with telephone numbers, of the own organisation and those below (SH-12).",
}
"""What each capability lets its holder do."""

LEVELS: tuple["OrgLevel", ...] = ("province", "city", "district", "school", "grade", "class")
"""The levels of organisations at which staff have a role, from above."""
FAMILY = ("student", "guardian")
"""The roles that follow from enrolment and registration; nobody grants them."""
ADMINISTRATOR = "_administrator"
"""How the ids of administrators end, after their level. No scheme can rename them or do without them."""
ABOVE_SCHOOLS = ("province", "city", "district")
_IN_FRONT = (*ABOVE_SCHOOLS, "school")
"""The levels that stand in front of a role's name. `class_teacher` is a name of its own."""

_ADMINISTRATOR: tuple[Capability, ...] = (
    "create_organisations", "grant_staff", "manage_accounts", "help_accounts", "read_audit", "keep_webhooks", "see_students",
    "see_records", "move_students", "import_roster", "decide_claims", "import", "see_board", "decide_cases", "see_progress",
    "oversee", "preview_archives", "correct_archives", "see_contacts",
)  # fmt: skip
_OF_SCHOOL: tuple[Capability, ...] = (
    "help_families", "see_personal_numbers", "correct_students", "plan_terms", "enter", "review", "void_records",
    "release_records", "evaluate", "seal", "take_archives", "backfill", "keep_contacts",
)  # fmt: skip
_READS: tuple[Capability, ...] = ("see_students", "import", "see_progress", "see_board")
_PLATFORM: Mapping[str, tuple[frozenset[str], tuple[Capability, ...]]] = {
    "operator": (frozenset(), ("run_platform",)),
    "student": (frozenset(), ("act_as_student", "act_for_student", "see_board")),
    "guardian": (frozenset(), ("act_as_guardian", "act_for_student", "see_board")),
    "administrator": (frozenset({"province", "city", "district", "school"}), _ADMINISTRATOR),
    "recorder": (frozenset({"province", "city", "district", "school"}), (*_READS, "enter", "see_contacts")),
    "auditor": (
        frozenset({"province", "city", "district", "school"}),
        (*_READS, "see_records", "decide_cases", "oversee", "correct_archives", "see_contacts"),
    ),
    "principal": (
        frozenset({"school"}),
        (
            *_READS, "see_records", "decide_cases", "oversee", "judge", "preview_archives", "take_archives",
            "correct_archives", "see_contacts",
        ),
    ),
    "class_teacher": (
        frozenset({"class"}),
        (
            *_READS, "see_records", "help_accounts", "help_families", "see_personal_numbers", "enter", "review", "evaluate",
            "decide_cases", "oversee", "take_archives", "see_contacts",
        ),
    ),
    "subject_teacher": (frozenset({"school", "grade", "class"}), (*_READS, "see_records", "enter", "evaluate", "see_contacts")),
}  # fmt: skip
"""The roles that exist without a scheme: at which levels, and what they may do. A scheme that names one of the staff roles says
both itself."""


@dataclass(frozen=True)
class RoleRule:
    """What holds for a role at a level: its name where a scheme gives one, who grants it, and what its holder may do."""

    title: str | None
    granted_by: frozenset[str]
    """Roles with their level (`school_administrator`), of the same organisation or of one above it."""
    may: frozenset[Capability]


def platform_capabilities(role: str, level: str) -> frozenset[Capability]:
    """What a role may do where no scheme names it; nothing for a role that the platform does not know."""
    found = _PLATFORM.get(role)
    if found is None:
        return frozenset()
    of_school = _OF_SCHOOL if (role, level) == ("administrator", "school") else ()
    above = ("oversee_schools", "adopt_schemes") if role == "administrator" and level in ABOVE_SCHOOLS else ()
    far = {"correct_archives", "see_contacts"} if level in ("city", "province") else set()
    return frozenset((*found[1], *of_school, *above)) - far


def platform_granters(role: str, level: str) -> frozenset[str]:
    """Who grants a role where no scheme says it: administrators appoint administrators at their level and below it, and all
    other staff of their own organisation; operators appoint those of provinces (NR-01, NR-05)."""
    if role == "administrator" and level in LEVELS:
        above = LEVELS[: min(LEVELS.index(level), LEVELS.index("school")) + 1]
        return frozenset({*(f"{one}_administrator" for one in above), *(("operator",) if level == "province" else ())})
    return frozenset({f"{level}_administrator" if level in ABOVE_SCHOOLS else "school_administrator"})


def platform_rule(role: str, level: str) -> RoleRule | None:
    """The rule of a staff role that the platform knows at this level without a scheme."""
    levels = _PLATFORM.get(role, (frozenset(), ()))[0]
    if level not in levels:
        return None
    return RoleRule(None, platform_granters(role, level), platform_capabilities(role, level))


def held_as(role: str, level: str) -> str:
    """The role that a card holds for a role of a scheme at a level: `recorder` for `school_recorder` at a school."""
    return role.removeprefix(f"{level}_") if level in _IN_FRONT else role


def known(scheme: "Scheme", role: str, level: str) -> "Role | None":
    """The scheme's role that a staff card of this role at this level holds; None: the scheme has no such role there."""
    if role in FAMILY:
        return None
    return next(
        (
            one
            for one in scheme.roles
            if level in one.levels and role in (one.id, held_as(one.id, level)) and one.id not in FAMILY
        ),
        None,
    )


def rule_of(schemes: Iterable["Scheme"], role: str, level: str) -> RoleRule | None:
    """The rule of a staff role at a level, as these schemes say it; else the platform's. None: there is no such role there.

    Several schemes are those of an organisation above schools and of the schools below it: what one of them allows, counts.
    """
    found = [one for scheme in schemes if (one := known(scheme, role, level)) is not None]
    if not found:
        return platform_rule(role, level)
    base = platform_capabilities(role, level)
    return RoleRule(
        found[0].title,
        frozenset().union(*(one.granted_by or platform_granters(role, level) for one in found)),
        frozenset().union(*(base if one.may is None else one.may for one in found)),
    )


def staff_roles(schemes: Iterable["Scheme"], level: str) -> list[str]:
    """The staff roles of an organisation at this level, as cards hold them: administrators, and those that the schemes name;
    without any scheme all that the platform knows."""
    schemes = list(schemes)
    own = [role for role, (levels, _) in _PLATFORM.items() if level in levels]
    if not schemes:
        return own
    named = [
        held_as(one.id, level) for scheme in schemes for one in scheme.roles if level in one.levels and one.id not in FAMILY
    ]
    return list(dict.fromkeys([*(role for role in own if role == "administrator" or role in named), *named]))


@dataclass(frozen=True)
class RosterRole:
    """A role that the roster of a school may offer: how cards hold it, and at which levels within the school."""

    role: str
    title: str | None
    """What the scheme calls it; None: the scheme does not name it."""
    levels: frozenset[str]


def roster_roles(scheme: "Scheme | None") -> list[RosterRole]:
    """The roles that the school's administrator appoints, and so may bring with a roster, in the order of the scheme."""
    schemes = [] if scheme is None else [scheme]
    found: dict[str, RosterRole] = {}
    for level in ("school", "grade", "class"):
        for role in dict.fromkeys([*staff_roles(schemes, level), *staff_roles([], level)]):
            rule = rule_of(schemes, role, level)
            if rule is None or "school_administrator" not in rule.granted_by:
                continue
            before = found.get(role, RosterRole(role, rule.title, frozenset()))
            found[role] = RosterRole(role, before.title or rule.title, before.levels | {level})
    named = [held_as(one.id, level) for one in (scheme.roles if scheme else ()) for level in one.levels]
    return sorted(found.values(), key=lambda one: named.index(one.role) if one.role in named else len(named))


def misnamed(roles: Iterable["Role"]) -> Iterator[ContentError]:
    """What is wrong with the names of roles: a level in front that is not the role's own, or two that a card could not tell
    apart, or a name that stands for the role at several levels."""
    seen: dict[tuple[str, str], str] = {}
    for number, role in enumerate(roles):
        front = next((level for level in _IN_FRONT if role.id.startswith(f"{level}_")), None)
        if front is not None and role.levels != (front,):
            yield ContentError(
                f"role {role.id!r}: is held at {', '.join(role.levels)}, but its name says {front}",
                f"角色“{role.title}”的标识以 {front}_ 开头，任职层级却不是 {front}",
                f"请写 at: {front}，并且不写 also_at，或换一个标识",
                *(number, "at"),
                about=[role.id],
            )
        if role.id in ("operator", "administrator"):
            yield ContentError(
                f"role {role.id!r}: belongs to the platform; name it with its level",
                f"“{role.id}”是平台自用的角色",
                "请在前面写上层级，如 school_administrator",
                *(number, "id"),
                about=[role.id],
            )
        for level in role.levels:
            other = seen.setdefault((held_as(role.id, level), level), role.id)
            if other != role.id:
                yield ContentError(
                    f"roles {other!r} and {role.id!r}: a card at a {level} cannot be both",
                    f"角色“{role.id}”与“{other}”在同一层级无法区分",
                    "请给其中一个换一个标识",
                    *(number, "id"),
                    about=[role.id, other],
                )
        if role.id in FAMILY and (role.may is not None or role.granted_by):
            yield ContentError(
                f"role {role.id!r}: follows from enrolment; the platform says what it may do",
                f"“{role.title}”的权限由平台规定，不由方案授予",
                "请删去 may 与 granted_by",
                *(number, "may" if role.may is not None else "granted_by"),
                about=[role.id],
            )


def contradictions(roles: Sequence["Role"]) -> Iterator[ContentError]:
    """What is wrong with roles: their names, and granters that do not exist or may not grant. Paths begin with the number of
    the role."""
    yield from misnamed(roles)
    granters = {f"{level}_administrator": True for level in _IN_FRONT}
    granters |= {role.id: role.may is None or "grant_staff" in role.may for role in roles if role.id not in FAMILY}
    for number, role in enumerate(roles):
        for index, one in enumerate(role.granted_by):
            if one not in granters:
                yield ContentError(
                    f"role {role.id!r}: granted_by {one!r}, which is no role of staff",
                    f"没有“{one}”这个教职工角色",
                    "请写 roles 中某个角色的 id",
                    *(number, "granted_by", index),
                    about=[role.id, one],
                )
            elif not granters[one]:
                yield ContentError(
                    f"role {role.id!r}: granted_by {one!r}, which may not `grant_staff`",
                    f"角色“{one}”没有任命教职工的权限，却要任命“{role.title}”",
                    f"请在角色“{one}”的 may 中加上 grant_staff，或改由其他角色任命",
                    *(number, "granted_by", index),
                    about=[role.id, one],
                )
