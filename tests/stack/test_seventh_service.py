"""A seventh service is a folder below `services/` and a line in `stack.plan`: shown on a copy of the repository."""

import os
import shutil
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from stack.files import REPOSITORY

LINE = '    Service("seventh", "第七", "试用"),\n'
LEFT_OUT = (".git", ".venv", ".tools", ".data", ".*_cache", ".hypothesis", "__pycache__", "node_modules")
RUN = """
import asyncio, aiohttp
from stack import testing

async def main():
    async with testing.platform(services=["seventh"]) as running, aiohttp.ClientSession() as web:
        for path, status, text in (("/api/seventh/state", 401, "unauthenticated"), ("/docs", 200, "第七 seventh")):
            async with web.get(running.gateway_url + path) as answer:
                assert answer.status == status, path
                assert text in await answer.text()

asyncio.run(main())
"""
GENERATE = ("-m", "stack.handbook")
READERS_OF_THE_PLAN = ("tests/house/test_house.py", "tests/house/test_layers.py", "tests/matrix/test_table.py")
"""The other house tests look at the code of each package, whatever the plan says."""
CHECKS = (
    ("-m", "pytest", "-q", "-p", "no:cacheprovider", *READERS_OF_THE_PLAN),
    ("-c", "from importlinter.cli import lint_imports_command; lint_imports_command()"),
    ("-c", RUN),
)


@pytest.mark.timeout(600)
def test_a_folder_and_a_line_are_all_that_a_seventh_service_needs(tmp_path: Path) -> None:
    root = tmp_path / "repository"
    shutil.copytree(REPOSITORY, root, ignore=shutil.ignore_patterns(*LEFT_OUT))
    shutil.copytree(Path(__file__).parent / "seventh", root / "services" / "seventh", ignore=shutil.ignore_patterns(*LEFT_OUT))
    plan = root / "deploy" / "stack" / "src" / "stack" / "plan.py"
    before, end, after = plan.read_text(encoding="utf-8").partition(")\n# fmt: on")
    plan.write_text(before + LINE + end + after, encoding="utf-8")

    sources = [str(path) for path in (*root.glob("*/src"), *root.glob("*/*/src"))]
    env = {**os.environ, "PYTHONPATH": ":".join(sources)}

    def run(command: tuple[str, ...]) -> None:
        done = subprocess.run([sys.executable, *command], cwd=root, env=env, capture_output=True, text=True, check=False)
        assert done.returncode == 0, f"{command}\n{done.stdout[-3000:]}{done.stderr[-3000:]}"

    run(GENERATE)
    with ThreadPoolExecutor() as pool:
        list(pool.map(run, CHECKS))
