"""`smarterpay intent show`: what became of a write, try by try; no personal data."""

from typing import Any

from rich.table import Table

from smarterpay.cli.exit_codes import Failure
from smarterpay.cli.opening import open_journal, read_settings
from smarterpay.cli.printing import print_json, screen
from smarterpay.journal import Journal
from smarterpay.journal.intents import Intent


def show_intents(reference: str, *, as_json: bool) -> None:
    """Print every write made for `reference`, or the one with that id; raises `Failure`."""
    with open_journal(read_settings()) as journal:
        found = _find(journal, reference)
        if as_json:
            print_json([_document(journal, one) for one in found])
            return
        for one in found:
            _print(journal, one)


def _find(journal: Journal, reference: str) -> list[Intent]:
    found = list(journal.intents.find(reference))
    if not found:
        try:
            found = [journal.intents.get(reference)]
        except LookupError as error:
            raise Failure(f"no write is known for {reference}") from error
    return found


def _document(journal: Journal, one: Intent) -> dict[str, Any]:
    return {
        "id": one.id,
        "operation": one.operation,
        "reference": one.reference,
        "state": one.state.value,
        "generation": one.generation,
        "key": one.key,
        "record_id": one.record_id,
        "status": one.status,
        "replayed": one.replayed,
        "reason": one.reason,
        "opened_at": one.opened_at.isoformat(),
        "settled_at": one.settled_at.isoformat() if one.settled_at else None,
        "attempts": [
            {
                "number": attempt.number,
                "generation": attempt.generation,
                "key": attempt.key,
                "started_at": attempt.started_at.isoformat(),
                "finished_at": attempt.finished_at.isoformat() if attempt.finished_at else None,
                "disposition": attempt.disposition,
                "status": attempt.status,
                "replayed": attempt.replayed,
                "milliseconds": attempt.milliseconds,
                "error": attempt.error,
            }
            for attempt in journal.intents.attempts(one.id)
        ],
    }


def _print(journal: Journal, one: Intent) -> None:
    screen.print(
        f"[bold]{one.operation}[/bold] {one.reference}: {one.state}"
        f"{f', record {one.record_id}' if one.record_id else ''}"
        f"{f' ({one.reason})' if one.reason else ''}\n"
        f"  intent {one.id}, key {one.key}, generation {one.generation}"
    )
    table = Table()
    for heading in ("try", "generation", "started", "status", "disposition", "ms", "replayed"):
        table.add_column(heading)
    for attempt in journal.intents.attempts(one.id):
        table.add_row(
            str(attempt.number),
            str(attempt.generation),
            f"{attempt.started_at:%Y-%m-%d %H:%M:%S}Z",
            str(attempt.status or attempt.error or "no answer"),
            attempt.disposition or "cut short",
            str(attempt.milliseconds or ""),
            "yes" if attempt.replayed else "",
        )
    screen.print(table)
