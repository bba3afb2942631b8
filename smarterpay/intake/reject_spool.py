"""Keeps any number of rejects on disk between finding and printing them; judges nothing."""

import json
import tempfile
import weakref
from collections.abc import Iterator
from dataclasses import astuple

from smarterpay.intake.outcomes import Reject


class RejectSpool:
    """Rejects in the order they were added; may be walked any number of times.

    They live in an unnamed temporary file, which goes when the spool does.
    """

    def __init__(self) -> None:
        self._file = tempfile.TemporaryFile("w+b")  # noqa: SIM115 - lives as long as the spool
        self._end = 0
        self._count = 0
        self.close = weakref.finalize(self, self._file.close)
        """Give the disk space back now; walking the spool afterwards raises `ValueError`."""

    def add(self, reject: Reject) -> None:
        """Append one."""
        line = json.dumps(astuple(reject)).encode() + b"\n"
        self._file.seek(self._end)
        self._file.write(line)
        self._end += len(line)
        self._count += 1

    def __len__(self) -> int:
        return self._count

    def __iter__(self) -> Iterator[Reject]:
        at = 0
        while at < self._end:
            self._file.seek(at)
            line = self._file.readline()
            at += len(line)
            yield Reject(*json.loads(line))
