"""Says what one exchange means for the intent it was made for; sends, waits and writes nothing."""

from smarterpay.api import Answer, ApiError, HeaderRejected, TransportError
from smarterpay.api.card_answer import card_words
from smarterpay.api.catalogue import get_operation
from smarterpay.api.client import ApiClient
from smarterpay.api.disposition import Disposition, dispose, is_in_progress
from smarterpay.api.error_body import read_error_body
from smarterpay.api.errors import GatewaySilent
from smarterpay.api.models.transaction import TransactionStatus
from smarterpay.journal.decision import State
from smarterpay.journal.intents import Closing
from smarterpay.orchestration.record_status import record_status

#: The card host's code for a bad token (reference, section 8).
UNAUTHORISED = 101

#: What an exchange came to; `HeaderRejected` and `ConnectFailed` say that nothing was sent.
Result = Answer | TransportError | HeaderRejected


def closing_of(client: ApiClient, operation: str, result: Result, milliseconds: int) -> Closing:
    """What the journal is told about an exchange."""
    error: ApiError | None = None
    record: object = None
    if isinstance(result, Answer):
        try:
            record = client.read(operation, result)
        except ApiError as caught:
            error = caught
    record_id = getattr(record, "id", None)
    disposition = _disposition(result, error)
    return Closing(
        disposition=disposition.value,
        state=_state_after(disposition, result, error),
        for_itself_only=disposition is Disposition.REFUSED and not _is_by_the_work(result),
        look_up=disposition is Disposition.STOP and _must_be_looked_up(result, error),
        status=result.status if isinstance(result, Answer) else None,
        replayed=result.replayed if isinstance(result, Answer) else None,
        request_id=result.request_id if isinstance(result, Answer) else None,
        milliseconds=milliseconds,
        error=_describe(error if error is not None else result),
        reason=_describe(error if error is not None else result),
        record_id=None if record_id is None else str(record_id),
        record_status=record_status(record),
        answer=result.body if isinstance(result, Answer) else None,
    )


def _disposition(result: Result, error: ApiError | None) -> Disposition:
    """`dispose`, and what only the writer of a journal has to know."""
    if isinstance(result, HeaderRejected):
        return Disposition.MISCONFIGURED  # a token that no header can carry
    disposition = dispose(result)
    if disposition is Disposition.SUCCEEDED and error is not None:
        # A 2xx that cannot be read as the record it should hold proves nothing.
        return Disposition.UNKNOWN
    if isinstance(result, Answer) and result.status == 409 and is_in_progress(result):
        # This exchange executed nothing, but another one under the key is at it (section 2).
        return Disposition.UNKNOWN
    if isinstance(result, Answer) and not result.replayed and _is_not_about_the_data(result):
        return Disposition.MISCONFIGURED
    return disposition


def _is_not_about_the_data(answer: Answer) -> bool:
    """Whether our address or our token is refused: then no row is at fault.

    A refusal would stand until the data change, and the data are right. A 404 for a record in
    the path is a refusal: there is no such record (reference, section 4). The card host calls a
    bad token by a code, in whatever status (section 8).
    """
    operation = get_operation(answer.operation)
    if operation.api == "card" and answer.status in (200, 202, 400):
        words = card_words(answer.body)
        return words.status == TransactionStatus.ERROR and words.code == UNAUTHORISED
    unknown_path = answer.status == 404 and not operation.takes_id
    return unknown_path or answer.status in (405, 406)


def _is_by_the_work(result: Result) -> bool:
    """Whether a refusal was given after the key was looked at, and so speaks for the key.

    404, 405, 406, 409 and 422 are not (reference, section 2, "Which answers are stored"), and a
    proxy on the way knows no key at all.
    """
    if not isinstance(result, Answer):
        return False
    return (
        result.replayed
        or result.status < 300  # the card host says no in a 200 too (section 8)
        or (result.status == 400 and read_error_body(result.body, result.status).structured)
    )


def _state_after(
    disposition: Disposition, result: Result, error: ApiError | None = None
) -> State | None:
    match disposition:
        case Disposition.SUCCEEDED:
            return State.SUCCEEDED
        case Disposition.REFUSED:
            return State.REFUSED
        case Disposition.UNKNOWN:
            return State.UNKNOWN
        case Disposition.STOP:
            # A reused key is our bug; nothing the provider has can tell what to do about it.
            looked_up = _must_be_looked_up(result, error)
            return State.UNKNOWN if looked_up else State.NEEDS_ATTENTION
        case Disposition.RETRY | Disposition.MISCONFIGURED:
            return None


def _must_be_looked_up(result: Result, error: ApiError | None) -> bool:
    """Whether the key has given all it will ever give, and the outcome is unknown all the same.

    A replayed 500 (reference, section 4), and a gateway that was silent (section 8).
    """
    return _is_replayed_server_error(result) or isinstance(error, GatewaySilent)


def _is_replayed_server_error(result: Result) -> bool:
    return isinstance(result, Answer) and result.replayed and result.status >= 500


def _describe(result: Result | ApiError) -> str | None:
    """Error class and names of fields: never a value, never the provider's prose."""
    if isinstance(result, Answer):
        return None
    if isinstance(result, ApiError):
        fields = ", ".join(sorted(set(result.shown_fields)))
        name = type(result).__name__
        return (f"{name}: {fields}" if fields else name)[:255]
    return type(result).__name__
