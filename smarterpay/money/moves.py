"""Which ledger entries a change of an item makes; pure, knows no database and no date.

A change that skips statuses (nobody looked while the payment was `submitted`) is entered step by
step, along the life cycle of section 11, so that every account saw the money that passed it. So
it makes no difference to the balances how often somebody looks.
"""

from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from itertools import pairwise
from typing import Any

from smarterpay.bacs import LifeCycle
from smarterpay.money.accounts import BOOKS, LIFE_CYCLES, Account, Books, ItemKind

EXPECTED = "expected"
"""The entry that brings an item into the books; every other entry is named by its status."""
AMENDED = "amended"
"""The entry for a changed amount."""
PRESENTED_AGAIN = "presented_again"
"""The entry for a payment that proves to be a re-presentation only after it was entered."""
#: In these statuses the provider may still change an amount because somebody asked for it
#: (sections 7.7 and 7.10: only while `pending_submission`).
AMENDABLE = frozenset({"pending_submission", "pending"})
CANCELLED = "cancelled"


@dataclass(frozen=True, slots=True)
class Move:
    """One double entry: `amount_pence` (above 0) from the credited to the debited account."""

    event: str
    debit: Account
    credit: Account
    amount_pence: int


class ImpossibleMove(ValueError):
    """No sequence of changes of section 11 leads from one status to the other."""

    def __init__(self, kind: ItemKind, before: str | None, after: str) -> None:
        self.kind, self.before, self.after = kind, before, after
        super().__init__(f"a {kind} does not get from {before or 'nowhere'} to {after}")


class ImpossibleAmount(ValueError):
    """The amount of what was submitted, or has ended, does not change any more."""

    def __init__(self, kind: ItemKind, status: str, known_pence: int, told_pence: int) -> None:
        self.kind, self.status = kind, status
        self.known_pence, self.told_pence = known_pence, told_pence
        super().__init__(
            f"a {status} {kind} of {known_pence} pence is told to be of {told_pence} pence"
        )


def first_moves(
    kind: ItemKind, status: str, amount_pence: int, *, presented_again: bool = False
) -> Sequence[Move]:
    """The entries of an item seen for the first time, in whatever status it is by now.

    What is `presented_again` was billed once already: it comes out of UNPAID. Raises
    `ImpossibleMove` for a status that the kind does not have.
    """
    path = _path(kind, None, status)
    books = BOOKS.get(kind)
    if books is None or amount_pence == 0:
        return []
    source = source_of(kind, presented_again=presented_again)
    born = _move(books, EXPECTED, source, books.accounts[path[0]], amount_pence)
    return [born, *_along(books, path, amount_pence)]


def moves_between(kind: ItemKind, before: str, after: str, amount_pence: int) -> Sequence[Move]:
    """The entries of an item whose status has changed; raises `ImpossibleMove`."""
    path = _path(kind, before, after)
    books = BOOKS.get(kind)
    return [] if books is None or amount_pence == 0 else _along(books, path, amount_pence)


def amendment(
    kind: ItemKind, status: str, before_pence: int, after_pence: int, *, presented_again: bool
) -> Sequence[Move]:
    """The entries for an item whose amount has changed while it stands in `status`."""
    books = BOOKS.get(kind)
    if books is None or before_pence == after_pence:
        return []
    source = source_of(kind, presented_again=presented_again)
    standing = books.accounts[_path(kind, status, status)[0]]
    if after_pence > before_pence:
        return [_move(books, AMENDED, source, standing, after_pence - before_pence)]
    return [_move(books, AMENDED, standing, source, before_pence - after_pence)]


def presented_after_all(kind: ItemKind, amount_pence: int) -> Sequence[Move]:
    """The entries for a payment first taken for a new one: its debt was billed before."""
    if kind is not ItemKind.DIRECT_DEBIT or amount_pence == 0:
        return []
    return [Move(PRESENTED_AGAIN, Account.BILLED, Account.UNPAID, amount_pence)]


def amount_after(
    kind: ItemKind, before: str, known_pence: int, after: str, told_pence: int | None
) -> int:
    """What an item amounts to that was known in `before` and is told in `after`.

    A provider may say 0 of what is cancelled (section 7.7, `cancel_zeroes_amount`): zeroed or
    not, what was billed is what is cancelled. Raises `ImpossibleAmount`.
    """
    if told_pence is None or told_pence == known_pence:
        return known_pence
    if after == CANCELLED and told_pence == 0:
        return known_pence
    if before in AMENDABLE:
        return told_pence
    raise ImpossibleAmount(kind, before, known_pence, told_pence)


def is_behind(kind: ItemKind, told: str, known: str) -> bool:
    """Whether `told` is a status that the item has left for `known`, and cannot come back to."""
    return _leads(kind, told, known) and not _leads(kind, known, told)


def account_of(kind: ItemKind, status: str) -> Account | None:
    """Where an item of that kind and status stands; None for a reservation.

    Raises `ImpossibleMove` for a status that the kind does not have.
    """
    (known,) = _path(kind, status, status)
    books = BOOKS.get(kind)
    return None if books is None else books.accounts[known]


def source_of(kind: ItemKind, *, presented_again: bool) -> Account:
    """Where the money of an item comes from when it enters the books."""
    return Account.UNPAID if presented_again else BOOKS[kind].source


def _along(books: Books, path: Sequence[StrEnum], pence: int) -> list[Move]:
    """A move for each step of `path` that leads into another account."""
    moves = []
    for status, next_status in pairwise(path):
        standing, target = books.accounts[status], books.accounts[next_status]
        if standing is not target:
            moves.append(_move(books, str(next_status), standing, target, pence))
    return moves


def _move(books: Books, event: str, source: Account, target: Account, pence: int) -> Move:
    if books.outward:
        return Move(event, debit=source, credit=target, amount_pence=pence)
    return Move(event, debit=target, credit=source, amount_pence=pence)


def _leads(kind: ItemKind, before: str, after: str) -> bool:
    try:
        _path(kind, before, after)
    except ImpossibleMove:
        return False
    return True


def _path(kind: ItemKind, before: str | None, after: str) -> Sequence[StrEnum]:
    """The shortest way through the life cycle, both ends included; raises `ImpossibleMove`.

    From nowhere it begins with the usual start: a payment is `pending_submission` before it is
    anything else. (One on a cancelled mandate is born `cancelled`, with amount 0: no entries.)
    """
    life_cycle: LifeCycle[Any, Any] = LIFE_CYCLES[kind]
    start = life_cycle.starts[0] if before is None else _status(life_cycle, before)
    waiting: deque[list[StrEnum]] = deque() if start is None else deque([[start]])
    reached = {start}
    while waiting:
        path = waiting.popleft()
        if path[-1] == after:
            return path
        for edge in life_cycle.edges:
            if edge.source == path[-1] and edge.target not in reached:
                reached.add(edge.target)
                waiting.append([*path, edge.target])
    raise ImpossibleMove(kind, before, after)


def _status(life_cycle: LifeCycle[Any, Any], word: str) -> StrEnum | None:
    return next((known for known in life_cycle.statuses if known == word), None)
