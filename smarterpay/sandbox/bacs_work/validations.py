"""How an account validation starts and what its result looks like; knows not what follows."""

from datetime import datetime
from typing import Any

import orjson

from smarterpay.sandbox.books.changes import Source, change, enter
from smarterpay.sandbox.platform import Platform
from smarterpay.sandbox.records.accounts import AccountValidation, Mandate
from smarterpay.sandbox.settings import MATCH_PERCENT, NO_MATCH_PERCENT, VALIDATION_DELAY
from smarterpay.sandbox.timing.clock import parse_stamp
from smarterpay.sandbox.triggers import (
    STAND_ALONE_ACCOUNT,
    HeldAccount,
    ValidationOutcome,
    validation_outcome_by_name,
    validation_outcome_by_reference,
)

TASK = "complete_validation"
STANDALONE, OF_MANDATE, OF_MODULUS_CHECK = "standalone", "mandate", "modulus_check"


def start(
    platform: Platform, client_bank_account_id: str, origin_url: str, origin: str, **details: Any
) -> AccountValidation:
    """Enter an open validation, to be completed one simulated minute later (section 13).

    `origin_url` is scheme and host for the link, which points at the sandbox's own page.
    `details` are further fields of the record.
    """
    record_id = platform.new_id("AV01")
    validation = AccountValidation(
        id=record_id,
        created_at=platform.clock.stamp(),
        origin=origin,
        account_validation_url=f"{origin_url}/_sandbox/validation?ID={record_id}",
        client_bank_account_id=client_bank_account_id,
        **details,
    )
    enter(platform, validation, Source.API)
    platform.agenda.plan(platform.now() + VALIDATION_DELAY, TASK, record_id)
    return validation


def start_for_mandate(
    platform: Platform, mandate: Mandate, origin_url: str, metadata: str | None = None
) -> AccountValidation:
    """Enter the validation a new mandate waits for."""
    return start(
        platform,
        mandate.client_bank_account_id,
        origin_url,
        OF_MANDATE,
        account_name=mandate.account_name,
        account_number=mandate.account_number,
        sort_code=mandate.sort_code,
        mandate_id=mandate.id,
        metadata=metadata,
        reference=mandate.auddis,
    )


def expected_outcome(validation: AccountValidation) -> ValidationOutcome:
    """What the test values of section 13 decide: by name, or by reference if stand-alone."""
    if validation.origin == STANDALONE:
        return validation_outcome_by_reference(validation.reference or "")
    return validation_outcome_by_name(validation.account_name or "")


def enter_result(
    platform: Platform, validation: AccountValidation, outcome: ValidationOutcome
) -> HeldAccount:
    """Write the outcome on the record; returns the account as the bank knows it.

    A match is 100 %, anything lower fails (section 7.3, "threshold").
    """
    held = HeldAccount(
        validation.account_name or STAND_ALONE_ACCOUNT.account_name,
        validation.sort_code or STAND_ALONE_ACCOUNT.sort_code,
        validation.account_number or STAND_ALONE_ACCOUNT.account_number,
    )
    matched = outcome is ValidationOutcome.MATCH
    percent = MATCH_PERCENT if matched else NO_MATCH_PERCENT
    validation.account_name = held.account_name
    validation.sort_code = held.sort_code
    validation.account_number = held.account_number
    validation.successful_validation = matched
    validation.message = f"Account name match {percent}%"
    validation.error_message = None
    validation.report = _report(validation, held, platform.now())
    validation.done = True
    change(platform, validation, Source.SMP)
    return held


def enter_technical_fault(platform: Platform, validation: AccountValidation) -> None:
    """Write on the record that the bank could not be asked; it stays open."""
    validation.error_message = "The bank could not be reached"
    validation.message = "Validation not completed"
    change(platform, validation, Source.SMP)


def _report(validation: AccountValidation, held: HeldAccount, now: datetime) -> str:
    """The report inside the record: a JSON document in a string (section 7.3)."""
    stamp = int(now.timestamp() * 1000)
    created = int(parse_stamp(validation.created_at).timestamp() * 1000)
    bank = {
        "providerName": "sandbox-open-banking",
        "updated": stamp,
        "financialInstitutionName": "SANDBOX CLEARING BANK PLC",
        "identity": {"name": held.account_name},
        "accounts": [
            {
                "id": validation.id,
                "accountNumber": held.sort_code + held.account_number,
                "currencyCode": "GBP",
                "name": "Current account",
                "holderName": held.account_name,
                "accountIdentifiers": {
                    "bacs": {"sortCode": held.sort_code, "accountNumber": held.account_number}
                },
                "parties": [{"role": "HOLDER", "identity": {"name": held.account_name}}],
            }
        ],
    }
    document = {"id": validation.id, "created": created, "userDataByProvider": [bank]}
    return orjson.dumps(document).decode()
