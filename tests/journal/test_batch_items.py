"""What a batch decided, where its rows stand and what its payments come to, on both databases."""

from datetime import date

import pytest

from smarterpay.journal import Journal
from smarterpay.journal.batch_items import batches_of_items, items_of_batch
from smarterpay.journal.batches import BatchNotFound, Progress, RowState
from smarterpay.journal.ledger import Seen
from smarterpay.money.accounts import ItemKind
from tests.journal.builders import NOW, a_batch, a_row

WEDNESDAY, SATURDAY, MONDAY = date(2026, 6, 10), date(2026, 6, 13), date(2026, 6, 15)


def a_payment(number: int, asked_on: date, due_on: date, **changes: object) -> Seen:
    values = {
        "id": f"P01{number:017}",
        "kind": ItemKind.DIRECT_DEBIT,
        "status": "pending_submission",
        "amount_pence": 2500,
        "asked_on": asked_on,
        "due_on": due_on,
        "batch_id": "collection-1",
    }
    return Seen(**{**values, **changes})  # type: ignore[arg-type]


def test_many_rows_are_written_down_at_once_and_a_finished_one_stays(journal: Journal) -> None:
    batch = a_batch(journal, [a_row(number) for number in range(4)])
    first, *others = journal.batches.each_row(batch)
    done = Progress(RowState.SUCCEEDED, record_ids={"payment": "P01A"})
    journal.batches.record(first, done, NOW)
    told = [
        (first, Progress(RowState.UNKNOWN, "direct debit", "not-settled")),
        (others[0], done),
        (others[1], Progress(RowState.REFUSED, "direct debit", "mandate-on-hold", "it is on hold")),
    ]

    journal.batches.record_all(told, NOW)
    journal.batches.record_all([], NOW)

    stands = list(journal.batches.each_row(batch))
    assert [row.state for row in stands] == [
        RowState.SUCCEEDED,
        RowState.SUCCEEDED,
        RowState.REFUSED,
        RowState.STAGED,
    ]
    assert [row.record_ids for row in stands[:2]] == [{"payment": "P01A"}] * 2
    assert (stands[2].reason, stands[2].message) == ("mandate-on-hold", "it is on hold")


def test_whoever_decides_first_decides_for_good(journal: Journal, other_journal: Journal) -> None:
    batch = a_batch(journal, [a_row(0)])
    assert journal.batches.keep_in_policy(batch, "route", {"bulk": True}) == {"bulk": True}
    assert other_journal.batches.keep_in_policy(batch, "route", {"bulk": False}) == {"bulk": True}
    policy = other_journal.batches.get(batch).policy
    assert policy == {"validation": ["modulus"], "route": {"bulk": True}}
    with pytest.raises(BatchNotFound):
        journal.batches.keep_in_policy("collection-none", "route", 1)


def test_the_payments_of_a_batch_are_told_by_asked_and_stored_date(journal: Journal) -> None:
    journal.ledger.see(
        [
            a_payment(1, WEDNESDAY, WEDNESDAY),
            a_payment(2, WEDNESDAY, WEDNESDAY, amount_pence=100),
            a_payment(3, SATURDAY, MONDAY),
            a_payment(4, SATURDAY, MONDAY, status="cancelled", amount_pence=0),
            a_payment(5, WEDNESDAY, WEDNESDAY, batch_id=None),
        ],
        NOW,
    )
    told = items_of_batch(journal.database, "collection-1")
    assert [(o.status, o.asked_on, o.due_on, o.rows, o.amount_pence, o.is_moved) for o in told] == [
        ("pending_submission", WEDNESDAY, WEDNESDAY, 2, 2600, False),
        ("cancelled", SATURDAY, MONDAY, 1, 0, False),
        ("pending_submission", SATURDAY, MONDAY, 1, 2500, True),
    ]
    ids = [f"P01{number:017}" for number in (1, 5, 9)]
    assert batches_of_items(journal.database, ids) == {ids[0]: "collection-1", ids[1]: None}
