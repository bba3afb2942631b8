"""Keeps the money ledger up to date with the provider: run it every hour, or every night.

    sync_statuses(days, horizon_days)

Composition only; what is read and in which order is in `smarterpay.orchestration.money_sync`.
"""

from typing import Annotated, Any

from prefect import flow
from prefect.artifacts import acreate_table_artifact
from prefect.client.schemas.objects import State
from prefect.states import Completed
from pydantic import Field

from smarterpay.orchestration.flow_runs import flow_run_id, tag_flow_run
from smarterpay.orchestration.money_sync import SyncReport, bring_up_to_date
from smarterpay.orchestration.runtime import open_runtime

#: Payments of schedules are made 5 banking days before their date, and change until they settle:
#: what is younger than this is listed in every run.
DAYS = 14
#: Claims (DDICA) come months after a collection; most of them within this time.
HORIZON_DAYS = 120
KEY = "money-ledger-sync"

Days = Annotated[int, Field(ge=1, le=400)]


@flow(name="sync-statuses", flow_run_name="sync statuses", persist_result=False)
async def sync_statuses(days: Days = DAYS, horizon_days: Days = HORIZON_DAYS) -> State[Any]:
    """Read payments and credits from the provider, and enter what has changed into the ledger.

    `days`: what was made since then is listed (or since the last complete run, if that is longer
    ago). `horizon_days`: for so long after its last change a settled payment is looked at again.
    Run again after a crash, it goes on from what was entered. Raises `smarterpay.api` errors.
    """
    async with open_runtime() as runtime:
        await tag_flow_run("ledger")
        report = await bring_up_to_date(runtime, days=days, horizon_days=horizon_days)
        await _publish(report)
        return Completed(message=report.in_words())


async def _publish(report: SyncReport) -> None:
    if flow_run_id() is None:
        return
    await acreate_table_artifact(
        key=KEY,
        table=[
            {"item": doubt.item_id, "known": doubt.known, "told": doubt.told, "why": doubt.why}
            for doubt in report.doubts
        ],
        description=f"{report.in_words()}. The table has the readings in doubt.",
    )
