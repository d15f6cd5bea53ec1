"""All problems of a file, each once, in the order of the file. Pure."""

from collections.abc import Iterable, Sequence

from scheme.base import ContentError, Model
from scheme.checking.document import EXAMPLES, Document, Problem
from scheme.checking.examples import Examples, run
from scheme.checking.migrations import wrong
from scheme.checking.soundness import unsound, usual
from scheme.checking.structure import Sound, moved_back, read
from scheme.help import Help, help_problems
from scheme.keys import dead
from scheme.migration import Migration
from scheme.scheme import Scheme

_REFERRED_TO = ("operation", "switch", "catalog")


def check(document: Document) -> list[Problem]:
    """What is wrong with a scheme file: structure, references and sense in one run. Changes the document's data."""
    sound = read(Scheme, document.data)
    errors = list(sound.errors)
    if sound.value is not None:
        tainted = _tainted(sound, errors)
        found = [moved_back(error, sound.numbers) for error in (*dead(sound.value), *unsound(sound.value))]
        found = [error for error in found if not error.about & tainted and not sound.hides(error)]
        tainted = tainted.union(*(error.about for error in found if error.root))
        errors = [error for error in errors if error.root or not error.about & tainted]
        errors += [error for error in found if error.root or not error.about & tainted]
        if "usual" not in tainted:
            errors += usual(sound.value)
    errors += _examples(document, sound, errors)
    return _told(document, errors)


def _examples(document: Document, sound: Sound[Scheme], errors: list[ContentError]) -> list[ContentError]:
    """What is wrong with the examples, and, where nothing else is wrong with what they speak of, how they come out."""
    examples = read(Examples, {EXAMPLES: document.examples})
    if sound.value is None or examples.value is None:
        return examples.errors
    tainted = _tainted(sound, errors).union(*(error.about for error in errors))
    quiet = {error.at[0] for error in errors if error.at}
    found = [moved_back(error, examples.numbers) for error in run(sound.value, examples.value.examples)]
    found = [error for error in found if not error.about & tainted and not quiet & {"timing", "cases", "result", "dimensions"}]
    return [*examples.errors, *found]


def check_migration(document: Document, old: Scheme, new: Scheme) -> list[Problem]:
    """What is wrong with the file of a migration between these versions. Changes the document's data."""
    sound = read(Migration, document.data)
    errors = list(sound.errors)
    if sound.value is not None and not errors:
        errors += [moved_back(error, sound.numbers) for error in wrong(old, new, sound.value)]
    return _told(document, errors)


def check_help(document: Document, schemes: Sequence[Scheme]) -> list[Problem]:
    """What is wrong with the help of a deployment whose scheme has these versions. Changes the document's data."""
    sound = read(Help, document.data)
    errors = list(sound.errors)
    if sound.value is not None and not errors:
        errors += [moved_back(error, sound.numbers) for error in help_problems(sound.value, schemes)]
    return _told(document, errors)


def refusals(document: Document, model: type[Model]) -> list[Problem]:
    """Why a file does not load. Changes the document's data."""
    sound = read(model, document.data)
    tainted = _tainted(sound, sound.errors)
    return _told(document, [error for error in sound.errors if error.root or not error.about & tainted])


def _tainted[M: Model](sound: Sound[M], errors: list[ContentError]) -> set[str]:
    """Ids of which nothing more is said, because what is wrong about them may follow from these errors."""
    tainted = set(sound.tainted).union(*(error.about for error in errors if error.root))
    lost = [what for what in _REFERRED_TO if sound.removed or any(f"there is no {what} " in str(error) for error in errors)]
    tainted |= {f"unused {what}" for what in lost}
    if any(error.at[:1] in {("timing",), ("roles",)} for error in errors):
        tainted.add("usual")
    return tainted


def _told(document: Document, errors: Iterable[ContentError]) -> list[Problem]:
    """Each mistake once: errors of a shared part at the one line where it stands, a missing part where it is first missed."""
    first: dict[object, ContentError] = {}
    lines: dict[object, list[int]] = {}
    for error in errors:
        position = document.at(error.at)
        key: object = error.chinese if error.root else (position, error.english)
        first.setdefault(key, error)
        lines.setdefault(key, []).append(position[0])
    problems = [*document.repeated, *document.problems]
    known = document.hollow | {(problem.line, problem.column) for problem in problems}
    for key, error in first.items():
        found = document.problem(error.at, error.chinese, error.correction, lines[key])
        if (found.line, found.column) not in known:
            problems.append(found)
    return sorted(problems, key=lambda problem: (problem.line, problem.column))
