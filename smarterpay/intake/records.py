"""Cuts a text stream into CSV records of bounded size; knows nothing of what columns mean."""

import csv
from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import TextIO

from smarterpay.intake.rules import MAX_RECORD_CHARACTERS


@dataclass(frozen=True)
class Record:
    """One record: the physical lines it covers (from 1), and its cells or why it has none."""

    line: int
    last_line: int
    cells: list[str] = field(repr=False)
    broken: str | None = None
    """Slug of the rule that the record as a whole breaks; `cells` then holds its raw line."""


def read_records(stream: TextIO, delimiter: str) -> Iterator[Record]:
    """Every record that is not a blank line, in order, in memory bounded by one record.

    `stream` must be opened with `newline=""`. A record that cannot be read (a quotation mark
    left open, text behind a closing one, more than 65,536 characters) costs its first line only:
    reading goes on with the next physical line, so that one stray mark does not swallow others.
    """
    lines = _Lines(stream)
    # Blanks before an opening quotation mark are layout, not data: `a, "b"`.
    reader = csv.reader(lines, delimiter=delimiter, strict=True, skipinitialspace=True)
    while True:
        line = lines.begin_record()
        try:
            cells = next(reader)
        except StopIteration:
            return
        except csv.Error:
            yield lines.give_up_record("row.quotation-marks")
            continue
        except _TooLongError:
            yield lines.give_up_record("row.too-long")
            continue
        if cells:
            yield Record(line, lines.number, cells)


class _TooLongError(Exception):
    pass


class _Lines:
    """Physical lines for `csv.reader`, which can be taken back when a record goes wrong."""

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream
        self._pending: deque[str] = deque()
        self._taken: list[str] = []
        self._characters = 0
        self._cut_after_cr = False
        self.number = 0
        """Of the last line taken, from 1."""

    def begin_record(self) -> int:
        """Forget the lines taken so far; the number of the line that comes next."""
        self._taken = []
        self._characters = 0
        return self.number + 1

    def __iter__(self) -> Iterator[str]:
        return self

    def __next__(self) -> str:
        line = self._pending.popleft() if self._pending else self._read()
        if not line:
            raise StopIteration
        self._taken.append(line)
        self._characters += len(line)
        self.number += 1
        if self._characters > MAX_RECORD_CHARACTERS:
            raise _TooLongError
        return line

    def give_up_record(self, broken: str) -> Record:
        """Take back all lines but the first, and report that one as broken."""
        first, *others = self._taken
        self._pending.extendleft(reversed(others))
        self.number -= len(others)
        if len(first) > MAX_RECORD_CHARACTERS:
            self._skip_rest_of(first)
            return Record(self.number, self.number, [], broken)
        return Record(self.number, self.number, [first.rstrip("\r\n")], broken)

    def _skip_rest_of(self, piece: str) -> None:
        # Only the newest piece read can be this long, so nothing is pending behind it.
        while piece and not piece.endswith(("\n", "\r")):
            piece = self._stream.readline(MAX_RECORD_CHARACTERS)
        self._cut_after_cr = piece.endswith("\r")

    def _read(self) -> str:
        line = self._stream.readline(MAX_RECORD_CHARACTERS + 1)
        if self._cut_after_cr and line == "\n":
            # The length limit fell between CR and LF: they are one line end.
            line = self._stream.readline(MAX_RECORD_CHARACTERS + 1)
        self._cut_after_cr = False
        return line
