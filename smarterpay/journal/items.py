"""What a reading of a payment, credit or card payment changes in what is known of it; no SQL.

Pure: the ledger's repository asks here what to write. Every reading either says something new,
or nothing, or contradicts what is known, which is a doubt and never an exception: one record that
nobody understands must not keep the others of its page out of the books.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any

from smarterpay.money.accounts import Account, ItemKind
from smarterpay.money.moves import (
    ImpossibleAmount,
    ImpossibleMove,
    Move,
    amendment,
    amount_after,
    first_moves,
    is_behind,
    moves_between,
    presented_after_all,
)

POUNDS = "GBP"
#: Nothing as large is a payment (section 7.7 ends at 2000000000), and every database keeps it.
MOST_PENCE = 10**15
#: By so much the clocks of two processes may differ.
CLOCK_SKEW = timedelta(hours=1)
_USABLE_ID = re.compile(r"[!-~]{1,64}")


@dataclass(frozen=True, slots=True)
class Seen:
    """A record of the provider as it was just read; ids, pence and dates, nothing personal.

    `None` says that this reading does not tell: what is known already then stays. `asked_on` and
    `batch_id` are ours to know, and are kept from whoever told them first. `read_at` is an
    instant before the provider was asked; where it is not given, the moment of telling counts,
    and a status that the item has left behind is taken for an answer from before.
    """

    id: str
    kind: ItemKind | None
    status: str
    amount_pence: int | None
    reference: str | None = None
    customer: str | None = None
    mandate: str | None = None
    bank_account: str | None = None
    card: str | None = None
    schedule: str | None = None
    related_item: str | None = None
    payment_type: str | None = None
    due_on: date | None = None
    asked_on: date | None = None
    bacs_code: str | None = None
    created_at: datetime | None = None
    batch_id: str | None = None
    currency: str | None = None
    read_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Item:
    """A record as the journal has it; `refund_held_pence` of it is refunded or about to be."""

    id: str
    kind: ItemKind
    status: str
    amount_pence: int
    refund_held_pence: int
    version: int
    reference: str | None
    batch_id: str | None
    customer: str | None
    mandate: str | None
    bank_account: str | None
    card: str | None
    schedule: str | None
    related_item: str | None
    payment_type: str | None
    asked_on: date | None
    due_on: date | None
    bacs_code: str | None
    created_at: datetime | None
    first_seen_at: datetime
    changed_at: datetime
    read_at: datetime

    @property
    def left_to_refund_pence(self) -> int:
        """What no refund has been asked for yet."""
        return self.amount_pence - self.refund_held_pence

    @property
    def presented_again(self) -> bool:
        """Whether it is a re-presentation (reference, section 7.8)."""
        return is_presented_again(self.kind, self.related_item)


@dataclass(frozen=True, slots=True)
class Entry:
    """One double entry: `amount_pence` moved from account `credit` to account `debit`."""

    id: str
    item_id: str
    event: str
    debit: Account
    credit: Account
    amount_pence: int
    entered_on: date


@dataclass(frozen=True, slots=True)
class Doubt:
    """A record that contradicts what is known of it; nothing of it was entered."""

    item_id: str
    known: str
    told: str
    why: str


@dataclass(frozen=True, slots=True)
class Change:
    """What a reading changes: the item's columns that differ, and the entries to make."""

    values: Mapping[str, Any]
    moves: Sequence[Move]


class Contradiction(ValueError):
    """A reading that cannot be true beside what is known; the text says why."""


#: What a later reading may add to or change of an item besides status and amount.
_DESCRIPTIVE = (
    "reference",
    "customer",
    "mandate",
    "bank_account",
    "card",
    "schedule",
    "related_item",
    "payment_type",
    "due_on",
    "bacs_code",
    "created_at",
)
#: What the first to know it tells for good.
_OURS = ("asked_on", "batch_id")
_IDS = ("id", "customer", "mandate", "bank_account", "card", "schedule", "related_item", "batch_id")


def new_item(record: Seen, now: datetime) -> Change:
    """All columns of an item seen for the first time, and its entries.

    Raises `Contradiction`, `ImpossibleMove` and `ImpossibleAmount`.
    """
    _check(record)
    if record.kind is None:
        raise Contradiction("the reading does not tell whether it is a charge or a refund")
    if record.amount_pence is None:
        raise Contradiction("the reading tells no amount")
    again = is_presented_again(record.kind, record.related_item)
    moves = first_moves(record.kind, record.status, record.amount_pence, presented_again=again)
    values = {
        "id": record.id,
        "kind": record.kind,
        "status": record.status,
        "amount_pence": record.amount_pence,
        "refund_held_pence": 0,
        "version": 0,
        **{name: getattr(record, name) for name in (*_DESCRIPTIVE, *_OURS)},
        "first_seen_at": now,
        "changed_at": now,
        "read_at": record.read_at or now,
    }
    return Change(values, moves)


def changed_item(known: Mapping[str, Any], record: Seen, now: datetime) -> Change:
    """What differs from the columns `known`; both parts are empty where nothing does.

    Raises as `new_item`.
    """
    _check(record)
    kind = ItemKind(known["kind"])
    if record.kind not in (None, kind):
        raise Contradiction(f"known as a {kind}, told to be a {record.kind}")
    if _is_late(known, kind, record, now):
        return Change(_gaps_filled(known, kind, record), [])
    moves = list(_moves(known, kind, record))
    amount = _amount(known, kind, record)
    if amount < known["refund_held_pence"]:
        raise Contradiction("its amount is now below what is refunded of it")
    told = {"status": record.status, "amount_pence": amount}
    told |= {
        name: getattr(record, name) for name in _DESCRIPTIVE if getattr(record, name) is not None
    }
    told |= {name: getattr(record, name) for name in _OURS if known[name] is None}
    values = {name: value for name, value in told.items() if value != known[name]}
    if values:
        values["read_at"] = max(_read_at(known, now), record.read_at or now)
    return Change(values, moves)


def is_presented_again(kind: ItemKind, related_item: str | None) -> bool:
    """A Direct Debit that names another is its re-presentation (reference, section 7.8)."""
    return kind is ItemKind.DIRECT_DEBIT and related_item is not None


def doubt_of(record: Seen, known_status: str, why: ValueError) -> Doubt:
    """The doubt that a reading leaves: cut short, for the provider may say anything."""
    if not isinstance(why, Contradiction | ImpossibleMove | ImpossibleAmount):
        raise why  # not foreseen: an error of ours is no doubt about the provider's record
    return Doubt(record.id[:64], known_status, record.status[:64], str(why)[:255])


def _check(record: Seen) -> None:
    """Refuse what no database of ours could keep, or what is not counted in pence."""
    for name in _IDS:
        value = getattr(record, name)
        if value is not None and not _USABLE_ID.fullmatch(value):
            raise Contradiction(f"the reading's {name} is no usable id")
    if record.amount_pence is not None and not 0 <= record.amount_pence < MOST_PENCE:
        raise Contradiction("the reading's amount is no amount of a payment")
    if record.currency not in (None, POUNDS):
        raise Contradiction("it is not in pounds, and this ledger counts pence only")


def _is_late(known: Mapping[str, Any], kind: ItemKind, record: Seen, now: datetime) -> bool:
    """Whether something newer is known already: two processes looked, the earlier tells last."""
    if record.read_at is None and is_behind(kind, record.status, known["status"]):
        return True  # the stored answer of a create, say, told again by a batch that is resumed
    return (record.read_at or now) < _read_at(known, now)


def _read_at(known: Mapping[str, Any], now: datetime) -> datetime:
    """When what is known was read; one that is to come was taken from a clock that ran ahead.

    It must not outdate every reading until that time has come.
    """
    read_at: datetime = known["read_at"]
    return read_at if read_at <= now + CLOCK_SKEW else datetime.min.replace(tzinfo=UTC)


def _gaps_filled(known: Mapping[str, Any], kind: ItemKind, record: Seen) -> dict[str, Any]:
    told = {name: getattr(record, name) for name in (*_DESCRIPTIVE, *_OURS)}
    if is_presented_again(kind, record.related_item):
        # Concerns its entries: a reading in time tells it. What a credit repays only we can tell.
        del told["related_item"]
    return {
        name: value for name, value in told.items() if value is not None and known[name] is None
    }


def _moves(known: Mapping[str, Any], kind: ItemKind, record: Seen) -> Sequence[Move]:
    status, before = known["status"], known["amount_pence"]
    amount = _amount(known, kind, record)
    again = is_presented_again(kind, record.related_item or known["related_item"])
    learnt = again and not is_presented_again(kind, known["related_item"])
    return [
        *(presented_after_all(kind, before) if learnt else []),
        *amendment(kind, status, before, amount, presented_again=again),
        *moves_between(kind, status, record.status, amount),
    ]


def _amount(known: Mapping[str, Any], kind: ItemKind, record: Seen) -> int:
    return amount_after(
        kind, known["status"], known["amount_pence"], record.status, record.amount_pence
    )
