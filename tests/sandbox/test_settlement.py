"""Sections 7.2, 11 and 12: the success service of 06:00, and what it opens."""

import pytest

from tests.sandbox.caller import Caller
from tests.sandbox.days import RUN, put, status, submitted, until


@pytest.mark.parametrize(
    ("date", "settled_at"),
    [
        ("2026-06-03", "2026-06-08T06:00"),
        ("2026-06-05", "2026-06-10T06:00"),
        ("2026-08-28", "2026-09-03T06:00"),
    ],
)
def test_three_banking_days_after_its_date_an_item_succeeds_section_12(
    api: Caller, date: str, settled_at: str
) -> None:
    """Weekends and the bank holiday of 31 Aug 2026 do not count."""
    payment = api.payment(collection_date=date)
    credit = api.credit(credit_date=date)
    day, _ = settled_at.split("T")
    until(api, f"{day}T05:59:59")
    assert status(api, payment) == status(api, credit, "credit") == "submitted"
    until(api, settled_at)
    assert status(api, payment) == status(api, credit, "credit") == "successful"


def test_the_number_of_days_is_a_setting_section_12(api: Caller) -> None:
    api.sandbox.settings(success_days=1)
    payment = submitted(api)
    until(api, "2026-06-04T05:59")
    assert status(api, payment) == "submitted"
    until(api, "2026-06-04T06:00")
    assert status(api, payment) == "successful"


@pytest.mark.parametrize("days", [0, 31, "3", None, True])
def test_the_number_of_days_has_bounds_section_12(api: Caller, days: object) -> None:
    answer = api.http.post(f"{api.sandbox.base_url}/_sandbox/settings", json={"success_days": days})
    assert answer.status_code == 400
    assert api.sandbox.settings()["success_days"] == 3


def test_what_is_not_submitted_never_succeeds_section_11(api: Caller) -> None:
    mandate = api.mandate()
    held = api.payment(auddis=mandate["auddis"])
    gone = api.payment()
    put(api, "Mandate", mandate["id"], dd_status="on hold")
    put(api, "payment", gone["id"], status="cancelled")
    until(api, "2026-06-20")
    assert status(api, held) == "pending_submission"
    assert status(api, gone) == "cancelled"


def test_a_return_comes_before_success_and_wins_section_11(api: Caller) -> None:
    payment = submitted(api, amount=9010)
    until(api, "2026-06-20")
    assert status(api, payment) == "failed"


def test_a_returned_debit_can_still_fail_after_success_section_11(api: Caller) -> None:
    """With a short success service the report of the same morning finds it successful."""
    api.sandbox.settings(success_days=1)
    payment = submitted(api, amount=9010)
    until(api, "2026-06-04T06:00")
    assert status(api, payment) == "successful"
    until(api, "2026-06-04T08:00")
    assert status(api, payment) == "failed"


@pytest.mark.parametrize("allowed", [True, False])
def test_anti_fraud_opens_credits_when_a_debit_succeeds_section_7_2(
    api: Caller, allowed: bool
) -> None:
    """Only what the caller did not switch off; that `ongoing collection` opened it is undone."""
    api.sandbox.settings(credit_anti_fraud=True)
    account = api.account(credits_allowed=allowed)["id"]
    assert api.read("bank_account", account)["credits_allowed"] is False
    api.payment(auddis=api.mandate(customer_bank_account=account)["auddis"])
    until(api, RUN)
    api.place("bank_accounts", account, credits_allowed=False)
    until(api, "2026-06-08T05:59")
    assert api.read("bank_account", account)["credits_allowed"] is False
    until(api, "2026-06-08T06:00")
    assert api.read("bank_account", account)["credits_allowed"] is allowed


def test_anti_fraud_opens_credits_with_ongoing_collection_section_7_2(api: Caller) -> None:
    api.sandbox.settings(credit_anti_fraud=True)
    account = api.account()["id"]
    api.payment(auddis=api.mandate(customer_bank_account=account)["auddis"])
    until(api, "2026-06-01T21:59")
    assert api.read("bank_account", account)["credits_allowed"] is False
    until(api, RUN)
    assert api.read("bank_account", account)["credits_allowed"] is True
