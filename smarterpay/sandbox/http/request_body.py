"""What a call's body holds: media type, JSON, envelope, rows; knows no field and no operation."""

from typing import Any

import orjson

from smarterpay.sandbox.http.answers import Refusal, invalid
from smarterpay.sandbox.http.resource import Request
from smarterpay.sandbox.settings import CONTENT_TYPE_STATUS, MAX_BODY_BYTES

BODY_TYPES = frozenset({"application/json", "application/vnd.api+json"})


def content_of(
    content_type: str | None, body: bytes | None, envelope: str
) -> tuple[Any, list[str]]:
    """What the body's envelope holds, never null, and what stands beside the envelope.

    `body` None is one too large; an empty `envelope` makes the body itself the content. Raises
    `Refusal` (400) for any other body (section 1, "Media types").
    """
    media, _, parameters = (content_type or "").lower().partition(";")
    if media.strip() not in BODY_TYPES or "charset=" in parameters.replace(" ", "").replace(
        "charset=utf-8", ""
    ).replace('charset="utf-8"', ""):
        raise Refusal(
            CONTENT_TYPE_STATUS,
            "Content-Type must be application/json or application/vnd.api+json, in UTF-8",
        )
    if body is None:
        raise Refusal(400, f"The body is larger than {MAX_BODY_BYTES} bytes")
    try:
        document = orjson.loads(body)
    except orjson.JSONDecodeError:
        raise Refusal(400, "The body is not valid JSON in UTF-8") from None
    if not isinstance(document, dict):
        raise Refusal(400, "The body must be a JSON object")
    if not envelope:
        return document, []
    folded = {name.lower(): value for name, value in document.items()}
    content = document.get(envelope, folded.get(envelope.lower()))
    if content is None:
        raise invalid(envelope, "is mandatory")
    return content, [name for name in document if name.lower() != envelope.lower()]


def rows_of(content: Any, request: Request) -> tuple[Any, ...]:
    """The rows of a bulk call; raises `Refusal` (400) unless 1 to `most_rows` (section 7.9)."""
    if not isinstance(content, list) or not 1 <= len(content) <= request.most_rows:
        raise invalid(request.envelope, f"must be an array of 1 to {request.most_rows} rows")
    return tuple(content)
