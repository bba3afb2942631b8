"""Runs one batch's flow in a process of its own: `python -m smarterpay.cli.flow_process BATCH`.

When it has ended, Prefect's own background threads have delivered everything to the server. It
prints to its log file; the last line of a failed run says why.
"""

import asyncio
import sys
from collections.abc import Mapping
from importlib import import_module
from typing import Any

from smarterpay.cli.opening import open_journal, read_settings
from smarterpay.journal.batch_kinds import (
    AMENDMENT,
    COLLECTION,
    ONBOARDING,
    REFUND,
    REPRESENTATION,
)

#: Module and name of the flow that works on a batch, by the batch's kind.
FLOWS: Mapping[str, tuple[str, str]] = {
    ONBOARDING: ("flows.onboarding", "onboard_batch"),
    COLLECTION: ("flows.collection", "collect_batch"),
    REFUND: ("flows.refunds", "refund_batch"),
    REPRESENTATION: ("flows.representation", "represent_batch"),
    AMENDMENT: ("flows.amendments", "amend_batch"),
}


def main(batch: str) -> int:
    """Work on `batch`; 0 if the run itself did not fail, whatever became of its rows."""
    try:
        with open_journal(read_settings()) as journal:
            module, name = FLOWS[journal.batches.get(batch).kind]
        flow: Any = getattr(import_module(module), name)
        asyncio.run(flow(batch))
    except Exception as error:
        print(f"{type(error).__name__}: {error}", file=sys.stderr, flush=True)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
