"""What each card operation takes, T, o and - of section 8 as data; performs nothing."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from smarterpay.sandbox.cards.funds import (
    AUTHORISE_RELEASE,
    DEFERRED_CANCEL,
    DEFERRED_RELEASE,
    REFUND,
    REGISTER_TYPES,
    REPEAT,
    VOID,
)
from smarterpay.sandbox.http.currencies import CURRENCY_CODES
from smarterpay.sandbox.http.fields import BadValueError, Choice, Field, Flag, Text, pence
from smarterpay.sandbox.http.resource import Request
from smarterpay.sandbox.settings import (
    CARD_PLATFORM,
    MAX_DESCRIPTION,
    MAX_METADATA,
    MAX_REFERENCE,
)

FOLLOW_UP_TYPES = (REFUND, VOID, REPEAT, DEFERRED_RELEASE, DEFERRED_CANCEL, AUTHORISE_RELEASE)


@dataclass(frozen=True, slots=True)
class Currency:
    """A currency of ISO 4217, in capitals."""

    def read(self, raw: Any) -> str:
        if not isinstance(raw, str) or raw not in CURRENCY_CODES:
            raise BadValueError("must be an ISO 4217 currency code")
        return raw

    def schema(self) -> dict[str, Any]:
        return {"type": "string", "enum": sorted(CURRENCY_CODES)}


@dataclass(frozen=True, slots=True)
class Ignored:
    """Anything: the property is accepted and has no effect."""

    def read(self, _: Any) -> None:
        return None

    def schema(self) -> dict[str, Any]:
        return {"description": "Accepted and ignored."}


_PLATFORM = Field("platform", Choice((CARD_PLATFORM,)), mandatory=True)
_PROFILE = Field("payment_gateway_profile_id", Text(50), mandatory=True)
_CUSTOMER = Field("customer_id", Text(50), mandatory=True)
_AMOUNT = Field("amount", pence(), mandatory=True)
_RELATED = Field("related_payment_id", Text(50))
_CURRENCY = Field("currency_code", Currency())
_TEXTS = (
    Field("internal_payment_description", Text(MAX_DESCRIPTION)),
    Field("gateway_payment_description", Text(MAX_DESCRIPTION)),
    Field("custom_reference", Text(MAX_REFERENCE)),
    Field("metadata", Text(MAX_METADATA)),
)
_TAIL = (*_TEXTS, Field("isAsnyc", Flag()))
_IGNORED = tuple(
    Field(name, Ignored()) for name in ("amount", "currency_code", "related_payment_id")
)
_AFTER_TYPE: Mapping[str, tuple[Field, ...]] = {
    REFUND: (_AMOUNT, _CURRENCY, _RELATED, *_TAIL),
    VOID: (_RELATED, *_TAIL),
    REPEAT: (_AMOUNT, _CURRENCY, _RELATED, *_TAIL),
    DEFERRED_RELEASE: (_AMOUNT, _CURRENCY, *_TAIL),
    DEFERRED_CANCEL: (*_IGNORED, *_TAIL),
    AUTHORISE_RELEASE: (_AMOUNT, _CURRENCY, *_TAIL),
}


def _typed(*words: str) -> tuple[Field, ...]:
    """What every card operation starts with: its type and the platform."""
    return (_PLATFORM, Field("payment_type", Choice(words), mandatory=True))


REGISTER = Request(
    "",
    (
        *_typed(*REGISTER_TYPES),
        _PROFILE,
        _CUSTOMER,
        _AMOUNT,
        Field("currency_code", Currency(), mandatory=True),
        *_TEXTS,
    ),
)
FOLLOW_UP = Request(
    "",
    _typed(*FOLLOW_UP_TYPES),
    selector="payment_type",
    variants={word: (*_typed(word), *fields) for word, fields in _AFTER_TYPE.items()},
)
"""One path for six operations; the body's `payment_type` selects which (section 6)."""
