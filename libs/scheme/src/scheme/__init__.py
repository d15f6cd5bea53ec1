"""The rules of one deployment as data, and the functions that apply them.

Pure except for `files`, which reads scheme files. The rules of a province are in `schemes/<id>/<version>.yaml`, never
in code.
"""

from scheme import roles, timetable
from scheme.base import Id, UnknownError, UnknownSchemeError
from scheme.calendars import Calendar
from scheme.cases import Action, CaseType, Outcome, Route, Stage, UnroutableError
from scheme.checking import Problem, SchemeError
from scheme.compare import diff
from scheme.files import Schemes, load, load_all, loads
from scheme.forms import Choice, Field, FieldProblem, Form, outcome_of
from scheme.help import Help, Question
from scheme.kinds import Chain, Kind, ReviewStep, Silence
from scheme.layouts import WorkbookLayout
from scheme.operations import Window
from scheme.outcomes import Evaluation
from scheme.parts import Catalog, ImportType, Participation, Positions, ReturnReason, Switch
from scheme.results import Consent, ScoredResult, VerdictResult
from scheme.roles import CAPABILITIES, Capability, RoleRule
from scheme.rule_names import PlatformRule, RuleName
from scheme.scheme import Scheme
from scheme.score_parts import ScorePart
from scheme.stages import STAGE_TITLES, Schooling, SchoolStage
from scheme.timetable import Allowed, Refused, allowed
from scheme.timetable_check import Finding, check
from scheme.values import NamedOutcome, jsonable

__all__ = [
    "CAPABILITIES",
    "STAGE_TITLES",
    "Action",
    "Allowed",
    "Calendar",
    "Capability",
    "CaseType",
    "Catalog",
    "Chain",
    "Choice",
    "Consent",
    "Evaluation",
    "Field",
    "FieldProblem",
    "Finding",
    "Form",
    "Help",
    "Id",
    "ImportType",
    "Kind",
    "NamedOutcome",
    "Outcome",
    "Participation",
    "PlatformRule",
    "Positions",
    "Problem",
    "Question",
    "Refused",
    "ReturnReason",
    "ReviewStep",
    "RoleRule",
    "Route",
    "RuleName",
    "Scheme",
    "SchemeError",
    "Schemes",
    "SchoolStage",
    "Schooling",
    "ScorePart",
    "ScoredResult",
    "Silence",
    "Stage",
    "Switch",
    "UnknownError",
    "UnknownSchemeError",
    "UnroutableError",
    "VerdictResult",
    "Window",
    "WorkbookLayout",
    "allowed",
    "check",
    "diff",
    "jsonable",
    "load",
    "load_all",
    "loads",
    "outcome_of",
    "roles",
    "timetable",
]
