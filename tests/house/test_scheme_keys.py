"""Every key of a scheme is read by a service, or waits for a later deployment (`scheme.keys`).

What is read is computed with the types that mypy infers: accesses to fields of the scheme's models in services and in
servicekit, and in those functions of libs/scheme that they reach. Validation alone does not count.
`python tests/house/test_scheme_keys.py` writes the list that `scheme check` uses.
"""

import ast
import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from types import MappingProxyType

import pytest
from mypy import build
from mypy.main import process_options
from mypy.modulefinder import BuildSource
from mypy.nodes import Decorator, Expression, FuncDef, OverloadedFuncDef, RefExpr, SymbolNode, TypeInfo, Var
from mypy.types import Instance, Type, TypeVarLikeType, UnionType, get_proper_type
from scheme.keys import NOT_YET, READ, WAITING

ROOT = Path(__file__).parents[2]
LIST = ROOT / "libs" / "scheme" / "src" / "scheme" / "keys_read.txt"
MOST_WAITING = 3
"""Lower it with each key that gets a reader. Never raise it."""
type Span = tuple[int, int, int | None, int | None]


class Code:
    """Modules with the types that mypy infers for their expressions.

    mypy gives the types of all modules in one table by line and column, so each module is checked below as many empty
    lines as the ones before it have. Other characters than ASCII would make its columns differ from those of `ast`.
    """

    def __init__(self, folders: Iterable[Path], added: Mapping[str, str]) -> None:
        sources, options = process_options(["--strict", *map(str, folders)])
        options.export_types = options.preserve_asts = True
        self.sources: list[BuildSource] = []
        lines = 0
        for source in sources:
            text = Path(str(source.path)).read_text(encoding="utf-8").encode("ascii", "replace").decode()
            text += added.get(source.module, "")
            self.sources.append(BuildSource(source.path, source.module, "\n" * lines + text, source.base_dir))
            lines += text.count("\n") + 1
        built = build.build(self.sources, options)
        assert not built.errors, built.errors
        self.types: dict[Span, Type] = {_span(expression): found for expression, found in built.types.items()}
        self.names: dict[Span, SymbolNode | None] = {
            _span(expression): expression.node for expression in built.types if isinstance(expression, RefExpr)
        }
        self.models = {
            symbol.node.name: symbol.node
            for source in self.sources
            if source.module.startswith("scheme.") and (tree := built.graph[source.module].tree)
            for symbol in tree.names.values()
            if isinstance(symbol.node, TypeInfo) and symbol.node.has_base("scheme.base.Model")
        }


class Reads(ast.NodeVisitor):
    """What each function of a module reads: fields of models of schemes, and functions of the library scheme."""

    def __init__(self, code: Code, module: str) -> None:
        self.code, self.function = code, module
        self.keys: dict[str, set[str]] = defaultdict(set)
        self.calls: dict[str, set[str]] = defaultdict(set)

    def visit(self, node: ast.AST) -> None:
        outer = self.function
        if isinstance(node, ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef):
            self.function = f"{outer}.{node.name}"
        elif isinstance(node, ast.Name | ast.Attribute):
            self._refer(self.code.names.get(_span_of(node)))
        if isinstance(node, ast.Attribute):
            for info in _classes(self.code.types.get(_span_of(node.value))):
                self._access(info, node.attr)
        self.generic_visit(node)
        self.function = outer

    def _access(self, info: TypeInfo, name: str) -> None:
        owner = next((base for base in info.mro if name in base.names), None)
        if owner is None or not owner.fullname.startswith("scheme."):
            return
        node = owner.names[name].node
        if isinstance(node, Var):
            self.keys[self.function].add(f"{owner.name}.{name}")
        self._refer(node)

    def _refer(self, node: SymbolNode | None) -> None:
        if isinstance(node, FuncDef | Decorator | OverloadedFuncDef) and node.fullname.startswith("scheme."):
            self.calls[self.function].add(node.fullname)


def _span(node: Expression) -> Span:
    return node.line, node.column, node.end_line, node.end_column


def _span_of(node: ast.expr) -> Span:
    return node.lineno, node.col_offset, node.end_lineno, node.end_col_offset


def _classes(found: Type | None) -> Iterator[TypeInfo]:
    """The classes that a value of this type may be of."""
    proper = get_proper_type(found)
    if isinstance(proper, Instance):
        yield proper.type
    elif isinstance(proper, UnionType):
        for item in proper.items:
            yield from _classes(item)
    elif isinstance(proper, TypeVarLikeType):
        yield from _classes(proper.upper_bound)


def keys_of(models: Iterable[TypeInfo]) -> set[str]:
    """All keys that a scheme file may set, without ids."""
    return {
        f"{model.name}.{name}"
        for model in models
        for name, symbol in model.names.items()
        if isinstance(symbol.node, Var) and name not in {"id", "model_config"} and not name.startswith("_")
    }


def in_scheme_files(models: dict[str, TypeInfo]) -> list[TypeInfo]:
    """The models that a scheme is made of, found by the types of their fields."""
    todo, found = ["Scheme"], dict[str, TypeInfo]()
    while todo:
        name = todo.pop()
        if name not in found:
            found[name] = models[name]
            fields = [one.node for key, one in models[name].names.items() if isinstance(one.node, Var) and key[0] != "_"]
            todo += [word for field in fields for word in re.findall(r"scheme\.\w+\.(\w+)", str(field.type)) if word in models]
    return list(found.values())


def computed(folders: Iterable[Path], added: Mapping[str, str] = MappingProxyType({})) -> tuple[set[str], set[str]]:
    """All keys that scheme files may set, and those that the code reads. `added`: text at the end of modules, by name."""
    code = Code(folders, added)
    keys: dict[str, set[str]] = defaultdict(set)
    calls: dict[str, set[str]] = defaultdict(set)
    reached: set[str] = set()
    for source in code.sources:
        reads = Reads(code, source.module)
        reads.visit(ast.parse(source.text or ""))
        for name, found in reads.keys.items():
            keys[name] |= found
        for name, found in reads.calls.items():
            calls[name] |= found
        if source.module.split(".")[0] != "scheme":
            reached |= {*reads.keys, *reads.calls}
    todo = list(reached)
    while todo:
        new = calls[todo.pop()] - reached
        reached |= new
        todo += new
    every = keys_of(in_scheme_files(code.models))
    return every, every & set().union(*(keys[name] for name in reached))


def folders() -> list[Path]:
    return [*sorted(ROOT.glob("services/*/src")), ROOT / "libs" / "servicekit" / "src", ROOT / "libs" / "scheme" / "src"]


ADDED = {
    "scheme.parts": "    colour: str = ''\n    shade: str = ''\n    tint: str = ''\n\n"
    "    def is_valid(self) -> bool:\n        return bool(self.colour)\n\n"
    "    @model_validator(mode='after')\n    def _tinted(self) -> Self:\n"
    "        if self.tint == 'none':\n            raise ValueError\n        return self\n",
    "servicekit.timetable": "\n\nfrom scheme.parts import Authority\n\n\n"
    "def paint(authority: Authority) -> str:\n    return authority.shade\n",
}
"""Keys that are added to the class at the end of `scheme.parts`: only the second is read by a service; a validator looks at the
third."""
ADDED_KEYS = {"Authority.colour", "Authority.shade", "Authority.tint"}


@pytest.fixture(scope="module")
def with_added() -> tuple[set[str], set[str]]:
    """All keys and those that are read, in the code with `ADDED`: mypy takes half a minute, so it runs once."""
    return computed(folders(), ADDED)


@pytest.fixture(scope="module")
def now(with_added: tuple[set[str], set[str]]) -> tuple[set[str], set[str]]:
    """The same in the code as it is."""
    every, read = with_added
    return every - ADDED_KEYS, read - ADDED_KEYS


def test_the_list_of_keys_that_are_read_is_as_the_code_reads_them(now: tuple[set[str], set[str]]) -> None:
    _, read = now
    assert (sorted(READ - read), sorted(read - READ)) == ([], []), f"python {Path(__file__).relative_to(ROOT)}"


def test_every_key_is_read_or_waits_for_a_later_deployment(now: tuple[set[str], set[str]]) -> None:
    every, read = now
    assert sorted(every - read - WAITING) == []
    assert sorted(WAITING & read) == [], "it is read now: it waits no longer"
    assert sorted(WAITING - every) == []


def test_the_list_of_keys_that_wait_only_becomes_shorter_and_names_their_rules() -> None:
    waiting = [key for keys in NOT_YET.values() for key in keys]
    assert len(waiting) == len(set(waiting)) == MOST_WAITING
    page = (ROOT / "docs" / "rules.md").read_text(encoding="utf-8")
    assert [rule for rule in NOT_YET if f"| {rule} |" not in page] == []


def test_a_key_that_only_validation_looks_at_is_not_read(with_added: tuple[set[str], set[str]]) -> None:
    """The proof: `tint` is looked at by a validator, `quotas` by a method that services call."""
    _, read = with_added
    assert "Authority.tint" not in read
    assert {"Kind.quotas", "Quota.max", "Precedence.earlier", "Limits.max"} <= read


def test_a_new_key_is_dead_until_a_service_reads_it(with_added: tuple[set[str], set[str]]) -> None:
    every, read = with_added
    assert every >= ADDED_KEYS
    assert read & ADDED_KEYS == {"Authority.shade"}


if __name__ == "__main__":
    LIST.write_text("".join(f"{key}\n" for key in sorted(computed(folders())[1])), encoding="utf-8")
