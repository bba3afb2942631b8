"""Where our own reference travels on each operation that creates a record; knows no HTTP."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from smarterpay.api.models import (
    account_validation,
    bank_account,
    credit,
    customer_account,
    mandate,
    payment,
    payment_link,
    recurrence_schedule,
    transaction,
)
from smarterpay.api.wire import ReferenceField

REFERENCE_FIELDS: Final[Mapping[str, ReferenceField]] = MappingProxyType(
    {
        "account_validation.create": account_validation.REFERENCE,
        "bank_account.create": bank_account.REFERENCE,
        "credit.create": credit.REFERENCE,
        "credit.bulk_create": credit.REFERENCE,
        "customer_account.create": customer_account.REFERENCE,
        "mandate.create": mandate.REFERENCE,
        "payment.create": payment.REFERENCE,
        "payment.bulk_create": payment.REFERENCE,
        "payment.represent": payment.REFERENCE,
        "payment_link.create": payment_link.REFERENCE,
        "recurrence_schedule.create": recurrence_schedule.REFERENCE,
        "transaction.register": transaction.REFERENCE,
        "transaction.refund": transaction.REFERENCE,
        "transaction.repeat": transaction.REFERENCE,
        "transaction.release_deferred": transaction.REFERENCE,
        "transaction.release_authorised": transaction.REFERENCE,
    }
)
"""By operation; on a bulk create the reference travels in each row, and comes back in each
record that a row made. A Void and a cancelled deferral change a record and create none.
"""
