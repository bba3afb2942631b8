"""The row itself: its limits hold without a file, and it shows nothing personal."""

from datetime import date
from importlib.resources import files
from typing import Any

import pytest
from pydantic import ValidationError

from smarterpay.intake import CustomerRow
from smarterpay.intake.countries import COUNTRY_CODES

VALUES: dict[str, Any] = {
    "reference": "CUST-0042",
    "first_name": "Ada",
    "last_name": "Ashby",
    "email": "ada.ashby@example.com",
    "address_line1": "14 Mill Lane",
    "city": "Leeds",
    "postal_code": "LS1 9ZZ",
    "account_name": "A Ashby",
    "sort_code": "201152",
    "account_number": "51013107",
    "amount_pence": 2500,
    "collection_period": "monthly",
    "collection_day": "15",
    "first_collection_date": date(2026, 7, 1),
    "description": "Monthly veg box",
    "metadata": "call Ada",
    "extra": {"Note": "Ada's sister"},
}


def test_defaults() -> None:
    """Sections 7.1 and 7.11."""
    row = CustomerRow(**VALUES)
    assert (row.country_code, row.collection_stretch) == ("GB", 1)
    assert row.first_collection_amount_pence == 2500


def test_the_stored_form_gives_the_same_row() -> None:
    row = CustomerRow(**{**VALUES, "end_date": date(2027, 6, 30)})
    assert CustomerRow.model_validate_json(row.model_dump_json()) == row


def test_a_row_cannot_be_changed() -> None:
    row = CustomerRow(**VALUES)
    with pytest.raises(ValidationError):
        row.amount_pence = 1  # type: ignore[misc]


@pytest.mark.parametrize(
    "change",
    [
        {"amount_pence": "2500"},
        {"amount_pence": 0},
        {"amount_pence": 2_000_000_001},
        {"first_collection_amount_pence": 0},
        {"sort_code": "20-11-52"},
        {"sort_code": "20115"},
        {"account_number": "510131070"},
        {"account_number": "٥١٠١٣١٠٧"},
        {"first_collection_date": "2026-07-01"},
        {"end_date": date(2026, 6, 30)},
        {"collection_day": None},
        {"collection_period": "weekly"},
        {"surname": "Ashby"},
    ],
)
def test_what_the_row_refuses_whoever_makes_it(change: dict[str, Any]) -> None:
    """Sections 7.2, 7.7 and 7.11."""
    with pytest.raises(ValidationError):
        CustomerRow(**{**VALUES, **change})


PERSONAL = ("Ada", "Ashby", "ada.ashby", "Mill", "Leeds", "LS1", "201152", "51013107", "sister")


def test_nothing_personal_is_shown() -> None:
    shown = f"{CustomerRow(**VALUES)!r} {CustomerRow(**VALUES)}"
    assert [word for word in PERSONAL if word in shown] == []


def test_nothing_personal_is_in_an_error() -> None:
    with pytest.raises(ValidationError) as caught:
        CustomerRow(**{**VALUES, "sort_code": "201152x", "email": "ada.ashby@", "city": ""})
    assert [word for word in PERSONAL if word in str(caught.value)] == []


def test_the_countries_are_those_of_iso_3166() -> None:
    """Section 7.1, against the copy of the standard that comes with the time zone data."""
    table = files("tzdata.zoneinfo").joinpath("iso3166.tab").read_text(encoding="utf-8")
    assert {line[:2] for line in table.splitlines() if line[:1] != "#"} == COUNTRY_CODES
