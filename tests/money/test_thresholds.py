"""A plan asks for a second person exactly where it is above a threshold of its kind."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from smarterpay.money.thresholds import Reason, Threshold, Thresholds, exceeded
from smarterpay.orchestration.approval_thresholds import KINDS, reasons_to_ask, thresholds_for
from smarterpay.settings import Settings
from tests.money.plans import a_plan

LIMITS = st.none() | st.integers(0, 4000)


def test_at_a_threshold_nobody_is_asked_and_a_penny_above_somebody_is() -> None:
    limits = Thresholds(row_pence=2500, batch_pence=5000, rows=2)
    assert exceeded(a_plan(2500, 2500), limits) == []
    assert exceeded(a_plan(2501, 2499), limits) == [Reason(Threshold.ROW_PENCE, 2500, 2501)]
    assert exceeded(a_plan(2500, 2500, 1), limits) == [
        Reason(Threshold.BATCH_PENCE, 5000, 5001),
        Reason(Threshold.ROWS, 2, 3),
    ]


def test_reasons_are_told_in_pounds() -> None:
    limits = Thresholds(row_pence=100_000, batch_pence=100_000, rows=0)
    assert [reason.in_words for reason in exceeded(a_plan(120_000), limits)] == [
        "One row is £1,200.00, above £1,000.00",
        "All rows are £1,200.00, above £1,000.00",
        "There are 1 rows, above 0",
    ]


@given(
    pence=st.lists(st.integers(0, 1500), min_size=1, max_size=5),
    row=LIMITS,
    batch=LIMITS,
    rows=st.none() | st.integers(0, 6),
)
def test_nothing_is_asked_if_and_only_if_everything_fits(
    pence: list[int], row: int | None, batch: int | None, rows: int | None
) -> None:
    fits = (
        all(row is None or one <= row for one in pence)
        and (batch is None or sum(pence) <= batch)
        and (rows is None or len(pence) <= rows)
    )
    assert (exceeded(a_plan(*pence), Thresholds(row, batch, rows)) == []) is fits


@pytest.mark.parametrize("kind", KINDS)
def test_each_kind_has_thresholds_of_its_own_that_can_be_switched_off(
    kind: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    plan = a_plan(9_000_000, kind=kind)
    assert len(reasons_to_ask(Settings(), plan)) == 2
    for name in ("row_pence", "batch_pence"):
        monkeypatch.setenv(f"SMARTERPAY_{kind}_approval_{name}".upper(), "none")
    assert reasons_to_ask(Settings(), plan) == []
    monkeypatch.setenv(f"SMARTERPAY_{kind}_approval_rows".upper(), "0")
    assert [reason.threshold for reason in reasons_to_ask(Settings(), plan)] == [Threshold.ROWS]


def test_refunds_ask_earlier_than_collections() -> None:
    refund, collection = (thresholds_for(Settings(), kind) for kind in ("refund", "collection"))
    assert (refund.row_pence or 0) < (collection.row_pence or 0)
    assert (refund.batch_pence or 0) < (collection.batch_pence or 0)


def test_a_kind_without_thresholds_is_never_let_through() -> None:
    with pytest.raises(ValueError, match="no approval thresholds"):
        reasons_to_ask(Settings(), a_plan(kind="transfer"))


def test_a_threshold_that_is_no_number_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SMARTERPAY_REFUND_APPROVAL_ROWS", "-1")
    with pytest.raises(ValidationError, match="refund_approval_rows"):
        Settings()
