"""The success service of the morning (sections 11 and 12); knows no file and no report."""

from smarterpay.bacs import CreditEvent, PaymentEvent
from smarterpay.sandbox.bacs_work.mandate_changes import open_credits
from smarterpay.sandbox.books.changes import Source, move
from smarterpay.sandbox.platform import Platform


def settle_items(platform: Platform) -> None:
    """Make successful what was submitted and not returned within the days of the setting.

    The setting `success_days` counts banking days from collection or credit date. With Credit
    Anti-Fraud on, a debit that succeeds opens credits on its bank account.
    """
    today = platform.today()
    limit = platform.calendar.plus(today, -platform.settings.success_days).isoformat()
    for payment in platform.books.payments.up_to("settlement_due", limit):
        payment.settled_on = today.isoformat()
        move(platform, payment, PaymentEvent.SETTLED, Source.SMP)
        if platform.settings.credit_anti_fraud:
            open_credits(platform, payment.bank_account, Source.SMP)
    for credit in platform.books.credits.up_to("settlement_due", limit):
        credit.settled_on = today.isoformat()
        move(platform, credit, CreditEvent.SETTLED, Source.SMP)
