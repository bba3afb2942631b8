"""Reads what a provider says when it refuses, from a body of any form; never fails on one."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import Final

from smarterpay.api.errors import FieldError
from smarterpay.api.json_document import parse_json

_LONGEST_READ: Final = 256 * 1024
"""Bytes of an error body that are looked at; the rest is kept but not read."""
_LONGEST_MESSAGE: Final = 2000
_MOST_FIELD_ERRORS: Final = 200
_MESSAGE_KEYS: Final = ("message", "error_message", "status_details", "detail", "title", "error")
_CODE_KEYS: Final = ("code", "error_code", "status_code")
_DETAIL_KEYS: Final = ("details", "errors", "field_errors")
_FIELD_KEYS: Final = ("field", "name", "property", "loc")


@dataclass(frozen=True, slots=True)
class ErrorBody:
    """What could be read. `structured` says whether the message came out of JSON.

    A text or HTML body may have been written by a proxy on the way, so only a structured
    message (or a documented text, word for word) is taken as the provider's own word.
    """

    code: int | str | None
    message: str = field(repr=False)
    field_errors: tuple[FieldError, ...] = field(repr=False)
    structured: bool


def read_error_body(body: bytes, status: int) -> ErrorBody:
    """Code, message and field errors of an error answer (section 4, "Error body").

    Understands the documented shape, the card host's flat body (section 8) and near relatives;
    otherwise falls back to the text, and at last to the status's reason phrase.
    """
    text = body[:_LONGEST_READ].decode("utf-8-sig", errors="replace").strip()
    document = parse_json(body) if len(body) <= _LONGEST_READ else None
    source = _error_object(document)
    if source is not None:
        message = _first_text(source, _MESSAGE_KEYS)
        details = tuple(_field_errors(source))[:_MOST_FIELD_ERRORS]
        return ErrorBody(
            code=_code(source),
            message=_bounded(message or reason_phrase(status)),
            field_errors=details,
            structured=bool(message),
        )
    if isinstance(document, str) and document.strip():
        return ErrorBody(None, _bounded(document.strip()), (), structured=True)
    if text and text[0] not in "<{[":
        return ErrorBody(None, _bounded(text), (), structured=False)
    return ErrorBody(None, reason_phrase(status), (), structured=False)


def same_words(message: str, documented: str) -> bool:
    """Whether a message is the documented one, whatever its case, blanks and last full stop."""
    return _folded(message) == _folded(documented)


def reason_phrase(status: int) -> str:
    """The status's usual name, for bodies that say nothing."""
    if status == 498:
        return "Invalid Token"
    try:
        return HTTPStatus(status).phrase
    except ValueError:
        return f"HTTP status {status}"


def _folded(message: str) -> str:
    return " ".join(message.casefold().split()).rstrip(".")


def _error_object(document: object) -> Mapping[str, object] | None:
    """The object that carries the error: under `error`, at the top, or first in an array."""
    if isinstance(document, list) and document and isinstance(document[0], dict):
        document = document[0]
    if not isinstance(document, dict):
        return None
    folded = {str(key).lower(): value for key, value in document.items()}
    inner = folded.get("error")
    if isinstance(inner, dict):
        return {str(key).lower(): value for key, value in inner.items()}
    return folded


def _first_text(source: Mapping[str, object], keys: tuple[str, ...]) -> str:
    for key in keys:
        value = source.get(key)
        if isinstance(value, str) and value.strip():
            return value.strip()
    return ""


def _code(source: Mapping[str, object]) -> int | str | None:
    for key in _CODE_KEYS:
        value = source.get(key)
        if isinstance(value, bool):
            continue
        if isinstance(value, int):
            return value
        if isinstance(value, str) and value.strip():
            code = value.strip()
            return int(code) if re.fullmatch(r"[0-9]{1,6}", code) else code[:64]
    return None


def _field_errors(source: Mapping[str, object]) -> Iterator[FieldError]:
    for key in _DETAIL_KEYS:
        details = source.get(key)
        if isinstance(details, dict):
            for name, message in details.items():
                yield FieldError(str(name), _bounded(_as_text(message)))
        elif isinstance(details, list):
            for detail in details[:_MOST_FIELD_ERRORS]:
                yield _detail(detail)


def _detail(detail: object) -> FieldError:
    if not isinstance(detail, dict):
        return FieldError("", _bounded(_as_text(detail)))
    folded = {str(key).lower(): value for key, value in detail.items()}
    name = next((_as_text(folded[key]) for key in _FIELD_KEYS if folded.get(key)), "")
    return FieldError(name, _bounded(_first_text(folded, _MESSAGE_KEYS)))


def _as_text(value: object) -> str:
    if isinstance(value, str):
        return value.strip()
    if isinstance(value, list):
        return "; ".join(_as_text(item) for item in value[:20] if not isinstance(item, list))
    if isinstance(value, bool | int | float):
        return str(value)
    return ""


def _bounded(message: str) -> str:
    return message[:_LONGEST_MESSAGE]
