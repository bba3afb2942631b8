"""`smarterpay intent`: what became of a write, and a person's decision on it; no personal data."""

import asyncio
import json
from collections import Counter
from typing import Any

from rich.table import Table

from smarterpay.api import REFERENCE_FIELDS, CloudClient, SmarterPayError
from smarterpay.api.catalogue import get_operation
from smarterpay.api.models.credit import Credit
from smarterpay.api.models.payment import Payment
from smarterpay.cli.exit_codes import Failure
from smarterpay.cli.opening import open_journal, read_settings
from smarterpay.cli.printing import console, print_json, screen
from smarterpay.journal import Journal
from smarterpay.journal.decision import State
from smarterpay.journal.intents import AnothersIntent, Closing, Intent, NotForAPerson
from smarterpay.orchestration.card_answers import card_answer
from smarterpay.orchestration.look_up_table import LOOK_UPS
from smarterpay.orchestration.record_status import record_status
from smarterpay.settings import Settings


def show_intents(reference: str, *, as_json: bool) -> None:
    """Print every write made for `reference`, or the one with that id; raises `Failure`."""
    with open_journal(read_settings()) as journal:
        found = _find(journal, reference)
        if as_json:
            print_json([_document(journal, one) for one in found])
            return
        for one in found:
            _print(journal, one)


def settle_intent(intent_id: str, *, record_id: str | None, by: str, give_up: bool = False) -> None:
    """Write down a person's decision: the record that was found, or that nothing was created.

    Then it is sent again, unless they `give_up` on it.

    Raises `Failure` where no decision is due, or the record cannot be read at the provider.
    """
    settings = read_settings()
    with open_journal(settings) as journal:
        try:
            intent = journal.intents.get(intent_id)
            if give_up:
                journal.intents.give_up_for_person(intent_id, by, journal.clock.now())
                console.print(
                    "Given up: it is not sent any more. Resume its batch, so that it lets go of"
                    " what it holds."
                )
            elif record_id is None:
                journal.intents.reopen_for_person(intent_id, by, journal.clock.now())
                console.print("Opened again under a new key; the next run sends it.")
            else:
                _refuse_anothers(journal, intent, record_id)
                sent = journal.intents.request_body(intent_id)
                found = asyncio.run(_found(settings, intent, sent, record_id, by))
                journal.intents.adopt_for_person(intent_id, found, by, journal.clock.now())
                console.print(f"{record_id} is adopted; the next run goes on from it.")
        except (LookupError, NotForAPerson, AnothersIntent, SmarterPayError) as error:
            raise Failure(str(error)) from error


def _refuse_anothers(journal: Journal, intent: Intent, record_id: str) -> None:
    """Raise `Failure` where another write made that record: taken for both, one would be lost."""
    maker = journal.intents.maker_of(intent.operation, record_id)
    creates = intent.operation in LOOK_UPS or intent.operation in REFERENCE_FIELDS
    if creates and maker is not None and maker.id != intent.id:
        raise Failure(f"{record_id} is what {maker.operation} {maker.reference} created")


async def _found(
    settings: Settings, intent: Intent, sent: bytes, record_id: str, by: str
) -> Closing:
    """The record as the provider has it now; it must exist and be what the operation makes."""
    by_card = get_operation(intent.operation).api == "card"
    # Card payments are read on the Cloud API (reference, section 7.7); a card host has no read.
    get = "payment.get" if by_card else f"{intent.operation.partition('.')[0]}.get"
    async with CloudClient.from_settings(settings) as cloud:
        request = cloud.prepare(get, id=record_id)
        answer = await cloud.exchange(request, idempotency_key=None)
        record = cloud.read(get, answer)
    if _owner(record) not in (None, intent.reference, _sent_reference(sent)):
        raise Failure(f"{record_id} carries another reference; it is not what this write created")
    body = answer.body
    if by_card:
        if not isinstance(record, Payment) or record.card_id is None:
            raise Failure(f"{record_id} is no card payment; it is not what this write created")
        body = card_answer(record)
    return Closing(
        disposition="succeeded",
        state=State.SUCCEEDED,
        status=answer.status,
        replayed=False,
        record_id=record_id,
        record_status=record_status(record),
        reason=f"adopted by {by}",
        answer=body,
    )


def _owner(record: object) -> str | None:
    """Our reference in a record: a credit calls it `reference` (reference, section 5)."""
    if isinstance(record, Credit):
        return record.reference
    owner: str | None = getattr(record, "custom_reference", None)
    return owner


def _sent_reference(body: bytes) -> str | None:
    """Our reference in what was sent, which need not be the name of the intent."""
    document = json.loads(body) if body else {}
    fields = next(iter(document.values())) if len(document) == 1 else document
    if not isinstance(fields, dict):
        return None
    reference: str | None = fields.get("custom_reference", fields.get("reference"))
    return reference


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
        "record_status": one.record_status,
        "status": one.status,
        "replayed": one.replayed,
        "reason": one.reason,
        "opened_at": one.opened_at.isoformat(),
        "settled_at": one.settled_at.isoformat() if one.settled_at else None,
        "bulk": _bulk_document(journal, one),
        "rows": _rows_by_state(journal, one),
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


def _bulk_document(journal: Journal, one: Intent) -> dict[str, str] | None:
    """The bulk call that carries the write, if one does."""
    if one.bulk_intent_id is None:
        return None
    call = journal.intents.get(one.bulk_intent_id)
    return {"id": call.id, "operation": call.operation, "reference": call.reference}


def _rows_by_state(journal: Journal, one: Intent) -> dict[str, int] | None:
    """How many rows of a bulk call stand in each state."""
    if not one.is_bulk:
        return None
    return dict(Counter(row.intent.state.value for row in journal.bulks.rows(one.id)))


def _print(journal: Journal, one: Intent) -> None:
    screen.print(
        f"[bold]{one.operation}[/bold] {one.reference}: {one.state}"
        f"{f', record {one.record_id}' if one.record_id else ''}"
        f"{f' {one.record_status}' if one.record_status else ''}"
        f"{f' ({one.reason})' if one.reason else ''}\n"
        f"  intent {one.id}, key {one.key}, generation {one.generation}"
    )
    bulk = _bulk_document(journal, one)
    if bulk is not None:
        screen.print(f"  a row of {bulk['operation']} {bulk['reference']}, intent {bulk['id']}")
    rows = _rows_by_state(journal, one)
    if rows is not None:
        told = ", ".join(f"{count} {state}" for state, count in sorted(rows.items()))
        screen.print(f"  rows: {told or 'none left'}")
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
