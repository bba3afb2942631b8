"""The events of bulk rows that could not be created (section 9), which only v2 has."""

from collections.abc import Mapping
from typing import Any

import orjson

from smarterpay.sandbox.books.event_types import PAYMENT_FAILED
from smarterpay.sandbox.platform import Platform
from smarterpay.sandbox.webhooks.event import Event
from smarterpay.sandbox.webhooks.v2_form import (
    Body,
    event_head,
    mandate_named,
    related,
    with_nulls,
)


def render_failed_row(
    platform: Platform, request_id: str, row: Mapping[str, Any], message: str, event: Event
) -> bytes:
    """The event of a bulk row that could not be created (section 9, `*_request.failed`).

    There is no record, so `id` is that of the API request, as is `request_record.id`.
    """
    folded = {key.lower(): value for key, value in row.items()}
    stamp = platform.clock.stamp()
    body: Body = {
        **event_head(event, request_id, stamp, stamp),
        "created_by": None,
        "edited_by": None,
        "metadata": _as_text(folded.get("metadata")),
        "message": message,
        "amount": _as_pence(folded.get("amount")),
        "description": _as_text(folded.get("description")),
        "default_narrative": _as_text(folded.get("default_narrative")),
        "mandate": _named_mandate(platform, folded),
        "request_record": {"id": request_id},
    }
    if event.event_type == PAYMENT_FAILED:
        body["collection_date"] = _as_text(folded.get("collection_date"))
        body["custom_reference"] = _as_text(folded.get("custom_reference"))
    else:
        body["credit_date"] = _as_text(folded.get("credit_date"))
        body["custom_reference"] = _as_text(folded.get("reference"))
        body["rti"] = _as_text(folded.get("rti"))
        body["submission_reference"] = _as_text(folded.get("submission_reference"))
        body["bank_account"] = related(_as_text(folded.get("bank_account")))
        body["client_bank_account"] = related(_as_text(folded.get("client_bank_account_id")))
    return orjson.dumps(with_nulls(body))


def _named_mandate(platform: Platform, row: Mapping[str, Any]) -> Body | None:
    """The mandate that a failed row names, as far as it exists."""
    given, auddis = _as_text(row.get("mandate")) or "", _as_text(row.get("auddis")) or ""
    found = platform.books.mandates.get(given.upper())
    named = [found] if found else platform.books.mandates.having("auddis", auddis)
    if named:
        return mandate_named(named[0].id, named[0].auddis)
    return {"id": given or None, "legacy_id": None, "auddis": auddis} if given or auddis else None


def _as_text(value: Any) -> str | None:
    """What a row has where a text belongs: any other value would be no event of this form."""
    return value if isinstance(value, str) else None


def _as_pence(value: Any) -> int | None:
    if isinstance(value, str) and value.isascii() and value.isdigit() and len(value) <= 18:
        return int(value)
    whole = isinstance(value, int) and not isinstance(value, bool) and abs(value) < 2**63
    return value if whole else None
