"""Checks of the books what no database constraint can hold; reads only, and repairs nothing.

What the database holds by itself is not checked again: an entry is one row with both its sides,
so the balances cannot but add up to 0; entries are never changed; a payment is never refunded
beyond its amount; a number of a chain is taken once.
"""

from collections import Counter, defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from itertools import groupby
from typing import Any

from sqlalchemy import Connection, RowMapping, and_, func, or_, select
from sqlalchemy.orm import aliased

from smarterpay.bacs import CreditStatus, PaymentStatus
from smarterpay.journal import Journal
from smarterpay.journal.audit import AuditTrailBroken
from smarterpay.journal.batch_kinds import COLLECTION, REFUND, REPRESENTATION
from smarterpay.journal.batches import RowState
from smarterpay.journal.items import is_presented_again
from smarterpay.journal.ledger import OpenDoubt
from smarterpay.journal.schema import (
    batches,
    items,
    ledger_entries,
    presentations,
    refunds,
    rows,
)
from smarterpay.money.accounts import BOOKS, ItemKind
from smarterpay.money.moves import ImpossibleMove, account_of, source_of

PAGE = 500
#: Breaks that are told; where there are more, the first ones show the cause.
MOST_BREAKS = 1000
#: Names under which a row's payments and repayments stand among its record ids.
MONEY_RECORDS = ("payment", "presentation", "refund")


class Rule(StrEnum):
    """What must hold; a break names the rule."""

    ITEM_BALANCE = "item-balance"
    ITEM_STATUS = "item-status"
    ENTRY_WITHOUT_ITEM = "entry-without-item"
    REFUND_SUM = "refund-sum"
    REFUND_RECORD = "refund-record"
    REFUND_UNDONE = "refund-undone"
    ROW_RECORD = "row-record"
    CHAIN = "presentation-chain"
    TWICE = "presented-twice"
    AUDIT_TRAIL = "audit-trail"


MEANINGS: Mapping[Rule, str] = {
    Rule.ITEM_BALANCE: "an item's entries do not leave its amount in the account of its status",
    Rule.ITEM_STATUS: "an item stands in a status that its kind does not have",
    Rule.ENTRY_WITHOUT_ITEM: "an entry belongs to no item",
    Rule.REFUND_SUM: "the refunds of a payment do not add up to what is held of it",
    Rule.REFUND_RECORD: "a refund that is done has no record that agrees with it",
    Rule.REFUND_UNDONE: "a refund counts as done whose record came to nothing",
    Rule.ROW_RECORD: "a row that succeeded has no item",
    Rule.CHAIN: "a re-presentation does not follow from a failed payment of its chain",
    Rule.TWICE: "a failed payment is collected by more than one re-presentation",
    Rule.AUDIT_TRAIL: "the audit trail is not as it was written",
}


@dataclass(frozen=True, slots=True)
class Break:
    """One place where a rule does not hold; ids, pence and statuses, nothing personal."""

    rule: Rule
    subject: str
    expected: str
    found: str


@dataclass(frozen=True, slots=True)
class GoneTwice:
    """A payment that was refunded, and that its payer's bank took back besides.

    `status` is that of the payment, `record` the credit that refunded it, if it is known, and
    `record_status` how that stands; pence of the refund.
    """

    payment: str
    status: str
    refund: str
    amount_pence: int
    record: str | None
    record_status: str | None

    def in_words(self) -> str:
        """What has gone where, and what a person can do about it."""
        paid = f"{self.payment} is {self.status}, and {self.amount_pence} pence of it go back"
        if self.record_status == CreditStatus.PENDING_SUBMISSION:
            return f"{paid} by {self.record}, which can still be cancelled in the portal"
        by = self.record or f"refund {self.refund}"
        return f"{paid} by {by}: challenge the claim, or ask the payer for it"


@dataclass(frozen=True, slots=True)
class CheckReport:
    """What a check found: `items` were looked at; doubts are readings nobody could enter.

    What has `gone_twice` is no fault of the books: they say what happened.
    """

    items: int
    breaks: Sequence[Break]
    doubts: Sequence[OpenDoubt]
    gone_twice: Sequence[GoneTwice] = ()

    def in_words(self) -> str:
        """`1,204 items checked: 0 breaks, 2 readings in doubt`, and what has gone twice."""
        told = f"{len(self.breaks)} breaks, {len(self.doubts)} readings in doubt"
        twice = f", {len(self.gone_twice)} refunded and taken back" if self.gone_twice else ""
        return f"{self.items:,} items checked: {told}{twice}"


class LedgerBroken(RuntimeError):
    """The books break a rule; carries the `report`."""

    def __init__(self, report: CheckReport) -> None:
        self.report = report
        by_rule = Counter(one.rule for one in report.breaks)
        told = ", ".join(f"{count} {rule}" for rule, count in by_rule.items())
        super().__init__(f"{told}; `smarterpay ledger check` lists them")

    def __reduce__(self) -> tuple[object, ...]:
        return (type(self), (self.report,))  # Prefect keeps the exception of a failed run


def check_books(journal: Journal) -> CheckReport:
    """Check everything; at most `MOST_BREAKS` breaks are told. Others may go on writing.

    Each statement sees one instant, and compares only what it sees.
    """
    found: list[Break] = []
    count = 0
    for page in _pages_of_items(journal):
        count += len(page)
        for entries in page:
            found += _breaks_of_item(entries)
    for check in _CHECKS:
        found += check(journal)
    doubts = journal.ledger.open_doubts()
    return CheckReport(count, found[:MOST_BREAKS], doubts, _gone_twice(journal))


def _gone_twice(journal: Journal) -> Sequence[GoneTwice]:
    """Refunds that stand of Direct Debits that came back (reference, section 10: ARUDD, DDICA)."""
    record, paid = aliased(items), aliased(items)
    query = (
        select(
            paid.c.id.label("payment"),
            paid.c.status,
            refunds.c.reference.label("refund"),
            refunds.c.amount_pence,
            record.c.id.label("record"),
            record.c.status.label("record_status"),
        )
        .join_from(refunds, paid, paid.c.id == refunds.c.item_id)
        .join(record, record.c.id == refunds.c.record_id, isouter=True)
        .where(
            refunds.c.state.in_(("held", "done")),
            refunds.c.rail == "credit",
            paid.c.status.in_((PaymentStatus.INDEMNITY_CLAIMED, PaymentStatus.FAILED)),
            or_(record.c.status.is_(None), record.c.status.not_in(_CAME_TO_NOTHING)),
        )
        .order_by(paid.c.id, refunds.c.reference)
        .limit(MOST_BREAKS)
    )
    with journal.database.read() as connection:
        return [GoneTwice(**row) for row in connection.execute(query).mappings()]


def _pages_of_items(journal: Journal) -> Iterator[list[list[RowMapping]]]:
    """Items with their entries added up, and their refunds; one list of rows for each item."""
    last = ""
    while True:
        some = select(items).where(items.c.id > last).order_by(items.c.id).limit(PAGE).subquery()
        held = (
            select(func.coalesce(func.sum(refunds.c.amount_pence), 0))
            .where(refunds.c.item_id == some.c.id, refunds.c.state.in_(("held", "done")))
            .scalar_subquery()
        )
        own = [
            some.c[name] for name in ("id", "kind", "status", "amount_pence", "refund_held_pence")
        ]
        entry = ledger_entries.c
        query = (
            select(
                *own,
                some.c.related_item,
                held.label("refunds_pence"),
                entry.debit,
                entry.credit,
                func.sum(entry.amount_pence).label("pence"),
            )
            .join_from(some, ledger_entries, entry.item_id == some.c.id, isouter=True)
            .group_by(*own, some.c.related_item, entry.debit, entry.credit)
            .order_by(some.c.id)
        )
        with journal.database.read() as connection:
            found = connection.execute(query).mappings().all()
        page = [list(of_item) for _, of_item in groupby(found, key=lambda row: row["id"])]
        if page:
            yield page
        if len(page) < PAGE:
            return
        last = page[-1][0]["id"]


def _breaks_of_item(entries: Sequence[RowMapping]) -> Iterator[Break]:
    item = entries[0]
    if item["refunds_pence"] != item["refund_held_pence"]:
        yield Break(
            Rule.REFUND_SUM,
            item["id"],
            f"{item['refunds_pence']} pence in refunds",
            f"{item['refund_held_pence']} pence held",
        )
    try:
        expected = _expected_balances(item)
    except ImpossibleMove as error:
        yield Break(Rule.ITEM_STATUS, item["id"], "a status of section 11", str(error))
        return
    balances: dict[str, int] = defaultdict(int)
    for entry in entries:
        if entry["debit"] is not None:
            balances[entry["debit"]] += int(entry["pence"])
            balances[entry["credit"]] -= int(entry["pence"])
    standing = {account: pence for account, pence in balances.items() if pence}
    if standing != expected:
        yield Break(Rule.ITEM_BALANCE, item["id"], _in_words(expected), _in_words(standing))


def _expected_balances(item: RowMapping) -> dict[str, int]:
    """All of the amount in the account of the status, and as much missing where it came from."""
    kind = ItemKind(item["kind"])
    account = account_of(kind, item["status"])
    if account is None:
        return {}
    source = source_of(kind, presented_again=is_presented_again(kind, item["related_item"]))
    pence = -item["amount_pence"] if BOOKS[kind].outward else item["amount_pence"]
    balances: dict[str, int] = defaultdict(int)
    balances[account] += pence
    balances[source] -= pence
    return {name: amount for name, amount in balances.items() if amount}


def _in_words(balances: Mapping[str, int]) -> str:
    told = [f"{pence} pence in {account}" for account, pence in sorted(balances.items())]
    return ", ".join(told) or "nothing in any account"


def _entries_without_item(journal: Journal) -> Iterator[Break]:
    query = (
        select(ledger_entries.c.id)
        .join_from(ledger_entries, items, ledger_entries.c.item_id == items.c.id, isouter=True)
        .where(items.c.id.is_(None))
        .limit(MOST_BREAKS)
    )
    with journal.database.read() as connection:
        for entry in connection.scalars(query):
            yield Break(Rule.ENTRY_WITHOUT_ITEM, entry, "an item", "none")


def _refund_records(journal: Journal) -> Iterator[Break]:
    """Refunds that are done, beside the record that did them."""
    record, paid = aliased(items), aliased(items)
    query = (
        select(
            refunds,
            record.c.id.label("record"),
            record.c.kind.label("record_kind"),
            record.c.status.label("record_status"),
            record.c.amount_pence.label("record_pence"),
            record.c.related_item.label("repays"),
        )
        .join_from(refunds, paid, paid.c.id == refunds.c.item_id)
        .join(record, record.c.id == refunds.c.record_id, isouter=True)
        .where(refunds.c.state == "done")
        .order_by(refunds.c.reference)
    )
    with journal.database.read() as connection:
        for row in connection.execute(query).mappings():
            yield from _breaks_of_refund(row)


def _breaks_of_refund(row: RowMapping) -> Iterator[Break]:
    repays = _REPAYING.get(row["rail"])
    if row["record"] is None:
        found = f"{row['record_id']}, which is not known" if row["record_id"] else "no record"
        yield Break(Rule.REFUND_RECORD, row["reference"], "a record of the provider", found)
    elif repays is None:  # the payment itself was undone
        if row["record_status"] != "cancelled" or row["record"] != row["item_id"]:
            expected = f"{row['item_id']} cancelled"
            found = f"{row['record']} {row['record_status']}"
            yield Break(Rule.REFUND_RECORD, row["reference"], expected, found)
    elif row["record_status"] in _CAME_TO_NOTHING:
        found = f"{row['record']} {row['record_status']}"
        yield Break(Rule.REFUND_UNDONE, row["reference"], "a refund given back", found)
    else:
        asked = (repays, row["amount_pence"])
        made = (row["record_kind"], row["record_pence"])
        if asked != made or row["repays"] not in (None, row["item_id"]):
            expected = f"a {repays} of {row['amount_pence']} pence for {row['item_id']}"
            found = f"a {made[0]} of {made[1]} pence for {row['repays']}"
            yield Break(Rule.REFUND_RECORD, row["reference"], expected, found)


#: What the rails make that leave the payment as it is; the others undo the payment itself.
_REPAYING: Mapping[str, ItemKind] = {
    "credit": ItemKind.CREDIT,
    "card_refund": ItemKind.CARD_REFUND,
}
_CAME_TO_NOTHING = ("failed", "cancelled", "error")


def _rows_without_item(journal: Journal) -> Iterator[Break]:
    """Rows of money that succeeded, and the items they should have made."""
    last = ("", -1)
    while True:
        with journal.database.read() as connection:
            page = connection.execute(_rows_after(last)).mappings().all()
            yield from _breaks_of_rows(connection, page)
        if len(page) < PAGE:
            return
        last = page[-1]["batch_id"], page[-1]["number"]


def _rows_after(last: tuple[str, int]) -> Any:
    return (
        select(rows.c.batch_id, rows.c.number, rows.c.line, rows.c.record_ids)
        .join(batches, batches.c.id == rows.c.batch_id)
        .where(
            batches.c.kind.in_((COLLECTION, REFUND, REPRESENTATION)),
            rows.c.state == RowState.SUCCEEDED,
            or_(
                rows.c.batch_id > last[0],
                and_(rows.c.batch_id == last[0], rows.c.number > last[1]),
            ),
        )
        .order_by(rows.c.batch_id, rows.c.number)
        .limit(PAGE)
    )


def _breaks_of_rows(connection: Connection, page: Sequence[RowMapping]) -> Iterator[Break]:
    made = [_money_records(row) for row in page]
    wanted = {record for records in made for record in records}
    known = set(connection.scalars(select(items.c.id).where(items.c.id.in_(wanted))))
    for row, records in zip(page, made, strict=True):
        where = f"{row['batch_id']} line {row['line']}"
        if not records:
            yield Break(Rule.ROW_RECORD, where, "a payment or repayment", "none")
        for record in sorted(records - known):
            yield Break(Rule.ROW_RECORD, where, f"{record} among the items", "not known")


def _money_records(row: RowMapping) -> set[str]:
    ids = row["record_ids"] or {}
    return {ids[name] for name in MONEY_RECORDS if ids.get(name)}


def _chains(journal: Journal) -> Iterator[Break]:
    """Re-presentations that were made, beside what they present again (section 7.8)."""
    made, failed = aliased(items), aliased(items)
    query = (
        select(
            presentations,
            made.c.related_item,
            made.c.amount_pence,
            failed.c.status.label("failed_status"),
            failed.c.amount_pence.label("failed_pence"),
        )
        .join_from(presentations, made, made.c.id == presentations.c.item_id, isouter=True)
        .join(failed, failed.c.id == presentations.c.of_item_id, isouter=True)
        .where(presentations.c.item_id.is_not(None))
        .order_by(presentations.c.first_item_id, presentations.c.number)
    )
    with journal.database.read() as connection:
        found = connection.execute(query).mappings().all()
    for _, chain in groupby(found, key=lambda row: row["first_item_id"]):
        yield from _breaks_of_chain(list(chain))


def _breaks_of_chain(chain: Sequence[RowMapping]) -> Iterator[Break]:
    for row in chain:
        if row["number"] == 1:
            if row["item_id"] != row["first_item_id"] or row["of_item_id"] is not None:
                yield _chain_break(row, f"{row['first_item_id']} itself", row["item_id"])
        elif row["failed_status"] != "failed":
            told = f"{row['of_item_id']} is {row['failed_status'] or 'not known'}"
            yield _chain_break(row, f"{row['of_item_id']} failed", told)
        elif row["related_item"] != row["of_item_id"]:
            told = f"{row['item_id']} presents {row['related_item']}"
            yield _chain_break(row, f"{row['item_id']} presents {row['of_item_id']}", told)
        elif row["amount_pence"] != row["failed_pence"]:
            told = f"{row['amount_pence']} pence"
            yield _chain_break(row, f"{row['failed_pence']} pence, as before", told)


def _chain_break(row: RowMapping, expected: str, found: str) -> Break:
    subject = f"{row['first_item_id']} presentation {row['number']}"
    return Break(Rule.CHAIN, subject, expected, found)


#: On its way to us, or here.
_COLLECTING = (
    PaymentStatus.PENDING_SUBMISSION,
    PaymentStatus.SUBMITTED,
    PaymentStatus.SUCCESSFUL,
)


def _presented_twice(journal: Journal) -> Iterator[Break]:
    """Whoever made them, in the portal too: the payer is debited twice for one debt."""
    query = (
        select(items.c.related_item, func.count(), func.min(items.c.id), func.max(items.c.id))
        .where(
            items.c.kind == ItemKind.DIRECT_DEBIT,
            items.c.related_item.is_not(None),
            items.c.status.in_(_COLLECTING),
        )
        .group_by(items.c.related_item)
        .having(func.count() > 1)
        .order_by(items.c.related_item)
    )
    with journal.database.read() as connection:
        for failed, count, one, other in connection.execute(query):
            told = f"{count}, {one} and {other} among them"
            yield Break(Rule.TWICE, failed, "one re-presentation", told)


def _trail(journal: Journal) -> Iterator[Break]:
    try:
        journal.audit.verify()
    except AuditTrailBroken as error:
        yield Break(Rule.AUDIT_TRAIL, "audit trail", "an unbroken chain", str(error))


_CHECKS: Sequence[Callable[[Journal], Iterator[Break]]] = (
    _entries_without_item,
    _refund_records,
    _rows_without_item,
    _chains,
    _presented_twice,
    _trail,
)
