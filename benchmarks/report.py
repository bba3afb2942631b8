"""Prints a benchmark's figures as a Markdown table under its conditions; measures nothing."""

import os
import platform
import shlex
import sqlite3
import subprocess
import sys
from collections.abc import Sequence
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path

PACKAGES = ("prefect", "httpx", "sqlalchemy", "pydantic", "uvicorn")


def conditions(command: str) -> str:
    """One line on machine, versions and instant, and the command that was run."""
    packages = ", ".join(f"{name} {version(name)}" for name in PACKAGES)
    return (
        f"`{command}`\n\n"
        f"{cpu_model()}, {os.cpu_count()} cores, {platform.system()} {platform.release()}; "
        f"Python {platform.python_version()}, SQLite {sqlite3.sqlite_version}, {packages}; "
        f"commit {commit()}; {datetime.now(UTC):%Y-%m-%d %H:%M} UTC.\n"
    )


def commit() -> str:
    """The commit in the work tree, with `-dirty` where files differ from it."""
    command = ["git", "describe", "--always", "--dirty", "--exclude", "*"]
    try:
        return subprocess.check_output(command, text=True, cwd=Path(__file__).parent).strip()
    except (OSError, subprocess.CalledProcessError):
        return "unknown"


def command_line(module: str) -> str:
    """The command this process was started with, without this machine's paths."""
    return " ".join(["python -m", module, *map(shlex.quote, sys.argv[1:])])


def cpu_model() -> str:
    """The name the processor gives itself."""
    with Path("/proc/cpuinfo").open(encoding="utf-8") as file:
        for line in file:
            if line.startswith("model name"):
                return line.partition(":")[2].strip()
    return platform.machine()


def markdown_table(header: Sequence[str], rows: Sequence[Sequence[object]]) -> str:
    """A table; every column but the first is aligned to the right."""
    lines = [header, ["---", *["---:"] * (len(header) - 1)], *rows]
    return "\n".join(f"| {' | '.join(map(str, line))} |" for line in lines) + "\n"
