"""The commands a person types: start in the background, look, stop."""

import os
import subprocess
import sys
from pathlib import Path

import pytest
from stack.keyring import keep
from stack.state import AlreadyRunningError, Folder


def _stack(data: Path, *args: str, **env: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "stack", "--data", str(data), *args],
        env={**os.environ, "PYTHONPATH": str(data), **env},
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )


def _package(folder: Path, main: str) -> None:
    (folder / "records").mkdir()
    (folder / "records" / "__init__.py").touch()
    (folder / "records" / "__main__.py").write_text(main)


def test_the_platform_starts_in_the_background_once_and_stops_when_told(tmp_path: Path) -> None:
    tmp_path.chmod(0o711)
    service = Path(__file__).parent / "a_service.py"
    _package(tmp_path, f"import runpy, sys; sys.argv[1:] = ['records']; runpy.run_path({str(service)!r}, run_name='__main__')")
    up = _stack(tmp_path, "up", "--detach", ZP_SERVICES="records")
    try:
        assert up.returncode == 0, up.stdout + up.stderr
        assert "records: ready" in up.stdout
        state = Folder(tmp_path).running()
        assert state is not None
        assert f"{state.gateway_url}/docs" in up.stdout
        assert "Already running" in _stack(tmp_path, "up").stdout
        assert _stack(tmp_path, "status").stdout.count("ready") == 6
        assert f"ZP_PUBLIC_URL={state.gateway_url}" in _stack(tmp_path, "env", "records").stdout
        assert "updated: IDENTITY" in _stack(tmp_path, "provision").stdout
    finally:
        down = _stack(tmp_path, "down")
    assert down.returncode == 0, down.stdout
    assert not [pid for pid in (process.pid for process in state.processes) if pid and Path(f"/proc/{pid}").exists()]
    assert _stack(tmp_path, "status").returncode == 2


def test_a_service_that_cannot_start_is_named_with_the_end_of_its_log(tmp_path: Path) -> None:
    tmp_path.chmod(0o711)
    _package(tmp_path, "raise SystemExit('ZP_COLOUR is missing')")
    up = _stack(tmp_path, "up", "--detach", ZP_SERVICES="records")
    assert up.returncode == 1
    assert "records ended while starting" in up.stdout
    assert "ZP_COLOUR is missing" in up.stdout
    assert Folder(tmp_path).running() is None


def test_two_platforms_never_share_a_data_folder(tmp_path: Path) -> None:
    with Folder(tmp_path).locked(), pytest.raises(AlreadyRunningError), Folder(tmp_path).locked():
        pass


def test_secrets_are_made_once_and_only_their_owner_reads_them(tmp_path: Path) -> None:
    first = keep(tmp_path / "secrets.json")
    assert keep(tmp_path / "secrets.json") == first
    assert (tmp_path / "secrets.json").stat().st_mode & 0o777 == 0o600
    assert first.operator_password not in repr(first)
