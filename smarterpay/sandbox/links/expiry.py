"""When payment links expire (sections 7.12 and 12); knows neither route nor page."""

from datetime import datetime, timedelta

from smarterpay.bacs import LONDON, PaymentLinkEvent
from smarterpay.sandbox.books.changes import Source, move
from smarterpay.sandbox.links.page_rules import EXPIRY_DAYS
from smarterpay.sandbox.platform import Platform
from smarterpay.sandbox.records.links import EcommercePageSetup
from smarterpay.sandbox.settings import EXPIRY_TIME
from smarterpay.sandbox.timing.clock import format_stamp


def expiry_of(platform: Platform, page: EcommercePageSetup) -> tuple[str, str]:
    """The London date and the instant at which a link made now expires; empty for never.

    It is the 05:00 of section 12, so many calendar days on as the page setup says.
    """
    days = EXPIRY_DAYS[page.expiry]
    if days is None:
        return "", ""
    day = platform.today() + timedelta(days=days)
    return day.isoformat(), format_stamp(datetime.combine(day, EXPIRY_TIME, LONDON))


def expire_due(platform: Platform) -> None:
    """Background work: active links on their day of expiry."""
    links = platform.books.payment_links
    for link in links.in_order(links.having("expires_on", platform.today().isoformat())):
        move(platform, link, PaymentLinkEvent.EXPIRY, Source.SMP)
