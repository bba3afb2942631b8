"""The two flows that keep the ledger, as the Prefect UI shows them."""

import json

from sqlalchemy import update

from smarterpay.journal.ledger import Seen
from smarterpay.journal.schema import items
from smarterpay.money.accounts import ItemKind
from smarterpay.orchestration.observing import see
from smarterpay.orchestration.runtime import Runtime
from tests.contract.stage import Stage
from tests.flow_process import FlowProcess
from tests.sandbox_process import SandboxProcess

SYNC, CHECK = "flows.status_sync:sync_statuses", "flows.ledger_check:check_ledger"


async def test_statuses_are_synchronised_and_a_break_fails_the_check_loudly(
    flows: FlowProcess, runtime: Runtime, sandbox: SandboxProcess
) -> None:
    async with Stage(sandbox) as stage:
        payment = await stage.payment()
    await see(runtime, [Seen("P02EURO", ItemKind.CARD, "successful", 900, currency="EUR")])

    done = flows.run(SYNC, 3, 60)
    assert done["state"] == "Completed"
    assert done["message"].startswith("1 payments and 0 credits read, 0 of them singly: 1 new")
    assert set(flows.api.artifacts(done["flow_run_id"])) == {"money-ledger-sync"}

    checked = flows.run(CHECK)
    assert (checked["state"], checked["message"]) == (
        *("Completed", "1 items checked: 0 breaks, 1 readings in doubt"),
    )
    with runtime.journal.database.write() as connection:
        connection.execute(update(items).values(amount_pence=2499))
    broken = flows.run(CHECK)
    assert broken["state"] == "Failed"
    assert "1 item-balance" in str(broken["error"])
    artifact = flows.api.artifacts(broken["flow_run_id"])["money-ledger-check"]
    table = json.loads(artifact["data"])
    assert [(row["rule"], row["where"]) for row in table] == [
        ("item-balance", payment.id),
        ("reading in doubt", "P02EURO"),
    ]
    assert table[0]["found"] == "-2500 pence in billed, 2500 pence in to_collect"
