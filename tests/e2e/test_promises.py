"""What the journal promises across runs, days and changed files."""

import pytest

from smarterpay.journal.batches import RowState
from tests.e2e.merchant import Merchant

KEY_IS_FORGOTTEN = "25h"  # the provider keeps keys for 24 hours (reference, section 2)


@pytest.mark.e2e
def test_the_same_file_twice_makes_no_provider_write_the_second_time(
    quick_merchant: Merchant,
) -> None:
    file = quick_merchant.write_customers({"reference": "CUST-1"}, {"reference": "CUST-2"})
    first = quick_merchant.onboard(file)
    writes = quick_merchant.writes()

    second = quick_merchant.onboard(file)

    assert (first["onboarded"], second["onboarded"]) == (2, 2)
    assert first["batch"] != second["batch"]
    assert quick_merchant.writes() == writes
    quick_merchant.assert_books_agree(2)


@pytest.mark.e2e
@pytest.mark.parametrize(
    ("fault", "created_before"), [("drop-after", True), ("drop-before", False)]
)
@pytest.mark.parametrize("path", ["/bankaccount", "/mandate"])
def test_unknown_for_25_hours_is_looked_up_and_never_created_again(
    quick_merchant: Merchant, fault: str, created_before: bool, path: str
) -> None:
    """Design section 3, step 2: the key may be forgotten, so the record is looked up."""
    quick_merchant.more_settings = {"SMARTERPAY_MAX_ATTEMPTS": "1"}
    quick_merchant.sandbox.faults(kind=fault, method="POST", path=path, times=1)
    first = quick_merchant.onboard(quick_merchant.write_customers({"reference": "CUST-1"}))
    assert first["unknown"] == 1

    quick_merchant.sandbox.advance(KEY_IS_FORGOTTEN)
    second = quick_merchant.resume(first["batch"])

    assert second["onboarded"] == 1
    quick_merchant.assert_books_agree(1)
    with quick_merchant.journal() as journal:
        generations = {intent.generation for intent in journal.intents.find("CUST-1")}
    assert generations == ({0} if created_before else {0, 1})


@pytest.mark.e2e
def test_a_row_changed_after_success_is_a_conflict_that_names_the_fields(
    quick_merchant: Merchant,
) -> None:
    quick_merchant.onboard(quick_merchant.write_customers({"reference": "CUST-1"}))
    writes = quick_merchant.writes()

    changed = quick_merchant.write_customers(
        {"reference": "CUST-1", "city": "York"}, name="new.csv"
    )
    outcome = quick_merchant.onboard(changed)

    assert outcome["refused"] == 1
    assert quick_merchant.writes() == writes
    with quick_merchant.journal() as journal:
        (row,) = journal.batches.each_row(outcome["batch"])
    assert row.reason == "intent-conflict"
    assert "Customer_Account.city" in (row.message or "")
    assert "York" not in (row.message or "")


@pytest.mark.e2e
def test_a_row_changed_after_refusal_goes_through_and_finds_what_stands(
    quick_merchant: Merchant,
) -> None:
    """An account ending 901 takes no direct debits, one ending 900 is no account (section 13)."""
    for ending in ("900", "901"):
        bad = quick_merchant.write_customers(
            {"reference": "CUST-1", "account_number": f"12345{ending}"}, name=f"{ending}.csv"
        )
        refused = quick_merchant.onboard(bad)
        assert refused["refused"] == 1
        with quick_merchant.journal() as journal:
            (row,) = journal.batches.each_row(refused["batch"])
        assert row.step == "bank account validation"
        assert row.record_ids.keys() == {"customer_account"}

    mended = quick_merchant.onboard(
        quick_merchant.write_customers({"reference": "CUST-1"}, name="mended.csv")
    )

    assert mended["onboarded"] == 1
    quick_merchant.assert_books_agree(1)


@pytest.mark.e2e
def test_a_row_waits_for_its_account_validation_and_goes_on(quick_merchant: Merchant) -> None:
    file = quick_merchant.write_customers(
        {"reference": "CUST-1", "account_name": "A Example"},
        {"reference": "CUST-2", "account_name": "B PENDING"},
        {"reference": "CUST-3", "account_name": "C AVERROR"},
        {"reference": "CUST-4", "account_name": "D NOMATCH"},
    )
    first = quick_merchant.onboard(file, "--validation", "open-banking")
    assert first["waiting"] == 4

    quick_merchant.sandbox.advance("2m")
    second = quick_merchant.resume(first["batch"])

    assert (second["onboarded"], second["waiting"], second["refused"]) == (1, 2, 1)
    with quick_merchant.journal() as journal:
        reasons = {row.reference: row.reason for row in journal.batches.each_row(first["batch"])}
    assert reasons == {
        "CUST-1": None,
        "CUST-2": "account-validation-pending",
        "CUST-3": "account-validation-error",
        "CUST-4": "mandate-failed-validation",
    }


@pytest.mark.e2e
def test_confirmation_of_payee_stops_a_row_and_says_why(quick_merchant: Merchant) -> None:
    file = quick_merchant.write_customers(
        {"reference": "CUST-1"},
        {"reference": "CUST-2", "account_name": "B CLOSE"},
        {"reference": "CUST-3", "account_name": "C NOMATCH"},
        {"reference": "CUST-4", "account_name": "D WRONGTYPE"},
        {"reference": "CUST-5", "account_name": "E NOTFOUND"},
    )

    outcome = quick_merchant.onboard(file, "--validation", "confirmation-of-payee")

    assert (outcome["onboarded"], outcome["refused"]) == (1, 4)
    with quick_merchant.journal() as journal:
        rows = {row.reference: row for row in journal.batches.each_row(outcome["batch"])}
    assert rows["CUST-2"].reason == "confirmation-of-payee-close"
    for reference, code in (("CUST-3", "ANNM"), ("CUST-4", "BANM"), ("CUST-5", "AC01")):
        assert rows[reference].reason == "confirmation-of-payee-failed"
        assert code in (rows[reference].message or "")


@pytest.mark.e2e
def test_what_was_onboarded_for_one_merchant_is_not_taken_for_anothers(
    quick_merchant: Merchant,
) -> None:
    """Nor the sandbox's for live: the journal of one says nothing about the other's provider."""
    file = quick_merchant.write_customers({"reference": "CUST-1"})
    quick_merchant.onboard(file)
    writes = quick_merchant.writes()

    quick_merchant.more_settings = {"SMARTERPAY_MERCHANT": "another"}
    done = quick_merchant.command("onboard", file)

    assert done.returncode == 1
    assert "for another merchant" in " ".join(done.stderr.split())  # it wraps its lines
    assert quick_merchant.writes() == writes
    with quick_merchant.journal() as journal:
        newest, _ = journal.batches.list()
        assert journal.batches.counts(newest.id) == {RowState.STAGED: 1}


@pytest.mark.e2e
@pytest.mark.parametrize("fault", ["drop-after", "drop-before"])
def test_what_no_list_can_tell_a_person_decides(quick_merchant: Merchant, fault: str) -> None:
    """Confirmation of Payee has no list (section 6): it is adopted, or sent again, by a person."""
    quick_merchant.more_settings = {"SMARTERPAY_MAX_ATTEMPTS": "1"}
    quick_merchant.sandbox.faults(kind=fault, method="POST", path="/bankaccountcheck", times=1)
    file = quick_merchant.write_customers({"reference": "CUST-1"})
    first = quick_merchant.onboard(file, "--validation", "confirmation-of-payee")
    quick_merchant.sandbox.advance(KEY_IS_FORGOTTEN)
    second = quick_merchant.resume(first["batch"])
    assert second["needs_attention"] == 1
    with quick_merchant.journal() as journal:
        (intent,) = journal.intents.find("CUST-1", "bank_account_check.create")

    checks = quick_merchant.sandbox.books(records=True)["records"]["bank_account_checks"]
    found = ["--adopt", checks[0]["id"]] if fault == "drop-after" else ["--not-created"]
    decided = quick_merchant.command("intent", "settle", intent.id, *found, "--by", "ann")
    third = quick_merchant.resume(first["batch"])

    assert decided.returncode == 0, decided.stderr
    assert third["onboarded"] == 1
    assert quick_merchant.sandbox.counts()["bank_account_checks"] == 1
    again = quick_merchant.command("intent", "settle", intent.id, "--not-created", "--by", "ann")
    assert again.returncode == 1
    assert "nobody has to decide" in again.stderr
