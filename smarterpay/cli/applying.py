"""Runs a staged batch to its end in a child process, with a progress bar read from the journal."""

import subprocess
import sys
import time
from pathlib import Path

from smarterpay.cli.exit_codes import Failure
from smarterpay.cli.printing import console, progress_bar
from smarterpay.cli.services import Services
from smarterpay.journal import Journal
from smarterpay.journal.approval_requests import NotApproved
from smarterpay.journal.batches import Batch, BatchNotFound, unfinished

#: Seconds between two looks at the journal.
LOOK_SECONDS = 0.3
#: How long a flow may take to end after Ctrl-C, in seconds.
STOP_SECONDS = 30.0
_NOT_APPROVED = {NotApproved.__name__, *(one.__name__ for one in NotApproved.__subclasses__())}


def apply_batch(journal: Journal, batch_id: str, services: Services) -> None:
    """Run the flow of its kind on the batch; raises `Failure` if the run itself fails.

    What became of each row is in the journal.
    """
    try:
        batch = journal.batches.get(batch_id)
    except BatchNotFound as error:
        raise Failure(str(error)) from error
    log = services.settings.home / "flows.log"
    with log.open("ab") as file:
        flow = subprocess.Popen(  # noqa: S603 - our own interpreter and module
            [sys.executable, "-m", "smarterpay.cli.flow_process", batch_id],
            stdin=subprocess.DEVNULL,
            stdout=file,
            stderr=subprocess.STDOUT,
        )
    try:
        _follow(journal, batch, flow)
    except (KeyboardInterrupt, SystemExit) as stop:
        if isinstance(stop, SystemExit):
            flow.terminate()  # the terminal's Ctrl-C has reached it by itself
        _end(flow)
        console.print(f"Stopped. `smarterpay batch resume {batch_id}` goes on from here.")
        raise
    if flow.returncode != 0:
        last = _last_line(log)
        not_approved = not_approved_in_words(last)
        if not_approved is not None and batch_id in last:  # the log is every run's
            raise Failure(not_approved + _noted(journal, batch_id))
        raise Failure(
            f"the flow run failed: {last}\nSee {log}. Nothing is lost: mend the cause "
            f"and run `smarterpay batch resume {batch_id}`."
        )


def not_approved_in_words(error: str) -> str | None:
    """What a run says of itself that ended with `error`, for want of an approval; else None.

    Such a text says what to do by itself: there is no cause to mend.
    """
    name, _, told = error.partition(": ")
    return f"not applied: {told}" if name in _NOT_APPROVED else None


def _noted(journal: Journal, batch_id: str) -> str:
    """The note of whoever rejected it, for this screen alone: people write what they like."""
    asked = journal.approvals.standing(batch_id)
    if asked is None or asked.decided is None or not asked.is_rejected or not asked.decided.note:
        return ""
    return f"\n{asked.decided.approver} noted: {asked.decided.note}"


def _follow(journal: Journal, batch: Batch, flow: "subprocess.Popen[bytes]") -> None:
    with progress_bar() as bar:
        task = bar.add_task(batch.kind, total=batch.rows_total)
        running, asked = True, None
        while running:
            running = flow.poll() is None
            asked = tell_of_question(journal, batch.id, asked)
            counts = journal.batches.counts(batch.id)
            left = unfinished(counts)
            bar.update(task, completed=batch.rows_total - left)
            time.sleep(LOOK_SECONDS if running else 0)


def tell_of_question(journal: Journal, batch_id: str, told: str | None) -> str | None:
    """Say that the run waits for approval, once for each request; gives back the one it told of."""
    request = journal.approvals.standing(batch_id)
    if request is None or request.decided is not None or request.id == told:
        return told
    if request.has_expired(journal.clock.now()):
        return told  # the run is about to ask anew
    console.print(
        f"It waits for approval by somebody other than {request.planner}, until"
        f" {request.expires_at:%Y-%m-%d %H:%M}Z: in the Prefect UI, or with"
        f" `smarterpay approve {request.digest_shown}`.",
        soft_wrap=True,
        markup=False,
    )
    return request.id


def _end(flow: "subprocess.Popen[bytes]") -> None:
    """Let it end in order, but not for ever."""
    try:
        flow.wait(STOP_SECONDS)
    except subprocess.TimeoutExpired:
        flow.kill()
        flow.wait()


def _last_line(log: Path) -> str:
    with log.open("rb") as file:
        file.seek(max(0, log.stat().st_size - 4096))
        lines = file.read().decode("utf-8", "replace").strip().splitlines()
    return lines[-1] if lines else "it printed nothing"
