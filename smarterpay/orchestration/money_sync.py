"""Reads payments and credits from the provider for the ledger; knows no Prefect and no account.

Whoever made a record, it is taken in: schedules, payment links and the portal make payments too.
Every page is a transaction of its own and every reading may be told again, so that a run that was
cut short is simply run once more.
"""

import asyncio
from collections import defaultdict
from collections.abc import AsyncIterator, Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any, Self

from smarterpay.api import NotFound, Refused, UnexpectedAnswer
from smarterpay.clock import LONDON
from smarterpay.journal.ledger import SEEN_AT_ONCE, Doubt, Seen
from smarterpay.journal.sync_marks import Stale
from smarterpay.money.accounts import ItemKind
from smarterpay.orchestration.observing import seen_credit, seen_payment, take_in
from smarterpay.orchestration.runtime import Runtime

#: How far two windows overlap: a record that was being made during one run is there in the next.
OVERLAP = timedelta(days=1)
#: Of a day with more items to look at than this for each page, the whole day is listed.
READS_WORTH_A_PAGE = 2
_PAYMENTS: Sequence[ItemKind] = (
    ItemKind.DIRECT_DEBIT,
    ItemKind.CARD,
    ItemKind.RESERVATION,
    ItemKind.CARD_REFUND,
)
_CREDITS: Sequence[ItemKind] = (ItemKind.CREDIT,)


@dataclass(frozen=True, slots=True)
class SyncReport:
    """What was read and what came of it; `read_singly` counts records read by their id.

    `refunds_given_back` counts refunds whose credit or card refund came to nothing.
    """

    payments: int = 0
    credits: int = 0
    read_singly: int = 0
    new: int = 0
    changed: int = 0
    refunds_given_back: int = 0
    doubts: Sequence[Doubt] = ()

    def __add__(self, other: Self) -> "SyncReport":
        return SyncReport(
            self.payments + other.payments,
            self.credits + other.credits,
            self.read_singly + other.read_singly,
            self.new + other.new,
            self.changed + other.changed,
            self.refunds_given_back + other.refunds_given_back,
            [*self.doubts, *other.doubts],
        )

    def in_words(self) -> str:
        """`812 payments and 14 credits read, 3 of them singly: 40 new, 97 changed, 0 in doubt`."""
        read = f"{self.payments} payments and {self.credits} credits read"
        came = f"{self.new} new, {self.changed} changed, {len(self.doubts)} in doubt"
        back = f"{self.refunds_given_back} refunds came to nothing"
        return f"{read}, {self.read_singly} of them singly: {came}; {back}"


async def bring_up_to_date(runtime: Runtime, *, days: int, horizon_days: int) -> SyncReport:
    """Bring the ledger up to date with the provider.

    Lists what was made in the last `days` days, or since the last complete run if that was
    longer ago, and looks again at older items: those on their way to Bacs whatever their age,
    and for `horizon_days` after their last change those that can still be charged, returned,
    claimed back or voided; at what is in doubt; and at what known items present again, refund
    or release, however old it is. A refund that came to nothing is given back, so that the payer
    can be refunded again.
    Raises `smarterpay.api` errors; what was read until then stays.
    """
    journal = runtime.journal
    now = journal.clock.now()
    complete_to = await journal.database.run(journal.sync_marks.complete_to)
    created_from = now - timedelta(days=days)
    if complete_to is not None:
        created_from = min(created_from, complete_to - OVERLAP)
    report = await sync_money(runtime, created_from=created_from, created_to=now)
    await journal.database.run(journal.sync_marks.completed, now)
    report += await sync_stale(
        runtime,
        created_before=created_from,
        changed_since=now - timedelta(days=horizon_days),
    )
    report += await _read_singly(
        runtime, await journal.database.run(lambda: journal.sync_marks.doubted(before=now))
    )
    report += await _sync_origins(runtime)
    undone = await journal.database.run(journal.refunds.release_undone, journal.clock.now())
    return report + SyncReport(refunds_given_back=len(undone))


async def sync_money(
    runtime: Runtime, *, created_from: datetime, created_to: datetime
) -> SyncReport:
    """Read every payment and credit made in that time (aware instants) and tell the ledger.

    By lists of 500 a page (section 6). Raises `smarterpay.api` errors.
    """
    window = {"created_from": created_from, "created_to": created_to}
    payments, _ = await _list(runtime, _PAYMENTS, window)
    repayments, _ = await _list(runtime, _CREDITS, window)
    return payments + repayments


async def sync_stale(
    runtime: Runtime, *, created_before: datetime, changed_since: datetime
) -> SyncReport:
    """Look again at items made before `created_before` that may have changed.

    A day with many of them is listed, the others are read one by one. Raises `smarterpay.api`
    errors.
    """
    journal = runtime.journal
    stale = await journal.database.run(
        lambda: journal.sync_marks.stale(created_before=created_before, changed_since=changed_since)
    )
    days: dict[tuple[Sequence[ItemKind], date | None], list[Stale]] = defaultdict(list)
    for item in stale:
        kinds = _CREDITS if item.kind is ItemKind.CREDIT else _PAYMENTS
        days[kinds, item.created_on].append(item)
    report, singly = SyncReport(), list[Stale]()
    for (kinds, day), some in days.items():
        if day is None or not await _is_worth_a_list(runtime, kinds, day, len(some)):
            singly += some
            continue
        listed, met = await _list(runtime, kinds, _day_window(day))
        report += listed
        singly += [item for item in some if item.id not in met]
    return report + await _read_singly(runtime, singly)


async def _sync_origins(runtime: Runtime) -> SyncReport:
    """Read what items come from until the first of every chain is known, or is not to be had."""
    journal, report, asked = runtime.journal, SyncReport(), set[str]()
    while True:
        missing = await journal.database.run(journal.sync_marks.missing)
        wanted = [one for one in missing if one.id not in asked]
        if not wanted:
            return report
        asked |= {one.id for one in wanted}
        report += await _read_singly(runtime, wanted)


async def _is_worth_a_list(
    runtime: Runtime, kinds: Sequence[ItemKind], day: date, count: int
) -> bool:
    journal, window = runtime.journal, _day_window(day)
    known = await journal.database.run(
        journal.sync_marks.known_between, kinds, window["created_from"], window["created_to"]
    )
    return count > READS_WORTH_A_PAGE * (1 + known // SEEN_AT_ONCE)


def _day_window(day: date) -> dict[str, datetime]:
    midnight = datetime.combine(day, time(), LONDON)
    return {
        "created_from": midnight,
        "created_to": datetime.combine(day + timedelta(days=1), time(), LONDON),
    }


async def _list(
    runtime: Runtime, kinds: Sequence[ItemKind], window: dict[str, datetime]
) -> tuple[SyncReport, set[str]]:
    """Tell the ledger what a list gives, page by page; the ids that were on it."""
    is_credits = kinds is _CREDITS
    records: AsyncIterator[Any]
    if is_credits:
        records = runtime.cloud.credits.list(
            created_from=window["created_from"], created_to=window["created_to"]
        )
    else:
        records = runtime.cloud.payments.list(
            created_from=window["created_from"], created_to=window["created_to"]
        )
    report, met = SyncReport(), set[str]()
    async for page in _pages(runtime, records, seen_credit if is_credits else seen_payment):
        met |= {seen.id for seen in page}
        report += await _told(runtime, page, singly=False)
    return report, met


async def _pages(
    runtime: Runtime, records: AsyncIterator[Any], seen: Callable[..., Seen]
) -> AsyncIterator[list[Seen]]:
    while True:
        read_at = runtime.clock.now()  # before the page is asked for
        page: list[Seen] = []
        async for record in records:
            page.append(seen(record, read_at=read_at))
            if len(page) == SEEN_AT_ONCE:
                break
        if page:
            yield page
        if len(page) < SEEN_AT_ONCE:
            return


async def _read_singly(runtime: Runtime, items: Sequence[Stale]) -> SyncReport:
    report, at_once = SyncReport(), runtime.settings.concurrency
    for start in range(0, len(items), at_once):
        some = items[start : start + at_once]
        read = await asyncio.gather(*(_read(runtime, item) for item in some))
        report += await _told(runtime, [one for one in read if isinstance(one, Seen)], singly=True)
        lost = [one for one in read if isinstance(one, Doubt)]
        if lost:
            journal = runtime.journal
            await journal.database.run(journal.ledger.doubt, lost, journal.clock.now())
            report += SyncReport(doubts=lost)
    return report


async def _read(runtime: Runtime, item: Stale) -> Seen | Doubt:
    """One record, which must not keep the others out of the books if it cannot be had."""
    read_at = runtime.clock.now()
    try:
        if item.kind is ItemKind.CREDIT:
            return seen_credit(await runtime.cloud.credits.get(item.id), read_at=read_at)
        try:
            return seen_payment(await runtime.cloud.payments.get(item.id), read_at=read_at)
        except Refused:
            if item.kind is not None:
                raise
            return seen_credit(await runtime.cloud.credits.get(item.id), read_at=read_at)
    except NotFound:
        return Doubt(item.id, item.status, "not found", "the provider has no such record any more")
    except Refused as error:  # some answer so where there is no such record (section 4)
        why = f"the provider does not give the record ({error.status})"
        return Doubt(item.id, item.status, "not given", why)
    except UnexpectedAnswer:
        why = "the provider's record cannot be read"
        return Doubt(item.id, item.status, "not readable", why)


async def _told(runtime: Runtime, page: Iterable[Seen], *, singly: bool) -> SyncReport:
    seen = list(page)
    came = await take_in(runtime, seen)
    repayments = sum(one.kind is ItemKind.CREDIT for one in seen)
    return SyncReport(
        payments=len(seen) - repayments,
        credits=repayments,
        read_singly=len(seen) if singly else 0,
        new=came.new,
        changed=came.changed,
        doubts=came.doubts,
    )
