"""Checks every night that the books hold what no database constraint can hold.

    check_ledger()

Composition only; the rules are in `smarterpay.journal.ledger_check`.
"""

from typing import Any

from prefect import flow
from prefect.artifacts import acreate_table_artifact
from prefect.client.schemas.objects import State
from prefect.states import Completed

from smarterpay.journal.ledger_check import MEANINGS, CheckReport, LedgerBroken, check_books
from smarterpay.orchestration.flow_runs import flow_run_id, tag_flow_run
from smarterpay.orchestration.runtime import open_runtime

KEY = "money-ledger-check"


@flow(name="check-ledger", flow_run_name="check ledger", persist_result=False)
async def check_ledger() -> State[Any]:
    """Check the ledger; reads the journal only. Raises `LedgerBroken`: the run has failed then.

    An artifact lists every break; every reading in doubt, and every payment that was refunded and
    taken back by its payer's bank besides, which alone fail nothing.
    """
    async with open_runtime() as runtime:
        await tag_flow_run("ledger")
        report = await runtime.journal.database.run(check_books, runtime.journal)
        await _publish(report)
        if report.breaks:
            raise LedgerBroken(report)
        return Completed(message=report.in_words())


async def _publish(report: CheckReport) -> None:
    if flow_run_id() is None:
        return
    breaks = [
        {
            "rule": str(one.rule),
            "where": one.subject,
            "what it means": MEANINGS[one.rule],
            "expected": one.expected,
            "found": one.found,
        }
        for one in report.breaks
    ]
    doubts = [
        {
            "rule": "reading in doubt",
            "where": one.doubt.item_id,
            "what it means": one.doubt.why,
            "expected": one.doubt.known,
            "found": one.doubt.told,
        }
        for one in report.doubts
    ]
    twice = [
        {
            "rule": "refunded and taken back",
            "where": one.payment,
            "what it means": one.in_words(),
            "expected": "one of the two",
            "found": one.refund,
        }
        for one in report.gone_twice
    ]
    table = [*breaks, *doubts, *twice]
    await acreate_table_artifact(key=KEY, table=table, description=report.in_words())
