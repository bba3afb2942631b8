"""What one exchange means for its request: a pure function; knows no attempt, key or journal."""

from collections.abc import Callable, Mapping
from enum import StrEnum
from typing import Final

from smarterpay.api import assumptions
from smarterpay.api.card_answer import card_words
from smarterpay.api.catalogue import OPERATIONS
from smarterpay.api.error_body import read_error_body, same_words
from smarterpay.api.errors import ConnectFailed, TokenRefused, TransportError
from smarterpay.api.json_document import parse_json
from smarterpay.api.transport import Answer
from smarterpay.bacs.service_life_cycles import CardPaymentStatus

IN_PROGRESS_MESSAGE: Final = (
    "A request with the same Idempotency-Key for the same operation"
    " is being processed or is outstanding"
)
"""Message of the 409 for a key whose first request still runs (section 2)."""
KEY_REUSED_MESSAGE: Final = "Idempotency keys cannot be reused"
"""Message of the 422 for a key that belongs to another request (section 2)."""
CARD_INPUT_ERRORS: Final = frozenset({101, 102, 103})
"""Documented codes of a card `error` that was refused before a gateway was asked (section 8)."""


class Disposition(StrEnum):
    """The six things an exchange can mean."""

    SUCCEEDED = "succeeded"
    """2xx whose body is a JSON object; of the card host, one with a status of section 8."""
    REFUSED = "refused"
    """The provider said no; nothing was done."""
    RETRY = "retry"
    """Nothing was executed; the same bytes under the same key later."""
    UNKNOWN = "unknown"
    """It may have been executed; the same bytes under the same key later."""
    STOP = "stop"
    """Never again under this key: reconcile."""
    MISCONFIGURED = "misconfigured"
    """Nothing was executed; our set-up is wrong."""


def dispose(outcome: Answer | TransportError) -> Disposition:
    """Classify an exchange by sections 2 and 4; total over every status and every body.

    Where a body cannot be read the safe reading is taken: a 409 counts as in progress (same
    key), a 422 as key reuse (never again under this key).
    """
    if isinstance(outcome, TokenRefused):
        return Disposition.MISCONFIGURED
    if isinstance(outcome, TransportError):
        nothing_sent = isinstance(outcome, ConnectFailed)
        return Disposition.RETRY if nothing_sent else Disposition.UNKNOWN
    judge = _JUDGED_BY_CONTENT.get(outcome.status)
    if judge is not None:
        return judge(outcome)
    if 200 <= outcome.status < 300:
        document = parse_json(outcome.body)
        if not isinstance(document, dict):
            return Disposition.UNKNOWN
        return _card_meaning(outcome) if _is_of_card_host(outcome) else Disposition.SUCCEEDED
    otherwise = Disposition.REFUSED if 400 <= outcome.status < 500 else Disposition.UNKNOWN
    return _BY_STATUS.get(outcome.status, otherwise)


def is_in_progress(answer: Answer) -> bool:
    """Whether a 409 says that the first request under the key still runs (section 2)."""
    read = read_error_body(answer.body, answer.status)
    return not read.structured or same_words(read.message, IN_PROGRESS_MESSAGE)


def is_key_reuse(answer: Answer) -> bool:
    """Whether a 422 says that the key belongs to another request (section 2)."""
    read = read_error_body(answer.body, answer.status)
    return not read.structured or same_words(read.message, KEY_REUSED_MESSAGE)


def is_tls_refusal(answer: Answer) -> bool:
    """Whether a 400 refuses plain HTTP (section 1, assumption `tls.refusal`)."""
    read = read_error_body(answer.body, answer.status)
    return same_words(read.message, assumptions.TLS_REFUSAL.value)


def is_gateway_silence(answer: Answer) -> bool:
    """Whether a 2xx of the card host says that the outcome is unknown for good (section 8)."""
    return 200 <= answer.status < 300 and dispose(answer) is Disposition.STOP


def _is_of_card_host(answer: Answer) -> bool:
    operation = OPERATIONS.get(answer.operation)
    return operation is not None and operation.api == "card"


def _card_meaning(answer: Answer) -> Disposition:
    """What a 2xx of the card host means, by its `status` (section 8).

    The five words are a closed set, only the codes grow. A word that is none of them, or none at
    all, proves nothing and is never taken for a success.
    """
    words = card_words(answer.body)
    if words.status in _CARD_RECORDS:
        return Disposition.SUCCEEDED
    if words.status != CardPaymentStatus.ERROR:
        return Disposition.UNKNOWN
    # Everything else may have reached a gateway, codes that nobody has heard of included.
    return Disposition.REFUSED if words.code in CARD_INPUT_ERRORS else Disposition.STOP


_CARD_RECORDS: Final = frozenset(
    {
        CardPaymentStatus.SUCCESSFUL,
        CardPaymentStatus.PENDING,
        CardPaymentStatus.FAILED,
        CardPaymentStatus.CANCELLED,
    }
)

_BY_STATUS: Final[Mapping[int, Disposition]] = {
    401: Disposition.MISCONFIGURED,
    403: Disposition.MISCONFIGURED,
    407: Disposition.MISCONFIGURED,
    408: Disposition.RETRY,
    425: Disposition.RETRY,
    429: Disposition.RETRY,
    498: Disposition.MISCONFIGURED,
    503: Disposition.RETRY,
}

_JUDGED_BY_CONTENT: Final[Mapping[int, Callable[[Answer], Disposition]]] = {
    400: lambda answer: (
        Disposition.MISCONFIGURED if is_tls_refusal(answer) else Disposition.REFUSED
    ),
    409: lambda answer: Disposition.RETRY if is_in_progress(answer) else Disposition.REFUSED,
    422: lambda answer: Disposition.STOP if is_key_reuse(answer) else Disposition.REFUSED,
    500: lambda answer: Disposition.STOP if answer.replayed else Disposition.UNKNOWN,
}
