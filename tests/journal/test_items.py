"""Random lives of section 11, looked at now and then: the entries always say where the money is."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from smarterpay.journal.items import (
    Change,
    Contradiction,
    Seen,
    changed_item,
    doubt_of,
    new_item,
)
from smarterpay.money.accounts import BOOKS, LIFE_CYCLES, Account, ItemKind
from smarterpay.money.moves import AMENDABLE, ImpossibleMove, Move, account_of, source_of
from smarterpay.money.words import ACCOUNT_WORDS, EVENT_ORDER, KIND_WORDS, event_in_words
from tests.journal.builders import NOW

KEPT = sorted(BOOKS)
GO_TO_BACS = (ItemKind.DIRECT_DEBIT, ItemKind.CREDIT)
PENCE = st.integers(0, 5) | st.integers(1, 2_000_000_000)


@dataclass(frozen=True)
class Life:
    """What the provider would say of one item, one reading after the other, and who looked when."""

    readings: Sequence[Seen]
    looks: Sequence[int]  # indices; the last reading is always looked at

    @property
    def last(self) -> Seen:
        """How it ends."""
        return self.readings[-1]

    @property
    def told_nothing_at_the_end(self) -> bool:
        """Cancelled with amount 0: nobody who looks only then can know what it was before."""
        return self.last.status == "cancelled" and self.last.amount_pence == 0


@st.composite
def lives(draw: st.DrawFn) -> Life:
    """A walk along the life cycle; amounts change only while section 7.7 lets them."""
    kind = draw(st.sampled_from(KEPT))
    cycle = LIFE_CYCLES[kind]
    zeroes = kind in GO_TO_BACS and draw(st.booleans())  # `cancel_zeroes_amount`, section 7.7
    again = kind is ItemKind.DIRECT_DEBIT and draw(st.booleans())
    status = str(cycle.starts[0])
    amount = draw(PENCE)
    readings = []
    for _ in range(draw(st.integers(1, 7))):
        told = 0 if zeroes and status == "cancelled" else amount
        related = "P01BEFORE" if again else None
        readings.append(Seen("P01", kind, status, told, related_item=related))
        if kind in GO_TO_BACS and status in AMENDABLE and draw(st.booleans()):
            amount = draw(PENCE)
        edges = sorted({str(edge.target) for edge in cycle.edges if edge.source == status})
        status = draw(st.sampled_from([status, *edges]))
    looked = draw(st.sets(st.integers(0, len(readings) - 1)))
    return Life(readings, sorted(looked | {len(readings) - 1}))


def entered(readings: Sequence[Seen]) -> tuple[Mapping[str, Any], Sequence[Move]]:
    """The item and its moves after these readings, as the repository writes them."""
    known: dict[str, Any] = {}
    moves: list[Move] = []
    for number, reading in enumerate(readings):
        now = NOW + timedelta(minutes=number)
        change: Change = changed_item(known, reading, now) if known else new_item(reading, now)
        known |= change.values
        moves += change.moves
    return known, moves


def balances(moves: Sequence[Move], *, folded: bool = False) -> Mapping[Account, int]:
    """What the moves leave in each account; `folded`, what is cancelled counts as never asked."""
    left: Counter[Account] = Counter()
    for move in moves:
        left[move.debit] += move.amount_pence
        left[move.credit] -= move.amount_pence
    if folded:
        for cancelled in (Account.CANCELLED, Account.REPAY_CANCELLED):
            pence = left.pop(cancelled, 0)
            for source in (Account.BILLED, Account.UNPAID, Account.REPAYMENTS):
                if left[source]:
                    left[source] += pence
    return {account: pence for account, pence in left.items() if pence}


@settings(max_examples=150, deadline=None)
@given(lives())
def test_section_11_all_of_an_item_stands_where_its_status_says(life: Life) -> None:
    known, moves = entered([life.readings[look] for look in life.looks])
    kind = ItemKind(known["kind"])
    account = account_of(kind, known["status"])
    assert account is not None
    source = source_of(kind, presented_again=life.last.related_item is not None)
    pence = -known["amount_pence"] if BOOKS[kind].outward else known["amount_pence"]
    expected = Counter({account: pence})
    expected[source] -= pence
    assert known["status"] == life.last.status
    assert balances(moves) == {name: left for name, left in expected.items() if left}


@settings(max_examples=150, deadline=None)
@given(lives())
def test_looking_more_often_changes_no_balance(life: Life) -> None:
    _, often = entered(life.readings)
    _, seldom = entered([life.readings[look] for look in life.looks])
    folded = life.told_nothing_at_the_end
    assert balances(often, folded=folded) == balances(seldom, folded=folded)


@settings(max_examples=150, deadline=None)
@given(lives())
def test_no_entry_takes_more_out_of_an_account_than_the_item_has_there(life: Life) -> None:
    known, moves = entered(life.readings)
    books = BOOKS[ItemKind(known["kind"])]
    standing: Counter[Account] = Counter()
    for move in moves:
        left, reached = (move.debit, move.credit) if books.outward else (move.credit, move.debit)
        if left not in (books.source, Account.UNPAID):
            assert standing[left] >= move.amount_pence > 0
        standing[left] -= move.amount_pence
        standing[reached] += move.amount_pence
        assert event_in_words(ItemKind(known["kind"]), move.event, left)
        assert move.event in EVENT_ORDER


@settings(max_examples=100, deadline=None)
@given(lives())
def test_the_same_readings_told_again_change_nothing(life: Life) -> None:
    known, _ = entered(life.readings)
    change = changed_item(known, life.last, NOW + timedelta(days=1))
    assert (change.values, change.moves) == ({}, [])


@settings(max_examples=150, deadline=None)
@given(lives(), st.data())
def test_a_reading_older_than_what_is_known_moves_no_money(life: Life, data: st.DataObject) -> None:
    """Two processes look, and the one that looked first tells last."""
    known, _ = entered(life.readings)
    early = data.draw(st.sampled_from(life.readings))
    read_at = known["read_at"] - timedelta(seconds=1)
    change = changed_item(known, replace(early, read_at=read_at), NOW + timedelta(days=1))
    assert change.moves == []
    assert not {"status", "amount_pence"} & set(change.values)


@settings(max_examples=150, deadline=None)
@given(
    st.sampled_from(sorted(ItemKind)),
    st.sampled_from(sorted({str(s) for c in LIFE_CYCLES.values() for s in c.statuses})),
    st.none() | st.sampled_from(sorted(ItemKind)),
    st.text(max_size=40)
    | st.sampled_from(sorted({str(s) for c in LIFE_CYCLES.values() for s in c.statuses})),
    st.none() | st.integers(-5, 5) | st.integers(),
)
def test_whatever_the_provider_says_is_a_change_or_a_doubt(
    kind: ItemKind, before: str, told_kind: ItemKind | None, told: str, pence: int | None
) -> None:
    """Sets are open (section 5): it may invent a status, and never stops the other records."""
    try:
        known = new_item(Seen("P01", kind, before, 3), NOW).values
    except ImpossibleMove:
        return  # no item is ever known in a status that its kind has not
    reading = Seen("P01", told_kind, told, pence, read_at=NOW)
    for as_new in (True, False):
        try:
            change = new_item(reading, NOW) if as_new else changed_item(known, reading, NOW)
        except ValueError as why:
            doubt = doubt_of(reading, before, why)
            assert doubt.why
            continue
        assert all(move.amount_pence > 0 for move in change.moves)
        status = {**known, **change.values}["status"]
        assert status in {str(one) for one in LIFE_CYCLES[ItemKind(known["kind"])].statuses} | {
            str(one) for one in LIFE_CYCLES[ItemKind(told_kind or kind)].statuses
        }


def test_an_error_of_ours_is_no_doubt_about_the_provider() -> None:
    with pytest.raises(ValueError, match="a bug"):
        doubt_of(Seen("P01", None, "", None), "", ValueError("a bug"))


def test_accounts_and_kinds_have_words() -> None:
    assert set(ACCOUNT_WORDS) == set(Account)
    assert set(KIND_WORDS) == set(ItemKind)


@pytest.mark.parametrize(
    ("changes", "why"),
    [
        ({"kind": None}, "charge or a refund"),
        ({"amount_pence": None}, "no amount"),
        ({"amount_pence": -1}, "no amount of a payment"),
        ({"amount_pence": 10**15}, "no amount of a payment"),
        ({"currency": "EUR"}, "not in pounds"),
        ({"mandate": "M" * 65}, "mandate is no usable id"),
        ({"customer": "CA01\0"}, "customer is no usable id"),
    ],
)
def test_a_new_record_that_cannot_be_kept_is_a_doubt(changes: dict[str, Any], why: str) -> None:
    reading = replace(Seen("P01", ItemKind.CARD, "successful", 2500), **changes)
    with pytest.raises(Contradiction, match=why):
        new_item(reading, NOW)
