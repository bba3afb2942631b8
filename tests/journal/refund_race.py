"""One of many processes that hold a refund of the same payment at the same moment; no Prefect."""

from datetime import UTC, datetime
from multiprocessing.synchronize import Barrier

from smarterpay.journal.database import Database
from smarterpay.journal.refunds import NewRefund, Refunds
from smarterpay.money.refund_rails import Rail, RefundRefused

NOW = datetime(2026, 6, 9, 9, 0, tzinfo=UTC)


def wanted(reference: str, pence: int | None, item: str = "P01") -> NewRefund:
    """A refund to be held."""
    return NewRefund(reference, item, pence, Rail.CARD_REFUND, "why", "0" * 64)


def hold_at_once(url: str, number: int, pence: int | None, start: Barrier) -> None:
    """Hold, with all the others; some of them share a reference, and some of these die of it."""
    database = Database(url)
    refunds = Refunds(database)
    start.wait(60)
    try:
        refunds.hold(wanted(f"RF-{number}", pence), NOW)
        if number % 7 == 0:  # known not to have happened
            refunds.release(f"RF-{number}", NOW)
    except RefundRefused:
        pass
    finally:
        database.close()
