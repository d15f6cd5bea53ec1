"""`python -m stack ...`: the commands that `make` calls."""

import argparse
import asyncio
import os
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING

from rich.console import Console

from stack import plan, status
from stack.files import REPOSITORY
from stack.state import AlreadyRunningError, Folder, State

if TYPE_CHECKING:
    from stack.endpoints import Endpoints
    from stack.platform import Platform


def main(argv: list[str] | None = None) -> int:
    """Run one command. Returns the exit status: 0 success, 1 failed, 2 not running."""
    parser = argparse.ArgumentParser(prog="stack", description="The whole platform on one machine.")
    parser.add_argument("--data", type=Path, default=Path(os.environ.get("ZP_DATA", REPOSITORY / ".data")))
    commands = parser.add_subparsers(dest="command", required=True)
    up = commands.add_parser("up", help="start everything and stay; with --detach return when it is ready")
    up.add_argument("--detach", action="store_true")
    commands.add_parser("parts", help="start PostgreSQL, NATS and storage only, and stay")
    commands.add_parser("watch", help="show the running platform, or start it here")
    commands.add_parser("web", help="the web client with hot reload on the running platform, and stay")
    commands.add_parser("status", help="one line per process")
    commands.add_parser("down", help="stop the running platform")
    commands.add_parser("forget", help="remove all data of a platform that does not run")
    bus = commands.add_parser("provision", help="make or update the streams of a bus")
    bus.add_argument("--url", help="the admin's NATS URL; without it the running platform's")
    bus.add_argument("--replicas", type=int, default=1)
    env = commands.add_parser("env", help="print the environment of a service of the running platform")
    env.add_argument("service", choices=plan.NAMES)
    options = parser.parse_args(argv)
    folder = Folder(options.data.resolve())
    match options.command:
        case "up" if options.detach:
            return _detach(folder)
        case "up":
            return _run_in_foreground(folder, plan.NAMES)
        case "parts":
            return _run_in_foreground(folder, ())
        case "watch":
            return _watch(folder)
        case "web":
            return _web(folder)
        case "status":
            return _status(folder)
        case "down":
            return _down(folder)
        case "forget":
            return _forget(folder)
        case "provision":
            return _provision(folder, options.url, options.replicas)
        case _:
            return _env(folder, options.service)


def _platform(folder: Folder, services: tuple[str, ...]) -> "Platform":
    from stack import keyring  # imported here, because `status` and `down` should start fast
    from stack.endpoints import ExternalServers
    from stack.platform import PREFERRED_PORTS, Platform, Ports

    previous = folder.read()
    selected = os.environ.get("ZP_SERVICES")
    return Platform(
        folder.root,
        keyring.load_or_create(folder.secrets),
        services=tuple(selected.split(",")) if selected else services,
        scale=_scale(os.environ.get("ZP_SCALE", "")),
        ports=Ports(previous.ports if previous else {}, PREFERRED_PORTS),
        external=ExternalServers.of(os.environ),
        containers=os.environ.get("ZP_STACK") == "containers",
        public_url=os.environ.get("ZP_PUBLIC_URL"),
        client=_client(),
        frame_ancestors=os.environ.get("ZP_FRAME_ANCESTORS"),
        storage_origin=os.environ.get("ZP_STORAGE_ORIGIN"),
    )


def _client() -> Path | None:
    """The folder of the built web client; None where there is none, or where ZP_WEB is empty."""
    from stack.parts.web import BUILT

    folder = os.environ.get("ZP_WEB", str(BUILT))
    return Path(folder).resolve() if folder and Path(folder, "index.html").exists() else None


def _scale(text: str) -> dict[str, int]:
    """Read `records=2,archive=3`. Raises ValueError."""
    return {name: int(count) for name, _, count in (pair.partition("=") for pair in text.split(",") if pair)}


def _run_in_foreground(folder: Folder, services: tuple[str, ...]) -> int:
    if folder.running():
        return _print_already_running(folder)
    from stack.foreground import Reporter, run
    from stack.supervisor import StartError

    console = Console()
    try:
        with folder.locked():
            platform = _platform(folder, services)
            if platform.client is None and services:
                console.print("No web client: `make up` builds it (or sh deploy/web/build.sh).", markup=False)
            asyncio.run(run(platform, Reporter(folder, console)))
    except AlreadyRunningError:
        return _print_already_running(folder)
    except ExceptionGroup as group:
        failed, other = group.split(StartError)
        if other or not failed:
            raise
        for error in failed.exceptions:
            console.print(str(error), markup=False, highlight=False)
        return 1
    return 0


def _print_already_running(folder: Folder) -> int:
    state = folder.running()
    print(f"Already running on {folder.root}.")
    if state:
        print(status.addresses(state.gateway_url))
    return 0


def _detach(folder: Folder) -> int:
    """Start the platform in a background process, and return when it is ready."""
    if folder.running():
        return _print_already_running(folder)
    folder.logs.mkdir(parents=True, exist_ok=True)
    log = folder.logs / "stack.log"
    with log.open("w") as output:
        process = subprocess.Popen(
            [sys.executable, "-m", "stack", "--data", str(folder.root), "up"],
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
    with log.open() as output:
        while process.poll() is None:
            print(output.read(), end="", flush=True)
            state = folder.running()
            if state and state.pid == process.pid and state.ready:
                print(output.read(), end="")
                return 0
            time.sleep(0.2)
        print(output.read(), end="")
    print("Not started: see above, and .data/logs/.")
    return 1


def _watch(folder: Folder) -> int:
    from rich.live import Live

    state = folder.running()
    if state is None:
        return _run_in_foreground(folder, plan.NAMES)
    try:
        with Live(status.table(state), refresh_per_second=2) as live:
            while state := folder.running():
                live.update(status.table(state))
                time.sleep(0.5)
    except KeyboardInterrupt:
        return 0
    return 0


def _web(folder: Folder) -> int:
    state = folder.running()
    if state is None:
        print("Not running: make up")
        return 2
    from stack import hot_reload

    return hot_reload.run(folder.root, state.gateway_url, state.ports.get("web"))


def _status(folder: Folder) -> int:
    state = folder.running()
    if state is None:
        print("Not running.")
        return 2
    Console().print(status.table(state))
    return 0 if all(process.state == "ready" for process in state.processes) else 1


def _down(folder: Folder) -> int:
    state = folder.running()
    if state is None:
        print("Not running.")
        return 0
    os.kill(state.pid, signal.SIGTERM)
    for _ in range(900):
        if folder.running() is None:
            print("Stopped.")
            return 0
        time.sleep(0.1)
    print(f"Process {state.pid} does not stop.")
    return 1


def _forget(folder: Folder) -> int:
    from stack.parts import system_user

    try:
        with folder.locked():
            for gone in (system_user.reachable_folder(folder.root / "postgres"), folder.root):
                shutil.rmtree(gone, ignore_errors=True)
    except AlreadyRunningError:
        print("It runs; stop it first.")
        return 1
    return 0


def _provision(folder: Folder, url: str | None, replicas: int) -> int:
    state = folder.running()
    if url is None and state is None:
        print("Not running; say which bus with --url.")
        return 2
    from stack.provision import provision

    created, updated = asyncio.run(provision(url or _endpoints(folder, state).nats_url(), replicas))
    print(f"made: {', '.join(created) or 'none'}\nupdated: {', '.join(updated) or 'none'}")
    return 0


def _env(folder: Folder, service: str) -> int:
    state = folder.running()
    if state is None:
        print("Not running.")
        return 2
    platform = _platform(folder, plan.NAMES)
    platform.endpoints = _endpoints(folder, state)
    platform.gateway_url = state.gateway_url
    platform.ports.chosen.update(state.ports)
    for name, value in platform.env(service).items():
        print(f"{name}={value}")
    return 0


def _endpoints(folder: Folder, state: State | None) -> "Endpoints":
    """The endpoints of the running platform's servers."""
    from stack import keyring
    from stack.endpoints import Endpoints, ExternalServers

    assert state is not None
    return Endpoints.local(keyring.load_or_create(folder.secrets), state.ports, ExternalServers.of(os.environ))
