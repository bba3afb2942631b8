"""Webhooks on their way out (section 9): events, batches, deliveries, repeats."""

from smarterpay.sandbox.webhooks.outbox import announce, announce_failed_row

__all__ = ["announce", "announce_failed_row"]
