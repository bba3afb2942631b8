"""A month of a merchant's life: every way of collecting, failing and paying back, killed at random.

At the end ledger, journal and the sandbox's books agree to the penny.
"""

from collections.abc import Mapping
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from smarterpay.api.models.transaction import TransactionRegister
from smarterpay.intake.amendment_row import (
    AccountMove,
    AmendmentRow,
    MandateCancellation,
    MandateHold,
)
from smarterpay.intake.amendment_staging import stage_amendment
from smarterpay.intake.customer_row import CustomerRow
from smarterpay.intake.payer_wishes import stage_card_payment
from smarterpay.intake.staging import stage_collections, stage_refunds
from smarterpay.journal.batch_kinds import REPRESENTATION
from smarterpay.journal.batches import Row
from smarterpay.orchestration.local_server import PrefectServer
from tests.e2e.month import Month, settled, stopped
from tests.e2e.pennies import (
    assert_ledger_agrees,
    assert_no_one_repaid_too_much,
    assert_nothing_twice,
)
from tests.flows.batches import a_customer, stage
from tests.sandbox_process import SandboxProcess

CUSTOMERS = 200
#: Account endings of section 13, and how many customers have each; all others are ordinary.
ENDINGS: Mapping[str, int] = {
    "900": 1,
    "901": 1,
    "902": 2,
    "903": 1,
    "905": 1,
    "910": 6,
    "911": 3,
    "912": 2,
    "913": 2,
    "919": 2,
    "921": 2,
    "923": 1,
    "924": 1,
    "929": 1,
    "930": 2,
    "932": 1,
    "940": 1,
    "955": 2,
    "957": 2,
    "960": 2,
}
#: Codes that no ending brings about, each fired at a payment or a mandate of its own.
RETURNS = tuple(f"ARUDD{digit}" for digit in "2456789A")
CANCELLATIONS = ("ADDACS0", "ADDACS2", "ADDACSC", "ADDACSR", "AUDDISM", "AUDDISN", "AUDDIS2")
NEW_DETAILS = {"sort_code": "200052", "account_number": "75849855"}


@pytest.mark.e2e
def test_a_month_of_a_merchants_life(tmp_path: Path, prefect_server: PrefectServer) -> None:
    with SandboxProcess(seed=7) as sandbox:
        sandbox.settings(rate_limit=None)
        month = Month(tmp_path / "home", sandbox, prefect_server.environment(), seed=7)
        ordinary = _onboard(month)
        _collect_one_off(month, ordinary)
        cards = _take_cards(month)
        _use_cards(month, cards)
        month.pass_days(2)  # 3 June
        _stop_some_mandates(month, ordinary)
        month.pass_days(6)  # 11 June: collected on the 10th, returned on the 11th
        _returns_of_every_code(month, ordinary)
        _pay_back(month, ordinary, cards)
        _present_again(month)
        month.pass_days(7)  # 22 June
        _claims_and_changes(month, ordinary)
        _present_again(month)
        month.pass_days(7)  # 1 July
        _present_again(month)
        month.pass_days(4)
        month.pass_days(4)  # 13 July: nothing of June is under way any more

        assert month.deaths >= 6
        books = month.books()
        with month.journal() as journal:
            assert_ledger_agrees(books, journal)
            assert_nothing_twice(books, journal)
            assert_no_one_repaid_too_much(books, journal)
        month.run("flows.ledger_check:check_ledger")


def _onboard(month: Month) -> list[str]:
    """200 customers with a schedule each; the mandate references of the ordinary ones."""
    endings = [ending for ending, count in ENDINGS.items() for _ in range(count)]
    customers = [_customer(n, endings[n] if n < len(endings) else None) for n in range(CUSTOMERS)]
    with month.journal() as journal:
        batch = stage(journal, *customers)
    rows = month.apply(batch, deaths=4)
    month.pass_days()
    rows = month.rows(batch)
    assert settled(rows)
    # 900: the modulus check fails (7.4); 901: no Direct Debits on the account (7.5).
    assert [reason for _, reason in stopped(rows).values()] == [
        "modulus-check-failed",
        "direct-debits-not-allowed",
    ]
    return [str(one.mandate_reference) for one in customers[len(endings) :]]


def _customer(number: int, ending: str | None) -> CustomerRow:
    account = f"{10000 + number}{ending}" if ending else f"{30000 + number}{100 + number % 400}"
    return a_customer(
        f"CUST-{number:04}",
        account_number=account,
        email=f"c{number}@example.com",
        mandate_reference=f"MON-{number:04}",
        amount_pence=1000 + number,
        collection_day=str(8 + number % 14),
        first_collection_date=date(2026, 6, 8 + number % 14),
    )


def _collect_one_off(month: Month, ordinary: list[str]) -> None:
    """120 invoices by bulk create, 8 of them on mandates nobody knows."""
    rows = [
        {
            "reference": f"INV-{n:04}",
            "mandate_reference": reference if n >= 8 else f"NOBODY-{n:04}",
            "amount_pence": 20_000 + n,
            "collection_date": "2026-06-10",
            "description": "Invoice",
        }
        for n, reference in enumerate(ordinary[:120])
    ]
    done = _collect(month, "invoices.csv", rows, deaths=4)
    assert len(stopped(done)) == 8, stopped(done)


def _collect(
    month: Month, name: str, rows: list[dict[str, Any]], *, deaths: int = 0
) -> Mapping[str, Row]:
    with month.journal() as journal:
        file = month.file(name, rows)
        batch = stage_collections(journal, file, today=month.today, planned_by="planner")
    month.apply(batch, deaths=deaths)
    if not settled(month.rows(batch)):
        month.pass_days()
    assert settled(month.rows(batch))
    return month.rows(batch)


def _take_cards(month: Month) -> list[dict[str, Any]]:
    """Ten card payments, four of them reserved first; the payments as the books have them."""
    customer = month.books()["customer_accounts"][0]["id"]
    for n in range(10):
        wish = TransactionRegister(
            payment_type="MOTO" if n < 6 else "DeferredMOTO",
            payment_gateway_profile_id="PG01SANDBOXOPAYO0001",
            customer_id=customer,
            amount=5000 + n if n != 3 else 4005,
            currency_code="GBP",
            custom_reference=f"CARD-{n}",
        )
        with month.journal() as journal:
            stage_card_payment(journal, f"CARD-{n}", wish)
    register = "flows.card_journey:register_card_payment"
    month.run_each(register, [{"reference": f"CARD-{n}"} for n in range(10)], deaths=1)
    for card in month.books()["cards"]:
        month.sandbox.control(f"cards/{card['id']}/complete", {})
    month.sandbox.advance("2h")
    month.run("flows.card_journey:follow_waiting_card_payments")
    return [payment for payment in month.books()["payments"] if payment.get("card_id")]


def _of(cards: list[dict[str, Any]], payment_type: str) -> list[dict[str, Any]]:
    """The payments of that type for which a gateway has taken or reserved money."""
    charged = [one for one in cards if one["status"] == "successful"]
    return [one for one in charged if one["payment_type"] == payment_type]


def _use_cards(month: Month, cards: list[dict[str, Any]]) -> None:
    """A card is charged once more, a reservation released; one of each is undone (section 8)."""
    sales, reserved = _of(cards, "MOTO"), _of(cards, "DeferredMOTO")
    rows = [
        {"reference": "AGAIN-1", "method": "card repeat", "card": sales[1]["card_id"]},
        {"reference": "RELEASE-1", "method": "deferred release", "card": reserved[1]["card_id"]},
    ]
    charges = [{**row, "amount_pence": 4100} for row in rows]
    done = _collect(month, "cards.csv", charges, deaths=2)
    assert stopped(done) == {}
    undone = _refund(month, "UNDO", [(sales[0], None), (reserved[0], None)], deaths=2)
    assert stopped(undone) == {}


def _refund(
    month: Month, name: str, wanted: list[tuple[dict[str, Any], int | None]], *, deaths: int = 0
) -> Mapping[str, Row]:
    """Pay back so many pence of each payment, or all that is left of it."""
    rows = [
        {
            "reference": f"{name}-{n}",
            "payment": payment["id"],
            "amount_pence": pence or "",
            "reason": "Refund",
        }
        for n, (payment, pence) in enumerate(wanted)
    ]
    with month.journal() as journal:
        file = month.file(f"{name}.csv", rows)
        batch = stage_refunds(journal, file, today=month.today, planned_by="planner")
    month.apply(batch, deaths=deaths)
    if not settled(month.rows(batch)):
        month.pass_days()
    done = month.rows(batch)
    assert settled(done), stopped(done)
    return done


def _stop_some_mandates(month: Month, ordinary: list[str]) -> None:
    """One mandate is put on hold, one cancelled with an invoice under way (7.5, 7.7)."""
    mandates = {mandate["auddis"]: mandate["id"] for mandate in month.books()["mandates"]}
    held, cancelled = ordinary[60], ordinary[61]
    _amend(month, MandateHold(reference="AMEND-1", by="operator", mandate=mandates[held]))
    _amend(
        month, MandateCancellation(reference="AMEND-2", by="operator", mandate=mandates[cancelled])
    )
    rows = [
        {
            "reference": f"LATE-{n}",
            "mandate_reference": reference,
            "amount_pence": 777,
            "collection_date": "2026-06-12",
            "description": "Late invoice",
        }
        for n, reference in enumerate((held, cancelled, ordinary[62]))
    ]
    done = _collect(month, "late.csv", rows)
    assert {reference: why for reference, (_, why) in stopped(done).items()} == {
        "LATE-0": "mandate-on-hold",
        "LATE-1": "recorded-cancelled",
    }


def _amend(month: Month, wish: AmendmentRow) -> None:
    with month.journal() as journal:
        batch = stage_amendment(journal, wish)
    assert settled(month.apply(batch))


def _returns_of_every_code(month: Month, ordinary: list[str]) -> None:
    """Payments come back and mandates end, by each code that no account ending brings about."""
    books = month.books()
    taken = [one for one in books["payments"] if one["auddis"] in ordinary[20:50]]
    returned = [one for one in taken if one["status"] in ("submitted", "successful")]
    for code, payment in zip(RETURNS, returned, strict=False):
        month.report(code, payment["id"])
    by_reference = {one["auddis"]: one for one in books["mandates"]}
    for code, reference in zip(CANCELLATIONS, ordinary[100:], strict=False):
        month.report(code, by_reference[reference]["id"])
    # The account was transferred (ARUDD3, section 10), with and without the new details.
    month.report("ARUDD3", returned[10]["id"], new_details=NEW_DETAILS)
    month.report("ARUDD3", returned[11]["id"])
    month.run("flows.status_sync:sync_statuses")


def _pay_back(month: Month, ordinary: list[str], cards: list[dict[str, Any]]) -> None:
    """A refund on every rail, and one for each reason not to (7.10 and 8)."""
    month.pass_days()
    payments = month.books()["payments"]

    def standing(status: str, references: list[str]) -> list[dict[str, Any]]:
        found = [one for one in payments if one["auddis"] in references]
        return [one for one in found if one["status"] == status]

    collected = standing("successful", ordinary[63:95])
    pending = standing("pending_submission", ordinary[100:])
    failed = standing("failed", ordinary[20:50])
    sales = _of(cards, "MOTO")
    wanted: list[tuple[dict[str, Any], int | None]] = [
        *((one, None) for one in collected[:4]),
        *((one, 100) for one in collected[4:8]),
        *((one, int(one["amount"]) + 1) for one in collected[8:9]),
        (collected[0], 1),
        *((one, None) for one in pending[:2]),
        (failed[0], None),
        (sales[1], 250),
        (sales[2], None),
    ]
    done = _refund(month, "REFUND", wanted, deaths=4)
    assert {reference: why for reference, (_, why) in stopped(done).items()} == {
        "REFUND-8": "refund-exceeds-what-is-left",
        "REFUND-9": "already-refunded",
        "REFUND-12": "payment-failed",
    }


def _present_again(month: Month) -> None:
    """What came back unpaid is planned and presented again, once."""
    month.run("flows.representation:plan_representations", planned_by="planner")
    with month.journal() as journal:
        planned = [one for one in journal.batches.list() if one.kind == REPRESENTATION]
    if planned:
        month.apply(planned[0].id, deaths=2)


def _claims_and_changes(month: Month, ordinary: list[str]) -> None:
    """Payers claim back (DDICA), one mandate ends in mid-flight, one customer changes banks."""
    books = month.books()
    settled_ones = [
        one
        for one in books["payments"]
        if one["status"] == "successful" and one["auddis"] in ordinary[70:100]
    ]
    for code, payment in zip(("DDICA1", "DDICA2", "DDICA3"), reversed(settled_ones), strict=False):
        month.report(code, payment["id"])
    month.sandbox.control(
        "challenge-report", {"record_id": settled_ones[-1]["id"], "phrase": "challenge accepted"}
    )
    month.run("flows.status_sync:sync_statuses")
    by_reference = {one["auddis"]: one for one in books["mandates"]}
    move = AccountMove(
        reference="AMEND-3",
        by="operator",
        mandate=by_reference[ordinary[96]]["id"],
        account_name="A Example",
        sort_code="200052",
        account_number="55779911",
    )
    with month.journal() as journal:
        stage_amendment(journal, move)
