"""What becomes of a collection that was in doubt, or whose payment is not shown; without Prefect.

Chunks are run in the test's own process: everything is real but Prefect.
"""

from collections.abc import AsyncIterator, Mapping
from typing import Any

import pytest

from flows.collection import GoesInBulk, collect_chunk, collect_payment
from flows.collection_steps import Collection, how_it_stands
from smarterpay.api.models.payment import Payment
from smarterpay.journal.batches import BatchState, Row, RowState
from smarterpay.money.accounts import Account
from smarterpay.orchestration.payment_reading import BULK_CREATE
from smarterpay.orchestration.runtime import Runtime
from smarterpay.settings import Settings
from tests.contract.stage import Stage
from tests.flows.collection_scene import charge, direct_debit, rows_of, stage
from tests.flows.without_prefect import plainly
from tests.orchestration.bulk_runs import at_the_sandboxs_pace, booked
from tests.sandbox_process import SandboxProcess

BULK: Mapping[str, Any] = {"bulk": True, "rows_a_chunk": 500}
SINGLE: Mapping[str, Any] = {"bulk": False, "rows_a_chunk": 100}


@pytest.fixture
async def paced(settings: Settings, sandbox: SandboxProcess) -> AsyncIterator[Runtime]:
    """A runtime in which flows run as plain functions; pauses pass in the sandbox's time."""
    async with Stage(sandbox) as payers:
        await payers.mandate(auddis="VEG-1")
    async with at_the_sandboxs_pace(settings, sandbox) as runtime:
        with plainly(runtime):
            yield runtime


def begun(runtime: Runtime, *rows: Any, route: Mapping[str, Any]) -> str:
    """A batch whose plan needs no approval, or has it."""
    batch = stage(runtime.journal, *rows, route=route)
    runtime.journal.batches.set_state(batch, BatchState.APPLYING)
    return batch


async def run(runtime: Runtime, batch: str) -> Mapping[str, Row]:
    """Work on the first chunk of a batch; how its rows stand."""
    await collect_chunk.fn(batch, 0)
    return rows_of(runtime.journal, batch)


async def test_a_row_that_a_person_opened_again_is_sent_by_the_next_run(
    paced: Runtime, sandbox: SandboxProcess
) -> None:
    """Section 7.9: its bulk call has gone, and under its key it never travels again."""
    batch = begun(paced, *(direct_debit(f"INV-{n}", "VEG-1") for n in range(3)), route=BULK)
    sandbox.faults(kind="drop-before", method="POST", path="/payments", times=1)
    assert {row.state for row in (await run(paced, batch)).values()} == {RowState.UNKNOWN}
    sandbox.advance(24 * 3600)
    rows = await run(paced, batch)
    assert {row.state for row in rows.values()} == {RowState.NEEDS_ATTENTION}
    intents = paced.journal.intents
    for name in rows:
        (intent,) = intents.find(name, "payment.create")
        intents.reopen_for_person(intent.id, "grace", paced.clock.now())

    rows = await run(paced, batch)

    assert {row.state for row in rows.values()} == {RowState.SUCCEEDED}
    assert booked(sandbox) == ["INV-0", "INV-1", "INV-2"]
    (call,) = intents.find(f"{batch}:0", BULK_CREATE)
    assert len(intents.attempts(call.id)) == 1


async def test_a_row_that_another_batch_left_in_doubt_is_gone_on_with(
    paced: Runtime, sandbox: SandboxProcess
) -> None:
    """Section 2: under the key and with the bytes that were sent, in whichever batch it is."""
    for kind in ("drop-before", "drop-after"):
        row = direct_debit(f"INV-{kind}", "VEG-1")
        first = begun(paced, row, route=SINGLE)
        sandbox.faults(kind=kind, method="POST", path="/payment", times=1)
        assert (await run(paced, first))[row.reference].state is RowState.UNKNOWN
        second = begun(paced, row, direct_debit(f"NEW-{kind}", "VEG-1"), route=BULK)
        states = [one.state for one in (await run(paced, second)).values()]
        assert states == [RowState.SUCCEEDED, RowState.SUCCEEDED]
    assert booked(sandbox) == [
        "INV-drop-after",
        "INV-drop-before",
        "NEW-drop-after",
        "NEW-drop-before",
    ]


async def test_a_row_in_the_bulk_call_of_another_batch_says_that_it_waits_for_it(
    paced: Runtime, sandbox: SandboxProcess
) -> None:
    """Its own batch cannot settle it, however often it is resumed."""
    row = direct_debit("INV-1", "VEG-1")
    first = begun(paced, row, route=BULK)
    sandbox.faults(kind="drop-after", method="POST", path="/payments", times=1)
    await run(paced, first)
    later = [
        begun(paced, row, route=SINGLE),
        begun(paced, row, direct_debit("INV-2", "VEG-1"), route=BULK),
    ]
    for batch in (*later, later[1]):
        told = (await run(paced, batch))["INV-1"]
        assert (told.state, told.reason) == (RowState.UNKNOWN, "in-another-bulk-call")
        assert "`smarterpay intent show INV-1`" in str(told.message)
    for batch in (first, *later):
        assert (await run(paced, batch))["INV-1"].state is RowState.SUCCEEDED
    assert booked(sandbox) == ["INV-1", "INV-2"]


async def test_a_row_of_a_bulk_batch_that_is_triggered_by_itself_begins_nothing(
    paced: Runtime, sandbox: SandboxProcess
) -> None:
    batch = stage(paced.journal, direct_debit("INV-1", "VEG-1"), route=BULK)
    with pytest.raises(GoesInBulk, match=f"batch resume {batch}"):
        await collect_payment.fn("INV-1")
    assert paced.journal.batches.get(batch).state is BatchState.STAGED
    assert booked(sandbox) == []


@pytest.mark.parametrize("not_found_as_400", [False, True])
async def test_a_payment_that_was_made_and_is_not_shown_leaves_its_own_row_unknown(
    paced: Runtime, sandbox: SandboxProcess, not_found_as_400: bool
) -> None:
    """Sections 4 and 7.9: what the API request names need not be readable, and may be a 400."""
    sandbox.settings(not_found_as_400=not_found_as_400)
    rows = [direct_debit(f"INV-{n}", "VEG-1") for n in range(4)]
    first = begun(paced, *rows, route=BULK)
    await run(paced, first)
    with paced.journal.database.write() as connection:
        connection.exec_driver_sql(
            "UPDATE intents SET record_id = 'P01NOSUCHPAYMENT0001' WHERE reference = 'INV-1'"
        )
    for route in (BULK, SINGLE):
        found = await run(paced, begun(paced, *rows, route=route))

        assert [row.state for row in found.values()] == [
            RowState.SUCCEEDED,
            RowState.UNKNOWN,
            RowState.SUCCEEDED,
            RowState.SUCCEEDED,
        ]
        assert found["INV-1"].reason == "payment-not-readable"
        assert found["INV-1"].record_ids == {"payment": "P01NOSUCHPAYMENT0001"}
        assert found["INV-0"].message == f"ordered before, by {first}, and not once more"


async def test_section_8_a_charge_of_another_batch_is_told_as_made_before(
    paced: Runtime, sandbox: SandboxProcess
) -> None:
    async with Stage(sandbox) as payers:
        paid = await payers.charged()
    row = charge("FEE-1", "card repeat", paid.card_id)
    first, second = (begun(paced, row, route=SINGLE) for _ in range(2))
    assert (await run(paced, first))["FEE-1"].message is None
    told = (await run(paced, second))["FEE-1"]
    assert (told.state, told.message) == (
        RowState.SUCCEEDED,
        f"charged before, by {first}, and not once more",
    )
    balances = paced.journal.ledger.balances()
    assert balances[Account.CARD_RECEIPTS] == 2500


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"status": None}, "payment-status-unknown"),
        ({"status": "on_ice"}, "payment-status-unknown"),
        ({"custom_reference": "INV-2"}, "payment-of-another-reference"),
    ],
)
def test_section_7_7_a_payment_that_is_not_as_ordered_is_not_called_ordered(
    changes: Mapping[str, Any], reason: str
) -> None:
    """In no status we know, which the ledger doubts; or another row's, by what it carries."""
    row = Row("collection-1", 0, 2, "INV-1", RowState.STAGED, None, None, None, {})
    given = {"status": "submitted", "amount": 2500, "custom_reference": "INV-1", **changes}
    payment = Payment(id="P01YZ96J1D7WDK8NEWD", **given)
    told = how_it_stands(payment, Collection(row, direct_debit("INV-1", "VEG-1")), None)
    assert (told.state, told.reason) == (RowState.NEEDS_ATTENTION, reason)
