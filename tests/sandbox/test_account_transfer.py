"""Section 10: the payer moved banks; account, mandates and payments from one day to the next."""

import pytest

from tests.sandbox.caller import ACCOUNT, Caller
from tests.sandbox.days import NEW_DETAILS, codes, ending, report, status, until


def test_the_account_takes_the_new_details_and_stays_usable_section_10(api: Caller) -> None:
    """`ADDACS3` with new details ends this mandate, and a new one goes on the same account."""
    account = ending(api, "923")["id"]
    mandate = api.mandate(customer_bank_account=account)
    pending = api.payment(auddis=mandate["auddis"], collection_date="2026-07-01")
    until(api, "2026-06-04T08:00")
    held = api.read("bank_account", account)
    assert (held["sort_code"], held["account_number"], held["bank_name"], held["enabled"]) == (
        "200052",
        "75849855",
        "BARCLAYS BANK PLC",
        True,
    )
    assert status(api, pending) == "cancelled"
    again = api.payment(
        auddis=api.mandate(customer_bank_account=account)["auddis"],
        collection_date="2026-06-08",
    )
    until(api, "2026-06-20")
    assert status(api, again) == "successful"
    assert status(api, mandate, "Mandate") == "cancelled by payer"


def test_without_new_details_the_account_is_closed_to_new_mandates_section_10(
    api: Caller,
) -> None:
    mandate = api.mandate()
    report(api, "ADDACS3", mandate["id"])
    answer = api.post("Mandate", {"customer_bank_account": mandate["customer_bank_account"]})
    assert answer.status_code == 400


def test_other_mandates_on_the_account_wait_for_their_own_report_section_10(
    api: Caller,
) -> None:
    account = api.account()["id"]
    first = api.mandate(customer_bank_account=account)
    second = api.mandate(customer_bank_account=account)
    payment = api.payment(auddis=second["auddis"])
    report(api, "ADDACSB", first["id"])
    assert api.read("bank_account", account)["enabled"] is False
    assert status(api, second, "Mandate") == "new instruction"
    until(api, "2026-06-20")
    assert status(api, payment) == "successful"


def test_a_disabled_account_is_not_disabled_twice_section_10(api: Caller) -> None:
    """The second mandate's report finds it closed and changes the mandate alone."""
    account = api.account()["id"]
    first, second = (api.mandate(customer_bank_account=account) for _ in range(2))
    report(api, "ADDACSB", first["id"])
    before = api.sandbox.books(records=True)["records"]["bank_accounts"]
    report(api, "ADDACSB", second["id"])
    assert api.sandbox.books(records=True)["records"]["bank_accounts"] == before
    assert status(api, second, "Mandate") == "cancelled by payer"


@pytest.mark.parametrize(
    ("name", "kept"), [({}, "J Hetfield"), ({"account_name": "L Ulrich"}, "L Ulrich")]
)
def test_new_details_may_bring_a_name_section_10(
    api: Caller, name: dict[str, str], kept: str
) -> None:
    mandate = api.mandate(customer_bank_account=ending(api, "123")["id"])
    report(api, "ADDACSE", mandate["id"], new_details=NEW_DETAILS | name)
    after = api.read("Mandate", mandate["id"])
    held = api.read("bank_account", mandate["customer_bank_account"])
    assert after["account_name"] == held["account_name"] == kept
    assert after["account_number"] == held["account_number"] == ACCOUNT["account_number"]


def test_a_transfer_told_by_a_returned_payment_section_13(api: Caller) -> None:
    """Ending 913: `ARUDD3` with new details; the next collection needs a new mandate."""
    account = ending(api, "913")["id"]
    mandate = api.mandate(customer_bank_account=account)
    payment = api.payment(auddis=mandate["auddis"])
    until(api, "2026-06-04T08:00")
    assert (status(api, payment), status(api, mandate, "Mandate")) == ("failed", "cancelled")
    assert api.read("bank_account", account)["account_number"] == "75849855"
    refused = api.payment(auddis=mandate["auddis"], collection_date="2026-07-01")
    assert (refused["status"], refused["amount"]) == ("cancelled", "0")
    assert codes(api) == ["0N", "01"]
