"""Confirmation of Payee (reference, section 7.17); knows no bank account record."""

from typing import Any

from smarterpay.sandbox.http.answers import Answer, success
from smarterpay.sandbox.http.fields import Digits, Field, Text, Whole
from smarterpay.sandbox.http.resource import (
    NUMBER,
    OPTIONAL_TEXT,
    STAMP,
    TEXT,
    Call,
    Request,
    Resource,
    Route,
)
from smarterpay.sandbox.platform import Platform
from smarterpay.sandbox.records.accounts import USER, BankAccountCheck
from smarterpay.sandbox.triggers import check_outcome

ENVELOPE = "bank_account_check"
SECTION = "7.17"

FIELDS = (
    Field("account_name", Text(80), mandatory=True),
    Field("account_number", Digits(8, up_to=True), mandatory=True),
    Field("sort_code", Digits(6, up_to=True), mandatory=True),
    Field("check_type", Whole(1, 1), mandatory=True),
    Field("account_type", Whole(1, 2), mandatory=True),
    Field("metadata", Text(255)),
)
ANSWER = {
    "id": TEXT,
    "created_at": STAMP,
    "edited_at": STAMP,
    "created_by": TEXT,
    "edited_by": TEXT,
    "client_reference_id": OPTIONAL_TEXT,
    "account_name": TEXT,
    "account_number": TEXT,
    "sort_code": TEXT,
    "check_type": NUMBER,
    "account_type": NUMBER,
    "metadata": OPTIONAL_TEXT,
    "confirmation_of_payer": {
        "type": "object",
        "required": [
            "result",
            "result_text",
            "name_match_result",
            "account_type_result",
            "reason_code",
            "returned_customer_name",
        ],
        "properties": {
            "result": {"type": "boolean"},
            "result_text": TEXT,
            "name_match_result": {"type": "string", "enum": ["Full", "Close", "No"]},
            "account_type_result": {"type": ["boolean", "null"]},
            "reason_code": TEXT,
            "returned_customer_name": OPTIONAL_TEXT,
        },
    },
}


def create(platform: Platform, call: Call) -> Answer:
    """Ask the payee's bank; a negative outcome is still a 200."""
    values = call.values
    outcome = check_outcome(values.text("account_name"))
    check = BankAccountCheck(
        id=platform.new_id("AC01"),
        created_at=platform.clock.stamp(),
        account_name=values.text("account_name"),
        account_number=values.text("account_number"),
        sort_code=values.text("sort_code"),
        check_type=values.must_number("check_type"),
        account_type=values.must_number("account_type"),
        metadata=values.optional_text("metadata"),
        result=outcome.result,
        result_text=outcome.result_text,
        name_match_result=outcome.name_match_result,
        account_type_result=outcome.account_type_result,
        reason_code=outcome.reason_code,
        returned_customer_name=outcome.returned_customer_name,
    )
    platform.books.bank_account_checks.put(check)
    return success(ENVELOPE, present(platform, check))


def get(platform: Platform, call: Call) -> Answer:
    """The check with its outcome."""
    return success(ENVELOPE, present(platform, call.record))


def present(_: Platform, check: BankAccountCheck) -> dict[str, Any]:
    """The check as the wire has it; absent values are null."""
    return {
        "id": check.id,
        "created_at": check.created_at,
        "edited_at": check.created_at,
        "created_by": USER,
        "edited_by": USER,
        "client_reference_id": None,
        "account_name": check.account_name,
        "account_number": check.account_number,
        "sort_code": check.sort_code,
        "check_type": check.check_type,
        "account_type": check.account_type,
        "metadata": check.metadata,
        "confirmation_of_payer": {
            "result": check.result,
            "result_text": check.result_text,
            "name_match_result": check.name_match_result,
            "account_type_result": check.account_type_result,
            "reason_code": check.reason_code,
            "returned_customer_name": check.returned_customer_name,
        },
    }


def find(platform: Platform, record_id: str) -> BankAccountCheck | None:
    """The check with this id, in any case."""
    return platform.books.bank_account_checks.get(record_id.upper())


RESOURCE = Resource(
    service="Bank account check",
    rules="Confirmation of Payee. The outcome follows the ending of the name (section 13).",
    routes=(
        Route(
            "bank_account_check.create",
            "POST",
            "/bankaccountcheck",
            create,
            SECTION,
            "Check a payee's name and account type",
            ENVELOPE,
            ANSWER,
            Request(ENVELOPE, FIELDS),
        ),
        Route(
            "bank_account_check.get",
            "GET",
            "/bankaccountcheck/{id}",
            get,
            SECTION,
            "Read a bank account check",
            ENVELOPE,
            ANSWER,
            locate=find,
        ),
    ),
)
