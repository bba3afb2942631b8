"""Sections 11 and 12: which mandates go to Bacs with 0N, 0C or 0S, and which do not."""

import pytest

from tests.sandbox.caller import Caller
from tests.sandbox.days import RUN, codes, put, status, submissions, submitted, until


@pytest.mark.parametrize(
    ("created_as", "code", "after"),
    [
        ("new instruction", ["0N"], "first collection"),
        ("ongoing collection", ["0S"], "ongoing collection"),
        ("first collection", [], "first collection"),
        ("on hold", [], "on hold"),
        ("cancelled", [], "cancelled"),
    ],
)
def test_mandate_lines_by_how_it_was_created_section_12(
    api: Caller, created_as: str, code: list[str], after: str
) -> None:
    """One line, once: the next runs send nothing more."""
    mandate = api.mandate(dd_status=created_as)
    until(api, "2026-06-04T23:00")
    assert codes(api) == code
    assert status(api, mandate, "Mandate") == after


def test_a_mandate_that_awaits_validation_is_not_lodged_section_12(api: Caller) -> None:
    account = api.account(account_name="J Hetfield PENDING")
    mandate = api.mandate(customer_bank_account=account["id"], account_validation=True)
    until(api, RUN)
    assert codes(api) == []
    path = f"validations/{mandate['account_validation_id']}/complete"
    api.sandbox.control(path, {"outcome": "match"})
    until(api, "2026-06-02T22:00")
    assert codes(api) == ["0N"]


@pytest.mark.parametrize(
    ("created_as", "lodged", "expected"),
    [
        ("new instruction", True, ["0N", "0C"]),
        ("new instruction", False, []),
        ("ongoing collection", True, ["0S", "0C"]),
        ("ongoing collection", False, []),
        ("first collection", False, ["0C"]),
    ],
)
def test_0c_withdraws_what_bacs_has_section_12(
    api: Caller, created_as: str, lodged: bool, expected: list[str]
) -> None:
    """One created in `first collection` was lodged elsewhere, and is withdrawn all the same."""
    mandate = api.mandate(dd_status=created_as)
    if lodged:
        until(api, RUN)
    put(api, "Mandate", mandate["id"], dd_status="cancelled")
    until(api, "2026-06-05T23:00")
    assert codes(api) == expected
    counted = sum(int(one["mandate_cancellation_count"]) for one in submissions(api))
    assert counted == expected.count("0C")


def test_the_portal_withdraws_too_section_12(api: Caller) -> None:
    mandate = api.mandate(dd_status="first collection")
    api.sandbox.control(f"mandates/{mandate['id']}/cancel-by-originator", {})
    until(api, RUN)
    assert codes(api) == ["0C"]


def test_a_mandate_that_a_report_cancelled_is_not_withdrawn_section_12(api: Caller) -> None:
    mandate = api.mandate(dd_status="first collection")
    api.sandbox.control("report", {"code": "ADDACS1", "record_id": mandate["id"]})
    until(api, RUN)
    assert codes(api) == []


def test_a_caller_who_says_it_is_lodged_sends_no_0n_section_12(api: Caller) -> None:
    mandate = api.mandate()
    put(api, "Mandate", mandate["id"], dd_status="first collection")
    until(api, RUN)
    assert codes(api) == []
    put(api, "Mandate", mandate["id"], dd_status="cancelled")
    until(api, "2026-06-02T22:00")
    assert codes(api) == ["0C"]


def test_the_first_payment_moves_the_mandate_on_section_11(api: Caller) -> None:
    """A first payment may travel the same night as its 0N."""
    payment = submitted(api)
    assert codes(api) == ["0N", "01"]
    assert payment["status"] == "submitted"
    mandate = api.read("Mandate", payment["mandate"])
    assert mandate["dd_status"] == "ongoing collection"


def test_a_mandate_waits_in_first_collection_for_its_first_payment_section_11(
    api: Caller,
) -> None:
    payment = api.payment(collection_date="2026-06-10")
    until(api, "2026-06-08T21:59")
    assert api.read("Mandate", payment["mandate"])["dd_status"] == "first collection"
    until(api, "2026-06-08T22:00")
    assert api.read("Mandate", payment["mandate"])["dd_status"] == "ongoing collection"
