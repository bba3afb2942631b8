"""Account validation, modulus check and Confirmation of Payee (sections 7.3, 7.4 and 7.17)."""

import json
from typing import Any

from smarterpay.api import NotFound, PreparedRequest
from tests.api import builders
from tests.contract.judge import judge
from tests.contract.rows import (
    STAMP,
    Ground,
    Like,
    Row,
    asked,
    new_id,
    nobody,
    nothing,
    table,
)
from tests.contract.stage import MAIN_ACCOUNT, NO_RECORD, SECOND_ACCOUNT, Stage

LINK = Like(r"http://.+/_sandbox/validation\?ID=AV01[A-Z0-9]{16}")
STARTED: dict[str, Any] = {
    "id": new_id("AV01"),
    "account_name": None,
    "account_number": None,
    "sort_code": None,
    "account_validation_url": LINK,
    "client_bank_account_id": MAIN_ACCOUNT,
    "mandate_id": None,
    "message": None,
    "error_message": None,
    "metadata": None,
    "metadata_bank_account": None,
    "metadata_mandate": None,
    "reference": None,
    "return_url": None,
    "report": None,
    "successful_validation": False,
}
ASKED = {
    "reference": "MA-1/2.3&4 56789AB",
    "return_url": "https://example.com/back",
    "metadata": "m",
    "metadata_bank_account": "b",
    "metadata_mandate": "d",
}


def validated(seconds: int = 60, **asks: Any) -> Any:
    """Ground on which a validation was started so many seconds ago."""

    async def given(stage: Stage) -> Ground:
        started = await stage.cloud.account_validations.create(builders.account_validation(**asks))
        if seconds:
            stage.sandbox.advance(seconds)
        return Ground({}, started.id)

    return given


async def reference_taken(stage: Stage) -> Ground:
    mandate = await stage.mandate(auddis="MA1")
    return Ground({"client_bank_account_id": MAIN_ACCOUNT}, known={"mandate": mandate})


async def checked(stage: Stage) -> Ground:
    made = await stage.cloud.bank_account_checks.create(builders.bank_account_check())
    return Ground({}, made.id)


_validate = asked(
    "account_validation.create", nothing(client_bank_account_id=MAIN_ACCOUNT), "account_validation"
)
_validation = asked("account_validation.get", validated(0), "account_validation")
OFF = {"account_validation": False}

VALIDATIONS: tuple[Row, ...] = (
    _validate.gives("every field", "7.3 D", ASKED, wire=STARTED | ASKED),
    _validate.gives(
        "nothing but what is mandatory",
        "7.3 D, R",
        gives={"successful_validation": False, "mandate_id": None, "report": None},
        wire=STARTED,
    ),
    _validate.gives("another own account", "7.3 D", {"client_bank_account_id": SECOND_ACCOUNT}),
    *_validate.mandatory("7.3 D", "client_bank_account_id"),
    *_validate.longest(
        "7.3 D",
        {
            "reference": 18,
            "metadata": 1000,
            "metadata_bank_account": 1000,
            "metadata_mandate": 1000,
        },
    ),
    _validate.gives("a return URL of 500", "7.3 D", {"return_url": "https://" + "x" * 492}),
    _validate.holds("a return URL of 501", "7.3 D", {"return_url": "https://" + "x" * 493}),
    _validate.holds("a reference in lower case", "7.3 D", {"reference": "ma1"}),
    _validate.refuses(
        "an own account there is not", "7.3 D", {"client_bank_account_id": NO_RECORD}
    ),
    _validate.refuses(
        "a reference that is taken", "7.5 A", {"reference": "MA1"}, given=reference_taken
    ),
    _validate.refuses("the option is off", "7.3 A", settings=OFF),
    _validation.gives("not attempted yet", "7.3 R", wire=STARTED),
    _validation.gives(
        "a minute later: success, with a mandate",
        "7.3 D, 13 A",
        given=validated(reference="MA1", metadata="m"),
        gives={
            "successful_validation": True,
            "account_name": "J Hetfield",
            "sort_code": "902127",
            "account_number": "29823529",
            "mandate_id": new_id("M01"),
            "reference": "MA1",
            "metadata": "m",
        },
    ),
    _validation.gives(
        "without a reference: one is generated",
        "7.3 D",
        given=validated(),
        gives={"successful_validation": True, "reference": Like("MA[0-9]{8}")},
    ),
    _validation.gives(
        "no match",
        "7.3 A, 13 A",
        given=validated(reference="NOMATCH 1"),
        gives={"successful_validation": False, "mandate_id": None},
    ),
    _validation.gives(
        "still open",
        "13 A",
        given=validated(3600, reference="PENDING 1"),
        gives={"successful_validation": False, "report": None},
    ),
    _validation.gives(
        "a technical fault says so",
        "13 A",
        given=validated(reference="AVERROR 1"),
        gives={"successful_validation": False, "mandate_id": None, "error_message": Like(".+")},
    ),
    _validation.refuses("nobody", "4 A", given=nobody(), kind=NotFound, status=404),
)

PAIR = {"account_number": "75849855", "sort_code": "200052"}
_modulus = asked("modulus_check.create", nothing(**PAIR), "Modulus_Check", reads_back=False)
VALID: dict[str, Any] = {
    **PAIR,
    "AccountCodeOK": True,
    "bank_name": "BARCLAYS BANK PLC",
    "bank_address1": Like(".*"),
    "bank_address2": Like(".*"),
    "bank_address3": Like(".*"),
    "bank_address4": Like(".*"),
    "bank_addressPostCode": Like(".+"),
    "credits_allowed": True,
    "direct_debits": True,
    "direct_debit_instruction_ok": True,
}
INVALID: dict[str, Any] = {
    **VALID,
    "account_number": "12345900",
    "AccountCodeOK": False,
    "bank_name": "",
    **{f"bank_address{number}": "" for number in (1, 2, 3, 4)},
    "bank_addressPostCode": "",
    "credits_allowed": False,
    "direct_debits": False,
    "direct_debit_instruction_ok": False,
}
ASKS_VALIDATION = {"account_validation": True, "account_name": "J Hetfield"}

MODULUS: tuple[Row, ...] = (
    _modulus.gives("a valid pair", "7.4 D", gives={"account_code_ok": True}, wire=VALID),
    _modulus.gives(
        "an invalid pair is no error",
        "7.4 A",
        {"account_number": "12345900"},
        gives={"account_code_ok": False, "bank_name": None, "bank_address_post_code": None},
        wire=INVALID,
    ),
    _modulus.gives(
        "a pair without direct debits",
        "7.4 D, 13 A",
        {"account_number": "12345901"},
        gives={
            "account_code_ok": True,
            "direct_debits": False,
            "direct_debit_instruction_ok": False,
            "credits_allowed": True,
        },
    ),
    _modulus.gives(
        "a pair without credits",
        "7.4 D, 13 A",
        {"account_number": "12345902"},
        gives={"account_code_ok": True, "direct_debits": True, "credits_allowed": False},
    ),
    _modulus.gives(
        "every field: a validation is started",
        "7.4 D, A",
        {
            **ASKS_VALIDATION,
            "metadata": "m",
            "account_validation_return_url": "https://example.com/back",
        },
        gives={"account_validation_id": new_id("AV01"), "account_validation_url": LINK},
        wire=VALID | {"account_validation_id": new_id("AV01"), "account_validation_url": LINK},
    ),
    _modulus.gives("no validation asked for", "7.4 A", {"account_validation": False}, wire=VALID),
    *_modulus.mandatory("7.4 D", *PAIR),
    *_modulus.longest("7.4 D", {"account_name": 90, "metadata": 1000}),
    _modulus.gives("a return URL of 500", "7.4 D", {"account_validation_return_url": "h" * 500}),
    _modulus.holds("a return URL of 501", "7.4 D", {"account_validation_return_url": "h" * 501}),
    _modulus.holds("an account number of 7", "7.4 A", {"account_number": "7584985"}),
    _modulus.holds("an account number of 9", "7.4 A", {"account_number": "758498550"}),
    _modulus.holds("a sort code of 5", "7.4 A", {"sort_code": "20005"}),
    _modulus.holds("a sort code of 7", "7.4 A", {"sort_code": "2000520"}),
    _modulus.holds(
        "a validation without a name",
        "7.4 D",
        {"account_validation": True},
        fields=["account_name"],
    ),
    _modulus.refuses(
        "a validation while the option is off",
        "7.4 D",
        ASKS_VALIDATION,
        fields=["account_validation"],
        settings=OFF,
    ),
)

PAYEE = {**PAIR, "account_name": "J Hetfield", "check_type": 1, "account_type": 1}
_check = asked("bank_account_check.create", nothing(**PAYEE), "bank_account_check")
_checked = asked("bank_account_check.get", checked, "bank_account_check")
BY = "CU01SANDBOXUSER00001"
ANSWERED: dict[str, Any] = {
    **PAYEE,
    "id": new_id("AC01"),
    "created_at": STAMP,
    "edited_at": STAMP,
    "created_by": BY,
    "edited_by": BY,
    "client_reference_id": None,
    "metadata": None,
}
FULL = {
    "result": True,
    "result_text": Like(".+"),
    "name_match_result": "Full",
    "account_type_result": True,
    "reason_code": "MATC",
    "returned_customer_name": "J Hetfield",
}


def outcome(name: str, **confirmation: Any) -> dict[str, Any]:
    """The whole answer on the wire for a payee of that name."""
    return {**ANSWERED, "account_name": name, "confirmation_of_payer": {**FULL, **confirmation}}


CHECKS: tuple[Row, ...] = (
    _check.gives(
        "every field",
        "7.17 D",
        {"account_type": 2, "metadata": "m"},
        wire=outcome("J Hetfield") | {"account_type": 2, "metadata": "m"},
    ),
    _check.gives("a full match", "7.17 D", wire=outcome("J Hetfield")),
    _check.gives(
        "a close match returns the name",
        "7.17 A, 13 A",
        {"account_name": "J Hetfield CLOSE"},
        wire=outcome(
            "J Hetfield CLOSE",
            result=False,
            name_match_result="Close",
            reason_code="MBAM",
            returned_customer_name=Like(".+"),
        ),
    ),
    _check.gives(
        "no match is no error",
        "7.17 A, 13 A",
        {"account_name": "J Hetfield NOMATCH"},
        wire=outcome(
            "J Hetfield NOMATCH",
            result=False,
            name_match_result="No",
            reason_code="ANNM",
            returned_customer_name=None,
        ),
    ),
    _check.gives(
        "another type of account",
        "7.17 A, 13 A",
        {"account_name": "J Hetfield WRONGTYPE"},
        wire=outcome(
            "J Hetfield WRONGTYPE",
            result=False,
            account_type_result=False,
            reason_code="BANM",
            returned_customer_name=None,
        ),
    ),
    _check.gives(
        "no such account",
        "7.17 A, 13 A",
        {"account_name": "J Hetfield NOTFOUND"},
        wire=outcome(
            "J Hetfield NOTFOUND",
            result=False,
            name_match_result="No",
            account_type_result=None,
            reason_code="AC01",
            returned_customer_name=None,
        ),
    ),
    *_check.mandatory("7.17 D", *PAYEE),
    *_check.longest("7.17 D", {"account_name": 80, "metadata": 255}),
    _check.gives("shorter numbers", "7.17 D", {"account_number": "1", "sort_code": "1"}),
    _check.holds("an account number of 9", "7.17 D", {"account_number": "758498550"}),
    _check.holds("a sort code of 7", "7.17 D", {"sort_code": "2000520"}),
    _check.holds("another check type", "7.17 D", {"check_type": 2}),
    _check.holds("a third account type", "7.17 D", {"account_type": 3}),
    _check.holds("account type 0", "7.17 D", {"account_type": 0}),
    _checked.gives("a check", "7.17 D", wire=outcome("J Hetfield")),
    _checked.refuses("nobody", "4 A", given=nobody(), kind=NotFound, status=404),
)

ROWS = (*VALIDATIONS, *MODULUS, *CHECKS)


async def test_section_7_3_success_makes_a_bank_account_and_a_mandate(stage: Stage) -> None:
    """The account is the one that was found; both carry the metadata meant for them."""
    given = validated(reference="MA1", metadata_bank_account="b", metadata_mandate="d")
    ground = await given(stage)
    ended = await stage.cloud.account_validations.get(ground.id or "")
    mandate = await stage.cloud.mandates.get(ended.mandate_id or "")
    assert (mandate.auddis, mandate.metadata) == ("MA1", "d")
    account = await stage.cloud.bank_accounts.get(mandate.customer_bank_account or "")
    assert (account.account_name, account.metadata) == ("J Hetfield", "b")
    assert (account.sort_code, account.account_number) == ("902127", "29823529")


async def test_section_7_3_the_report_is_a_document_inside_a_string(stage: Stage) -> None:
    ground = await validated()(stage)
    request = PreparedRequest("account_validation.get", "GET", f"/accountvalidation/{ground.id}")
    answer = await stage.cloud.exchange(request, idempotency_key=None)
    wire = json.loads(answer.body)["account_validation"]["report"]
    ended = await stage.cloud.account_validations.get(ground.id or "")
    assert isinstance(wire, str)
    assert ended.report == json.loads(wire)
    (provider,) = ended.report["userDataByProvider"]
    (found,) = provider["accounts"]
    assert found["accountNumber"] == "90212729823529"
    bacs = found["accountIdentifiers"]["bacs"]
    assert bacs == {"sortCode": "902127", "accountNumber": "29823529"}


@table(*ROWS)
async def test_check(row: Row, stage: Stage) -> None:
    await judge(row, stage)
