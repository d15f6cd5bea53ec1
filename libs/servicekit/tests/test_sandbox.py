"""What a sandbox promises: nothing leaks in, nothing but an answer comes out, and no job costs more than its limits."""

import asyncio
import os
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path

import pytest
import pytest_asyncio
from servicekit.sandbox import pool
from servicekit.sandbox.pool import JobLimits, JobStopped, Sandbox

LIMITS = JobLimits(memory=512 * 1024 * 1024, cpu=5, wall=20.0)


@pytest_asyncio.fixture(params=[True, False], ids=["standing", "one job each"])
async def sandbox(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Sandbox]:
    monkeypatch.syspath_prepend(Path(__file__).parent)
    made = Sandbox("sandbox_jobs", at_once=2, standing=request.param)
    yield made
    await made.close()


async def stopped(sandbox: Sandbox, limits: JobLimits = LIMITS, **job: object) -> JobStopped:
    with pytest.raises(JobStopped) as found:
        await sandbox.run(job, b"", limits)
    return found.value


async def the_next_is_served(sandbox: Sandbox) -> None:
    assert (await sandbox.run({"do": "echo"}, b"abc", LIMITS))[1] == b"cba"


async def test_the_process_has_no_secret_and_no_file_of_the_service(
    sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("ZP_DATABASE_URL", "a secret")
    with (tmp_path / "open").open("w") as file:
        os.set_inheritable(file.fileno(), True)
        answer, _ = await sandbox.run({"do": "look around"}, b"", LIMITS)
    assert set(answer["environment"]) <= {"PYTHONPATH", "PYTHONUTF8", "LC_CTYPE"}
    assert len(answer["files"]) == 5, "stdin, stdout, stderr, the pipe for answers, and the folder that is listed"


@pytest.mark.parametrize(
    ("job", "changed", "reason"),
    [
        ("eat", {}, "memory"),
        ("compute", {"cpu": 1}, "cpu"),
        ("sleep", {"wall": 0.7}, "time"),
        ("fault", {}, "error"),
        ("crash", {}, "crash"),
        ("write", {}, "error"),
    ],
)
async def test_a_job_beyond_its_limits_is_stopped_and_the_next_is_served(
    sandbox: Sandbox, tmp_path: Path, job: str, changed: dict[str, int], reason: str
) -> None:
    await the_next_is_served(sandbox)
    given = {"do": job, "path": str(tmp_path / "file"), "pid_file": "/dev/null", "seconds": 60}
    with pytest.raises(JobStopped) as found:
        await sandbox.run(given, b"x" * 10, replace(LIMITS, **changed))
    assert found.value.reason == reason
    assert not (tmp_path / "file").exists() or not (tmp_path / "file").read_bytes()
    await the_next_is_served(sandbox)


async def test_a_job_may_write_where_it_is_allowed_to(sandbox: Sandbox, tmp_path: Path) -> None:
    await sandbox.run({"do": "write", "path": str(tmp_path / "file")}, b"x" * 10, replace(LIMITS, file_size=10))
    assert (tmp_path / "file").read_bytes() == b"x" * 10


async def test_the_error_output_of_a_process_is_reported_and_does_not_block_it(sandbox: Sandbox) -> None:
    assert "nothing of the sort" in str(await stopped(sandbox, do="fault"))
    assert str(await stopped(sandbox, do="shout")).endswith("the last words")


async def test_an_answer_that_is_no_frame_or_too_large_counts_as_a_crash(
    sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert (await stopped(sandbox, do="answer no frame", to=3)).reason == "crash"
    monkeypatch.setattr(pool, "_MAX_ANSWER", 2)
    assert (await stopped(sandbox, do="echo")).reason == "crash"


async def test_the_process_of_a_caller_that_went_away_is_killed(sandbox: Sandbox, tmp_path: Path) -> None:
    file = tmp_path / "pid"
    job = asyncio.create_task(sandbox.run({"do": "sleep", "pid_file": str(file)}, b"", replace(LIMITS, file_size=99)))
    async with asyncio.timeout(10):
        while not (file.exists() and file.read_text()):  # noqa: ASYNC110  another process writes it
            await asyncio.sleep(0.02)
    job.cancel()
    with pytest.raises(asyncio.CancelledError):
        await job
    with pytest.raises(ProcessLookupError):
        os.kill(int(file.read_text()), 0)


async def test_a_standing_process_runs_many_jobs_until_idle_and_others_run_one_each(
    sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    pids = [(await sandbox.run({"do": "echo"}, b"", LIMITS))[0]["pid"] for _ in range(3)]
    assert len(set(pids)) == (1 if sandbox._standing else 3)
    await sandbox.end_idle()
    assert len(sandbox._free) == (1 if sandbox._standing else 0), "used a moment ago"
    monkeypatch.setattr(pool, "_IDLE_SECONDS", 0.0)
    await sandbox.end_idle()
    assert sandbox._free == []
    with pytest.raises(ProcessLookupError):
        os.kill(pids[-1], 0)
    await the_next_is_served(sandbox)


async def test_no_more_jobs_run_at_once_than_allowed(sandbox: Sandbox) -> None:
    begun = asyncio.get_running_loop().time()
    await asyncio.gather(
        *(stopped(sandbox, replace(LIMITS, wall=0.5), do="sleep", pid_file="/dev/null") for _ in range(4)),
    )
    assert asyncio.get_running_loop().time() - begun >= 1.0, "two at a time"


async def test_computing_time_is_counted_job_by_job(sandbox: Sandbox) -> None:
    for _ in range(4):  # in a standing process more than two seconds in all
        await sandbox.run({"do": "compute", "seconds": 0.6}, b"", replace(LIMITS, cpu=2))
