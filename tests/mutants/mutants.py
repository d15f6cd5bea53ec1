"""What there is to change: mutmut's operators over the rules of all services and over the scheme library.

mutmut itself runs neither: it changes functions without decorators only, while rules here are tables, properties and
validators too. So its visitor and operators are used, and a mutant is a whole module with one expression changed.
Types are left alone: mypy checks them.
"""

import difflib
import random
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache, cached_property
from pathlib import Path

import libcst as cst
import libcst.matchers as m
import yaml
from libcst.metadata import MetadataWrapper, PositionProvider
from mutmut.mutation.file_mutation import NEVER_MUTATE_FUNCTION_NAMES, MutationVisitor
from mutmut.mutation.mutators import mutation_operators
from mutmut.mutation.pragma_handling import IgnoredCode

ROOT = Path(__file__).parents[2]
EQUIVALENT = Path(__file__).with_name("equivalent.yaml")
TYPES = (cst.Annotation, cst.TypeAlias, cst.TypeParameters)
NAMES = m.Subscript(value=m.Name("Literal")) | m.Assign(targets=[m.AssignTarget(target=m.Name("__all__"))])
"""What is only there for type checkers: mypy holds both against the code."""


@cache
def packages() -> dict[str, Path]:
    """The name of each package under test, and the folder of its member."""
    found = {"scheme": ROOT / "libs/scheme"}
    for domain in sorted(ROOT.glob("services/*/src/*/domain*")):
        found[domain.parent.name] = domain.parents[2]
    return found


def sources(package: str, folder: Path) -> list[Path]:
    """The files of the package that are changed: the whole library, or the domain of a service."""
    src = folder / "src" / package
    if package == "scheme":
        return sorted(src.glob("*.py"))
    return sorted([*src.glob("domain.py"), *src.glob("domain/**/*.py")])


class Visitor(MutationVisitor):
    """As mutmut's, but into decorated functions as well (their decorators stay), and not into types."""

    def _skip_node_and_children(self, node: cst.CSTNode) -> bool:
        if isinstance(node, TYPES) or m.matches(node, NAMES):
            return True
        if isinstance(node, cst.FunctionDef):
            return node.name.value in NEVER_MUTATE_FUNCTION_NAMES
        return super()._skip_node_and_children(node)


@dataclass(frozen=True, eq=False)
class Mutant:
    """One changed expression. `code` is the whole module, `first` and `last` are the lines of the expression."""

    package: str
    path: Path
    number: int
    first: int
    last: int
    module: cst.Module
    before: cst.CSTNode
    after: cst.CSTNode

    @property
    def name(self) -> str:
        return f"{self.path.relative_to(ROOT)}:{self.first} #{self.number}"

    @property
    def module_name(self) -> str:
        parts = self.path.relative_to(ROOT).with_suffix("").parts
        name = ".".join(parts[parts.index("src") + 1 :])
        return name.removesuffix(".__init__")

    @cached_property
    def code(self) -> str:
        changed = self.module.deep_replace(self.before, self.after)
        assert isinstance(changed, cst.Module)
        return changed.code

    @cached_property
    def diff(self) -> list[str]:
        """Changed lines only, without context: `-` before, `+` after."""
        lines = difflib.unified_diff(self.module.code.splitlines(), self.code.splitlines(), n=0, lineterm="")
        return [line for line in lines if line[:1] in "+-" and not line.startswith(("+++", "---"))]

    @property
    def compiles(self) -> bool:
        try:
            compile(self.code, str(self.path), "exec")
        except SyntaxError:
            return False
        return self.code != self.module.code


def in_file(package: str, path: Path) -> Iterator[Mutant]:
    """Every mutant of one file, in order."""
    wrapper = MetadataWrapper(cst.parse_module(path.read_text(encoding="utf-8")))
    positions = wrapper.resolve(PositionProvider)
    visitor = Visitor(mutation_operators, IgnoredCode(set(), set(), set()))
    wrapper.visit(visitor)
    for number, mutation in enumerate(visitor.mutations):
        position = positions[mutation.original_node]
        yield Mutant(
            package, path, number, position.start.line, position.end.line, wrapper.module,
            mutation.original_node, mutation.mutated_node,
        )  # fmt: skip


@dataclass(frozen=True)
class Equivalent:
    """A mutant that no test can kill, and why: the file, and the changed lines before and after."""

    file: str
    before: str
    after: str
    why: str

    def is_it(self, mutant: Mutant) -> bool:
        if self.file != str(mutant.path.relative_to(ROOT)):
            return False
        sides = (" ".join(line[1:].strip() for line in mutant.diff if line[0] == side) for side in "-+")
        return (self.before, self.after) == tuple(sides)


def equivalents() -> list[Equivalent]:
    return [Equivalent(**entry) for entry in yaml.safe_load(EQUIVALENT.read_text(encoding="utf-8")) or []]


def sample(seed: int, size: int | None, only: str | None = None) -> tuple[list[Mutant], int]:
    """So many mutants drawn at random (None: all), and how many there are."""
    every = [
        mutant
        for package, folder in packages().items()
        for path in sources(package, folder)
        if only is None or str(path.relative_to(ROOT)).find(only) >= 0
        for mutant in in_file(package, path)
    ]
    order = random.Random(seed).sample(every, len(every))
    left_out = equivalents()
    drawn = (mutant for mutant in order if mutant.compiles and not any(one.is_it(mutant) for one in left_out))
    found = [mutant for mutant, _ in zip(drawn, range(size if size is not None else len(every)), strict=False)]
    return sorted(found, key=lambda mutant: (mutant.package, str(mutant.path), mutant.number)), len(every)
