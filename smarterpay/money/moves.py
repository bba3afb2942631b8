"""Which ledger entries a change of an item makes; pure, knows no database and no date.

A change that skips statuses (nobody looked while the payment was `submitted`) is entered step by
step, along the life cycle of section 11, so that every account saw the money that passed it.
"""

from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from smarterpay.bacs import LifeCycle
from smarterpay.money.accounts import BOOKS, Account, Books, ItemKind

EXPECTED = "expected"
"""The entry that brings an item into the books; every other entry is named by its status."""
AMENDED = "amended"
"""The entry for a changed amount."""


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


def first_moves(
    kind: ItemKind, status: str, amount_pence: int, *, presented_again: bool = False
) -> Sequence[Move]:
    """The entries of an item seen for the first time, in whatever status it is by now.

    What is `presented_again` was billed once already: it comes out of UNPAID. Raises
    `ImpossibleMove` for a status that the kind does not have.
    """
    books = BOOKS.get(kind)
    if books is None or amount_pence == 0:
        return []
    source = Account.UNPAID if presented_again else books.source
    path = _path(books.life_cycle, None, status)
    if path is None:
        raise ImpossibleMove(kind, None, status)
    moves, standing = [], source
    for step in path:
        event = EXPECTED if standing is source else str(step)
        moves.append(_move(books, event, standing, books.accounts[step], amount_pence))
        standing = books.accounts[step]
    return [move for move in moves if move.debit is not move.credit]


def moves_between(kind: ItemKind, before: str, after: str, amount_pence: int) -> Sequence[Move]:
    """The entries of an item whose status has changed; raises `ImpossibleMove`."""
    books = BOOKS.get(kind)
    if books is None or before == after:
        return []
    path = _path(books.life_cycle, before, after)
    if path is None:
        raise ImpossibleMove(kind, before, after)
    if amount_pence == 0:
        return []
    moves = []
    standing = books.accounts[_status(books, before)]
    for step in path:
        moves.append(_move(books, str(step), standing, books.accounts[step], amount_pence))
        standing = books.accounts[step]
    return [move for move in moves if move.debit is not move.credit]


def amendment(
    kind: ItemKind, status: str, before_pence: int, after_pence: int, *, presented_again: bool
) -> Sequence[Move]:
    """The entries for an item whose amount has changed while it stands in `status`."""
    books = BOOKS.get(kind)
    if books is None or before_pence == after_pence:
        return []
    source = Account.UNPAID if presented_again else books.source
    standing = books.accounts[_status(books, status)]
    if after_pence > before_pence:
        return [_move(books, AMENDED, source, standing, after_pence - before_pence)]
    return [_move(books, AMENDED, standing, source, before_pence - after_pence)]


def account_of(kind: ItemKind, status: str) -> Account | None:
    """Where an item of that kind and status stands; None for a reservation."""
    books = BOOKS.get(kind)
    return None if books is None else books.accounts[_status(books, status)]


def _move(books: Books, event: str, source: Account, target: Account, pence: int) -> Move:
    if books.outward:
        return Move(event, debit=source, credit=target, amount_pence=pence)
    return Move(event, debit=target, credit=source, amount_pence=pence)


def _status(books: Books, status: str) -> StrEnum:
    for known in books.accounts:
        if known == status:
            return known
    raise ValueError(f"no status {status!r}")


def _path(
    life_cycle: LifeCycle[Any, Any], before: str | None, after: str
) -> Sequence[StrEnum] | None:
    """The shortest way through the life cycle, the first status left out where it is known."""
    # From nowhere, the usual start comes first: a payment is `pending_submission` before it is
    # anything else, though it may also be born `cancelled`.
    if before is None:
        starts = [[start] for start in life_cycle.starts if start == after]
        starts = starts or [[life_cycle.starts[0]]]
    else:
        starts = [[state] for state in life_cycle.statuses if state == before]
    waiting = deque(starts)
    seen = {path[-1] for path in starts}
    while waiting:
        path = waiting.popleft()
        if path[-1] == after:
            return path if before is None else path[1:]
        for edge in life_cycle.edges:
            if edge.source == path[-1] and edge.target not in seen:
                seen.add(edge.target)
                waiting.append([*path, edge.target])
    return None
