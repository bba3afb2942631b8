"""A file of refunds: which payment, how much, why; and what a row may not say."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
from pydantic import ValidationError

from smarterpay.intake import REFUNDS, BadRow, GoodRow, RefundRow, UnreadableFile, check_file
from tests.intake.customer_files import TODAY, VALID, csv_text
from tests.intake.money_files import A_REFUND, DEBIT, REFUND, a_refund, faults_of, outcomes_of


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "refunds.csv"


def row_of(path: Path, cells: Mapping[str, str]) -> RefundRow:
    (only,) = outcomes_of(path, REFUNDS, cells)
    assert isinstance(only, GoodRow), only
    row: RefundRow = only.row
    return row


def test_a_part_of_a_payment_by_its_id(path: Path) -> None:
    assert row_of(path, {**REFUND, "Note": "n"}) == a_refund(extra={"Note": "n"})


def test_all_that_is_left_by_our_own_reference(path: Path) -> None:
    row = row_of(path, {**REFUND, "payment": "", "payment_reference": "INV 118", "amount": ""})
    assert row == a_refund(payment=None, payment_reference="INV 118", amount_pence=None)


@pytest.mark.parametrize(
    ("changed", "column", "rule"),
    [
        ({"reference": ""}, "reference", "cell.required"),
        ({"reference": "R" * 19}, "reference", "text.too-long"),
        ({"reference": "rf-7"}, "reference", "reference.characters"),
        ({"reference": "RF_7"}, "reference", "reference.characters"),
        ({"payment": ""}, "payment_reference", "payment.missing"),
        ({"payment_reference": "INV-118"}, "payment_reference", "payment.two-payments"),
        ({"payment": "P 1"}, "payment", "record-id.form"),
        ({"payment": "", "payment_reference": "x" * 51}, "payment_reference", "text.too-long"),
        ({"amount": "0.00"}, "amount", "amount.zero"),
        ({"amount": "-5.00"}, "amount", "amount.negative"),
        ({"amount": "5"}, "amount", "amount.whole-number"),
        ({"amount": "all"}, "amount", "amount.not-money"),
        ({"amount": "", "amount_pence": "5.00"}, "amount_pence", "pence.not-whole"),
        ({"amount_pence": "501"}, "amount", "amount.two-amounts"),
        ({"reason": ""}, "reason", "cell.required"),
        ({"reason": "x" * 101}, "reason", "text.too-long"),
        ({"metadata": "x" * 1001}, "metadata", "text.too-long"),
    ],
)
def test_sections_7_7_and_7_10_what_a_refund_may_not_say(
    path: Path, changed: dict[str, str], column: str, rule: str
) -> None:
    assert faults_of(path, REFUNDS, {**REFUND, **changed}) == [(column, rule)]


def test_section_7_10_a_reference_fits_a_bacs_credit(path: Path) -> None:
    assert row_of(path, {**REFUND, "reference": "A1/-.& 23456789012"}).reference.endswith("12")


def test_a_payment_may_be_paid_back_in_two_parts_and_a_reference_used_once(path: Path) -> None:
    rows = outcomes_of(path, REFUNDS, REFUND, {**REFUND, "reference": "RF-8"}, REFUND)
    assert [type(row) for row in rows] == [GoodRow, GoodRow, BadRow]
    last = rows[2]
    assert isinstance(last, BadRow)
    assert "Give this refund another reference" in last.rejects[0].message


def test_amounts_under_a_strange_name_pay_nobody_everything(path: Path) -> None:
    """An amount that is passed over would mean all that is left."""
    row = {name: cell for name, cell in REFUND.items() if not name.startswith("amount")}
    path.write_text(csv_text([{**row, "Refund Amount": "5.00"}]), encoding="utf-8")
    with pytest.raises(UnreadableFile) as caught:
        check_file(path, REFUNDS, today=TODAY)
    assert "lacks amount (is it the column 'Refund Amount'?)" in str(caught.value)


@pytest.mark.parametrize("other", [VALID, DEBIT])
def test_a_file_of_another_kind_is_refused_as_a_whole(path: Path, other: Mapping[str, str]) -> None:
    path.write_text(csv_text([other]), encoding="utf-8")
    with pytest.raises(UnreadableFile, match="header lacks"):
        check_file(path, REFUNDS, today=TODAY)


def test_the_plan_s_figures_tell_open_amounts_apart(path: Path) -> None:
    rows = [REFUND, {**REFUND, "reference": "B", "amount": ""}, {**REFUND, "reference": "c"}]
    path.write_text(csv_text(rows), encoding="utf-8")
    check = check_file(path, REFUNDS, today=TODAY)
    assert (check.rows, check.valid, check.rejected) == (3, 2, 1)
    assert (check.amount_pence, check.open_amounts) == (500, 1)


@pytest.mark.parametrize(
    "changed",
    [
        {"payment": None},
        {"payment_reference": "INV-118"},
        {"amount_pence": 0},
        {"amount_pence": 2_000_000_001},
        {"amount_pence": "500"},
        {"reason": None},
        {"reference": "rf"},
        {"surname": "Ashby"},
    ],
)
def test_what_the_row_refuses_whoever_makes_it(changed: dict[str, Any]) -> None:
    """Sections 7.7 and 7.10."""
    with pytest.raises(ValidationError) as caught:
        RefundRow(**{**A_REFUND, **changed})
    assert "Ada" not in str(caught.value)


def test_a_row_shows_nothing_personal() -> None:
    row = a_refund(metadata="Ada's", extra={"Note": "Ada's sister"})
    assert "Ada" not in f"{row!r} {row}"
    assert "RF-2026-0007" in repr(row)


def test_no_message_repeats_a_cell(path: Path) -> None:
    rows = [
        {**REFUND, "reference": f"R-{n}", name: "Xanthippe 12-34-56 12345678"}
        for n, name in enumerate(REFUND)
        if name != "reference"
    ]
    found = outcomes_of(path, REFUNDS, *rows)
    assert any(isinstance(one, BadRow) for one in found)
    shown = f"{found} {list(check_file(path, REFUNDS, today=TODAY).rejects)}"
    assert [word for word in ("Xanthippe", "12345678", "Ada") if word in shown] == []
