"""kill -9 in the thick of a batch that goes in bulk, again and again, with faults in between.

Each payment stands once at the provider, in its row and in the ledger, whatever was cut short:
no row is sent twice, none is lost, and no pence counts twice.
"""

import multiprocessing
import os
import random
import signal

import pytest

from smarterpay.journal.batches import RowState
from smarterpay.money.accounts import Account
from smarterpay.orchestration.local_server import PrefectServer
from smarterpay.orchestration.recovery import RecoveryPoint
from smarterpay.orchestration.runtime import Runtime
from smarterpay.settings import Settings
from tests.contract.stage import Stage
from tests.flow_process import environment_of
from tests.flows.collection_life import live
from tests.flows.collection_scene import charge, direct_debit, rows_of, stage
from tests.sandbox_process import SandboxProcess

_processes = multiprocessing.get_context("forkserver")
_processes.set_forkserver_preload(["tests.flows.collection_life"])

#: Moments of a life in bulk: of its calls, and between what it tells ledger and rows.
MOMENTS: tuple[tuple[RecoveryPoint | str, int], ...] = (
    (RecoveryPoint.AFTER_COMMIT, 1),
    (RecoveryPoint.AFTER_SEND, 2),
    (RecoveryPoint.BETWEEN_POLLS, 1),
    ("INSERT INTO ledger_entries", 1),
    ("UPDATE rows", 1),
    ("UPDATE rows", 2),
)
FAULTS = ("429", "500-after", "drop-before", "drop-after")
ROWS = 30
#: How many random lives; set CHAOS_SEEDS for a longer soak.
SEEDS = range(4, 4 + int(os.environ.get("CHAOS_SEEDS", "1")))


@pytest.mark.parametrize("seed", SEEDS)
async def test_each_collection_is_ordered_once_whatever_dies(
    settings: Settings,
    runtime: Runtime,
    sandbox: SandboxProcess,
    prefect_server: PrefectServer,
    seed: int,
) -> None:
    chance = random.Random(seed)  # noqa: S311 - repeatable, not secret
    async with Stage(sandbox) as payers:
        await payers.mandate(auddis="VEG-1")
        gone = str((await payers.ended_mandate("cancelled")).auddis)
        card = await payers.charged()
    sandbox.control("clock", {"mode": "scaled", "scale": 100})
    rows = [direct_debit(f"INV-{n}", gone if n % 10 == 0 else "VEG-1") for n in range(ROWS)]
    charged = [charge(f"CARD-{n}", "card repeat", card.card_id) for n in range(2)]
    batch = stage(runtime.journal, *charged, *rows, route={"bulk": True, "rows_a_chunk": ROWS // 2})
    environment = environment_of(settings) | dict(prefect_server.environment())
    environment |= {"SMARTERPAY_RATE_LIMIT": "1000", "SMARTERPAY_RATE_WINDOW": "0.05"}

    ends = []
    for moment, nth in chance.sample(MOMENTS, 3):
        sandbox.faults(chance.choice(FAULTS), method="POST", path="/payments", times=1)
        ends.append(_life(environment, batch, moment, nth))
    assert -signal.SIGKILL in ends
    sandbox.clear_faults()
    assert _life(environment, batch, None, 0) == 0

    booked = sandbox.books(records=True)["records"]["payments"]
    ours = [one for one in booked if one["custom_reference"].startswith(("INV-", "CARD-"))]
    assert sorted(one["custom_reference"] for one in ours) == sorted(
        row.reference for row in (*rows, *charged)
    )
    counts = runtime.journal.batches.counts(batch)
    assert counts == {RowState.SUCCEEDED: ROWS - 3 + 2, RowState.REFUSED: 3}
    found = rows_of(runtime.journal, batch)
    assert {row.record_ids["payment"] for row in found.values()} == {one["id"] for one in ours}
    assert {row.reason for row in found.values()} == {None, "recorded-cancelled"}
    balances = runtime.journal.ledger.balances()
    assert {account: pence for account, pence in balances.items() if pence} == {
        Account.BILLED: -2500 * (ROWS - 3 + 2),
        Account.TO_COLLECT: 2500 * (ROWS - 3),
        Account.CARD_RECEIPTS: 2500 * 2,
    }


def _life(
    environment: dict[str, str], batch: str, moment: RecoveryPoint | str | None, nth: int
) -> int | None:
    life = _processes.Process(target=live, args=(environment, batch, moment, nth))
    life.start()
    life.join()
    return life.exitcode
