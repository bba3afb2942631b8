"""Sections 12 and 13: which test value brings which report, and on which morning."""

import pytest

from tests.sandbox.caller import Caller
from tests.sandbox.days import (
    RUN,
    codes,
    ending,
    lines,
    put,
    report,
    status,
    submissions,
    submitted,
    until,
)


@pytest.mark.parametrize(
    ("digits", "morning", "code", "mandate_status", "enabled", "number"),
    [
        ("903", "2026-06-03", "AUDDIS3", "cancelled by payer", True, "75849855"),
        ("905", "2026-06-03", "AUDDIS5", "cancelled by payer", False, "12345905"),
        ("921", "2026-06-04", "ADDACS1", "cancelled by payer", True, "12345921"),
        ("929", "2026-06-04", "ADDACSB", "cancelled by payer", False, "12345929"),
        ("923", "2026-06-04", "ADDACS3", "cancelled by payer", True, "75849855"),
        ("924", "2026-06-04", "ADDACSE", "first collection", True, "75849855"),
    ],
)
def test_account_endings_that_answer_a_0n_section_13(  # noqa: PLR0917 - a table row
    api: Caller,
    digits: str,
    morning: str,
    code: str,
    mandate_status: str,
    enabled: bool,
    number: str,
) -> None:
    """AUDDIS two, ADDACS three banking days after the run, at 08:00 (section 12)."""
    account = ending(api, digits)["id"]
    mandate = api.mandate(customer_bank_account=account)
    until(api, f"{morning}T07:59:59")
    assert status(api, mandate, "Mandate") == "first collection"
    until(api, f"{morning}T08:00")
    after = api.read("Mandate", mandate["id"])
    assert (after["dd_status"], after["bacs_code"]) == (mandate_status, code)
    held = api.read("bank_account", account)
    assert (held["enabled"], held["account_number"]) == (enabled, number)
    assert held["sort_code"] == ("200052" if number == "75849855" else "123456")


def test_without_a_0n_nothing_answers_it_section_12(api: Caller) -> None:
    """A converted mandate, and one lodged elsewhere, went to Bacs without a 0N."""
    account = ending(api, "921")["id"]
    converted = api.mandate(customer_bank_account=account, dd_status="ongoing collection")
    elsewhere = api.mandate(customer_bank_account=account, dd_status="first collection")
    until(api, "2026-06-20")
    assert status(api, converted, "Mandate") == "ongoing collection"
    assert status(api, elsewhere, "Mandate") == "first collection"


def test_an_amended_instruction_changes_the_mandates_details_too_section_10(api: Caller) -> None:
    """The details are those of the bank account (section 7.5), and it goes on collecting."""
    mandate = api.mandate(customer_bank_account=ending(api, "924")["id"])
    until(api, "2026-06-04T08:00")
    after = api.read("Mandate", mandate["id"])
    assert (after["sort_code"], after["account_number"]) == ("200052", "75849855")
    assert after["bank_name"] == "BARCLAYS BANK PLC"
    assert after["bacs_description"] == "instruction amended"


@pytest.mark.parametrize(
    ("digits", "morning", "code", "payment_status", "mandate_status"),
    [
        ("910", "2026-06-04", "ARUDD0", "failed", "ongoing collection"),
        ("911", "2026-06-04", "ARUDD0", "failed", "ongoing collection"),
        ("912", "2026-06-04", "ARUDD1", "failed", "cancelled"),
        ("913", "2026-06-04", "ARUDD3", "failed", "cancelled"),
        ("919", "2026-06-04", "ARUDDB", "failed", "cancelled"),
        ("955", "2026-06-17", "DDICA5", "indemnity_claimed", "cancelled"),
        ("957", "2026-06-17", "DDICA7", "indemnity_claimed", "ongoing collection"),
        ("960", "2026-06-02", "INPUTY", "failed", "cancelled"),
    ],
)
def test_account_endings_that_return_payments_section_13(  # noqa: PLR0917 - a table row
    api: Caller, digits: str, morning: str, code: str, payment_status: str, mandate_status: str
) -> None:
    """INPUT the day after the run, ARUDD one, DDICA ten banking days after collection."""
    account = ending(api, digits)["id"]
    payment = api.payment(auddis=api.mandate(customer_bank_account=account)["auddis"])
    until(api, f"{morning}T07:59:59")
    assert status(api, payment) in {"submitted", "successful"}
    until(api, f"{morning}T08:00")
    after = api.read("payment", payment["id"])
    assert (after["status"], after["bacs_code"]) == (payment_status, code)
    assert api.read("Mandate", payment["mandate"])["dd_status"] == mandate_status


@pytest.mark.parametrize(
    ("amount", "morning", "code", "after"),
    [
        (9010, "2026-06-04", "ARUDD0", "failed"),
        (9012, "2026-06-04", "ARUDD1", "failed"),
        (9019, "2026-06-04", "ARUDDB", "failed"),
        (9055, "2026-06-17", "DDICA5", "indemnity_claimed"),
        (9057, "2026-06-17", "DDICA7", "indemnity_claimed"),
        (9060, "2026-06-02", "INPUTC", "failed"),
        (9030, "2026-06-17", "", "successful"),
        (9011, "2026-06-17", "", "successful"),
    ],
)
def test_amounts_of_payments_section_13(
    api: Caller, amount: int, morning: str, code: str, after: str
) -> None:
    """On that item only: another payment of the same account arrives."""
    account = api.account()["id"]
    payment = api.payment(
        auddis=api.mandate(customer_bank_account=account)["auddis"], amount=amount
    )
    other = api.payment(auddis=api.mandate(customer_bank_account=account)["auddis"])
    until(api, f"{morning}T08:00")
    read = api.read("payment", payment["id"])
    assert (read["status"], read["bacs_code"]) == (after, code)
    until(api, "2026-06-30")
    assert status(api, other) == "successful"


@pytest.mark.parametrize(
    ("digits", "amount", "morning", "code", "after", "enabled"),
    [
        ("930", 2500, "2026-06-04", "ARUCS0", "failed", False),
        ("932", 2500, "2026-06-04", "ARUCS2", "failed", False),
        ("855", 9030, "2026-06-04", "ARUCS0", "failed", False),
        ("932", 9030, "2026-06-04", "ARUCS0", "failed", False),
        ("855", 9060, "2026-06-02", "INPUTC", "failed", False),
        ("960", 2500, "2026-06-02", "INPUTY", "failed", False),
        ("855", 9010, "2026-06-30", "", "successful", True),
        ("910", 2500, "2026-06-30", "", "successful", True),
    ],
)
def test_credits_that_come_back_section_13(  # noqa: PLR0917 - a table row
    api: Caller, digits: str, amount: int, morning: str, code: str, after: str, enabled: bool
) -> None:
    account = ending(api, digits)["id"]
    credit = api.credit(bank_account=account, amount=amount)
    until(api, f"{morning}T07:59:59")
    assert status(api, credit, "credit") == (after if after == "successful" else "submitted")
    until(api, f"{morning}T08:00")
    read = api.read("credit", credit["ID"])
    assert (read["status"], read["bacs_code"]) == (after, code)
    assert api.read("bank_account", account)["enabled"] is enabled


def test_an_awacs_brings_new_details_and_the_credit_arrives_section_13(api: Caller) -> None:
    account = ending(api, "940")["id"]
    credit = api.credit(bank_account=account)
    until(api, "2026-06-04T07:59:59")
    assert api.read("bank_account", account)["account_number"] == "12345940"
    until(api, "2026-06-04T08:00")
    held = api.read("bank_account", account)
    assert (held["sort_code"], held["account_number"]) == ("200052", "75849855")
    until(api, "2026-06-10")
    assert api.read("credit", credit["ID"])["status"] == "successful"
    assert api.read("credit", credit["ID"])["bacs_code"] == ""


def test_an_amount_beats_an_account_ending_section_13(api: Caller) -> None:
    account = ending(api, "912")["id"]
    payment = api.payment(auddis=api.mandate(customer_bank_account=account)["auddis"], amount=9010)
    until(api, "2026-06-04T08:00")
    assert api.read("payment", payment["id"])["bacs_code"] == "ARUDD0"
    assert api.read("Mandate", payment["mandate"])["dd_status"] == "ongoing collection"


def test_a_control_call_beats_an_amount_section_13(api: Caller) -> None:
    payment = submitted(api, amount=9010)
    report(api, "ARUDDB", payment["id"])
    until(api, "2026-06-10")
    assert api.read("payment", payment["id"])["bacs_code"] == "ARUDDB"


@pytest.mark.parametrize(("digits", "again"), [("910", "successful"), ("911", "failed")])
def test_a_represented_payment_on_the_two_refer_to_payer_accounts_section_13(
    api: Caller, digits: str, again: str
) -> None:
    account = ending(api, digits)["id"]
    payment = api.payment(auddis=api.mandate(customer_bank_account=account)["auddis"])
    until(api, "2026-06-04T09:00")
    request = {
        "amount": 2500,
        "collection_date": "2026-06-10",
        "description": "again",
        "auddis": payment["auddis"],
    }
    answer = api.send("POST", f"payment/{payment['id']}/represent", {"payment": request})
    until(api, "2026-06-20")
    assert status(api, answer.json()["payment"]) == again
    assert status(api, payment) == "failed"


def test_an_input_report_marks_line_and_submission_section_13(api: Caller) -> None:
    """Every line on the account fails, its 0N among them."""
    payment = api.payment(
        auddis=api.mandate(customer_bank_account=ending(api, "960")["id"])["auddis"]
    )
    clean = api.payment()
    until(api, "2026-06-02T07:59")
    assert submissions(api)[0]["status"] == "Submitted"
    until(api, "2026-06-02T08:00")
    assert submissions(api)[0]["status"] == "Submitted With errors"
    assert {line["record_id"] for line in lines(api, status="Failed")} == {
        payment["id"],
        payment["mandate"],
    }
    assert codes(api, record_id=clean["id"], status="Successful") == ["01"]


@pytest.mark.parametrize("code", ["ADDACS1", "ADDACSB", "AUDDIS5"])
def test_what_was_submitted_on_a_cancelled_mandate_comes_back_section_12(
    api: Caller, code: str
) -> None:
    """Cancelled by a report on or before the collection date: `ARUDD1` the banking day after."""
    mandate = api.mandate()
    until(api, "2026-06-01T22:30")
    early = api.payment(auddis=mandate["auddis"], collection_date="2026-06-04")
    late = api.payment(auddis=mandate["auddis"], collection_date="2026-06-05")
    until(api, "2026-06-03T22:00")
    assert status(api, early) == status(api, late) == "submitted"
    until(api, "2026-06-05T08:00")
    report(api, code, mandate["id"])
    until(api, "2026-06-08T07:59:59")
    assert status(api, late) == "submitted"
    until(api, "2026-06-08T08:00")
    returned = api.read("payment", late["id"])
    assert (returned["status"], returned["bacs_code"]) == ("failed", "ARUDD1")
    until(api, "2026-06-20")
    assert status(api, early) == "successful"
    assert api.read("Mandate", mandate["id"])["bacs_code"] == code


def test_what_the_caller_cancels_is_still_collected_section_12(api: Caller) -> None:
    """The payment went to Bacs before the 0C did."""
    payment = submitted(api)
    put(api, "Mandate", payment["mandate"], dd_status="cancelled")
    until(api, "2026-06-20")
    assert status(api, payment) == "successful"


def test_a_return_already_on_its_way_is_not_doubled_section_12(api: Caller) -> None:
    """The test value's own code comes, not an `ARUDD1` for the mandate cancelled meanwhile."""
    payment = submitted(api, amount=9010)
    report(api, "ADDACS1", payment["mandate"])
    until(api, "2026-06-20")
    assert api.read("payment", payment["id"])["bacs_code"] == "ARUDD0"


def test_a_report_about_what_is_over_comes_to_nothing_section_11(api: Caller) -> None:
    mandate = api.mandate(customer_bank_account=ending(api, "921")["id"])
    until(api, RUN)
    put(api, "Mandate", mandate["id"], dd_status="cancelled")
    until(api, "2026-06-20")
    assert status(api, mandate, "Mandate") == "cancelled"
    assert "bacs_code" not in api.read("Mandate", mandate["id"])
    assert api.sandbox.counts()["due_reports"] == 0


def test_reports_skip_days_banks_do_not_work_section_12(api: Caller) -> None:
    """Collected on Fri 28 Aug 2026; Mon 31 is a bank holiday, so it comes back on Tue 1 Sep."""
    payment = api.payment(collection_date="2026-08-28", amount=9010)
    until(api, "2026-09-01T07:59:59")
    assert status(api, payment) == "submitted"
    until(api, "2026-09-01T08:00")
    assert status(api, payment) == "failed"


def test_reports_on_their_way_survive_a_snapshot_section_12(api: Caller) -> None:
    payment = submitted(api, amount=9010)
    kept = api.sandbox.control("snapshot")
    api.sandbox.reset()
    api.sandbox.control("snapshot", kept)
    until(api, "2026-06-04T08:00")
    assert status(api, payment) == "failed"
