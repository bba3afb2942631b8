"""Credits (reference, sections 7.9 and 7.10): what callers see and ask; no rule of Bacs."""

from typing import Any

from smarterpay.bacs import CreditStatus
from smarterpay.sandbox.bacs_work.credits import credit_codes, open_credit
from smarterpay.sandbox.bacs_work.item_requests import UPDATE_TAIL, change_item, day_asked
from smarterpay.sandbox.books.changes import Source
from smarterpay.sandbox.http.answers import Answer, invalid, success
from smarterpay.sandbox.http.fields import Day, Field, Text, Values, pence
from smarterpay.sandbox.http.lists import Listing
from smarterpay.sandbox.http.resource import PENCE_TEXT, STAMP, TEXT, Call, Request, Resource, Route
from smarterpay.sandbox.platform import Platform
from smarterpay.sandbox.records.accounts import BankAccount, ClientBankAccount, Mandate
from smarterpay.sandbox.records.items import Credit
from smarterpay.sandbox.resources import (
    api_requests,
    bank_accounts,
    client_bank_accounts,
    mandates,
)
from smarterpay.sandbox.settings import (
    ACCEPTED,
    MAX_BULK_ROWS,
    MAX_DESCRIPTION,
    MAX_METADATA,
    MAX_NARRATIVE,
    MAX_REFERENCE,
)

ENVELOPE = "credit"
LIST_ENVELOPE = "credits"
SECTION = "7.10"

_RTI = Text(4, r"[A-Z0-9/\-.& ]+", "may hold A-Z, 0-9, / - . & and space only")
CREATE_FIELDS = (
    Field("amount", pence(), mandatory=True),
    Field("credit_date", Day(), mandatory=True),
    Field("description", Text(MAX_DESCRIPTION), mandatory=True),
    Field("auddis", Text(18)),
    Field("client_bank_account_id", Text(50)),
    Field("bank_account", Text(50)),
    Field("default_narrative", Text(MAX_NARRATIVE)),
    Field("reference", Text(MAX_REFERENCE)),
    Field("rti", _RTI),
    Field("submission_reference", Text(MAX_NARRATIVE)),
    Field("metadata", Text(MAX_METADATA)),
)
UPDATE_FIELDS = (
    Field("amount", pence(), clearable=False),
    Field("credit_date", Day(), clearable=False),
    Field("reference", Text(MAX_REFERENCE)),
    *UPDATE_TAIL,
)

_BODY = {
    "created_at": STAMP,
    "status": {"type": "string", "enum": [status.value for status in CreditStatus]},
    "amount": PENCE_TEXT,
    "credit_date": {"type": "string", "format": "date"},
    "description": TEXT,
    "default_narrative": TEXT,
    "reference": TEXT,
    "bank_account": TEXT,
    "client_bank_account_id": TEXT,
    "auddis": TEXT,
    "mandate": TEXT,
    "rti": TEXT,
    "submission_reference": TEXT,
    "metadata": TEXT,
    "bacs_code": TEXT,
    "bacs_description": TEXT,
}
ANSWER = {"ID": TEXT, **_BODY}


def create(platform: Platform, call: Call) -> Answer:
    """Enter a credit; on a cancelled mandate it is recorded `cancelled` with amount 0."""
    return success(ENVELOPE, present(platform, create_from(platform, call.values)))


def create_from(platform: Platform, values: Values) -> Credit:
    """Enter the credit that a create, or a row of a bulk create, asks for.

    Raises `Refusal` (400) where it cannot be created.
    """
    asked = day_asked(platform, values, "credit_date")
    mandate = _mandate_named(platform, values)
    return open_credit(
        platform,
        _payee(platform, values, mandate),
        _payer(platform, values, mandate),
        amount=values.must_number("amount"),
        asked_date=asked,
        description=values.text("description"),
        source=Source.API,
        mandate=mandate,
        default_narrative=values.text("default_narrative"),
        reference=values.text("reference"),
        rti=values.text("rti"),
        submission_reference=values.text("submission_reference"),
        metadata=values.text("metadata"),
    )


def _mandate_named(platform: Platform, values: Values) -> Mandate | None:
    """The mandate whose account is paid, None where none is named."""
    auddis = values.text("auddis")
    if not auddis:
        return None
    if values.text("client_bank_account_id"):
        raise invalid("client_bank_account_id", "cannot be given beside auddis")
    mandate = mandates.find_by_reference(platform, auddis)
    if mandate is None:
        raise invalid("auddis", "no mandate has this reference")
    return mandate


def _payee(platform: Platform, values: Values, mandate: Mandate | None) -> BankAccount:
    """The account that receives: the mandate's, or the one given where there is no mandate."""
    named = values.text("bank_account")
    if not named and mandate is None:
        raise invalid("bank_account", "is mandatory without auddis")
    account = bank_accounts.find(
        platform, named or (mandate.customer_bank_account if mandate else "")
    )
    if account is None:
        raise invalid("bank_account", "no such bank account")
    if mandate is not None and account.id != mandate.customer_bank_account:
        raise invalid("bank_account", "is not the bank account of the mandate")
    return account


def _payer(platform: Platform, values: Values, mandate: Mandate | None) -> ClientBankAccount:
    """The own account that pays: the mandate's, the one given, or the default SUN's default."""
    named = mandate.client_bank_account_id if mandate else values.text("client_bank_account_id")
    own = client_bank_accounts.named_or_default(platform, named)
    if own is None:
        raise invalid("client_bank_account_id", "no such client bank account")
    return own


def bulk_create(platform: Platform, call: Call) -> Answer:
    """Take in rows, to be created one by one once the simulated time comes (section 7.9)."""
    return api_requests.take(platform, call, api_requests.CREDIT_ROWS)


def update(platform: Platform, call: Call) -> Answer:
    """Change or cancel a pending credit."""
    credit: Credit = call.record
    change_item(
        platform, credit, call.values, date_field="credit_date", reference_field="reference"
    )
    return success(ENVELOPE, present(platform, credit))


def get(platform: Platform, call: Call) -> Answer:
    """The credit as it stands."""
    return success(ENVELOPE, present(platform, call.record))


def present(_: Platform, credit: Credit) -> dict[str, Any]:
    """The credit as the wire has it: `ID`, and the amount a string (section 5)."""
    body = {name: getattr(credit, name) for name in _BODY}
    return {"ID": credit.id, **body, "amount": str(credit.amount)}


def find(platform: Platform, record_id: str) -> Credit | None:
    """The credit with this id, in any case."""
    return platform.books.credits.get(record_id.upper())


LISTING = Listing(
    envelope=LIST_ENVELOPE,
    table=lambda books: books.credits,
    present=present,
    sort_fields=("created_at", "id", "status", "credit_date", "reference"),
    find=find,
    status=lambda credit: str(credit.status),
    reference=lambda credit: str(credit.reference),
    reference_index="reference",
    filters={"transaction_code": lambda _, credit: credit_codes(credit)},
)

RESOURCE = Resource(
    service="Credit",
    rules=(
        "Pays the mandate's account, or `bank_account` where no `auddis` is given. A date too "
        "early or on a non-banking day is moved and returned. Only a pending credit can change; "
        "`bacs_code` is for submitted ones. A bulk call answers at once, its rows follow."
    ),
    routes=(
        Route(
            "credit.create",
            "POST",
            "/credit",
            create,
            SECTION,
            "Create a credit",
            ENVELOPE,
            ANSWER,
            Request(ENVELOPE, CREATE_FIELDS),
        ),
        Route(
            "credit.bulk_create",
            "POST",
            "/credits",
            bulk_create,
            api_requests.SECTION,
            "Create many credits in one call",
            api_requests.ENVELOPE,
            api_requests.ANSWER,
            Request(LIST_ENVELOPE, CREATE_FIELDS, most_rows=MAX_BULK_ROWS),
            statuses=(ACCEPTED,),
        ),
        Route(
            "credit.get",
            "GET",
            "/credit/{id}",
            get,
            SECTION,
            "Read a credit",
            ENVELOPE,
            ANSWER,
            locate=find,
        ),
        Route(
            "credit.update",
            "PUT",
            "/credit/{id}",
            update,
            SECTION,
            "Change or cancel a pending credit",
            ENVELOPE,
            ANSWER,
            Request(ENVELOPE, UPDATE_FIELDS, update=True),
            locate=find,
        ),
        Route(
            "credit.list",
            "GET",
            "/credits",
            LISTING.work,
            SECTION,
            "List credits",
            LISTING.envelope,
            ANSWER,
            listing=True,
            singular_path="/credit",
            sort_fields=LISTING.sort_fields,
            filters=tuple(LISTING.filters),
        ),
    ),
)
