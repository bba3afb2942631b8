"""Mandates (reference, section 7.5); knows schedules only through what a change cascades to."""

from typing import Any

from smarterpay.bacs import (
    COLLECTABLE_MANDATES,
    MandateEvent,
    MandateStatus,
    caller_event,
    mandate_after,
    reason_code,
)
from smarterpay.sandbox.bacs_work import reports
from smarterpay.sandbox.bacs_work.mandate_changes import change_mandate, open_credits
from smarterpay.sandbox.bacs_work.mandate_references import (
    AUDDIS,
    check_move,
    check_reference,
    free_reference,
)
from smarterpay.sandbox.bacs_work.validations import start_for_mandate
from smarterpay.sandbox.books.changes import Source, change, enter
from smarterpay.sandbox.http.answers import Answer, invalid, success
from smarterpay.sandbox.http.fields import Choice, Field, Flag, Text
from smarterpay.sandbox.http.lists import Listing
from smarterpay.sandbox.http.resource import STAMP, TEXT, Call, Request, Resource, Route
from smarterpay.sandbox.platform import Platform
from smarterpay.sandbox.records.accounts import BankAccount, ClientBankAccount, Mandate
from smarterpay.sandbox.resources import (
    bank_accounts,
    client_bank_accounts,
    service_user_numbers,
)
from smarterpay.sandbox.settings import MAX_METADATA

ENVELOPE = "Mandate"
SECTION = "7.5"

_CALLER_STATUSES = Choice(
    (
        MandateStatus.ON_HOLD.value,
        *(status.value for status in COLLECTABLE_MANDATES),
        MandateStatus.CANCELLED.value,
    ),
    blanks=True,
)
CREATE_FIELDS = (
    Field("customer_bank_account", Text(50), mandatory=True),
    Field("auddis", AUDDIS),
    Field("client_bank_account_id", Text(50)),
    Field("dd_status", _CALLER_STATUSES),
    Field("account_validation", Flag()),
    Field("metadata", Text(MAX_METADATA)),
    Field("I_am_the_only_account_holder", Flag()),
)
UPDATE_FIELDS = (
    Field("dd_status", _CALLER_STATUSES, clearable=False),
    Field("client_bank_account_id", Text(50)),
    Field("metadata", Text(MAX_METADATA)),
    Field("bacs_code", Text(10), clearable=False),
)
ANSWER = {
    "I_am_the_only_account_holder": {"type": "string", "enum": ["true", "false"]},
    "Sun_Name": TEXT,
    "Sun_Number": TEXT,
    "account_name": TEXT,
    "account_number": TEXT,
    "auddis": TEXT,
    "bank_name": TEXT,
    "client_bank_account_id": TEXT,
    "created_at": STAMP,
    "customer_account": TEXT,
    "customer_bank_account": TEXT,
    "dd_status": {"type": "string", "enum": [status.value for status in MandateStatus]},
    "id": TEXT,
    "metadata": TEXT,
    "originator_account_number": TEXT,
    "originator_sort_code": TEXT,
    "sort_code": TEXT,
}


def create(platform: Platform, call: Call) -> Answer:
    """Enter a mandate on an enabled bank account that permits debits."""
    values = call.values
    account = _debitable(platform, values.text("customer_bank_account"))
    own = _own_account(platform, values.text("client_bank_account_id"))
    validate = values.flag("account_validation", False)
    if validate and not platform.settings.account_validation:
        raise invalid("account_validation", "the account validation option is not enabled")
    reference = values.text("auddis")
    if reference:
        check_reference(platform, reference, own.sun, account)
    else:
        reference = free_reference(platform, own.sun, account)
    mandate = open_mandate(
        platform,
        account,
        own,
        reference,
        metadata=values.text("metadata"),
        only_account_holder=values.flag("I_am_the_only_account_holder", True),
        status=MandateStatus(values.text("dd_status", MandateStatus.NEW_INSTRUCTION)),
        validation_link_origin=call.origin if validate else None,
    )
    if mandate.dd_status == MandateStatus.ONGOING_COLLECTION:
        open_credits(platform, account.id, Source.API)
    return success(ENVELOPE, present(platform, mandate))


def open_mandate(
    platform: Platform,
    account: BankAccount,
    own: ClientBankAccount,
    reference: str,
    *,
    metadata: str = "",
    only_account_holder: bool = True,
    status: MandateStatus = MandateStatus.NEW_INSTRUCTION,
    source: Source = Source.API,
    validation_link_origin: str | None = None,
    validation_metadata: str | None = None,
) -> Mandate:
    """Enter a mandate with the account's details copied onto it; everything is checked.

    With `validation_link_origin`, scheme and host for the link, it awaits a validation first.
    """
    if validation_link_origin is not None:
        status = MandateStatus.AWAIT_VALIDATION
    mandate = Mandate(
        id=platform.new_id("M01"),
        created_at=platform.clock.stamp(),
        auddis=reference,
        dd_status=status.value,
        customer_account=account.customer_account,
        customer_bank_account=account.id,
        account_name=account.account_name,
        account_number=account.account_number,
        sort_code=account.sort_code,
        bank_name=account.bank_name,
        client_bank_account_id=own.id,
        sun=own.sun,
        only_account_holder=only_account_holder,
        metadata=metadata,
        last_debit_on=platform.today().isoformat(),
        lodged_on=_stands_since(platform, status),
        conversion_due=status is MandateStatus.ONGOING_COLLECTION,
    )
    if validation_link_origin is not None:
        validation = start_for_mandate(
            platform, mandate, validation_link_origin, validation_metadata
        )
        mandate.account_validation_id = validation.id
        mandate.account_validation_url = validation.account_validation_url
    enter(platform, mandate, source)
    return mandate


def _stands_since(platform: Platform, status: MandateStatus) -> str:
    """Since when Bacs has a mandate created with this status, empty where it has it not.

    One created in `first collection` was lodged elsewhere: nothing is sent (section 12).
    """
    elsewhere = status is MandateStatus.FIRST_COLLECTION
    return platform.today().isoformat() if elsewhere else ""


def update(platform: Platform, call: Call) -> Answer:
    """Change status, own account, metadata or Bacs code; all is checked before any is done."""
    mandate: Mandate = call.record
    values = call.values
    event = _asked_event(mandate, values.text("dd_status"))
    code = reason_code(values.text("bacs_code"))
    if code is None and "bacs_code" in values:
        raise invalid("bacs_code", "must be a Bacs code such as ADDACS 1 or ADDACS1")
    if code is not None:
        reports.check_code(platform, code, mandate, Source.API)
    own = None
    if "client_bank_account_id" in values:
        own = _own_account(platform, values.text("client_bank_account_id"))
        if own.sun != mandate.sun:
            check_move(platform, mandate, own.sun, "client_bank_account_id")
    if own is not None:
        mandate.client_bank_account_id, mandate.sun = own.id, own.sun
    if "metadata" in values:
        mandate.metadata = values.text("metadata")
    if event is not None:
        change_mandate(platform, mandate, event, Source.API)
    elif code is None:
        change(platform, mandate, Source.API)
    if code is not None:
        reports.apply_code(platform, code, mandate, Source.API)
    return success(ENVELOPE, present(platform, mandate))


def _asked_event(mandate: Mandate, asked: str) -> MandateEvent | None:
    """The event a PUT of `dd_status` asks for, None where nothing changes.

    Raises `Refusal` (400) for a change that section 11 does not have.
    """
    if not asked:
        return None
    status = MandateStatus(mandate.dd_status)
    event = caller_event(MandateStatus(asked))
    if event is None or mandate_after(status, MandateEvent.CALLER_CANCELS) is None:
        raise invalid("dd_status", f"a mandate that is {status.value} cannot change")
    if asked == status:
        return None
    if mandate_after(status, event) is None:
        raise invalid("dd_status", f"a mandate cannot go from {status.value} to {asked}")
    return event


def _debitable(platform: Platform, account_id: str) -> BankAccount:
    account = bank_accounts.find(platform, account_id)
    if account is None:
        raise invalid("customer_bank_account", "no such bank account")
    if not account.enabled:
        raise invalid("customer_bank_account", "the bank account is disabled")
    if not account.debits_allowed:
        raise invalid("customer_bank_account", "the bank account does not allow debits")
    return account


def _own_account(platform: Platform, account_id: str) -> ClientBankAccount:
    own = client_bank_accounts.named_or_default(platform, account_id)
    if own is None:
        raise invalid("client_bank_account_id", "no such client bank account")
    return own


def get(platform: Platform, call: Call) -> Answer:
    """The mandate as it stands, account details in full."""
    return success(ENVELOPE, present(platform, call.record))


def present(platform: Platform, mandate: Mandate) -> dict[str, Any]:
    """The mandate in the sample's spelling.

    Validation fields only where one was asked for, Bacs fields only where set.
    """
    own = platform.books.client_bank_accounts.get(mandate.client_bank_account_id)
    shown: dict[str, Any] = {
        "I_am_the_only_account_holder": "true" if mandate.only_account_holder else "false",
        "Sun_Name": service_user_numbers.name_of(platform, mandate.sun),
        "Sun_Number": mandate.sun,
        "account_name": mandate.account_name,
        "account_number": mandate.account_number,
        "auddis": mandate.auddis,
        "bank_name": mandate.bank_name,
        "client_bank_account_id": mandate.client_bank_account_id,
        "created_at": mandate.created_at,
        "customer_account": mandate.customer_account,
        "customer_bank_account": mandate.customer_bank_account,
        "dd_status": mandate.dd_status,
        "id": mandate.id,
        "metadata": mandate.metadata,
        "originator_account_number": own.account_number if own else "",
        "originator_sort_code": own.sort_code if own else "",
        "sort_code": mandate.sort_code,
    }
    if mandate.account_validation_id:
        shown["account_validation_id"] = mandate.account_validation_id
        shown["account_validation_url"] = mandate.account_validation_url
    if mandate.bacs_code:
        shown["bacs_code"] = mandate.bacs_code
        shown["bacs_description"] = mandate.bacs_description
    return shown


def find(platform: Platform, record_id: str) -> Mandate | None:
    """The mandate with this id, in any case."""
    return platform.books.mandates.get(record_id.upper())


def find_by_reference(platform: Platform, auddis: str) -> Mandate | None:
    """The mandate of a reference; where several SUNs have it, the default SUN's."""
    found = platform.books.mandates.having("auddis", auddis)
    if not found:
        return None
    preferred = service_user_numbers.default(platform).sun
    return min(found, key=lambda mandate: mandate.sun != preferred)


def submitted_codes(platform: Platform, mandate: Mandate) -> list[str]:
    """The codes under which the mandate went to Bacs: 0N, 0C, 0S (section 10)."""
    lines = platform.books.submission_lines.having("record_id", mandate.id)
    return [line.transaction_code for line in lines]


LISTING = Listing(
    envelope="Mandates",
    table=lambda books: books.mandates,
    present=present,
    sort_fields=("created_at", "id", "auddis", "dd_status", "account_name"),
    find=find,
    status=lambda mandate: str(mandate.dd_status),
    filters={"transaction_code": submitted_codes},
)

RESOURCE = Resource(
    service="Mandate",
    rules=(
        "Cancelling makes its schedules inactive. With account_validation the mandate waits in "
        "`await validation` and is decided one simulated minute later."
    ),
    routes=(
        Route(
            "mandate.create",
            "POST",
            "/mandate",
            create,
            SECTION,
            "Create a mandate",
            ENVELOPE,
            ANSWER,
            Request(ENVELOPE, CREATE_FIELDS),
        ),
        Route(
            "mandate.get",
            "GET",
            "/mandate/{id}",
            get,
            SECTION,
            "Read a mandate",
            ENVELOPE,
            ANSWER,
            locate=find,
        ),
        Route(
            "mandate.update",
            "PUT",
            "/mandate/{id}",
            update,
            SECTION,
            "Change a mandate",
            ENVELOPE,
            ANSWER,
            Request(ENVELOPE, UPDATE_FIELDS, update=True),
            locate=find,
        ),
        Route(
            "mandate.list",
            "GET",
            "/mandates",
            LISTING.work,
            SECTION,
            "List mandates",
            LISTING.envelope,
            ANSWER,
            listing=True,
            singular_path="/mandate",
            sort_fields=LISTING.sort_fields,
            filters=tuple(LISTING.filters),
        ),
    ),
)
