"""Takes note of every change of a record, for the subscriptions that want it; sends nothing."""

from typing import Any

from smarterpay.sandbox.platform import Platform


def announce(
    platform: Platform, record: Any, action: str, source: str, description: str = ""
) -> None:
    """Note an event: the record was created or updated (`action`), by `source` (section 9).

    `description` is that of webhooks v1; empty for the one that goes with the record's state.
    """
