"""Takes note of every change of a record, for the subscriptions that want it; sends nothing."""

from typing import Any

from smarterpay.sandbox.platform import Platform


def announce(
    platform: Platform, record: Any, action: str, source: str, description: str = ""
) -> None:
    """Note an event: the record was created or updated (`action`), by `source` (section 9).

    `description` is that of webhooks v1; empty for the one that goes with the record's state.
    """


def announce_failed_row(
    platform: Platform, api_request_id: str, record_type: str, row: dict[str, Any], message: str
) -> None:
    """Note the failure event of a bulk row: `payment_request.failed` or `credit_request.failed`.

    `row` is what the caller sent, `message` why nothing was created (sections 7.9 and 9).
    """
