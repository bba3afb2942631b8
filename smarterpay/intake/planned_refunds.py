"""Plans a batch or a file of refunds from its rows and what is known of their payments.

It sends nothing. The amounts are what is approved; which rail each row takes is told as expected,
because it is decided when the payment is read.
"""

import hashlib
import math
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from smarterpay.bacs import BankingCalendar, PaymentStatus
from smarterpay.bacs.service_life_cycles import CardPaymentStatus
from smarterpay.intake.planned_collections import RowUnreadable
from smarterpay.intake.refund_row import RefundRow
from smarterpay.intake.staging import deed_of, refund_of
from smarterpay.journal import Journal
from smarterpay.journal.batch_kinds import REFUND
from smarterpay.journal.batches import Batch, RowState
from smarterpay.journal.ledger import Item
from smarterpay.journal.refunds import facts_of
from smarterpay.money.plans import Plan, PlannedRow
from smarterpay.money.refund_rails import (
    CALLS,
    WORDS,
    Deed,
    PayerAccount,
    RefundRefused,
    choose_rail,
)
from smarterpay.settings import Settings

#: What a row may cost whose payment is not known here: as much as the dearest rail.
MOST_CALLS = max(CALLS.values())
#: Where a batch's policy keeps the pence that rows without an amount may take at most.
MOST_PENCE = "most_pence"
NOT_KNOWN_YET = "decided when the payment is read"
#: A refusal is known after the payment, its mandate and its bank account were read, at most.
CALLS_OF_A_REFUSAL = 3
_GOOD = [state for state in RowState if state is not RowState.REJECTED]
_OVER = (PaymentStatus.FAILED, PaymentStatus.CANCELLED, CardPaymentStatus.ERROR)
#: Taken for granted before it is read: whether it may be paid is the provider's to say.
_ACCOUNT = PayerAccount(enabled=True, credits_allowed=True)


@dataclass(frozen=True, slots=True)
class Wanted:
    """A refund as staged; `sha256` is that of the row, `number` its place in the batch."""

    number: int
    row: RefundRow
    sha256: str = ""


@dataclass(frozen=True, slots=True)
class RefundPlan:
    """What a batch of refunds would pay back, at most.

    `rows` are what is approved: a row that asks for all that is left counts with its whole
    payment, so that no more is paid back than was approved. `expected` counts rows by rail, or
    by refusal, as the payments were last seen. `unread` are rows that ask for all that is left of
    a payment that is not known here.
    """

    rows: Sequence[PlannedRow]
    expected: Mapping[str, int]
    calls: int
    minutes: float
    unread: Sequence[Wanted]

    def plan(self, subject: str, planner: str) -> Plan:
        """The plan to be approved."""
        return Plan(REFUND, subject, planner, self.rows, self.told())

    @property
    def amount_pence(self) -> int:
        """What would go back at most; rows of `unread` count nothing."""
        return sum(row.amount_pence for row in self.rows)

    def told(self) -> dict[str, object]:
        """What else a person should know; it changes with the hour."""
        return {
            "expected": dict(self.expected),
            "calls": self.calls,
            "minutes": self.minutes,
        }


def planned_batch(
    journal: Journal,
    batch: Batch,
    most_pence: Mapping[str, int],
    settings: Settings,
    calendar: BankingCalendar,
    *,
    now: datetime,
) -> RefundPlan:
    """The plan of a staged batch: of all its good rows, finished or not, so that it stays same.

    `most_pence` is what counts for rows that name no amount, by their number. Raises
    `RowUnreadable`.
    """
    staged = _staged(journal, batch.id)
    return planned_rows(
        journal, staged, settings, calendar, now=now, most_pence=most_pence, deed=deed_of(batch)
    )


def open_amounts(journal: Journal, batch: Batch) -> tuple[dict[str, int], Sequence[Wanted]]:
    """Of rows that name no amount: the whole payment, by the row's number, where it is known.

    And the rows whose payment has to be read for it. Raises `RowUnreadable`.
    """
    wanted = [one for one in _staged(journal, batch.id) if one.row.amount_pence is None]
    payments = _Payments(journal, wanted)
    known: dict[str, int] = {}
    unread = []
    for one in wanted:
        item = payments.of(one.row)
        if item is None:
            unread.append(one)
        else:
            known[str(one.number)] = item.amount_pence
    return known, unread


def planned_rows(
    journal: Journal | None,
    wanted: Iterable[Wanted],
    settings: Settings,
    calendar: BankingCalendar,
    *,
    now: datetime,
    most_pence: Mapping[str, int] | None = None,
    deed: Deed | None = None,
) -> RefundPlan:
    """The plan of rows, asked for as `deed`; without a journal no payment is known."""
    every = list(wanted)
    payments = _Payments(journal, every)
    rows, unread = [], []
    expected: Counter[str] = Counter()
    calls = 0
    for one in every:
        item, asked = payments.of(one.row), one.row.amount_pence
        amount = asked
        if amount is None and most_pence is not None:
            amount = most_pence.get(str(one.number), 0)
        elif amount is None:
            amount = 0 if item is None else item.amount_pence
            if item is None:
                unread.append(one)
        rows.append(PlannedRow(one.number, one.row.reference, amount, REFUND, None, one.sha256))
        what, cost = _expected(item, asked, now, calendar, deed)
        expected[what] += 1
        calls += cost
    return RefundPlan(rows, expected, calls, _minutes(calls, settings), unread)


class _Payments:
    """The payments of a batch's rows, as they were last seen; read a page at a time."""

    def __init__(self, journal: Journal | None, wanted: Sequence[Wanted]) -> None:
        ids = sorted({one.row.payment for one in wanted if one.row.payment})
        references = sorted(
            {one.row.payment_reference for one in wanted if one.row.payment_reference}
        )
        self._by_id: Mapping[str, Item] = {}
        self._by_reference: Mapping[str, Sequence[Item]] = {}
        if journal is not None:
            known = journal.refunds.known_payments(ids, references)
            self._by_id, self._by_reference = known

    def of(self, row: RefundRow) -> Item | None:
        """The one payment that a row names, where it is known and no other can be meant."""
        if row.payment is not None:
            return self._by_id.get(row.payment)
        found = self._by_reference.get(row.payment_reference or "", ())
        standing = [item for item in found if item.status not in _OVER] or found
        return standing[0] if len(standing) == 1 else None


def _expected(
    item: Item | None,
    asked: int | None,
    now: datetime,
    calendar: BankingCalendar,
    deed: Deed | None,
) -> tuple[str, int]:
    """The rail or refusal that a row would come to, in a word, and what it costs in calls."""
    if item is None:
        return NOT_KNOWN_YET, MOST_CALLS
    try:
        choice = choose_rail(facts_of(item, asked, account=_ACCOUNT), now, calendar, deed)
    except RefundRefused as refusal:
        return f"refused: {refusal.slug}", CALLS_OF_A_REFUSAL
    return WORDS[choice.rail], CALLS[choice.rail]


def _staged(journal: Journal, batch_id: str) -> Iterator[Wanted]:
    for row, payload in journal.batches.each_row_with_payload(batch_id, _GOOD):
        try:
            refund = refund_of(payload)
        except ValueError:
            raise RowUnreadable(row) from None  # pydantic's error would quote the row
        yield Wanted(row.number, refund, hashlib.sha256(payload).hexdigest())


def _minutes(calls: int, settings: Settings) -> float:
    per_minute = settings.rate_limit * settings.rate_share * 60 / settings.rate_window
    return math.ceil(calls / per_minute * 10) / 10
