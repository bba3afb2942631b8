"""A reader who does what a page says: runs its blocks and compares what they print; no judgement.

Ids, times and ports differ from run to run. What a page calls `onboarding-260601-dxuy9x` is the
batch that was made when the page first prints that name; other ids are only compared in kind.
"""

import os
import re
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from tests.docs.pages import ROOT, Block

#: The port that pages speak of; each reader has a sandbox on a port of their own.
PAGE_PORT = "8765"
BLOCK_SECONDS = 120
_BATCH = re.compile(r"onboarding-\d{6}-[a-z0-9]{6}")
_KIND = (
    (re.compile(r"\b(?:AV|BA|CA|RS|AC)01[A-Z0-9]{16}\b|\bM01[A-Z0-9]{16}\b"), "RECORD"),
    (re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}"), "UUID"),
    (re.compile(r"\b\d:\d\d:\d\d\b"), "ELAPSED"),
    (re.compile(r"[━╸╺]+"), "BAR"),
    (re.compile(r"\s+"), " "),
)


@dataclass
class Reader:
    """Somebody at a terminal, in an empty folder, with a sandbox port and an environment."""

    folder: Path
    port: int
    environment: Mapping[str, str]
    batches: dict[str, str] = field(default_factory=dict)
    printed: str = ""

    def follow(self, blocks: list[Block]) -> int:
        """Do what the marked blocks say, in order; returns how many were run."""
        done = 0
        with ExitStack() as running:
            for block in blocks:
                if block.marker.startswith("runs in the background"):
                    running.enter_context(self._in_the_background(block))
                elif block.marker.startswith("runs"):
                    self._run(block)
                elif block.marker.startswith("prints"):
                    self._compare(block)
                done += block.marker.startswith("runs")
        return done

    def use_own_curl(self) -> None:
        """Do with Python what the pages do with curl."""
        script = self.folder / "bin" / "curl"
        script.parent.mkdir()
        script.write_text(
            f'#!/bin/sh\nPYTHONPATH="{ROOT}" exec "{sys.executable}" -m tests.docs.curl "$@"\n'
        )
        script.chmod(0o755)
        path = f"{script.parent}{os.pathsep}{self.environment['PATH']}"
        self.environment = {**self.environment, "PATH": path}

    def _run(self, block: Block) -> None:
        done = subprocess.run(
            self._command(block),
            cwd=self.folder,
            env=dict(self.environment),
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            timeout=BLOCK_SECONDS,
            check=False,
        )
        self.printed = done.stdout
        assert done.returncode == block.exit_code, f"{block.text}\n{done.stdout}"

    def _command(self, block: Block) -> list[str]:
        text = block.text.replace(PAGE_PORT, str(self.port))
        for theirs, ours in self.batches.items():
            text = text.replace(theirs, ours)
        if block.language == "python":
            script = self.folder / "example.py"
            script.write_text(text, "utf-8")
            return [sys.executable, script.name]
        return ["bash", "-euo", "pipefail", "-c", text]

    @contextmanager
    def _in_the_background(self, block: Block) -> Iterator[None]:
        # `exec`, so that what is ended is the program and not a shell around it.
        command = ["bash", "-c", f"exec {block.text}"]
        with subprocess.Popen(
            command, cwd=self.folder, env=dict(self.environment), stdout=subprocess.PIPE, text=True
        ) as process:
            try:
                assert process.stdout is not None
                assert process.stdout.readline(), f"it ended at once: {block.text}"
                yield
            finally:
                process.terminate()

    def _compare(self, block: Block) -> None:
        """Every line of the block was printed; in its order, unless the marker says otherwise."""
        self._meet_batches(block.text)
        left = [self._plain(line) for line in self.printed.splitlines()]
        for line in map(self._plain, self._ours(block.text).splitlines()):
            wanted = line.removesuffix("...")
            place = next((n for n, real in enumerate(left) if _same(wanted, real, line)), None)
            assert place is not None, f"not printed: {line}\n--- printed:\n{self.printed}"
            left = left[:place] + left[place + 1 :] if "any order" in block.marker else left[place:]

    def _meet_batches(self, text: str) -> None:
        """Learn which batches of ours the page's new names stand for."""
        new = [name for name in dict.fromkeys(_BATCH.findall(text)) if name not in self.batches]
        ours = [
            name
            for name in dict.fromkeys(_BATCH.findall(self.printed))
            if name not in self.batches.values()
        ]
        self.batches.update(zip(new, ours, strict=False))

    def _ours(self, text: str) -> str:
        for theirs, ours in self.batches.items():
            text = text.replace(theirs, ours)
        return text.replace(PAGE_PORT, str(self.port))

    @staticmethod
    def _plain(line: str) -> str:
        for pattern, kind in _KIND:
            line = pattern.sub(kind, line)
        return line.strip()


def environment(folder: Path, port: int, prefect_api_url: str) -> dict[str, str]:
    """The environment of a reader: nothing of ours is set, but ports, and a server to share."""
    inherited = {
        name: value
        for name, value in os.environ.items()
        if not name.startswith(("SMARTERPAY_", "PREFECT_", "PYTEST_", "COV_"))
    }
    return inherited | {
        "HOME": str(folder),
        "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}",
        "COLUMNS": "96",
        "SMARTERPAY_SANDBOX_PORT": str(port),
        "PREFECT_API_URL": prefect_api_url,
    }


def _same(wanted: str, real: str, line: str) -> bool:
    return real.startswith(wanted) if line.endswith("...") else real == wanted
