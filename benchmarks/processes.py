"""Watches what running processes cost in CPU and memory; knows nothing of what they do."""

import threading
import time
from bisect import bisect_right
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from importlib import import_module
from itertools import pairwise
from pathlib import Path
from types import TracebackType
from typing import Any, Literal, Self

psutil: Any = import_module("psutil")  # it comes without types

SAMPLE_SECONDS = 0.25


@dataclass(frozen=True, slots=True)
class Part:
    """A share of a process tree: the process itself, its descendants, both, or nothing."""

    pid: int
    which: Literal["self", "descendants", "tree", "none"] = "tree"

    def processes(self) -> list[Any]:
        """Those that run now."""
        if self.which == "none":
            return []
        with suppress(psutil.NoSuchProcess):
            root = psutil.Process(self.pid)
            below = root.children(recursive=True) if self.which != "self" else []
            return below if self.which == "descendants" else [root, *below]
        return []

    def runs(self) -> bool:
        """Whether any of them runs now."""
        return bool(self.processes())

    def rss(self) -> int | None:
        """Bytes they are resident with now; None if none runs."""
        with suppress(psutil.NoSuchProcess):
            return sum(int(one.memory_info().rss) for one in self.processes()) or None
        return None


@dataclass(frozen=True, slots=True)
class Sample:
    """What a part had used at an instant: CPU seconds since it started, resident bytes."""

    at: float  # epoch seconds
    cpu: float
    rss: int


class Watch:
    """Samples named parts from a thread while it is open; a part that has ended stays known."""

    def __init__(self, parts: Mapping[str, Part], *, every: float = SAMPLE_SECONDS) -> None:
        self._parts = dict(parts)
        self._every = every
        self._samples: dict[str, list[Sample]] = {name: [] for name in parts}
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, name="watch")

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._stop.set()
        self._thread.join()

    def samples(self, name: str) -> list[Sample]:
        """Every sample of a part so far, oldest first."""
        return list(self._samples[name])

    def cpu_between(self, name: str, start: float, end: float) -> float:
        """CPU seconds a part used between two instants, in epoch seconds."""
        samples = self.samples(name)
        return _cpu_at(samples, end) - _cpu_at(samples, start)

    def _run(self) -> None:
        while True:
            for name, part in self._parts.items():
                self._sample(name, part)
            if self._stop.wait(self._every):
                return

    def _sample(self, name: str, part: Part) -> None:
        cpu, rss, seen = 0.0, 0, False
        for process in part.processes():
            with suppress(psutil.NoSuchProcess):
                times, memory = process.cpu_times(), process.memory_info()
                cpu += times.user + times.system
                rss, seen = rss + memory.rss, True
        if seen:
            self._samples[name].append(Sample(time.time(), cpu, rss))


def _cpu_at(samples: list[Sample], at: float) -> float:
    """CPU seconds used by then, between two samples in proportion; 0 before the first one."""
    if not samples or at < samples[0].at:
        return 0.0
    for before, after in pairwise(samples[bisect_right(samples, at, key=_at) - 1 :]):
        passed = (at - before.at) / (after.at - before.at)
        return before.cpu + passed * (after.cpu - before.cpu)
    return samples[-1].cpu


def _at(sample: Sample) -> float:
    return sample.at


def peak_rss(pid: int) -> int:
    """The most bytes a running process was ever resident with, as Linux keeps count."""
    status = Path(f"/proc/{pid}/status").read_text("ascii", "replace")
    (line,) = (line for line in status.splitlines() if line.startswith("VmHWM:"))
    return int(line.split()[1]) * 1024


def kill_tree(pid: int) -> None:
    """End a child process and all of its own with SIGKILL, if they still run."""
    for process in Part(pid).processes():
        with suppress(psutil.NoSuchProcess):
            process.kill()
