"""Makes the answer of a card call from the payment record it left; knows no journal and no HTTP.

The card host has no single read and no list: card payments are read on the Cloud API
(reference, section 7.7), in another form than a card answer has (section 8).
"""

import json

from smarterpay.api.models.payment import Payment
from smarterpay.api.models.transaction import Transaction

#: Where a payment record says something under another name than a card answer.
_OTHER_NAMES = {"related_payment_id": "related_payment"}
#: The one-time value for the browser step is in no record: whoever lost it registers anew.
_NEVER_RECORDED = frozenset({"session_token"})


def card_answer(payment: Payment) -> bytes:
    """The flat JSON of section 8 that tells what `payment` tells; the rest of it is absent."""
    told = {**payment.unknown_fields, **payment.model_dump(mode="json", exclude_none=True)}
    answer: dict[str, object] = {}
    for name in Transaction.model_fields:
        value = told.get(_OTHER_NAMES.get(name, name), told.get(name))
        if value is not None and name not in _NEVER_RECORDED:
            answer[name] = value
    return json.dumps(answer, ensure_ascii=False, separators=(",", ":")).encode()
