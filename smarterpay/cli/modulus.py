"""`smarterpay modulus`: check a list of account numbers, and print lines and verdicts only."""

import io
import sys
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import NoReturn, TextIO

from rich.text import Text

from smarterpay.bacs import CheckOutcome
from smarterpay.cli.exit_codes import OK, ROWS_REJECTED, Failure, leave
from smarterpay.cli.modulus_tables import tables_document, tables_in_words, tables_of
from smarterpay.cli.opening import read_settings
from smarterpay.cli.printing import print_json, screen
from smarterpay.cli.services import provider_today
from smarterpay.intake.account_file import CheckedLine, check_accounts
from smarterpay.intake.encoding import examine_text, open_file
from smarterpay.intake.unreadable import UnreadableFile

STANDARD_INPUT = Path("-")


def check_list(file: Path, *, as_json: bool) -> NoReturn:
    """Print what is known of each account in `file` (`-`: standard input), by line.

    Leaves with `ROWS_REJECTED` if one is invalid. Raises `Failure`.
    """
    settings = read_settings()
    tables, today = tables_of(settings), provider_today(settings)
    counts: Counter[CheckOutcome] = Counter()
    lines = []
    if not as_json:
        screen.print(tables_in_words(tables, today))
    try:
        with _opened(file) as stream:
            for one in check_accounts(stream, tables, today=today):
                counts[one.outcome] += 1
                if as_json:
                    lines.append(_document(one))
                else:
                    screen.print(Text(_in_words(one)), soft_wrap=True)
    except UnreadableFile as error:
        raise Failure(str(error)) from None
    if as_json:
        counted = {outcome.name.lower(): counts[outcome] for outcome in CheckOutcome}
        document = {"modulus_tables": tables_document(tables, today), **counted}
        print_json(document | {"accounts": lines})
    else:
        screen.print(", ".join(f"{counts[outcome]} {outcome}" for outcome in CheckOutcome))
    leave(ROWS_REJECTED if counts[CheckOutcome.INVALID] else OK)


@contextmanager
def _opened(file: Path) -> Iterator[TextIO]:
    if file == STANDARD_INPUT:
        # Not closed with the wrapper: standard input is not ours.
        stream = io.TextIOWrapper(sys.stdin.buffer, "utf-8-sig", newline="")
        try:
            yield stream
        finally:
            stream.detach()
        return
    encoding = examine_text(file).encoding
    with open_file(file) as binary, io.TextIOWrapper(binary, encoding, newline="") as stream:
        yield stream


def _in_words(one: CheckedLine) -> str:
    told = f"{one.outcome}  {one.rule}  {one.told}" if one.rule else one.told
    return f"line {one.line}  {told}"


def _document(one: CheckedLine) -> dict[str, object]:
    return {
        "line": one.line,
        "outcome": one.outcome.value,
        "rule": one.rule,
        "message": one.told,
    }
