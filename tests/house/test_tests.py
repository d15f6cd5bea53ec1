"""Tests can fail: mechanical signs of a test that checks nothing, and suites that lean on each other."""

import ast
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

from tests.house.source import ROOT, parsed

SUITES = sorted({path.parent.name for path in (ROOT / "tests").glob("*/test_*.py")} - {"house"})
MATCHERS = ("to_be_", "to_have_", "to_contain_", "to_match_", "not_to_")
"""How the names of Playwright's expectations begin: `await expect(page).to_have_url(...)`."""
type Function = ast.FunctionDef | ast.AsyncFunctionDef


@cache
def modules() -> dict[Path, ast.Module]:
    """All modules below a folder `tests`, and the root's conftest."""
    folders = (ROOT / "libs", ROOT / "services", ROOT / "deploy", ROOT / "tests")
    paths = sorted(path for folder in folders for path in folder.rglob("*.py") if "tests" in path.relative_to(ROOT).parts)
    return {path.relative_to(ROOT): parsed(path) for path in paths}


def functions(tree: ast.AST) -> Iterator[Function]:
    return (node for node in ast.walk(tree) if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef))


def suites() -> Iterator[tuple[Path, ast.Module]]:
    return ((path, tree) for path, tree in modules().items() if path.name.startswith("test_"))


def all_tests(tree: ast.Module) -> Iterator[Function]:
    return (function for function in functions(tree) if function.name.startswith("test_"))


def name_of(call: ast.Call) -> str:
    return call.func.id if isinstance(call.func, ast.Name) else getattr(call.func, "attr", "")


def asserts(node: ast.AST, helpers: frozenset[str]) -> bool:
    """Does this expect something by itself: an assertion, an expected exception, a rule that raises, or a helper that does?"""
    if isinstance(node, ast.Assert | ast.Raise):
        return True
    if not isinstance(node, ast.Call):
        return False
    name = name_of(node)
    return name in ("raises", "warns", "fail") or name.startswith(("require_", *MATCHERS)) or name in helpers


@cache
def helpers() -> frozenset[str]:
    """Names of functions in test folders that assert, also through others, and of two in libraries that raise."""
    everything = [function for tree in modules().values() for function in functions(tree)]
    known = frozenset({"until", "validate"})
    while True:
        found = known | {f.name for f in everything if any(asserts(node, known) for node in ast.walk(f))}
        if found == known:
            return known
        known = found


def always(statements: list[ast.stmt]) -> bool:
    """Is something expected whatever the conditions are?"""
    for statement in statements:
        match statement:
            case ast.If():
                if always(statement.body) and always(statement.orelse):
                    return True
            case ast.For() | ast.AsyncFor() | ast.While() | ast.With() | ast.AsyncWith():
                items = getattr(statement, "items", [])
                if any(asserts(node, helpers()) for item in items for node in ast.walk(item)) or always(statement.body):
                    return True
            case ast.Try():
                if always([*statement.body, *statement.orelse, *statement.finalbody]) or any(
                    always(handler.body) for handler in statement.handlers
                ):
                    return True
            case ast.Match():
                if all(always(one.body) for one in statement.cases):
                    return True
            case ast.FunctionDef() | ast.AsyncFunctionDef() | ast.ClassDef():
                continue
            case _:
                if any(asserts(node, helpers()) for node in ast.walk(statement)):
                    return True
    return False


def test_every_test_expects_something_whatever_its_conditions_are() -> None:
    tests = [(path, test) for path, tree in suites() for test in all_tests(tree)]
    assert len(tests) > 500
    found = [f"{path}:{test.lineno} {test.name}" for path, test in tests if not always(test.body)]
    assert found == []


@pytest.mark.parametrize(
    ("body", "expects"),
    [
        ("assert a", True),
        ("if a:\n  assert b", False),
        ("if a:\n  assert b\nelse:\n  raise c", True),
        ("if a:\n  assert b\nelse:\n  c()", False),
        ("for a in b:\n  if a:\n    assert a", False),
        ("for a in b:\n  assert a", True),
        ("with pytest.raises(a):\n  b()", True),
        ("def a():\n  assert b\na", False),
        ("print(a)", False),
        ("expect(a)", False),
        ("expect(a).not_to_be_visible()", True),
    ],
)
def test_a_test_that_can_pass_without_expecting_anything_is_recognised(body: str, expects: bool) -> None:
    assert always(ast.parse(body).body) is expects


def test_every_answer_has_one_right_status_and_code() -> None:
    """`assert answer.status in (400, 404)` accepts what the platform happens to do."""
    found = []
    for path, tree in suites():
        for node in ast.walk(tree):
            match node:
                case ast.Assert(ast.Compare(left, [ast.In()], [ast.Tuple() | ast.List() | ast.Set()])):
                    if any(isinstance(one, ast.Attribute) and one.attr in ("status", "code") for one in ast.walk(left)):
                        found.append(f"{path}:{node.lineno}")
                case ast.Assert(ast.BoolOp(ast.Or(), values)):
                    attributes = {one.attr for value in values for one in ast.walk(value) if isinstance(one, ast.Attribute)}
                    if attributes & {"status", "code"}:
                        found.append(f"{path}:{node.lineno}")
    assert found == []


def test_no_test_module_collects_results_of_one_test_for_another() -> None:
    """A test that asserts over such a collection passes when it is empty: use a fixture, or assert where it is made."""
    found = []
    for path, tree in suites():
        for node in tree.body:
            value = node.value if isinstance(node, ast.Assign | ast.AnnAssign) else None
            match value:
                case ast.List(elts=[]) | ast.Dict(keys=[]):
                    found.append(f"{path}:{node.lineno}")
                case ast.Call(args=[], keywords=[]) if name_of(value) in ("dict", "list", "set", "Counter", "defaultdict"):
                    found.append(f"{path}:{node.lineno}")
    assert found == []


def test_no_test_swallows_an_exception_silently() -> None:
    found = [
        f"{path}:{handler.lineno}"
        for path, tree in suites()
        for handler in ast.walk(tree)
        if isinstance(handler, ast.ExceptHandler) and all(isinstance(one, ast.Pass) for one in handler.body)
    ]
    assert found == []


@pytest.mark.parametrize("suite", SUITES)
def test_suites_share_the_test_world_and_do_not_import_each_other(suite: str) -> None:
    others = tuple(f"tests.{other}" for other in SUITES if other != suite)
    trees = {path: tree for path, tree in modules().items() if path.parts[:2] == ("tests", suite)}
    assert trees
    imported = [
        f"{path}:{node.lineno} {name}"
        for path, tree in trees.items()
        for node in ast.walk(tree)
        if isinstance(node, ast.Import | ast.ImportFrom)
        for name in ([node.module or ""] if isinstance(node, ast.ImportFrom) else [one.name for one in node.names])
        if name.startswith(others)
    ]
    assert imported == []


def test_the_test_world_imports_no_suite() -> None:
    trees = {path: tree for path, tree in modules().items() if path.parts[:2] == ("tests", "world")}
    modules_ = [node.module or "" for tree in trees.values() for node in ast.walk(tree) if isinstance(node, ast.ImportFrom)]
    assert "demo.world" in modules_
    assert [name for name in modules_ if name.startswith("tests.") and not name.startswith("tests.world")] == []
