"""The rules of one deployment as data, and the questions they answer.

Pure: no clock, no database, no network. `files` reads scheme files; nothing else touches the disk. No rule of any
province is in the code of this package: it is in `schemes/<id>/<version>.yaml`.
"""

from scheme import timetable
from scheme.base import Id, Level, UnknownError, UnknownSchemeError
from scheme.cases import Action, CaseType, Outcome, Route, Stage, Step, UnroutableError
from scheme.compare import Change, diff
from scheme.files import SchemeError, Schemes, load, load_all, loads
from scheme.forms import Choice, Field, FieldProblem, Form
from scheme.kinds import Chain, Dimension, Evidence, Kind, Publicity, Quota, ReviewStep, Silence
from scheme.operations import Operation, Window
from scheme.outcomes import Archives, Evaluation, ScoredResult, VerdictResult
from scheme.parts import Board, ImportType, Positions, ReturnReason, Role, Switch
from scheme.rules import PlatformRule, RuleId, RuleName
from scheme.scheme import Scheme
from scheme.soundness import Finding, check
from scheme.timetable import Allowed, Calendar, Refused, allowed
from scheme.values import Value, jsonable

__all__ = [
    "Action",
    "Allowed",
    "Archives",
    "Board",
    "Calendar",
    "CaseType",
    "Chain",
    "Change",
    "Choice",
    "Dimension",
    "Evaluation",
    "Evidence",
    "Field",
    "FieldProblem",
    "Finding",
    "Form",
    "Id",
    "ImportType",
    "Kind",
    "Level",
    "Operation",
    "Outcome",
    "PlatformRule",
    "Positions",
    "Publicity",
    "Quota",
    "Refused",
    "ReturnReason",
    "ReviewStep",
    "Role",
    "Route",
    "RuleId",
    "RuleName",
    "Scheme",
    "SchemeError",
    "Schemes",
    "ScoredResult",
    "Silence",
    "Stage",
    "Step",
    "Switch",
    "UnknownError",
    "UnknownSchemeError",
    "UnroutableError",
    "Value",
    "VerdictResult",
    "Window",
    "allowed",
    "check",
    "diff",
    "jsonable",
    "load",
    "load_all",
    "loads",
    "timetable",
]
