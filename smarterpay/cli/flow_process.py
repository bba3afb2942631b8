"""Runs one batch's flow in a process of its own: `python -m smarterpay.cli.flow_process BATCH`.

When it has ended, Prefect's own background threads have delivered everything to the server. It
prints to its log file; the last line of a failed run says why.
"""

import asyncio
import sys

from flows.onboarding import onboard_batch


def main(batch: str) -> int:
    """Onboard `batch`; 0 if the run itself did not fail, whatever became of its rows."""
    try:
        asyncio.run(onboard_batch(batch))
    except Exception as error:
        print(f"{type(error).__name__}: {error}", file=sys.stderr, flush=True)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
