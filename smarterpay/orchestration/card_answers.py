"""Makes the answer of a card call from the payment record it left; knows no journal and no HTTP.

The card host has no single read and no list: card payments are read on the Cloud API
(reference, section 7.7), in another form than a card answer has (section 8).
"""

import json
from collections.abc import Mapping
from typing import Any

from smarterpay.api.models.payment import Payment
from smarterpay.api.models.transaction import Transaction, TransactionStatus

#: Where a payment record says something under another name than a card answer.
_OTHER_NAMES = {"related_payment_id": "related_payment"}
#: The one-time value for the browser step is in no record: whoever lost it registers anew.
_NEVER_RECORDED = frozenset({"session_token"})


def card_answer(payment: Payment) -> bytes:
    """The flat JSON of section 8 that tells what `payment` tells; the rest of it is absent."""
    return _serialised(_fields(payment))


def undoing_answer(payment: Payment, request: Mapping[str, Any]) -> bytes:
    """The answer of a Void or DeferredCancel that took `payment` back.

    It tells of the operation, which was successful; the payment itself is `cancelled`.
    """
    fields = _fields(payment) | {
        "status": TransactionStatus.SUCCESSFUL.value,
        "payment_type": request.get("payment_type", ""),
        "related_payment_id": payment.id,
        "custom_reference": request.get("custom_reference", ""),
        "metadata": request.get("metadata", ""),
    }
    return _serialised(fields)


def _fields(payment: Payment) -> dict[str, Any]:
    told = {**payment.unknown_fields, **payment.model_dump(mode="json", exclude_none=True)}
    answer: dict[str, Any] = {}
    for name in Transaction.model_fields:
        value = told.get(_OTHER_NAMES.get(name, name), told.get(name))
        if value is not None and name not in _NEVER_RECORDED:
            answer[name] = value
    return answer


def _serialised(fields: Mapping[str, Any]) -> bytes:
    return json.dumps(fields, ensure_ascii=False, separators=(",", ":")).encode()
