"""The life cycles of what never goes to Bacs (section 11): links, cards, bulk work, messages."""

from enum import StrEnum

from smarterpay.bacs.life_cycles import Edge, LifeCycle


class PaymentLinkStatus(StrEnum):
    """`status` of a payment link (reference, section 7.12)."""

    ACTIVE = "active"
    COMPLETED = "completed"
    EXPIRED = "expired"
    CANCELLED = "cancelled"


class ApiRequestStatus(StrEnum):
    """`status` of an API request (reference, section 7.9)."""

    PENDING = "pending"
    PROCESSING = "processing"
    COMPLETED = "completed"


class OutboundMessageStatus(StrEnum):
    """`status` of an outbound message (reference, section 7.14)."""

    PENDING = "pending"
    SUCCESSFUL = "successful"
    RETRYING = "retrying"
    FAILED = "failed"


class CardPaymentStatus(StrEnum):
    """`status` of a card payment (reference, section 8)."""

    PENDING = "pending"
    SUCCESSFUL = "successful"
    FAILED = "failed"
    CANCELLED = "cancelled"
    ERROR = "error"


class PaymentLinkEvent(StrEnum):
    """What ends a payment link (reference, section 11)."""

    FINISHED = "page finished and single use"
    EXPIRY = "expiry time"
    CALLER_CANCELS = "PUT cancelled"


class ApiRequestEvent(StrEnum):
    """What moves an API request (reference, section 11)."""

    STARTED = "started"
    DONE = "done"


class OutboundMessageEvent(StrEnum):
    """What moves an outbound message (reference, sections 7.14 and 11)."""

    RECEIVED = "2xx"
    NOT_RECEIVED = "other, retries left"
    GIVEN_UP = "retries used up"
    RESENT = "resend"


class CardPaymentEvent(StrEnum):
    """What moves a card payment (reference, section 11)."""

    TAKEN = "gateway result successful"
    DECLINED = "gateway result failed"
    ABANDONED = "gateway result cancelled"
    BROKEN = "gateway result error"
    VOIDED = "Void"
    RESERVATION_CANCELLED = "deferred or authenticated payment cancelled"
    LAPSED = "reservation or authentication lapsed"


_L, _LE = PaymentLinkStatus, PaymentLinkEvent
PAYMENT_LINK = LifeCycle(
    (_L.ACTIVE,),
    (
        Edge(_L.ACTIVE, _LE.FINISHED, _L.COMPLETED, "A"),
        Edge(_L.ACTIVE, _LE.EXPIRY, _L.EXPIRED, "A"),
        Edge(_L.ACTIVE, _LE.CALLER_CANCELS, _L.CANCELLED, "A"),
    ),
)
"""Every permitted change of a payment link (reference, section 11, row "payment link")."""

API_REQUEST = LifeCycle(
    (ApiRequestStatus.PENDING,),
    (
        Edge(ApiRequestStatus.PENDING, ApiRequestEvent.STARTED, ApiRequestStatus.PROCESSING, "A"),
        Edge(ApiRequestStatus.PROCESSING, ApiRequestEvent.DONE, ApiRequestStatus.COMPLETED, "A"),
    ),
)
"""Every permitted change of an API request (reference, section 11, row "API request")."""

_M, _ME = OutboundMessageStatus, OutboundMessageEvent
OUTBOUND_MESSAGE = LifeCycle(
    (_M.PENDING,),
    (
        *(Edge(state, _ME.RECEIVED, _M.SUCCESSFUL, "A") for state in (_M.PENDING, _M.RETRYING)),
        *(Edge(state, _ME.NOT_RECEIVED, _M.RETRYING, "A") for state in (_M.PENDING, _M.RETRYING)),
        *(Edge(state, _ME.GIVEN_UP, _M.FAILED, "A") for state in (_M.PENDING, _M.RETRYING)),
        *(
            Edge(state, _ME.RESENT, _M.PENDING, "A")
            for state in (_M.SUCCESSFUL, _M.RETRYING, _M.FAILED, _M.PENDING)
        ),
    ),
)
"""Every permitted change of an outbound message (reference, section 11; resend: section 7.14)."""

_K, _KE = CardPaymentStatus, CardPaymentEvent
CARD_PAYMENT = LifeCycle(
    (_K.PENDING,),
    (
        Edge(_K.PENDING, _KE.TAKEN, _K.SUCCESSFUL, "D"),
        Edge(_K.PENDING, _KE.DECLINED, _K.FAILED, "D"),
        Edge(_K.PENDING, _KE.ABANDONED, _K.CANCELLED, "D"),
        Edge(_K.PENDING, _KE.BROKEN, _K.ERROR, "D"),
        Edge(_K.SUCCESSFUL, _KE.VOIDED, _K.CANCELLED, "A"),
        Edge(_K.SUCCESSFUL, _KE.RESERVATION_CANCELLED, _K.CANCELLED, "A"),
        Edge(_K.SUCCESSFUL, _KE.LAPSED, _K.CANCELLED, "A"),
    ),
)
"""Every permitted change of a card payment (reference, section 11, rows "card payment").

A charge whose result is known at once passes through `pending` within one instant.
"""
