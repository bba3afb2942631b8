"""Account validation (reference, section 7.3) and what a result leads to; knows no schedule."""

from typing import Any

from smarterpay.bacs import MandateEvent
from smarterpay.sandbox.bacs_work.mandate_changes import change_mandate
from smarterpay.sandbox.bacs_work.mandate_references import AUDDIS, check_reference, free_reference
from smarterpay.sandbox.bacs_work.validations import (
    OF_MANDATE,
    STANDALONE,
    enter_result,
    enter_technical_fault,
    expected_outcome,
    start,
)
from smarterpay.sandbox.books.changes import Source, change
from smarterpay.sandbox.http.answers import Answer, Refusal, invalid, success
from smarterpay.sandbox.http.fields import Field, Text
from smarterpay.sandbox.http.resource import (
    FLAG,
    OPTIONAL_TEXT,
    TEXT,
    Call,
    Request,
    Resource,
    Route,
)
from smarterpay.sandbox.platform import Platform
from smarterpay.sandbox.records.accounts import AccountValidation
from smarterpay.sandbox.resources import bank_accounts, client_bank_accounts, mandates
from smarterpay.sandbox.settings import MAX_METADATA
from smarterpay.sandbox.triggers import HeldAccount, ValidationOutcome

ENVELOPE = "account_validation"
SECTION = "7.3"

FIELDS = (
    Field("client_bank_account_id", Text(50), mandatory=True),
    Field("reference", AUDDIS),
    Field("return_url", Text(500)),
    Field("metadata", Text(MAX_METADATA)),
    Field("metadata_bank_account", Text(MAX_METADATA)),
    Field("metadata_mandate", Text(MAX_METADATA)),
)
ANSWER = {
    "id": TEXT,
    "account_name": OPTIONAL_TEXT,
    "account_number": OPTIONAL_TEXT,
    "sort_code": OPTIONAL_TEXT,
    "account_validation_url": TEXT,
    "client_bank_account_id": TEXT,
    "mandate_id": OPTIONAL_TEXT,
    "message": OPTIONAL_TEXT,
    "error_message": OPTIONAL_TEXT,
    "metadata": OPTIONAL_TEXT,
    "metadata_bank_account": OPTIONAL_TEXT,
    "metadata_mandate": OPTIONAL_TEXT,
    "reference": OPTIONAL_TEXT,
    "return_url": OPTIONAL_TEXT,
    "report": OPTIONAL_TEXT,
    "successful_validation": FLAG,
}


def create(platform: Platform, call: Call) -> Answer:
    """Start a stand-alone validation: a link for the customer, decided later."""
    if not platform.settings.account_validation:
        raise Refusal(400, "The account validation option is not enabled")
    values = call.values
    own = client_bank_accounts.find(platform, values.text("client_bank_account_id"))
    if own is None:
        raise invalid("client_bank_account_id", "no such client bank account")
    reference = values.text("reference")
    if reference:
        check_reference(platform, reference, own.sun, None, field="reference")
    validation = start(
        platform,
        own.id,
        call.origin,
        STANDALONE,
        **{
            name: values.optional_text(name)
            for name in (
                "reference",
                "return_url",
                "metadata",
                "metadata_bank_account",
                "metadata_mandate",
            )
        },
    )
    return success(ENVELOPE, present(platform, validation))


def get(platform: Platform, call: Call) -> Answer:
    """The validation as it stands; `successful_validation` is false until it succeeds."""
    return success(ENVELOPE, present(platform, call.record))


def present(_: Platform, validation: AccountValidation) -> dict[str, Any]:
    """The validation as the wire has it; absent values are null."""
    return {name: getattr(validation, name) for name in ANSWER}


def find(platform: Platform, record_id: str) -> AccountValidation | None:
    """The validation with this id, in any case."""
    return platform.books.account_validations.get(record_id.upper())


def complete_when_due(platform: Platform, record_id: str) -> None:
    """Background work: end the validation as its test value says, if it is still open."""
    validation = platform.books.account_validations.get(record_id)
    if validation is not None and not validation.done:
        complete(platform, validation, expected_outcome(validation))


def complete(platform: Platform, validation: AccountValidation, outcome: ValidationOutcome) -> None:
    """Give an open validation its outcome, with what follows for mandates and accounts.

    `OPEN` leaves it as it is; a technical fault leaves the mandate unchanged (section 11).
    """
    if outcome is ValidationOutcome.OPEN:
        return
    if outcome is ValidationOutcome.TECHNICAL_FAULT:
        enter_technical_fault(platform, validation)
        return
    held = enter_result(platform, validation, outcome)
    if validation.origin == OF_MANDATE:
        _decide_mandate(platform, validation)
    elif validation.origin == STANDALONE and validation.successful_validation:
        _open_records(platform, validation, held)


def _decide_mandate(platform: Platform, validation: AccountValidation) -> None:
    mandate = platform.books.mandates.get(validation.mandate_id or "")
    if mandate is None:
        return
    matched = validation.successful_validation
    event = MandateEvent.VALIDATION_MATCHED if matched else MandateEvent.VALIDATION_FAILED
    change_mandate(platform, mandate, event, Source.SMP)


def _open_records(platform: Platform, validation: AccountValidation, held: HeldAccount) -> None:
    """Create bank account and mandate: only a success of a stand-alone validation does.

    A reference taken since the start gives way to a generated one.
    """
    own = client_bank_accounts.find(platform, validation.client_bank_account_id)
    if own is None:
        return
    account = bank_accounts.open_account(
        platform,
        account_number=held.account_number,
        sort_code=held.sort_code,
        account_name=held.account_name,
        metadata=validation.metadata_bank_account or "",
        source=Source.SMP,
    )
    reference = validation.reference or ""
    try:
        if reference:
            check_reference(platform, reference, own.sun, account)
    except Refusal:
        reference = ""
    mandate = mandates.open_mandate(
        platform,
        account,
        own,
        reference or free_reference(platform, own.sun, account),
        metadata=validation.metadata_mandate or "",
        source=Source.SMP,
    )
    validation.mandate_id = mandate.id
    validation.reference = mandate.auddis
    change(platform, validation, Source.SMP)


RESOURCE = Resource(
    service="Account validation",
    rules=(
        "Decided one simulated minute after its start, or by the control call "
        "`/_sandbox/validations/{id}/complete`. Only success creates bank account and mandate."
    ),
    routes=(
        Route(
            "account_validation.create",
            "POST",
            "/accountvalidation",
            create,
            SECTION,
            "Start an account validation",
            ENVELOPE,
            ANSWER,
            Request(ENVELOPE, FIELDS),
        ),
        Route(
            "account_validation.get",
            "GET",
            "/accountvalidation/{id}",
            get,
            SECTION,
            "Read an account validation",
            ENVELOPE,
            ANSWER,
            locate=find,
        ),
    ),
)
