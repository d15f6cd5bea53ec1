"""Every file of tests/cases is used by a test."""

from pathlib import Path

ROOT = Path(__file__).parents[2]


def test_every_file_that_once_failed_is_read_by_a_test() -> None:
    cases = [path.name for path in (ROOT / "tests" / "cases").iterdir() if path.suffix != ".md"]
    tests = [
        path.read_text(encoding="utf-8")
        for folder in ("libs", "services", "tests")
        for path in (ROOT / folder).rglob("test_*.py")
        if path.name != "test_cases.py"
    ]
    assert len(cases) >= 9
    assert [name for name in cases if not any(name in text for text in tests)] == []
