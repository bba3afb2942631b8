"""How the record of each create is found again; a table, which reads and settles nothing.

What no row of it finds is left to a person: an account validation and a check have no list
(reference, section 6), and a message that was sent again leaves no second record (7.14).
"""

from collections.abc import AsyncIterator, Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from smarterpay.api import CloudClient
from smarterpay.journal.intents import Intent

Fields = Mapping[str, Any]
Candidates = Callable[[CloudClient, Fields, datetime, datetime], AsyncIterator[Any]]


@dataclass(frozen=True, slots=True)
class LookUp:
    """How the record of one operation is found again.

    `candidates` lists records in a creation window; `is_ours` compares one with our request.
    `can_tell` says whether the request has what tells its record from others, `by_amount` whether
    a record for another amount is a doubt.
    """

    candidates: Candidates
    is_ours: Callable[[Intent, Fields, Any], bool]
    get: str
    by_amount: bool = False
    can_tell: Callable[[Fields], bool] = lambda _request: True


def _by_reference(
    resource: str,
    *,
    field: str = "custom_reference",
    by_amount: bool = False,
    alone: Callable[[Intent, Any], bool] = lambda _intent, _record: True,
) -> LookUp:
    """By our own reference, in `field` of request and record, on the list of `resource`.

    `alone` tells our record from others that may carry the same reference.
    """

    def candidates(
        cloud: CloudClient, request: Fields, start: datetime, end: datetime
    ) -> AsyncIterator[Any]:
        listing: AsyncIterator[Any] = getattr(cloud, resource).list(
            custom_reference=request[field], created_from=start, created_to=end, to_the_end=True
        )
        return listing

    def is_ours(intent: Intent, request: Fields, record: Any) -> bool:
        # Checked here too: the provider ignores filters it does not know (reference, section 6).
        return getattr(record, field) == request[field] and alone(intent, record)

    get = f"{resource.removesuffix('s')}.get"
    return LookUp(
        candidates, is_ours, get, by_amount, lambda request: is_findable(request.get(field))
    )


def _in_window(
    resource: str,
    is_ours: Callable[[Intent, Fields, Any], bool],
    can_tell: Callable[[Fields], bool] = lambda _request: True,
) -> LookUp:
    """By comparing every record of the window: these carry no reference of ours."""

    def candidates(
        cloud: CloudClient, _request: Fields, start: datetime, end: datetime
    ) -> AsyncIterator[Any]:
        listing: AsyncIterator[Any] = getattr(cloud, resource).list(
            created_from=start, created_to=end, to_the_end=True
        )
        return listing

    return LookUp(candidates, is_ours, f"{resource.removesuffix('s')}.get", can_tell=can_tell)


def _is_of_the_same_bank_account(_intent: Intent, request: Fields, record: Any) -> bool:
    """A mandate carries no reference of ours; the payer's bank account is made for one row."""
    auddis = request.get("auddis")
    return bool(
        record.customer_bank_account == request["customer_bank_account"]
        and (not auddis or record.auddis == auddis)
    )


def _is_a_payment_by_itself(_intent: Intent, record: Any) -> bool:
    """Not a re-presented one, a schedule's or a card's: all may carry the same reference (7.7)."""
    return not (record.related_payment or record.recurrence_schedule or record.card_id)


def _represents_the_payment_in_the_path(intent: Intent, record: Any) -> bool:
    """`POST /payment/{ID}/represent`: the new record names the failed one (section 7.8)."""
    return bool(record.related_payment) and f"/{record.related_payment}/" in intent.path


def _is_the_link_asked_for(_intent: Intent, request: Fields, record: Any) -> bool:
    """A link echoes what was asked (section 7.12): it is ours if it has all of it."""
    return all(
        same_value(asked, getattr(record, name, None)) for name, asked in request.items() if asked
    )


def _marks_its_link(request: Fields) -> bool:
    """Whether a link was asked for with words of ours; else two customers' could look alike."""
    return any(
        value and (name.startswith("metadata") or name.endswith("_custom_reference"))
        for name, value in request.items()
    )


def is_findable(reference: object) -> bool:
    """Whether a list can be trusted to know our reference; not if the provider may have trimmed it.

    Nothing would be found then, and what is there would be made a second time.
    """
    return isinstance(reference, str) and bool(reference) and reference == reference.strip()


def is_for_amount(asked: object, record: Any) -> bool:
    """Whether the amount is the one asked for; 0 on a cancelled mandate (sections 7.7, 7.10)."""
    return bool(record.amount == asked or (record.amount == 0 and record.status == "cancelled"))


def is_for_payer(request: Fields, record: Any) -> bool:
    """Whether nothing says that the record is on another mandate or bank account than asked for."""
    return all(
        same_value(request[name], told)
        for name in ("auddis", "mandate", "bank_account")
        if request.get(name) and (told := getattr(record, name, None))
    )


def same_value(asked: object, given: object) -> bool:
    """Whether the provider gave what was asked, in any of the forms of section 5."""
    return _plain(asked) == _plain(given)


def _plain(value: object) -> str:
    if value is None:
        return ""
    return str(value).lower() if isinstance(value, bool) else str(value).strip()


LOOK_UPS: Mapping[str, LookUp] = {
    "customer_account.create": _by_reference("customer_accounts"),
    "bank_account.create": _by_reference("bank_accounts"),
    "mandate.create": _in_window("mandates", _is_of_the_same_bank_account),
    "recurrence_schedule.create": _by_reference("recurrence_schedules"),
    "payment.create": _by_reference("payments", by_amount=True, alone=_is_a_payment_by_itself),
    "payment.represent": _by_reference(
        "payments", by_amount=True, alone=_represents_the_payment_in_the_path
    ),
    "credit.create": _by_reference("credits", field="reference", by_amount=True),
    "payment_link.create": _in_window("payment_links", _is_the_link_asked_for, _marks_its_link),
}

#: Sending these again under a new key creates nothing: a question, and a disabling DELETE
#: (reference, section 2: naturally repeatable).
REPEATABLE = frozenset(
    {"modulus_check.create", "bank_account.disable", "recurrence_schedule.disable"}
)
