"""The journal: intents, attempts, batches, rows, results and the rate budget, in SQL."""

from smarterpay.journal.journal import Journal

__all__ = ["Journal"]
