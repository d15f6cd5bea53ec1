"""The commands of `python -m stack`: start in the background, status, stop."""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from stack.keyring import load_or_create
from stack.state import AlreadyRunningError, Folder
from stack.testing import Parts


def _stack(data: Path, parts: Parts, *args: str) -> subprocess.CompletedProcess[str]:
    """Run a command for a platform with one service that uses the tests' servers."""
    external = {
        "ZP_STACK_POSTGRES_URL": parts.endpoints.postgres,
        "ZP_STACK_NATS_URL": parts.endpoints.nats,
        "ZP_STACK_S3_URL": parts.endpoints.s3_url,
    }
    return subprocess.run(
        [sys.executable, "-m", "stack", "--data", str(data), *args],
        env={**os.environ, **external, "PYTHONPATH": str(data), "ZP_SERVICES": "records", "ZP_WEB": ""},
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )


def _package(folder: Path, parts: Parts, main: str) -> None:
    shutil.copy(parts.servers.root / "secrets.json", folder)
    (folder / "records").mkdir()
    (folder / "records" / "__init__.py").touch()
    (folder / "records" / "__main__.py").write_text(main)


def test_the_platform_starts_once_in_the_background_and_stops(tmp_path: Path, parts: Parts) -> None:
    service = Path(__file__).parent / "a_service.py"
    _package(
        tmp_path, parts, f"import runpy, sys; sys.argv[1:] = ['records']; runpy.run_path({str(service)!r}, run_name='__main__')"
    )
    up = _stack(tmp_path, parts, "up", "--detach")
    try:
        assert up.returncode == 0, up.stdout + up.stderr
        assert "records: ready" in up.stdout
        state = Folder(tmp_path).running()
        assert state is not None
        assert f"{state.gateway_url}/docs" in up.stdout
        assert "Already running" in _stack(tmp_path, parts, "up").stdout
        assert _stack(tmp_path, parts, "status").stdout.count("ready") == 3
        assert f"ZP_PUBLIC_URL={state.gateway_url}" in _stack(tmp_path, parts, "env", "records").stdout
        assert "updated: IDENTITY" in _stack(tmp_path, parts, "provision").stdout
    finally:
        down = _stack(tmp_path, parts, "down")
    assert down.returncode == 0, down.stdout
    assert not [pid for pid in (process.pid for process in state.processes) if pid and Path(f"/proc/{pid}").exists()]
    assert _stack(tmp_path, parts, "status").returncode == 2


def test_a_service_that_cannot_start_is_named_with_the_end_of_its_log(tmp_path: Path, parts: Parts) -> None:
    _package(tmp_path, parts, "raise SystemExit('ZP_COLOUR is missing')")
    up = _stack(tmp_path, parts, "up", "--detach")
    assert up.returncode == 1
    assert "records ended while starting" in up.stdout
    assert "ZP_COLOUR is missing" in up.stdout
    assert Folder(tmp_path).running() is None


def test_two_platforms_never_share_a_data_folder(tmp_path: Path) -> None:
    with Folder(tmp_path).locked(), pytest.raises(AlreadyRunningError), Folder(tmp_path).locked():
        pass


def test_secrets_are_generated_once_with_mode_600(tmp_path: Path) -> None:
    first = load_or_create(tmp_path / "secrets.json")
    assert load_or_create(tmp_path / "secrets.json") == first
    assert (tmp_path / "secrets.json").stat().st_mode & 0o777 == 0o600
    assert first.operator_password not in repr(first)


def test_a_service_that_newly_uses_the_storage_gets_a_key_and_the_others_keep_theirs(tmp_path: Path) -> None:
    path = tmp_path / "secrets.json"
    first = load_or_create(path)
    stored = json.loads(path.read_text())
    del stored["s3"]["identity"]
    path.write_text(json.dumps(stored))
    now = load_or_create(path)
    assert now.s3 | {"identity": first.s3["identity"]} == first.s3
    assert now.s3["identity"].secret
    assert load_or_create(path) == now
