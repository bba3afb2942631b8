"""Bank accounts of payers and payees (reference, section 7.2); its mandates only by cascade."""

from typing import Any

from smarterpay.bacs import BankAccountEvent, MandateEvent
from smarterpay.sandbox.bacs_work.banks import bank_of
from smarterpay.sandbox.bacs_work.mandate_changes import change_mandate
from smarterpay.sandbox.books.changes import Source, enter, move
from smarterpay.sandbox.http.answers import Answer, invalid, success
from smarterpay.sandbox.http.fields import Digits, Field, Flag, Text
from smarterpay.sandbox.http.lists import Listing
from smarterpay.sandbox.http.resource import FLAG, STAMP, TEXT, Call, Request, Resource, Route
from smarterpay.sandbox.platform import Platform
from smarterpay.sandbox.records.accounts import BankAccount
from smarterpay.sandbox.resources import customer_accounts
from smarterpay.sandbox.settings import MAX_ACCOUNT_NAME, MAX_METADATA, MAX_REFERENCE
from smarterpay.sandbox.triggers import modulus_result

ENVELOPE = "bank_account"
SECTION = "7.2"

CREATE_FIELDS = (
    Field("account_number", Digits(8), mandatory=True),
    Field("sort_code", Digits(6), mandatory=True),
    Field("account_name", Text(MAX_ACCOUNT_NAME), mandatory=True),
    Field("customer_account", Text(50)),
    Field("custom_reference", Text(MAX_REFERENCE)),
    Field("metadata", Text(MAX_METADATA)),
    Field("credits_allowed", Flag()),
    Field("debits_allowed", Flag()),
)
UPDATE_FIELDS = (Field("enabled", Flag(), mandatory=True),)

_TAIL = {
    "created_at": STAMP,
    "account_number": TEXT,
    "sort_code": TEXT,
    "account_name": TEXT,
    "bank_name": TEXT,
    "customer_account": TEXT,
    "enabled": FLAG,
    "custom_reference": TEXT,
    "metadata": TEXT,
    "credits_allowed": FLAG,
    "debits_allowed": FLAG,
}
ANSWER = {"id": TEXT, **_TAIL}
LISTED = {"Id": TEXT, **_TAIL}


def create(platform: Platform, call: Call) -> Answer:
    """Enter a bank account after its modulus check."""
    values = call.values
    customer_id = values.text("customer_account")
    customer = customer_accounts.find(platform, customer_id) if customer_id else None
    if customer_id and customer is None:
        raise invalid("customer_account", "no such customer account")
    account = open_account(
        platform,
        account_number=values.text("account_number"),
        sort_code=values.text("sort_code"),
        account_name=values.text("account_name"),
        customer_account=customer.id if customer else "",
        custom_reference=values.text("custom_reference"),
        metadata=values.text("metadata"),
        credits_wanted=values.flag("credits_allowed", True),
        debits_wanted=values.flag("debits_allowed", True),
    )
    return success(ENVELOPE, present(platform, account))


def open_account(
    platform: Platform,
    *,
    account_number: str,
    sort_code: str,
    account_name: str,
    customer_account: str = "",
    custom_reference: str = "",
    metadata: str = "",
    credits_wanted: bool = True,
    debits_wanted: bool = True,
    source: Source = Source.API,
) -> BankAccount:
    """Check and enter an account; raises `Refusal` (400) where the modulus check fails.

    The caller's flags only switch off what the check permits; under Credit Anti-Fraud
    credits start closed.
    """
    modulus = modulus_result(account_number)
    if not modulus.valid:
        raise invalid("account_number", "account number and sort code fail the modulus check")
    credits_possible = modulus.credits and credits_wanted
    account = BankAccount(
        id=platform.new_id("BA01"),
        created_at=platform.clock.stamp(),
        account_number=account_number,
        sort_code=sort_code,
        account_name=account_name,
        bank_name=bank_of(sort_code).name,
        customer_account=customer_account,
        custom_reference=custom_reference,
        metadata=metadata,
        credits_allowed=credits_possible and not platform.settings.credit_anti_fraud,
        debits_allowed=modulus.debits and debits_wanted,
        credits_possible=credits_possible,
    )
    enter(platform, account, source)
    return account


def update(platform: Platform, call: Call) -> Answer:
    """Enable or disable the account: all a PUT does."""
    return _switch(platform, call.record, call.values.flag("enabled", True))


def disable(platform: Platform, call: Call) -> Answer:
    """Disable the account; nothing is erased."""
    return _switch(platform, call.record, False)


def _switch(platform: Platform, account: BankAccount, enabled: bool) -> Answer:
    event = BankAccountEvent.CALLER_ENABLES if enabled else BankAccountEvent.CALLER_DISABLES
    switched = move(platform, account, event, Source.API)
    if switched and not enabled and platform.settings.bank_disable_cascades:
        for mandate in platform.books.mandates.having("customer_bank_account", account.id):
            change_mandate(platform, mandate, MandateEvent.CALLER_CANCELS, Source.API)
    return success(ENVELOPE, present(platform, account))


def get(platform: Platform, call: Call) -> Answer:
    """The account as it stands, number in full."""
    return success(ENVELOPE, present(platform, call.record))


def present(_: Platform, account: BankAccount) -> dict[str, Any]:
    """The account in the spelling of a single record."""
    return {name: getattr(account, name) for name in ANSWER}


def present_in_list(_: Platform, account: BankAccount) -> dict[str, Any]:
    """The account in the spelling of a list, where the id is `Id`."""
    return {"Id": account.id, **{name: getattr(account, name) for name in _TAIL}}


def find(platform: Platform, record_id: str) -> BankAccount | None:
    """The bank account with this id, in any case."""
    return platform.books.bank_accounts.get(record_id.upper())


LISTING = Listing(
    envelope="bank_accounts",
    table=lambda books: books.bank_accounts,
    present=present_in_list,
    sort_fields=("created_at", "id", "account_name", "bank_name", "custom_reference"),
    find=find,
    status=lambda account: "enabled" if account.enabled else "disabled",
    reference=lambda account: str(account.custom_reference),
)

RESOURCE = Resource(
    service="Bank account",
    rules=(
        "Create modulus-checks the details. PUT enables or disables and does nothing else; "
        "DELETE disables and erases nothing."
    ),
    routes=(
        Route(
            "bank_account.create",
            "POST",
            "/bankaccount",
            create,
            SECTION,
            "Create a bank account",
            ENVELOPE,
            ANSWER,
            Request(ENVELOPE, CREATE_FIELDS),
        ),
        Route(
            "bank_account.get",
            "GET",
            "/bankaccount/{id}",
            get,
            SECTION,
            "Read a bank account",
            ENVELOPE,
            ANSWER,
            locate=find,
        ),
        Route(
            "bank_account.update",
            "PUT",
            "/bankaccount/{id}",
            update,
            SECTION,
            "Enable or disable a bank account",
            ENVELOPE,
            ANSWER,
            Request(ENVELOPE, UPDATE_FIELDS),
            locate=find,
        ),
        Route(
            "bank_account.disable",
            "DELETE",
            "/bankaccount/{id}",
            disable,
            SECTION,
            "Disable a bank account",
            ENVELOPE,
            ANSWER,
            locate=find,
        ),
        Route(
            "bank_account.list",
            "GET",
            "/bankaccounts",
            LISTING.work,
            SECTION,
            "List bank accounts",
            LISTING.envelope,
            LISTED,
            listing=True,
            singular_path="/bankaccount",
            sort_fields=LISTING.sort_fields,
        ),
    ),
)
