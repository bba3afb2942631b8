"""Settles an unknown outcome by looking the record up, when its key may no longer be used.

Design section 3, step 2: exactly one record found is adopted, none opens the next generation,
anything else is left to a person.
"""

from typing import Any
from urllib.parse import unquote

from smarterpay.api import ApiError, TransportError
from smarterpay.api.catalogue import OPERATIONS, get_operation
from smarterpay.journal.intents import Intent
from smarterpay.orchestration.bulk_look_up import look_up_bulk
from smarterpay.orchestration.card_look_up import look_up_card
from smarterpay.orchestration.look_up_ends import adopt, ask_a_person, leave_key_behind
from smarterpay.orchestration.look_up_table import (
    LOOK_UPS,
    REPEATABLE,
    Fields,
    LookUp,
    is_for_amount,
    is_for_payer,
    same_value,
)
from smarterpay.orchestration.look_up_window import (
    matches,
    request_fields,
    still_at_work,
    window,
)
from smarterpay.orchestration.outcome import NotSettled, Outcome
from smarterpay.orchestration.reading import read_record
from smarterpay.orchestration.record_status import record_status
from smarterpay.orchestration.runtime import Runtime


async def look_up(runtime: Runtime, intent: Intent) -> Outcome:
    """Settle `intent` by what the provider has; raises as `deliver` does."""
    journal = runtime.journal
    body = await journal.database.run(journal.intents.request_body, intent.id)
    if intent.operation in REPEATABLE:
        return await leave_key_behind(runtime, intent, body, repeatable=True)
    try:
        if intent.is_bulk:
            return await look_up_bulk(runtime, intent)
        if get_operation(intent.operation).api == "card":
            return await look_up_card(runtime, intent, body)
        if intent.operation.endswith(".update"):
            return await _look_at_the_record(runtime, intent, body)
        return await _look_for_a_record(runtime, intent, body)
    except (ApiError, TransportError) as error:
        raise NotSettled(intent, f"look-up failed: {type(error).__name__}") from error


async def _look_for_a_record(runtime: Runtime, intent: Intent, body: bytes) -> Outcome:
    """A create: by the record it would have made."""
    how = LOOK_UPS.get(intent.operation)
    request = request_fields(body)
    if how is None or not how.can_tell(request):
        return await ask_a_person(runtime, intent, "no list can tell whether it was created")
    records = how.candidates(runtime.cloud, request, *window(intent))
    found = await matches(
        runtime, intent, records, lambda record: how.is_ours(intent, request, record)
    )
    if len(found.in_time) == 1:
        (record,) = found.in_time
        doubt = _doubt(how, request, record)
        if doubt is not None:
            return await ask_a_person(runtime, intent, doubt)
        return await _adopt(runtime, intent, how, record)
    if found.in_time:
        return await ask_a_person(runtime, intent, "more than one record matches")
    if found.at_another_time:
        return await ask_a_person(runtime, intent, "a record matches, but was made another time")
    return await leave_key_behind(runtime, intent, body)


def _doubt(how: LookUp, request: Fields, record: Any) -> str | None:
    """Why a record under our reference may all the same be somebody else's."""
    if how.by_amount and not is_for_amount(request["amount"], record):
        return "a record matches, but for another amount"
    if not is_for_payer(request, record):
        return "a record matches, but for another payer"
    return None


async def _adopt(runtime: Runtime, intent: Intent, how: LookUp, found: Any) -> Outcome:
    """Settle with the record as a single read gives it: in the envelope of a create's answer."""
    answer, record = await read_record(runtime, how.get, found.id)
    return await adopt(
        runtime,
        intent,
        record_id=str(found.id),
        record_status=record_status(record),
        status=answer.status,
        answer=answer.body,
    )


async def _look_at_the_record(runtime: Runtime, intent: Intent, body: bytes) -> Outcome:
    """An update: the record tells. If it has every value asked for, there is nothing left to do.

    If it has not, the update was lost, or somebody changed the record after it, and to send it
    again would undo that: only a person can tell the two apart.
    """
    get = f"{intent.operation.partition('.')[0]}.get"
    if get not in OPERATIONS:
        return await ask_a_person(runtime, intent, "no list can tell whether it was changed")
    record_id = unquote(intent.path.rpartition("/")[2])
    answer, record = await read_record(runtime, get, record_id)
    given = {name.lower(): value for name, value in request_fields(answer.body).items()}
    asked = request_fields(body)
    if all(same_value(value, given.get(name.lower())) for name, value in asked.items()):
        return await adopt(
            runtime,
            intent,
            record_id=record_id,
            record_status=record_status(record),
            status=answer.status,
            answer=answer.body,
            made=False,
        )
    if still_at_work(runtime, intent):
        raise NotSettled(intent, "the record is not as asked, but the provider may be at work")
    return await ask_a_person(runtime, intent, "the record is not as asked")
