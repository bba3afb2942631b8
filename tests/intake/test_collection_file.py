"""A file of collections: what each method needs, and what a row may not say."""

from collections.abc import Mapping
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from pydantic import ValidationError

from smarterpay.intake import (
    COLLECTIONS,
    BadRow,
    CollectionRow,
    GoodRow,
    UnreadableFile,
    check_file,
)
from tests.intake.customer_files import TODAY, VALID, csv_text
from tests.intake.money_files import A_DEBIT, CARD, DEBIT, REFUND, a_debit, faults_of, outcomes_of


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "collections.csv"


def row_of(path: Path, cells: Mapping[str, str]) -> CollectionRow:
    (only,) = outcomes_of(path, COLLECTIONS, cells)
    assert isinstance(only, GoodRow), only
    row: CollectionRow = only.row
    return row


def test_section_7_7_a_direct_debit(path: Path) -> None:
    row = row_of(path, {**DEBIT, "metadata": "two\nlines", "Note": "n"})
    assert row == a_debit(metadata="two\nlines", extra={"Note": "n"})
    assert row.is_direct_debit


def test_a_method_that_is_not_given_is_direct_debit(path: Path) -> None:
    assert row_of(path, {**DEBIT, "method": ""}).method == "direct debit"
    assert row_of(path, {n: c for n, c in DEBIT.items() if n != "method"}).is_direct_debit


@pytest.mark.parametrize("method", ["card repeat", "deferred release", "authorise release"])
def test_section_8_a_card(path: Path, method: str) -> None:
    row = row_of(path, {**CARD, "method": method, "description": ""})
    assert (row.method, row.card, row.payment) == (method, CARD["card"], CARD["payment"])
    assert (row.amount_pence, row.collection_date, row.description) == (2500, None, None)
    assert not row.is_direct_debit
    assert row_of(path, {**CARD, "method": method, "payment": ""}).payment is None


@pytest.mark.parametrize("written", ["Card Repeat", "CARD_REPEAT", "card-repeat", " card   repeat"])
def test_a_method_in_any_case_and_spacing(path: Path, written: str) -> None:
    assert row_of(path, {**CARD, "method": written}).method == "card repeat"


def test_section_7_5_a_mandate_by_its_id(path: Path) -> None:
    row = row_of(path, {**DEBIT, "mandate_reference": "", "mandate": "M01O41Y8DOQ369MJ0GN"})
    assert (row.mandate, row.mandate_reference) == ("M01O41Y8DOQ369MJ0GN", None)


DEBIT_FAULTS = [
    ({"mandate_reference": ""}, "mandate_reference", "mandate.missing"),
    ({"mandate": "M01"}, "mandate_reference", "mandate.two-mandates"),
    ({"mandate_reference": "veg-42"}, "mandate_reference", "mandate-reference.characters"),
    ({"mandate_reference": "V" * 19}, "mandate_reference", "text.too-long"),
    ({"mandate_reference": "", "mandate": "M01 2"}, "mandate", "record-id.form"),
    ({"mandate_reference": "", "mandate": "M" * 65}, "mandate", "text.too-long"),
    ({"card": "c1"}, "card", "card.not-for-direct-debit"),
    ({"payment": "P02"}, "payment", "card.not-for-direct-debit"),
    ({"collection_date": ""}, "collection_date", "date.required"),
    ({"collection_date": "1.7.2026"}, "collection_date", "date.format"),
    ({"collection_date": "2026-05-31"}, "collection_date", "date.past"),
    ({"collection_date": "2027-07-02"}, "collection_date", "date.too-far"),
    ({"description": ""}, "description", "description.required"),
    ({"description": "x" * 101}, "description", "text.too-long"),
    ({"description": "a\nb"}, "description", "text.line-break"),
    ({"metadata": "x" * 1001}, "metadata", "text.too-long"),
    ({"reference": ""}, "reference", "cell.required"),
    ({"reference": "R" * 51}, "reference", "text.too-long"),
    ({"method": "cheque"}, "method", "method.unknown"),
    ({"amount": ""}, "amount", "amount.missing"),
    ({"amount": "25"}, "amount", "amount.whole-number"),
    ({"amount": "20000000.01"}, "amount", "amount.too-large"),
    ({"amount": "25 EUR"}, "amount", "amount.currency"),
    ({"amount_pence": "2501"}, "amount", "amount.two-amounts"),
]


@pytest.mark.parametrize(("changed", "column", "rule"), DEBIT_FAULTS)
def test_sections_7_5_and_7_7_what_a_direct_debit_may_not_say(
    path: Path, changed: dict[str, str], column: str, rule: str
) -> None:
    assert faults_of(path, COLLECTIONS, {**DEBIT, **changed}) == [(column, rule)]


@pytest.mark.parametrize(
    ("changed", "column", "rule"),
    [
        ({"card": ""}, "card", "card.required"),
        ({"card": "card 1"}, "card", "record-id.form"),
        ({"payment": "é"}, "payment", "record-id.form"),
        ({"mandate": "M01"}, "mandate", "mandate.not-for-cards"),
        ({"mandate_reference": "VEG-1"}, "mandate_reference", "mandate.not-for-cards"),
        ({"collection_date": "2026-07-01"}, "collection_date", "date.not-for-cards"),
        ({"collection_date": "2020-07-01"}, "collection_date", "date.not-for-cards"),
        ({"description": "x" * 101}, "description", "text.too-long"),
    ],
)
def test_section_8_what_a_card_may_not_say(
    path: Path, changed: dict[str, str], column: str, rule: str
) -> None:
    assert faults_of(path, COLLECTIONS, {**CARD, **changed}) == [(column, rule)]


def test_dates_from_today_to_13_months_ahead(path: Path) -> None:
    """Sections 7.7 and 7.11."""
    for text in ("2026-06-01", "2027-07-01"):
        row = row_of(path, {**DEBIT, "collection_date": text})
        assert row.collection_date == date.fromisoformat(text)


def test_every_fault_of_a_row_is_told_in_the_order_of_its_cells(path: Path) -> None:
    row = {**DEBIT, "mandate_reference": "", "amount": "1", "collection_date": "", "card": "c"}
    assert faults_of(path, COLLECTIONS, row) == [
        ("mandate_reference", "mandate.missing"),
        ("card", "card.not-for-direct-debit"),
        ("amount", "amount.whole-number"),
        ("collection_date", "date.required"),
    ]


def test_a_method_that_is_unknown_accuses_no_other_cell(path: Path) -> None:
    row = {**CARD, "method": "cash", "mandate": "M01", "description": "", "collection_date": ""}
    assert faults_of(path, COLLECTIONS, row) == [("method", "method.unknown")]


def test_a_reference_belongs_to_the_first_row_and_a_mandate_to_any(path: Path) -> None:
    first, second, third = outcomes_of(
        path, COLLECTIONS, {**DEBIT, "amount": "1"}, DEBIT, {**DEBIT, "reference": "INV-2"}
    )
    assert isinstance(first, BadRow)
    assert isinstance(second, BadRow)
    assert [r.rule for r in second.rejects] == ["reference.duplicate"]
    assert second.rejects[0].message == (
        "Line 2 already has this reference. The first row stands. Give this collection another "
        "reference, or delete the row if it is a repeat."
    )
    assert isinstance(third, GoodRow)


def refusal(path: Path, row: Mapping[str, str]) -> str:
    path.write_text(csv_text([row]), encoding="utf-8")
    with pytest.raises(UnreadableFile) as caught:
        check_file(path, COLLECTIONS, today=TODAY)
    return str(caught.value)


def without(*columns: str, **added: str) -> dict[str, str]:
    return {**{name: cell for name, cell in DEBIT.items() if name not in columns}, **added}


def test_the_header_names_a_mandate_or_a_card(path: Path) -> None:
    told = refusal(path, without("mandate", "mandate_reference", "card", Auddis="VEG-1"))
    assert "lacks mandate_reference or mandate or card (is it the column 'Auddis'?)" in told
    cards = {n: c for n, c in CARD.items() if not n.startswith(("mandate", "collection"))}
    assert row_of(path, cards).card == CARD["card"]


def test_a_header_without_amounts_or_with_one_misspelt_is_refused(path: Path) -> None:
    told = refusal(path, without("amount", "amount_pence", Total="25.00"))
    assert "lacks amount (is it the column 'Total'?)" in told
    told = refusal(path, without("collection_date", **{"Colection Date": "2026-07-01"}))
    assert "Rename it to collection_date" in told


@pytest.mark.parametrize("other", [VALID, REFUND])
def test_a_file_of_another_kind_is_refused_as_a_whole(path: Path, other: dict[str, str]) -> None:
    assert "The header" in refusal(path, other)


def test_the_plan_s_figures(path: Path) -> None:
    rows = [DEBIT, {**CARD, "reference": "B", "amount": "0.01"}, {**DEBIT, "reference": "C x" * 30}]
    path.write_text(csv_text(rows), encoding="utf-8")
    check = check_file(path, COLLECTIONS, today=TODAY)
    assert (check.rows, check.valid, check.rejected) == (3, 2, 1)
    assert (check.amount_pence, check.open_amounts) == (2501, 0)
    assert [(r.line, r.column, r.rule) for r in check.rejects] == [
        (4, "reference", "text.too-long")
    ]


@pytest.mark.parametrize(
    "changed",
    [
        {"mandate_reference": None},
        {"mandate": "M01"},
        {"card": "c1"},
        {"payment": "P02"},
        {"collection_date": None},
        {"collection_date": "2026-07-01"},
        {"description": None},
        {"amount_pence": 0},
        {"amount_pence": 2_000_000_001},
        {"amount_pence": "2500"},
        {"method": "cheque"},
        {"method": "card repeat"},
        {"surname": "Ashby"},
    ],
)
def test_what_the_row_refuses_whoever_makes_it(changed: dict[str, Any]) -> None:
    """Sections 7.5, 7.7 and 8."""
    with pytest.raises(ValidationError) as caught:
        CollectionRow(**{**A_DEBIT, **changed})
    assert "Ada" not in str(caught.value)


def test_a_row_shows_nothing_personal_and_cannot_be_changed() -> None:
    row = a_debit(metadata="Ada's", extra={"Note": "Ada's sister"})
    assert "Ada" not in f"{row!r} {row}"
    assert "INV-2026-118" in repr(row)
    with pytest.raises(ValidationError):
        row.amount_pence = 1  # type: ignore[misc]


def test_no_message_repeats_a_cell(path: Path) -> None:
    rows = [
        {**row, "reference": f"{kind}-{name}", name: "Xanthippe 12-34-56 12345678"}
        for kind, row in (("D", DEBIT), ("C", CARD))
        for name in DEBIT
        if name != "reference"
    ]
    found = outcomes_of(path, COLLECTIONS, *rows)
    assert sum(isinstance(one, BadRow) for one in found) > 10
    shown = f"{found} {list(check_file(path, COLLECTIONS, today=TODAY).rejects)}"
    assert [word for word in ("Xanthippe", "12345678", "Ada") if word in shown] == []
