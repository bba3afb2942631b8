"""Runs a staged batch to its end in this process, with a progress bar."""

import asyncio
import threading
from collections.abc import Iterator
from contextlib import contextmanager

from rich.progress import Progress

from smarterpay.cli.exit_codes import Failure
from smarterpay.cli.printing import console, progress_bar
from smarterpay.cli.services import Services
from smarterpay.journal import Journal
from smarterpay.journal.batches import UNFINISHED, BatchNotFound

#: Seconds between two looks at the journal.
LOOK_SECONDS = 0.3


def apply_batch(journal: Journal, batch_id: str, services: Services) -> None:
    """Run the onboarding flow on the batch; raises `Failure` if the run itself fails.

    Row by row outcomes are in the journal. Prefect is imported here, after its settings stand.
    """
    from flows.onboarding import onboard_batch  # noqa: PLC0415

    try:
        rows = journal.batches.get(batch_id).rows_total
    except BatchNotFound as error:
        raise Failure(str(error)) from error
    with progress_bar() as bar, _followed(journal, batch_id, rows, bar):
        try:
            asyncio.run(onboard_batch(batch_id))
        except KeyboardInterrupt:
            console.print(f"Stopped. `smarterpay batch resume {batch_id}` goes on from here.")
            raise
        except Exception as error:
            batch = journal.batches.get(batch_id)
            where = services.flow_run_url(batch.flow_run_id) or services.settings.home
            raise Failure(
                f"{type(error).__name__}: {error}\nSee {where}. Nothing is lost: mend the cause "
                f"and run `smarterpay batch resume {batch_id}`."
            ) from error


@contextmanager
def _followed(journal: Journal, batch_id: str, rows: int, bar: Progress) -> Iterator[None]:
    task = bar.add_task("onboarding", total=rows)
    done = threading.Event()

    def look() -> None:
        counts = journal.batches.counts(batch_id)
        bar.update(task, completed=rows - sum(counts.get(state, 0) for state in UNFINISHED))

    def follow() -> None:
        while not done.wait(LOOK_SECONDS):
            look()

    thread = threading.Thread(target=follow, daemon=True)
    thread.start()
    try:
        yield
    finally:
        done.set()
        thread.join()
        look()
