"""Keeps the rows of a bulk call in step with it, in the transaction that moves the call.

A row is an intent of its own, linked to the call that carries it. It knows no wish, no bytes and
no provider.
"""

from collections.abc import Mapping
from datetime import datetime

from sqlalchemy import ColumnElement, Connection, exists, func, select, update

from smarterpay.journal.decision import State
from smarterpay.journal.intent import Closing, Intent
from smarterpay.journal.schema import bulk_rows, intents

#: The bulk call that carries an intent's present generation.
BULK_OF_ROW = (
    select(bulk_rows.c.bulk_intent_id)
    .where(
        bulk_rows.c.row_intent_id == intents.c.id,
        bulk_rows.c.row_generation == intents.c.generation,
    )
    .correlate(intents)
    .scalar_subquery()
    .label("bulk_intent_id")
)

#: Whether an intent is a bulk call itself.
IS_BULK = (
    exists().where(bulk_rows.c.bulk_intent_id == intents.c.id).correlate(intents).label("is_bulk")
)

#: Everything of an intent but its bytes and its answer.
INTENT_COLUMNS = (
    *(column for column in intents.c if column.name not in ("request_body", "answer")),
    BULK_OF_ROW,
    IS_BULK,
)

_UNSETTLED = (State.OPENED, State.UNKNOWN)


def rows_were_sent(connection: Connection, call: Intent, now: datetime) -> None:
    """From this commit on the outcome of every row of `call` counts as unknown."""
    if not call.is_bulk:
        return
    _update_rows(
        connection,
        call,
        _UNSETTLED,
        {
            "state": State.UNKNOWN,
            "first_sent_at": func.coalesce(intents.c.first_sent_at, now),
            "last_sent_at": now,
        },
    )


def rows_follow(
    connection: Connection, call: Intent, state: State, closing: Closing, now: datetime
) -> None:
    """Bring the unsettled rows of `call` where its new `state` puts them.

    A call that was taken in (202) settles none: its rows are judged one by one (section 7.9).
    """
    if not call.is_bulk:
        return
    match state:
        case State.OPENED:
            untouched = {"state": State.OPENED, "first_sent_at": None}
            _update_rows(connection, call, _UNSETTLED, untouched)
        case State.REFUSED | State.NEEDS_ATTENTION:
            settled = {
                "state": state,
                "status": closing.status,
                "replayed": closing.replayed,
                "reason": closing.reason,
                "settled_at": now,
            }
            _update_rows(connection, call, _UNSETTLED, settled)
        case State.UNKNOWN | State.SUCCEEDED:
            pass


def close_bulk_of_row(connection: Connection, call_id: str | None, now: datetime) -> None:
    """Close a call that waited for a person, once none of its rows does any more."""
    if call_id is None:
        return
    call = (
        connection.execute(select(intents).where(intents.c.id == call_id).with_for_update())
        .mappings()
        .one()
    )
    if call["state"] != State.NEEDS_ATTENTION:
        return
    waiting = connection.execute(
        select(func.count())
        .select_from(bulk_rows.join(intents, intents.c.id == bulk_rows.c.row_intent_id))
        .where(
            carried_by_call(call_id),
            intents.c.state.in_((*_UNSETTLED, State.NEEDS_ATTENTION)),
        )
    ).scalar_one()
    if not waiting:
        connection.execute(
            update(intents)
            .where(intents.c.id == call_id)
            .values(state=State.SUCCEEDED, settled_at=now, reason="every row of it is settled")
        )


def links_of_call(call_id: str) -> ColumnElement[bool]:
    """The links of the call's present generation."""
    call = intents.alias("call")
    generation = select(call.c.generation).where(call.c.id == call_id).scalar_subquery()
    return (bulk_rows.c.bulk_intent_id == call_id) & (bulk_rows.c.bulk_generation == generation)


def carried_by_call(call_id: str) -> ColumnElement[bool]:
    """That an intent, joined to its link, is carried by that call, in both's generation of now."""
    return links_of_call(call_id) & (bulk_rows.c.row_generation == intents.c.generation)


def _update_rows(
    connection: Connection, call: Intent, states: tuple[State, ...], values: Mapping[str, object]
) -> None:
    # Locked in the order in which a bulk opens rows: else two calls could lock each other out.
    locked = connection.execute(
        select(intents.c.id)
        .where(
            bulk_rows.c.row_intent_id == intents.c.id,
            carried_by_call(call.id),
            intents.c.state.in_(states),
        )
        .order_by(intents.c.reference)
        .with_for_update(of=intents)
    ).scalars()
    ids = list(locked)
    if ids:
        connection.execute(update(intents).where(intents.c.id.in_(ids)).values(values))
