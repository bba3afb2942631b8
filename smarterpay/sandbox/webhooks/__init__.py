"""Webhooks on their way out (section 9): events, batches, deliveries, repeats."""

from smarterpay.sandbox.webhooks.outbox import announce

__all__ = ["announce"]
