"""kill -9 at every recovery point of refunds, one after the other, on one batch of every rail."""

import multiprocessing
import signal

from smarterpay.journal.batches import RowState, unfinished
from smarterpay.journal.ledger_check import check_books
from smarterpay.journal.refunds import RefundState
from smarterpay.orchestration.local_server import PrefectServer
from smarterpay.orchestration.recovery import POINTS_OF_A_WRITE
from smarterpay.orchestration.runtime import Runtime
from smarterpay.settings import Settings
from tests.flow_process import FlowProcess, environment_of
from tests.flows.refund_life import live
from tests.flows.refund_scene import RefundScene, a_refund
from tests.sandbox_process import SandboxProcess

_processes = multiprocessing.get_context("forkserver")
_processes.set_forkserver_preload(["tests.flows.refund_life"])

#: Killed when a refund stands at the point while another is under way.
SECOND = 2


async def test_each_refund_happens_once_wherever_and_however_often_the_process_dies(
    flows: FlowProcess,
    runtime: Runtime,
    sandbox: SandboxProcess,
    settings: Settings,
    prefect_server: PrefectServer,
) -> None:
    """Held and not sent, sent and not answered, answered and not settled, settled and not told."""
    scene = RefundScene(runtime, sandbox)
    paid = {f"CREDIT-{n}": await scene.direct_debit() for n in range(2)}
    paid |= {f"CARD-{n}": await scene.card() for n in range(2)}
    sandbox.advance("8d")
    paid |= {f"VOID-{n}": await scene.card() for n in range(2)}
    paid |= {f"PENDING-{n}": await scene.direct_debit() for n in range(2)}
    # Rails in turn, so that each point finds others under way.
    in_turn = sorted(paid, key=lambda reference: reference[-1])
    batch = scene.stage(*(a_refund(reference, paid[reference]) for reference in in_turn))
    environment = {
        **prefect_server.environment(),
        **environment_of(settings),
        "SMARTERPAY_CONCURRENCY": "2",
    }

    for point in POINTS_OF_A_WRITE:
        life = _processes.Process(target=live, args=(environment, batch, point, SECOND))
        life.start()
        life.join()
        assert life.exitcode == -signal.SIGKILL, point
    assert unfinished(runtime.journal.batches.counts(batch)) > 0, "nothing was left to pick up"
    assert any(scene.journal.refunds.of_item(payment) for payment in paid.values())
    assert flows.run("flows.refunds:refund_batch", batch)["message"] == f"{len(paid)} ordered"

    assert check_books(scene.journal).breaks == []
    paying_back = [reference for reference in paid if reference[0] == "C"]
    assert scene.paid_back() == dict.fromkeys(paying_back, 2500)
    assert len(scene.records("credits")) == 2
    status = {one["id"]: one["status"] for one in scene.records("payments")}
    undone = [payment for reference, payment in paid.items() if reference not in paying_back]
    assert {status[payment] for payment in undone} == {"cancelled"}
    refunds, rows = scene.journal.refunds, scene.outcomes(batch)
    for reference, payment in paid.items():
        (refund,) = refunds.of_item(payment)
        assert (refund.reference, refund.state) == (reference, RefundState.DONE)
        assert scene.journal.ledger.get(payment).refund_held_pence == 2500
        assert rows[reference].state is RowState.SUCCEEDED
        assert rows[reference].record_ids == {"payment": payment, "refund": refund.record_id}
