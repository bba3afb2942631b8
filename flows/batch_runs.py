"""What the flows of every kind of batch do with chunks and rows; knows no business process."""

import asyncio
import logging
import traceback
from collections.abc import Awaitable, Callable, Iterable, Sequence
from pathlib import Path

from flows.batch_report import BatchReport
from smarterpay.api import SmarterPayError
from smarterpay.api.errors import Misconfigured as NotLetIn
from smarterpay.journal.batches import Batch, BatchState, Progress, Row
from smarterpay.journal.encryption import CannotDecrypt
from smarterpay.orchestration.flow_runs import flow_run_id
from smarterpay.orchestration.outcome import Misconfigured, OperationError
from smarterpay.orchestration.runtime import Runtime

_log = logging.getLogger("smarterpay.batches")

#: A write, or a read, that the provider does not let in: our token or address is wrong.
NOT_LET_IN = (Misconfigured, NotLetIn)
#: While one chunk runs out of rows, the next one keeps the rate budget busy.
CHUNKS_AT_ONCE = 2


class RowCrashed(RuntimeError):
    """A row met an error that nobody foresaw; tells its kind and place, and nothing it may quote.

    Prefect keeps the exception of a failed run in a file, with all it holds: an error of a
    library may hold the row.
    """


class NotStaged(RuntimeError):
    """Staging of the batch was cut short; the file has to be staged again."""


class WrongKind(ValueError):
    """The batch is of a kind that another flow works on."""


class NotBegun(RuntimeError):
    """A chunk was started of a batch that nobody has begun, or whose plan is not approved."""

    def __init__(self, batch: str) -> None:
        super().__init__(
            f"{batch} is not begun, or its plan not approved; `smarterpay batch resume {batch}`"
            " begins it, and has it approved first where it has to be"
        )


def staged_batch(runtime: Runtime, batch: str, kind: str) -> Batch:
    """The batch, completely staged; raises `BatchNotFound`, `NotStaged` and `WrongKind`."""
    staged = runtime.journal.batches.get(batch)
    if staged.kind != kind:
        raise WrongKind(f"{batch} is a {staged.kind} batch, not a {kind} batch")
    if staged.state is BatchState.STAGING:
        raise NotStaged(f"{batch} is not completely staged; stage its file again")
    return staged


def begun_batch(runtime: Runtime, batch: str, kind: str) -> Batch:
    """The batch, whose plan was approved as far as it has to be.

    Raises as `staged_batch`, and `NotBegun`.
    """
    staged = staged_batch(runtime, batch, kind)
    asked = runtime.journal.approvals.standing(batch)
    if staged.state is BatchState.STAGED or (asked is not None and not asked.is_approved):
        raise NotBegun(batch)
    return staged


async def apply_in_chunks(
    runtime: Runtime,
    staged: Batch,
    chunk_flow: Callable[[str, int], Awaitable[object]],
    *,
    records: Sequence[str],
    rows_a_chunk: int | None = None,
    at_once: int = CHUNKS_AT_ONCE,
    more: Callable[[], Sequence[str]] = list,
) -> None:
    """Have `chunk_flow` work on every chunk with something left to do, and report the batch.

    `rows_a_chunk` is the setting's where it is not given; `records` and `more` are the report's.
    Raises the first error of a chunk when all are done; the report is published all the same.
    """
    batches = runtime.journal.batches
    batches.set_state(staged.id, BatchState.APPLYING, flow_run_id=flow_run_id())
    chunks = batches.unfinished_chunks(staged.id, rows_a_chunk or runtime.settings.chunk_size)
    async with BatchReport(runtime, staged, records=records, more=more) as report:
        try:
            await in_turns(at_once, (chunk_flow(staged.id, chunk) for chunk in chunks))
            batches.set_state(staged.id, BatchState.APPLIED)
        finally:
            await report.publish()  # a run that failed has rows to tell of too


async def worked_on(runtime: Runtime, row: Row, work: Awaitable[Progress]) -> Progress:
    """Await the work on a row, and write down how the row then stands.

    Our own errors propagate as they are; any other as `RowCrashed`, and the row stays as it was,
    to be resumed.
    """
    try:
        progress = await work
    except (OperationError, SmarterPayError, CannotDecrypt):
        raise  # ours: nothing in them is personal
    except Exception as error:
        raise crashed(row, error) from None
    journal = runtime.journal
    await journal.database.run(journal.batches.record, row, progress, journal.clock.now())
    return progress


async def all_worked_on(
    runtime: Runtime, rows: Sequence[Row], work: Awaitable[Sequence[Progress]]
) -> None:
    """As `worked_on` for rows that one piece of `work` is about; it tells of each, in order."""
    try:
        progress = await work
    except (OperationError, SmarterPayError, CannotDecrypt):
        raise
    except Exception as error:
        raise crashed(rows[0], error) from None
    told = list(zip(rows, progress, strict=True))
    journal = runtime.journal
    await journal.database.run(journal.batches.record_all, told, journal.clock.now())


async def in_turns(at_once: int, work: Iterable[Awaitable[object]]) -> None:
    """Await all of `work`, `at_once` of it at a time; raise the first error when all is done.

    `Misconfigured` ends it early and is raised before any other: what the provider does not let
    in now, it will not let in for the next row either.
    """
    errors: list[Exception] = []
    waiting = iter(work)

    async def take_turns() -> None:
        for next_piece in waiting:
            try:
                await next_piece
            except Exception as error:
                errors.append(error)
            if any(isinstance(error, NOT_LET_IN) for error in errors):
                return

    async with asyncio.TaskGroup() as group:
        for _ in range(at_once):
            group.create_task(take_turns())
    errors.sort(key=lambda error: not isinstance(error, NOT_LET_IN))
    if errors:
        raise errors[0]


def row_in_words(progress: Progress) -> str:
    """How a row stands, in a line."""
    if progress.reason is None:
        return str(progress.state)
    return f"{progress.state} at {progress.step}: {progress.message}"


def crashed(row: Row, error: Exception) -> RowCrashed:
    """What to raise for an error that nobody foresaw; its place is logged, its text is not."""
    frames = traceback.extract_tb(error.__traceback__)
    place = f"{Path(frames[-1].filename).name}:{frames[-1].lineno}"
    text = f"{row.batch_id}, line {row.line}: {type(error).__name__} at {place}"
    _log.error("%s\n%s", text, "".join(traceback.format_list(frames)))
    return RowCrashed(text)
