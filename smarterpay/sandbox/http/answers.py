"""What goes back to a caller: answers and refusals; knows no rule that leads to them."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import orjson

from smarterpay.sandbox.settings import ACCEPTED, MESSAGE_INVALID, RESPONSE_TYPE, SUCCESS


@dataclass(frozen=True, slots=True)
class FieldFault:
    """What is wrong with one field of a request: its name and a message without its value."""

    field: str
    message: str


@dataclass(frozen=True, slots=True)
class Answer:
    """One complete HTTP answer; `headers` are those beside the ones that the rest implies."""

    status: int
    body: bytes
    content_type: str = RESPONSE_TYPE
    replayed: bool = False
    allow: str | None = None
    headers: tuple[tuple[str, str], ...] = ()


class Refusal(Exception):
    """The request cannot be carried out; carries status, message and the faulty fields."""

    def __init__(self, status: int, message: str, *details: FieldFault) -> None:
        super().__init__(f"{status} {message}")
        self.status = status
        self.message = message
        self.details = details


def invalid(field: str, message: str) -> Refusal:
    """A 400 about one field."""
    return Refusal(400, MESSAGE_INVALID, FieldFault(field, message))


def success(envelope: str, content: Any) -> Answer:
    """A 200 with its content in an envelope (section 4, "Success code")."""
    return Answer(SUCCESS, orjson.dumps({envelope: content}))


def accepted(envelope: str, content: Any) -> Answer:
    """A 202 with its content in an envelope: taken in, not yet acted on (section 4)."""
    return Answer(ACCEPTED, orjson.dumps({envelope: content}))


def flat(status: int, content: Any) -> Answer:
    """A success without an envelope, as the card host has it (section 6)."""
    return Answer(status, orjson.dumps(content))


def error(status: int, message: str, details: Iterable[FieldFault] = ()) -> Answer:
    """An error in the form of section 4, "Error body"; `details` only where there are any."""
    content: dict[str, Any] = {"code": status, "message": message}
    listed = [{"field": fault.field, "message": fault.message} for fault in details]
    if listed:
        content["details"] = listed
    return Answer(status, orjson.dumps({"error": content}))


def card_error(status: int, code: str, details: str) -> Answer:
    """An error in the flat form of the card host (section 8, "HTTP status")."""
    return Answer(
        status,
        orjson.dumps({"status": "error", "status_code": code, "status_details": details}),
    )
