"""Payment links (reference, section 7.12); knows no page that a payer sees."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date
from typing import Any
from urllib.parse import parse_qsl, urlsplit

from smarterpay.bacs import COLLECTABLE_MANDATES, PaymentLinkEvent, PaymentLinkStatus
from smarterpay.sandbox.bacs_work.mandate_references import AUDDIS, check_reference
from smarterpay.sandbox.books.changes import Source, change, enter, move
from smarterpay.sandbox.http.answers import Answer, FieldFault, Refusal, invalid, success
from smarterpay.sandbox.http.fields import BadValueError, Choice, Day, Field, Text, Values, pence
from smarterpay.sandbox.http.lists import Listing
from smarterpay.sandbox.http.resource import STAMP, TEXT, Call, Request, Resource, Route
from smarterpay.sandbox.links.expiry import expiry_of
from smarterpay.sandbox.links.page_rules import faults
from smarterpay.sandbox.platform import Platform
from smarterpay.sandbox.records.links import EcommercePageSetup, PaymentLink
from smarterpay.sandbox.resources import (
    bank_accounts,
    client_bank_accounts,
    customer_accounts,
    ecommerce_page_setups,
    mandates,
    recurrence_schedules,
)
from smarterpay.sandbox.settings import MAX_METADATA, MESSAGE_INVALID, PAYMENT_LINK_PAGE

ENVELOPE = "payment_link"
SECTION = "7.12"
_MAX_LINK_REFERENCE = 100
_MAX_URL = 2048
_APPENDED = frozenset({"page", "payment"})


@dataclass(frozen=True, slots=True)
class ReturnUrl:
    """Where the payer goes afterwards: https, and no parameter that the platform appends."""

    def read(self, raw: Any) -> str:
        text = Text(_MAX_URL).read(raw)
        try:
            parts = urlsplit(text)
            good = parts.scheme == "https" and bool(parts.hostname)
        except ValueError:
            good = False
        if not good or re.search(r"[\s\x00-\x1f\x7f]", text):
            raise BadValueError("must be an https address")
        named = {name.lower() for name, _ in parse_qsl(parts.query, keep_blank_values=True)}
        if named & _APPENDED:
            raise BadValueError("must not have a parameter page or payment")
        return text

    def schema(self) -> dict[str, Any]:
        return {"type": "string", "maxLength": _MAX_URL, "pattern": "^https://"}


_DATES = ("first_collection_date", "start_date", "end_date")
_AMOUNTS = ("amount", "first_collection_amount")
_REFERENCES = (
    "bank_account_custom_reference",
    "card_payment_custom_reference",
    "customer_custom_reference",
    "recurrence_schedule_custom_reference",
)
_METADATA = (
    "metadata",
    "metadata_account_validation",
    "metadata_bank_account",
    "metadata_card",
    "metadata_customer_account",
    "metadata_mandate",
    "metadata_recurrence_schedule",
)
_CHANGEABLE = (
    *(Field(name, pence()) for name in _AMOUNTS),
    *(Field(name, Day()) for name in _DATES),
    Field("auddis", AUDDIS),
    Field("return_url", ReturnUrl()),
    *(Field(name, Text(_MAX_LINK_REFERENCE)) for name in _REFERENCES),
    *(Field(name, Text(MAX_METADATA)) for name in _METADATA),
)
CREATE_FIELDS = (
    Field("ecommerce_page", Text(50), mandatory=True),
    Field("customer_account", Text(50)),
    Field("bank_account", Text(50)),
    Field("mandate", Text(50)),
    Field("recurrence_schedule", Text(50)),
    Field("description", Text(255)),
    *_CHANGEABLE,
)
UPDATE_FIELDS = (
    *_CHANGEABLE,
    Field("status", Choice((PaymentLinkStatus.CANCELLED.value,)), clearable=False),
)
_AMOUNT_TEXT = {"type": "string", "pattern": "^[0-9]*$"}
ANSWER = {
    "id": TEXT,
    "url": TEXT,
    "created_at": STAMP,
    "expires_at": {"type": "string", "pattern": r"^(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ)?$"},
    "status": {"type": "string", "enum": [status.value for status in PaymentLinkStatus]},
    **{field.name: TEXT for field in CREATE_FIELDS},
    **dict.fromkeys(_AMOUNTS, _AMOUNT_TEXT),
}


def create(platform: Platform, call: Call) -> Answer:
    """Enter a link with what its page setup expects and permits, and nothing else."""
    values = call.values
    page = ecommerce_page_setups.find(platform, values.text("ecommerce_page"))
    if page is None:
        raise invalid("ecommerce_page", "no such page setup")
    wanted = _wanted(values)
    link_id = platform.new_id("PL01")
    link = PaymentLink(
        id=link_id,
        created_at=platform.clock.stamp(),
        status=PaymentLinkStatus.ACTIVE.value,
        url=f"{call.origin}{PAYMENT_LINK_PAGE}?ID={link_id}",
        ecommerce_page=page.id,
        description=values.text("description"),
        **_named_records(platform, values),
        **wanted,
    )
    link.expires_on, link.expires_at = expiry_of(platform, page)
    _check(platform, page, link, wanted)
    enter(platform, link, Source.API)
    return success(ENVELOPE, present(platform, link))


def update(platform: Platform, call: Call) -> Answer:
    """Change overrides, references and metadata of an active link, or cancel it."""
    link: PaymentLink = call.record
    if link.status != PaymentLinkStatus.ACTIVE:
        raise invalid("status", f"the payment link is {link.status}")
    page = ecommerce_page_setups.find(platform, link.ecommerce_page)
    if page is None:
        raise invalid("ecommerce_page", "no such page setup")
    wanted = _wanted(call.values)
    _check(platform, page, replace(link, **wanted), wanted)
    for name, value in wanted.items():
        setattr(link, name, value)
    if call.values.text("status"):
        move(platform, link, PaymentLinkEvent.CALLER_CANCELS, Source.API)
    else:
        change(platform, link, Source.API)
    return success(ENVELOPE, present(platform, link))


def _named_records(platform: Platform, values: Values) -> dict[str, Any]:
    """The ids of the records that the link names, all of them usable and of one piece."""
    customer = _found(platform, values, "customer_account", customer_accounts.find)
    account = _found(platform, values, "bank_account", bank_accounts.find)
    mandate = _found(platform, values, "mandate", mandates.find)
    schedule = _found(platform, values, "recurrence_schedule", recurrence_schedules.find)
    if account is not None and not (account.enabled and account.debits_allowed):
        raise invalid("bank_account", "the bank account is disabled or allows no debits")
    if mandate is not None and mandate.dd_status not in COLLECTABLE_MANDATES:
        raise invalid("mandate", f"the mandate is {mandate.dd_status}")
    if schedule is not None and schedule.status != "active":
        raise invalid("recurrence_schedule", "the schedule is inactive")
    if mandate and account and mandate.customer_bank_account != account.id:
        raise invalid("mandate", "is not of that bank account")
    if schedule and mandate and schedule.mandate != mandate.id:
        raise invalid("recurrence_schedule", "is not of that mandate")
    return {
        "customer_account": customer.id if customer else "",
        "bank_account": account.id if account else "",
        "mandate": mandate.id if mandate else "",
        "recurrence_schedule": schedule.id if schedule else "",
    }


def _found(platform: Platform, values: Values, name: str, find: Any) -> Any:
    record_id = values.text(name)
    if not record_id:
        return None
    record = find(platform, record_id)
    if record is None:
        raise invalid(name, "no such record")
    return record


def _wanted(values: Values) -> dict[str, Any]:
    """The given overrides, references and metadata in the form in which the record has them."""
    wanted: dict[str, Any] = {}
    for field in _CHANGEABLE:
        if field.name not in values:
            continue
        if field.name in _AMOUNTS:
            wanted[field.name] = values.number(field.name)
        elif field.name in _DATES:
            day = values.day(field.name)
            wanted[field.name] = "" if day is None else day.isoformat()
        else:
            wanted[field.name] = values.text(field.name)
    return wanted


def _check(
    platform: Platform, page: EcommercePageSetup, link: PaymentLink, wanted: Mapping[str, Any]
) -> None:
    """The rules that join fields; raises `Refusal` (400) that lists what is wrong."""
    found = faults(page, link)
    first = wanted.get("first_collection_date")
    if first and date.fromisoformat(first) < platform.today():
        found.append(FieldFault("first_collection_date", "must not be in the past"))
    if found:
        raise Refusal(400, MESSAGE_INVALID, *found)
    own = client_bank_accounts.find(platform, page.client_bank_account)
    if wanted.get("auddis") and own is not None:
        account = platform.books.bank_accounts.get(link.bank_account)
        check_reference(platform, link.auddis, own.sun, account)


def get(platform: Platform, call: Call) -> Answer:
    """The link as it stands."""
    return success(ENVELOPE, present(platform, call.record))


def present(_: Platform, link: PaymentLink) -> dict[str, Any]:
    """The link as the wire has it: amounts as strings, absent values empty (section 5)."""
    shown = {name: getattr(link, name) for name in ANSWER}
    for name in _AMOUNTS:
        shown[name] = "" if shown[name] is None else str(shown[name])
    return shown


def find(platform: Platform, record_id: str) -> PaymentLink | None:
    """The link with this id, in any case."""
    return platform.books.payment_links.get(record_id.upper())


LISTING = Listing(
    envelope="payment_links",
    table=lambda books: books.payment_links,
    present=present,
    sort_fields=("created_at", "id", "status", "expires_at", "customer_custom_reference"),
    find=find,
    status=lambda link: str(link.status),
    references=lambda link: {getattr(link, name) for name in _REFERENCES},
)

RESOURCE = Resource(
    service="Payment link",
    rules=(
        "The page setup says which ids a link names and what it overrides: `ReadOnly` steps need "
        "their record, `Edit` steps may have it, `Skip` steps need it where the payment type "
        "does. `custom_reference` in the list finds any of its references. The payer "
        "finishes it at its `url`, or `/_sandbox/payment-links/{id}/complete` does."
    ),
    routes=(
        Route(
            "payment_link.create",
            "POST",
            "/paymentlink",
            create,
            SECTION,
            "Create a payment link",
            ENVELOPE,
            ANSWER,
            Request(ENVELOPE, CREATE_FIELDS),
        ),
        Route(
            "payment_link.get",
            "GET",
            "/paymentlink/{id}",
            get,
            SECTION,
            "Read a payment link",
            ENVELOPE,
            ANSWER,
            locate=find,
        ),
        Route(
            "payment_link.update",
            "PUT",
            "/paymentlink/{id}",
            update,
            SECTION,
            "Change or cancel a payment link",
            ENVELOPE,
            ANSWER,
            Request(ENVELOPE, UPDATE_FIELDS, update=True),
            locate=find,
        ),
        Route(
            "payment_link.list",
            "GET",
            "/paymentlinks",
            LISTING.work,
            SECTION,
            "List payment links",
            LISTING.envelope,
            ANSWER,
            listing=True,
            singular_path="/paymentlink",
            sort_fields=LISTING.sort_fields,
        ),
    ),
)
