"""Sections 11 and 12: what goes to Bacs at 22:00, as which line, and what moves with it."""

import re
from typing import Any

import pytest

from tests.sandbox.caller import Caller
from tests.sandbox.days import (
    RUN,
    codes,
    lines,
    put,
    refused,
    status,
    submissions,
    submitted,
    until,
)

SECOND = "OB01SANDBOXSECOND001"


def test_a_submission_section_7_13(api: Caller) -> None:
    """Counts and values are strings, values in pence."""
    mandate = api.mandate()
    api.payment(auddis=mandate["auddis"], amount=2500)
    api.payment(auddis=mandate["auddis"], amount=1)
    api.credit(amount=70)
    until(api, RUN)
    (made,) = submissions(api)
    assert re.fullmatch("FS01[A-Z0-9]{16}", made["Id"])
    assert re.fullmatch("[A-Z0-9]{6}", made["serial_number"])
    assert made == {
        "Id": made["Id"],
        "created_at": "2026-06-01T21:00:00Z",
        "credit_total_count": "1",
        "credit_total_value": "70",
        "mandate_cancellation_count": "0",
        "mandate_convert_count": "0",
        "mandate_new_instruction_count": "1",
        "payment_total_count": "2",
        "payment_total_value": "2501",
        "serial_number": made["serial_number"],
        "status": "Submitted",
        "sun_name": "Smarterpay Test",
        "sun_number": "100263",
    }
    assert api.get(f"submission/{made['Id']}").json() == {"submission": made}


def test_submission_lines_section_7_13(api: Caller) -> None:
    """A date for payments and credits, an empty one and amount `0` for mandates."""
    payment = api.payment()
    credit = api.credit()
    until(api, RUN)
    (submission,) = submissions(api)
    listed = lines(api)
    assert re.fullmatch("FL01[A-Z0-9]{16}", listed[0]["Id"])
    same = {
        "status": "Successful",
        "submission_id": submission["Id"],
    }
    mandate = {"record_id": payment["mandate"], "type": "mandate", "transaction_code": "0N"}
    assert listed == [
        same | mandate | {"Id": listed[0]["Id"], "amount": "0", "collection_date": ""},
        same
        | {
            "Id": listed[1]["Id"],
            "amount": "2500",
            "collection_date": "2026-06-03",
            "record_id": payment["id"],
            "type": "payment",
            "transaction_code": "01",
        },
        same
        | {
            "Id": listed[2]["Id"],
            "amount": "2500",
            "collection_date": "2026-06-03",
            "record_id": credit["ID"],
            "type": "credit",
            "transaction_code": "99",
        },
    ]
    assert api.get(f"submissionline/{listed[1]['Id']}").json() == {"submissionLine": listed[1]}


def test_lines_are_found_by_submission_record_and_code_section_7_13(api: Caller) -> None:
    payment = api.payment()
    until(api, RUN)
    (submission,) = submissions(api)
    assert codes(api, submission_id=submission["Id"]) == ["0N", "01"]
    assert codes(api, record_id=payment["id"]) == ["01"]
    assert codes(api, transaction_code="01,99") == ["01"]
    assert codes(api, status="Failed") == []
    assert codes(api, status="Successful", transaction_code="0N") == ["0N"]
    assert codes(api, submission_id="FS01NONE") == []
    assert submissions(api, status="Submitted_With_errors") == []
    assert len(submissions(api, status="Submitted")) == 1


def test_unknown_submissions_and_lines_are_404_section_4(api: Caller) -> None:
    assert api.get("submission/FS01NONE").status_code == 404
    assert api.get("submissionline/FL01NONE").status_code == 404


@pytest.mark.parametrize(
    ("asked", "run_at"),
    [
        ("2026-06-03", "2026-06-01T22:00"),
        ("2026-06-04", "2026-06-02T22:00"),
        ("2026-06-08", "2026-06-04T22:00"),
        ("2026-08-31", "2026-08-27T22:00"),
        ("2026-12-29", "2026-12-23T22:00"),
    ],
)
def test_an_item_leaves_two_banking_days_before_its_date_section_12(
    api: Caller, asked: str, run_at: str
) -> None:
    """31 Aug 2026 is a bank holiday, so its items are for Tue 1 Sep; Christmas is no day either."""
    payment = api.payment(collection_date=asked)
    credit = api.credit(credit_date=asked)
    until(api, run_at.replace("22:00", "21:59:59"))
    assert status(api, payment) == status(api, credit, "credit") == "pending_submission"
    until(api, run_at)
    assert status(api, payment) == status(api, credit, "credit") == "submitted"
    assert api.read("payment", payment["id"])["payment_type"] == "first_collection"


def test_the_file_leaves_two_days_ahead_whatever_the_processing_days_section_12(
    api: Caller,
) -> None:
    """The count of processing days moves dates, not files."""
    api.sandbox.settings(processing_days=5)
    payment = api.payment(collection_date="2026-06-01")
    assert payment["collection_date"] == "2026-06-05"
    until(api, "2026-06-02T22:00")
    assert status(api, payment) == "pending_submission"
    until(api, "2026-06-03T22:00")
    assert status(api, payment) == "submitted"


def test_nothing_goes_on_days_banks_do_not_work_section_12(api: Caller) -> None:
    until(api, "2026-06-05T22:30")
    api.mandate()
    until(api, "2026-06-08T21:59")
    assert submissions(api) == []
    until(api, "2026-06-08T22:00")
    assert len(submissions(api)) == 1


def test_no_submission_where_nothing_is_due_section_12(api: Caller) -> None:
    submitted(api)
    until(api, "2026-06-30T23:00")
    assert len(submissions(api)) == 1


def test_one_submission_per_sun_and_run_section_12(api: Caller) -> None:
    api.payment()
    api.mandate(client_bank_account_id=SECOND)
    api.mandate()
    until(api, RUN)
    assert [
        (one["sun_number"], one["mandate_new_instruction_count"], one["payment_total_count"])
        for one in submissions(api)
    ] == [("100263", "2", "1"), ("122", "1", "0")]
    assert len({one["serial_number"] for one in submissions(api)}) == 2


def test_a_payment_goes_under_the_sun_of_its_mandate_section_12(api: Caller) -> None:
    """Its caller has moved the mandate to the second SUN since the payment was created."""
    payment = api.payment()
    put(api, "Mandate", payment["mandate"], client_bank_account_id=SECOND)
    until(api, RUN)
    assert [(one["sun_number"], one["payment_total_count"]) for one in submissions(api)] == [
        ("122", "1")
    ]


def test_line_order_section_12(api: Caller) -> None:
    """0C, 0S, 0N, payments, credits, each by creation."""
    api.credit()
    lodged = api.mandate(dd_status="first collection")
    later = api.payment(auddis=lodged["auddis"], collection_date="2026-06-03")
    api.mandate(dd_status="ongoing collection")
    api.mandate()
    withdrawn = api.mandate(dd_status="first collection")
    put(api, "Mandate", withdrawn["id"], dd_status="cancelled")
    ongoing = api.payment(auddis=lodged["auddis"], amount=7)
    api.mandate()
    until(api, RUN)
    assert codes(api) == ["0C", "0S", "0N", "0N", "01", "17", "99"]
    assert [line["record_id"] for line in lines(api)][4:6] == [later["id"], ongoing["id"]]


def test_what_goes_first_is_the_first_collection_section_7_7(api: Caller) -> None:
    """The type is settled again at submission: the later one created leaves earlier."""
    mandate = api.mandate()["auddis"]
    late = api.payment(auddis=mandate, collection_date="2026-06-10")
    early = api.payment(auddis=mandate, collection_date="2026-06-03")
    assert [late["payment_type"], early["payment_type"]] == [
        "first_collection",
        "ongoing_collection",
    ]
    until(api, "2026-06-08T22:00")
    types = [api.read("payment", one["id"])["payment_type"] for one in (late, early)]
    assert types == ["ongoing_collection", "first_collection"]
    assert codes(api) == ["0N", "01", "17"]


def test_the_codes_of_a_plan_sections_7_7_and_12(api: Caller) -> None:
    """01 first, 17 ongoing, 19 for the last instalment."""
    api.schedule(type="DDPaymentPlan", installments=3, first_collection_amount=None)
    until(api, "2026-08-03T09:00")
    assert codes(api) == ["0N", "01", "17", "19"]


def test_a_plan_of_one_instalment_is_a_first_collection_section_7_7(api: Caller) -> None:
    api.schedule(type="DDPaymentPlan", installments=1, first_collection_amount=None)
    until(api, "2026-06-15T09:00")
    assert codes(api) == ["0N", "01"]


def test_a_represented_payment_has_code_18_section_12(api: Caller) -> None:
    payment = submitted(api)
    api.sandbox.control("report", {"code": "ARUDD0", "record_id": payment["id"]})
    request = {
        "amount": 2500,
        "collection_date": "2026-06-10",
        "description": "again",
        "auddis": payment["auddis"],
    }
    answer = api.send("POST", f"payment/{payment['id']}/represent", {"payment": request})
    assert answer.status_code == 200, answer.text
    until(api, "2026-06-08T22:00")
    assert codes(api) == ["0N", "01", "18"]
    assert status(api, answer.json()["payment"]) == "submitted"


def test_amount_0_is_skipped_and_cancelled_section_12(api: Caller) -> None:
    """A payment break: no line, and nothing collected."""
    made = api.schedule(first_collection_date="2026-06-03")
    (payment,) = api.get("payments").json()["payments"]
    put(api, "payment", payment["id"], amount=0)
    until(api, RUN)
    assert status(api, payment) == "cancelled"
    assert codes(api) == ["0N"]
    assert status(api, made, "recurrence_schedule") == "active"
    assert api.read("Mandate", made["mandate"])["dd_status"] == "first collection"


def test_on_hold_keeps_its_items_until_released_section_12(api: Caller) -> None:
    mandate = api.mandate()
    payment = api.payment(auddis=mandate["auddis"])
    credit = api.credit(auddis=mandate["auddis"])
    ahead = api.payment(auddis=mandate["auddis"], collection_date="2026-07-01")
    put(api, "Mandate", mandate["id"], dd_status="on hold")
    until(api, "2026-06-09T12:00")
    assert codes(api) == []
    assert status(api, payment) == status(api, credit, "credit") == "pending_submission"
    put(api, "Mandate", mandate["id"], dd_status="new instruction")
    assert api.read("payment", payment["id"])["collection_date"] == "2026-06-11"
    assert api.read("credit", credit["ID"])["credit_date"] == "2026-06-11"
    assert api.read("payment", ahead["id"])["collection_date"] == "2026-07-01"
    until(api, "2026-06-09T22:00")
    assert codes(api) == ["0N", "01", "99"]


def test_a_hold_after_lodging_sends_no_second_0n_section_12(api: Caller) -> None:
    mandate = api.mandate()
    until(api, RUN)
    put(api, "Mandate", mandate["id"], dd_status="on hold")
    put(api, "Mandate", mandate["id"], dd_status="new instruction")
    payment = api.payment(auddis=mandate["auddis"], collection_date="2026-06-04")
    until(api, "2026-06-02T22:00")
    assert codes(api) == ["0N", "01"]
    assert status(api, payment) == "submitted"
    assert status(api, mandate, "Mandate") == "ongoing collection"


def test_disabling_an_account_stops_its_credits_not_its_debits_sections_7_2_and_12(
    api: Caller,
) -> None:
    """Existing mandates and payments run on; a credit waits until the account is usable."""
    account = api.account()["id"]
    payment = api.payment(auddis=api.mandate(customer_bank_account=account)["auddis"])
    credit = api.credit(bank_account=account)
    put(api, "bank_account", account, enabled=False)
    until(api, "2026-06-03T22:00")
    assert codes(api) == ["0N", "01"]
    assert status(api, payment) == "submitted"
    assert status(api, credit, "credit") == "pending_submission"
    put(api, "bank_account", account, enabled=True)
    until(api, "2026-06-08T22:00")
    sent = api.read("credit", credit["ID"])
    assert (sent["status"], sent["credit_date"]) == ("submitted", "2026-06-09")


def test_a_run_by_hand_sends_what_is_due_and_nothing_twice_section_12(api: Caller) -> None:
    payment = api.payment()
    told = api.sandbox.control("submission-run", {})["submissions"]
    assert told == submissions(api)
    assert [one["payment_total_count"] for one in told] == ["1"]
    assert status(api, payment) == "submitted"
    assert api.sandbox.control("submission-run", {}) == {"submissions": []}
    until(api, "2026-06-02T23:00")
    assert codes(api) == ["0N", "01"]
    assert refused(api, "submission-run", {"date": "2026-06-02"})[0] == 400


def test_thirteen_months_count_from_the_last_debit_section_11(api: Caller) -> None:
    payment = submitted(api, collection_date="2026-06-03")
    other = api.payment(auddis=payment["auddis"], collection_date="2026-08-05")
    until(api, "2027-09-03T04:59:59")
    assert api.read("Mandate", payment["mandate"])["dd_status"] == "ongoing collection"
    assert status(api, other) == "successful"
    until(api, "2027-09-03T05:00")
    assert api.read("Mandate", payment["mandate"])["dd_status"] == "expired"
    assert codes(api) == ["0N", "01", "17"]


def test_the_same_calls_send_the_same_files_section_12(api: Caller) -> None:
    """One long advance or many short ones: ids, serial numbers and times are the same."""

    def life(instants: list[str]) -> list[dict[str, Any]]:
        api.sandbox.reset(seed=5)
        api.payment()
        api.payment(collection_date="2026-06-12")
        api.schedule()
        for instant in instants:
            until(api, instant)
        return [*submissions(api), *lines(api)]

    in_steps = life(["2026-06-01T22:00", "2026-06-04T08:00", "2026-06-10", "2026-06-20"])
    assert life(["2026-06-20"]) == in_steps
    assert len(in_steps) > 8
