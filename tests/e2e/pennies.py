"""Whether ledger, journal and the sandbox's books agree to the penny; a reading of its own.

Where money stands by status is written down here a second time, from section 11 of the
reference, and not taken from `smarterpay.money`.
"""

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import select

from smarterpay.journal import Journal
from smarterpay.journal.decision import State
from smarterpay.journal.schema import intents, items, refunds

COLLECTED = {
    "pending_submission": "to_collect",
    "submitted": "in_bacs",
    "successful": "bank",
    "failed": "unpaid",
    "cancelled": "cancelled",
    "indemnity_claimed": "claimed_back",
}
CHARGED = {
    "pending": "at_gateway",
    "successful": "card_receipts",
    "failed": "declined",
    "error": "declined",
    "cancelled": "cancelled",
}
REPAID = {
    "pending_submission": "to_repay",
    "submitted": "repay_in_bacs",
    "successful": "bank",
    "failed": "repay_failed",
    "cancelled": "repay_cancelled",
}
CARD_REPAID = {"successful": "card_receipts", "pending": "to_repay", "failed": "repay_failed"}
#: What reserves or verifies a card takes no money (section 8).
RESERVES = ("DeferredMOTO", "DeferredEcommerce", "AuthenticateMOTO", "AuthenticateEcommerce")


def assert_ledger_agrees(
    books: Mapping[str, Sequence[Mapping[str, Any]]], journal: Journal
) -> None:
    """Every payment and credit of the sandbox's books stands in the journal as it is, none is
    missing and none made up, and each account holds exactly their pence."""
    with journal.database.read() as connection:
        known: dict[str, Mapping[str, Any]] = {
            row["id"]: dict(row) for row in connection.execute(select(items)).mappings()
        }
    told = {_id(record): record for record in (*books["payments"], *books["credits"])}
    assert known.keys() == told.keys()
    for record_id, record in told.items():
        item = known[record_id]
        assert item["status"] == record["status"], record_id
        if record["status"] != "cancelled":
            assert item["amount_pence"] == int(record["amount"]), record_id
    expected = _balances(books, known)
    balances = {str(account): pence for account, pence in journal.ledger.balances().items()}
    assert {account: pence for account, pence in balances.items() if pence} == expected
    assert sum(balances.values()) == 0


def assert_nothing_twice(
    books: Mapping[str, Sequence[Mapping[str, Any]]], journal: Journal
) -> None:
    """No reference of ours stands on two records of a kind, and no record has two makers."""
    owners = Counter(
        (payment["custom_reference"], payment.get("related_payment") or "")
        for payment in books["payments"]
        if payment["custom_reference"] and not payment.get("recurrence_schedule")
    )
    assert [owner for owner, times in owners.items() if times > 1] == []
    credits_ = Counter(credit["reference"] for credit in books["credits"] if credit["reference"])
    assert [owner for owner, times in credits_.items() if times > 1] == []
    with journal.database.read() as connection:
        made = connection.execute(
            select(intents.c.operation, intents.c.record_id).where(
                intents.c.state == State.SUCCEEDED,
                intents.c.operation.like("%.create"),
                intents.c.record_id.is_not(None),  # a check leaves no record
            )
        ).all()
        open_ = connection.execute(
            select(
                intents.c.operation, intents.c.reference, intents.c.state, intents.c.reason
            ).where(intents.c.state.not_in([State.SUCCEEDED, State.REFUSED]))
        ).all()
    assert [maker for maker, times in Counter(made).items() if times > 1] == []
    assert open_ == []


def assert_no_one_repaid_too_much(
    books: Mapping[str, Sequence[Mapping[str, Any]]], journal: Journal
) -> None:
    """What stands as refunded of a payment is what was paid back, and no more than was taken."""
    with journal.database.read() as connection:
        asked = connection.execute(select(refunds)).mappings().all()
        holdings = connection.execute(select(items.c.id, items.c.refund_held_pence)).all()
    held = {item: pence for item, pence in holdings if pence}
    taken = {_id(payment): int(payment["amount"]) for payment in books["payments"]}
    counted: dict[str, int] = defaultdict(int)
    for refund in asked:
        if refund["state"] != "released":
            counted[refund["item_id"]] += refund["amount_pence"]
    assert counted == held
    standing = {
        _id(record): int(record["amount"])
        for record in (*books["credits"], *books["payments"])
        if record["status"] not in ("failed", "cancelled")
    }
    for refund in asked:
        if refund["state"] == "done" and refund["rail"] in ("credit", "card_refund"):
            assert standing[refund["record_id"]] == refund["amount_pence"], refund["reference"]
    for item, pence in counted.items():
        cancelled = any(
            refund["rail"] in ("cancel_payment", "void", "cancel_deferred")
            for refund in asked
            if refund["item_id"] == item
        )
        assert cancelled or pence <= taken[item], item


def _balances(
    books: Mapping[str, Sequence[Mapping[str, Any]]], known: Mapping[str, Mapping[str, Any]]
) -> dict[str, int]:
    balances: dict[str, int] = defaultdict(int)
    for payment in books["payments"]:
        pence = known[_id(payment)]["amount_pence"]
        if payment.get("card_id"):
            if payment["payment_type"] in RESERVES:
                continue
            if payment["payment_type"] == "Refund":
                balances["repayments"] += pence
                balances[CARD_REPAID[payment["status"]]] -= pence
                continue
            balances["billed"] -= pence
            balances[CHARGED[payment["status"]]] += pence
            continue
        # What is presented again was billed once: it comes out of what is unpaid.
        balances["unpaid" if payment.get("related_payment") else "billed"] -= pence
        balances[COLLECTED[payment["status"]]] += pence
    for credit in books["credits"]:
        pence = known[_id(credit)]["amount_pence"]
        balances["repayments"] += pence
        balances[REPAID[credit["status"]]] -= pence
    return {account: pence for account, pence in balances.items() if pence}


def _id(record: Mapping[str, Any]) -> str:
    return str(record.get("id") or record.get("ID"))
