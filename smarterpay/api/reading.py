"""Turns a complete answer into a record, a page or an error of the tree; does no I/O."""

from collections.abc import Mapping
from typing import Annotated, Any, Final

from pydantic import BaseModel, ConfigDict, Field, SerializeAsAny, ValidationError

from smarterpay.api.catalogue import Operation
from smarterpay.api.disposition import Disposition, dispose
from smarterpay.api.error_body import read_error_body
from smarterpay.api.errors import (
    ApiError,
    Conflict,
    GatewaySilent,
    InvalidToken,
    KeyReused,
    MethodNotAllowed,
    Misconfigured,
    NotAcceptable,
    NotFound,
    RateLimited,
    Refused,
    ReplayedServerError,
    RequestInProgress,
    ServerError,
    ServiceUnavailable,
    TlsRequired,
    TryLater,
    UnexpectedAnswer,
)
from smarterpay.api.json_document import parse_json
from smarterpay.api.transport import Answer
from smarterpay.api.wire import Record


class Page(BaseModel):
    """One page of a list, in the provider's order."""

    model_config = ConfigDict(frozen=True)

    records: Annotated[tuple[SerializeAsAny[Record], ...], Field(repr=False)]


def read_answer(operation: Operation, model: type[Record], answer: Answer) -> Record | Page:
    """The record, or the page of records, in a 2xx; any other answer raises its `ApiError`."""
    if dispose(answer) is not Disposition.SUCCEEDED:
        raise api_error(answer)
    document = parse_json(answer.body)
    content = _unwrapped(operation, document, answer)
    try:
        if not operation.paged:
            return model.model_validate(_one(content))
        if isinstance(content, dict):
            content = [content]
        if not isinstance(content, list):
            raise _unexpected(answer, "the envelope does not hold an array")
        return Page(records=tuple(model.model_validate(item) for item in content))
    except ValidationError as error:
        raise _unexpected(answer, _misread(error)) from None


def api_error(answer: Answer) -> ApiError:
    """The error of the tree that an answer stands for, by its disposition and status."""
    read = read_error_body(answer.body, answer.status)
    return _error_class(answer)(
        operation=answer.operation,
        status=answer.status,
        code=read.code,
        message=read.message,
        field_errors=read.field_errors,
        request_id=answer.request_id,
        replayed=answer.replayed,
        body=answer.body,
        retry_after=answer.retry_after,
    )


_REFUSED: Final[Mapping[int, type[Refused]]] = {
    404: NotFound,
    405: MethodNotAllowed,
    406: NotAcceptable,
    409: Conflict,
}
_TRY_LATER: Final[Mapping[int, type[TryLater]]] = {
    409: RequestInProgress,
    429: RateLimited,
    503: ServiceUnavailable,
}


def _error_class(answer: Answer) -> type[ApiError]:
    match dispose(answer):
        case Disposition.REFUSED:
            return _REFUSED.get(answer.status, Refused)
        case Disposition.RETRY:
            return _TRY_LATER.get(answer.status, TryLater)
        case Disposition.STOP:
            if answer.status == 422:
                return KeyReused
            return GatewaySilent if answer.status < 300 else ReplayedServerError
        case Disposition.MISCONFIGURED:
            return {400: TlsRequired, 498: InvalidToken}.get(answer.status, Misconfigured)
        case Disposition.UNKNOWN | Disposition.SUCCEEDED:
            return ServerError if answer.status >= 500 else UnexpectedAnswer


def _unwrapped(operation: Operation, document: object, answer: Answer) -> object:
    """What the envelope holds; its key matches in any case (section 5)."""
    envelope = operation.answer_envelope
    if envelope is None:
        return document
    if isinstance(document, dict):
        for key, value in document.items():
            if key.lower() == envelope.lower():
                return value
    raise _unexpected(answer, f"the envelope {envelope} is missing")


def _one(content: object) -> Any:
    """A single record, also where it comes as an array of one."""
    if isinstance(content, list) and len(content) == 1:
        return content[0]
    return content


def _misread(error: ValidationError) -> str:
    """Names and rules of what could not be read, without values."""
    faults = [
        f"{'.'.join(str(part) for part in found['loc']) or 'the record'}: {found['msg']}"
        for found in error.errors(include_url=False, include_context=False, include_input=False)
    ]
    return "; ".join(faults[:5])


def _unexpected(answer: Answer, explanation: str) -> UnexpectedAnswer:
    return UnexpectedAnswer(
        operation=answer.operation,
        status=answer.status,
        request_id=answer.request_id,
        replayed=answer.replayed,
        body=answer.body,
        explanation=explanation,
    )
