"""The web client's own tests, which need no server (`web/tests`, run by Vitest)."""

import subprocess

import pytest
from stack.files import REPOSITORY


@pytest.mark.timeout(600)
def test_components_of_the_web_client() -> None:
    command = ["sh", str(REPOSITORY / "deploy" / "node.sh"), "npm", "test", "--prefix", str(REPOSITORY / "web")]
    run = subprocess.run(command, capture_output=True, text=True, check=False)
    assert run.returncode == 0, run.stdout + run.stderr
