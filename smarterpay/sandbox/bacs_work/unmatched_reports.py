"""Which record a Bacs report means that names only a reference (section 10); changes nothing."""

from smarterpay.bacs import ReasonCode
from smarterpay.sandbox.bacs_work.report_profiles import overrides_whitespace
from smarterpay.sandbox.bacs_work.report_rules import (
    ARUCS,
    ARUDD,
    AWACS,
    DDICA,
    Subject,
    family_of,
    objection,
)
from smarterpay.sandbox.books.changes import Source
from smarterpay.sandbox.platform import Platform
from smarterpay.sandbox.records.accounts import Mandate

BLANK_STANDS_FOR = "&-./"
"""What a blank in a report may have been (section 10, "Whitespace override")."""


def mandate_meant(platform: Platform, sun: str, reference: str) -> Mandate | None:
    """The SUN's mandate of a reference as a report prints it, None for no match.

    Under a custom profile with the whitespace override, what matches nothing is tried again
    with its blanks replaced.
    """
    spellings = [reference]
    if overrides_whitespace(platform.settings.rejection_profiles, sun):
        spellings += [reference.replace(" ", character) for character in BLANK_STANDS_FOR]
    for spelling in spellings:
        for mandate in platform.books.mandates.having("auddis", spelling):
            if mandate.sun == sun:
                return mandate
    return None


def subject_meant(platform: Platform, code: ReasonCode, mandate: Mandate) -> Subject:
    """The record of a mandate that a report with this code is about.

    For a returned item the latest that can take the code, or the latest of all; otherwise the
    mandate itself.
    """
    family = family_of(code)
    if family not in {ARUDD, DDICA, ARUCS, AWACS}:
        return mandate
    books = platform.books
    items: list[Subject] = []
    if family in {ARUDD, DDICA}:
        items += books.payments.in_order(books.payments.having("mandate", mandate.id))
    else:
        items += books.credits.in_order(books.credits.having("mandate", mandate.id))
    latest_first = items[::-1]
    fitting = (item for item in latest_first if not objection(platform, code, item, Source.DDMS))
    return next(fitting, latest_first[0] if latest_first else mandate)
