"""The exit codes of the command; documented in `smarterpay.cli` and in docs/reference/cli.md."""

from collections.abc import Mapping
from typing import NoReturn

import click

from smarterpay.journal.batches import RowState, unfinished

OK = 0
FAILED = 1
ROWS_REJECTED = 3
ROWS_UNFINISHED = 4


class Failure(click.ClickException):
    """It could not be done; the text says why and what to do. Exit code 1."""

    exit_code = FAILED


def for_counts(counts: Mapping[RowState, int]) -> int:
    """The exit code for a batch whose rows stand so."""
    if unfinished(counts):
        return ROWS_UNFINISHED
    if counts.get(RowState.REJECTED) or counts.get(RowState.REFUSED):
        return ROWS_REJECTED
    return OK


def leave(code: int) -> NoReturn:
    """End the command with `code`."""
    raise SystemExit(code)
