"""The web client with hot reload (`make web`), at the address of the running platform.

The gateway sends what the web server has to Vite instead, so that cookies, the check of the origin, uploads and links are as
with the built client. The gateway reads its routes again when their file changes.
"""

import contextlib
import os
import signal
import subprocess
from collections.abc import Iterator
from pathlib import Path

import yaml

from stack import ports
from stack.files import REPOSITORY, write_private
from stack.routes import Json, Targets, routes

WEB = REPOSITORY / "web"


def run(root: Path, gateway_url: str, web_port: int | None) -> int:
    """Serve the sources until interrupted. `root`, `web_port`: data folder and web server of the running platform.

    Returns Vite's exit status.
    """
    port = ports.pick()
    vite = ["node", str(WEB / "node_modules" / "vite" / "bin" / "vite.js"), f"--port={port}", "--strictPort"]
    command = ["sh", str(REPOSITORY / "deploy" / "node.sh"), *vite, f"--host={ports.LOOPBACK}", "--logLevel=warn"]
    signal.signal(signal.SIGTERM, signal.default_int_handler)  # the routes are put back then too
    with routed(root / "gateway" / "routes.yaml", _url(port), _url(web_port) if web_port else None):
        print(f"The web client with hot reload: {gateway_url}", flush=True)
        with subprocess.Popen(command, cwd=WEB, env=os.environ) as process:
            try:
                return process.wait()
            except KeyboardInterrupt:
                process.terminate()
                return process.wait()


def _url(port: int) -> str:
    return f"http://{ports.LOOPBACK}:{port}"


@contextlib.contextmanager
def routed(file: Path, vite: str, web: str | None) -> Iterator[None]:
    """Let the gateway with these routes send the client's paths to `vite` meanwhile, afterwards to `web` (None: nowhere)."""
    targets = routes(Targets(web=vite))["http"]
    router, service = targets["routers"]["web"], {"loadBalancer": {"servers": [{"url": vite}]}}
    _replace(file, router | {"middlewares": []}, service)  # no probe, no retries: Vite answers late while it compiles
    try:
        yield
    finally:
        targets = routes(Targets(web=web, docs="here"))["http"]
        _replace(file, targets["routers"].get("web"), targets["services"].get("web"))


def _replace(file: Path, router: Json | None, service: Json | None) -> None:
    """Write the routes with these for the client."""
    present = yaml.safe_load(file.read_text(encoding="utf-8"))
    for kind, value in (("routers", router), ("services", service)):
        present["http"][kind].pop("web", None)
        if value is not None:
            present["http"][kind]["web"] = value
    write_private(file, yaml.safe_dump(present, sort_keys=False))
