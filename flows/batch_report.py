"""Reports a batch in the Prefect UI: progress, outcomes, summary; nothing personal.

Numbers are counted from the journal.
"""

import asyncio
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from types import TracebackType
from typing import Any, Self
from uuid import UUID

from prefect.artifacts import (
    acreate_markdown_artifact,
    acreate_progress_artifact,
    acreate_table_artifact,
    aupdate_progress_artifact,
)

from smarterpay.journal.batch_kinds import KINDS, outcome_words
from smarterpay.journal.batches import Batch, Row, RowState, unfinished
from smarterpay.money.pounds import in_pounds
from smarterpay.orchestration.flow_runs import flow_run_id
from smarterpay.orchestration.runtime import Runtime

#: Seconds between two updates of the progress artifact.
PROGRESS_SECONDS = 2.0
#: Rows the outcome table shows; `smarterpay batch rejects` gives them all.
TABLE_ROWS = 500


class BatchReport:
    """Keeps a progress artifact up to date while it is open; `publish` adds the final ones.

    `records` are the names of record ids that the table of outcomes shows; `more` are lines of
    markdown that the summary ends with, asked for when it is published.
    """

    def __init__(
        self,
        runtime: Runtime,
        batch: Batch,
        *,
        records: Sequence[str],
        more: Callable[[], Sequence[str]] = list,
    ) -> None:
        self._runtime = runtime
        self._batch = batch
        self._kind = KINDS[batch.kind]
        self._words = outcome_words(batch.kind)
        self._records = records
        self._more = more
        self._artifact: UUID | None = None
        self._updates: asyncio.Task[None] | None = None

    async def __aenter__(self) -> Self:
        if flow_run_id() is not None:
            self._artifact = await acreate_progress_artifact(
                progress=self._percent(await self._counts()),
                key=f"{self._batch.id}-progress",
                description=f"Rows of {self._batch.id} that are finished",
            )
            self._updates = asyncio.create_task(self._keep_updating())
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        if self._updates is not None:
            self._updates.cancel()
            with suppress(asyncio.CancelledError):
                await self._updates
            await self._update()

    async def publish(self) -> None:
        """Publish the table of outcomes and the summary."""
        if self._artifact is None:
            return
        counts = await self._counts()
        await acreate_table_artifact(
            table=await self._runtime.journal.database.run(self._table),
            key=f"{self._batch.id}-outcomes",
            description=f"What became of the rows of {self._batch.id}, those that stopped first; "
            f"at most {TABLE_ROWS}",
        )
        await acreate_markdown_artifact(
            markdown=await self._runtime.journal.database.run(self._summary, counts),
            key=f"{self._batch.id}-summary",
            description=f"Summary of {self._batch.id}",
        )

    async def _counts(self) -> Mapping[RowState, int]:
        journal = self._runtime.journal
        return await journal.database.run(journal.batches.counts, self._batch.id)

    async def _keep_updating(self) -> None:
        while True:
            await asyncio.sleep(PROGRESS_SECONDS)
            await self._update()

    async def _update(self) -> None:
        if self._artifact is not None:
            percent = self._percent(await self._counts())
            await aupdate_progress_artifact(self._artifact, progress=percent)

    def _percent(self, counts: Mapping[RowState, int]) -> float:
        left = unfinished(counts)
        return 100.0 * (1 - left / self._batch.rows_total) if self._batch.rows_total else 100.0

    def _table(self) -> list[dict[str, Any]]:
        """Rows with something to say first, then the others, as many as fit."""
        stopped = [state for state in RowState if state is not RowState.SUCCEEDED]
        table: list[dict[str, Any]] = []
        for states in (stopped, [RowState.SUCCEEDED]):
            for row in self._runtime.journal.batches.each_row(self._batch.id, states):
                if len(table) == TABLE_ROWS:
                    return table
                table.append(self._outcome(row))
        return table

    def _outcome(self, row: Row) -> dict[str, Any]:
        reason, remedy = row.reason or "", row.message or ""
        if row.state is RowState.REJECTED:
            rejects = self._runtime.journal.batches.rejects(self._batch.id, row.number)
            reason = ", ".join(
                f"{one.column}: {one.rule}" if one.column else one.rule for one in rejects
            )
            remedy = " ".join(one.message for one in rejects)
        return {
            "line": row.line,
            "reference": row.reference,
            "outcome": self._words[row.state],
            "step": row.step or "",
            "reason": reason,
            "what to do": remedy,
            **{name.replace("_", " "): row.record_ids.get(name, "") for name in self._records},
        }

    def _summary(self, counts: Mapping[RowState, int]) -> str:
        batch = self._batch
        source = f"File `{batch.source}`" if self._kind.from_a_file else batch.source.capitalize()
        lines = [
            f"# {self._kind.title} `{batch.id}`",
            "",
            f"{source}, {batch.rows_total} rows.",
            f"{self._kind.amount}: {in_pounds(batch.amount_pence)}.",
            "",
            "| Outcome | Rows |",
            "|---|---:|",
            *(f"| {word} | {counts.get(state, 0)} |" for state, word in self._words.items()),
            "",
        ]
        if unfinished(counts):
            lines += ["Rows are left to do:", "", f"    smarterpay batch resume {batch.id}", ""]
        stays_stopped = counts.get(RowState.REJECTED) or counts.get(RowState.REFUSED)
        if stays_stopped and self._kind.from_a_file:
            lines += [
                "Rows were stopped; this writes them to a file to be mended and run again:",
                "",
                f"    smarterpay batch rejects {batch.id} --output rejects.csv",
                "",
            ]
        return "\n".join([*lines, *self._more()])
