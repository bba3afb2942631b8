"""Unpaid Direct Debits in real flow runs: presented again within the rules, and never twice."""

import json
from datetime import date

from flows.representation import plan_of
from smarterpay.api.models.mandate import MandateUpdate
from smarterpay.journal.approval_requests import Decision
from smarterpay.journal.batches import RowState
from smarterpay.journal.decision import State
from smarterpay.journal.ledger_check import check_books
from smarterpay.money.accounts import Account
from smarterpay.money.thresholds import Reason, Threshold
from smarterpay.orchestration.local_server import PrefectServer
from smarterpay.orchestration.recovery import RecoveryPoint
from smarterpay.orchestration.runtime import Runtime
from tests.contract.stage import Stage
from tests.flow_process import FlowProcess
from tests.flows import representation_scene as scene
from tests.sandbox_process import SandboxProcess


async def test_section_13_from_the_first_presentation_to_the_final_result(
    flows: FlowProcess, runtime: Runtime, sandbox: SandboxProcess
) -> None:
    journal = runtime.journal
    async with Stage(sandbox) as payers:
        pays_later = await scene.unpaid(payers, "LATER", "910")
        never_pays = await scene.unpaid(payers, "NEVER", "911")
        told_to_stop = await scene.unpaid(payers, "STOP", "912")
        closed = await scene.unpaid(payers, "CLOSED", "919")
        paid = await scene.unpaid(payers, "PAID", "678")
        payers.set_clock(scene.REPORTED)

        planned, applied, batch = scene.plan_and_apply(flows, journal)
        assert planned == "2 to present again, £50.00; 2 success-not-assumed"
        assert applied == "2 ordered"
        assert journal.batches.get(batch).policy["planned_by"] == scene.PLANNER
        made = scene.represented(sandbox)
        assert {one["related_payment"] for one in made} == {pays_later.id, never_pays.id}
        assert {one["collection_date"] for one in made} == {"2026-06-10"}
        assert {one["payment_type"] for one in made} == {"represent"}
        assert {int(one["amount"]) for one in made} == {2500}
        references = {one["custom_reference"].partition("-")[0] for one in made}
        assert references == {"LATER/R2", "NEVER/R2"}

        assert scene.plan(flows) == "0 to present again, £0.00; 2 success-not-assumed"
        assert scene.apply(flows, batch) == "2 ordered"
        assert len(scene.represented(sandbox)) == 2

        payers.set_clock("2026-06-16 09:00")
        planned, applied, second = scene.plan_and_apply(flows, journal)
        assert (planned, applied) == (
            "1 to present again, £25.00; 2 success-not-assumed",
            "1 ordered",
        )
        assert second != batch

        payers.set_clock("2026-06-24 09:00")
        told = scene.plan(flows)
        assert told == "0 to present again, £0.00; 2 success-not-assumed, 1 too-many-presentations"

    ends = scene.chain(runtime, never_pays)
    assert ends.result == "unpaid"
    assert [(one.number, one.collection_date, one.status) for one in ends.links] == [
        (1, date(2026, 6, 3), "failed"),
        (2, date(2026, 6, 10), "failed"),
        (3, date(2026, 6, 18), "failed"),
    ]
    assert {one.bacs_code for one in ends.links} == {"ARUDD0"}
    assert scene.chain(runtime, pays_later).result == "collected"
    assert len(scene.represented(sandbox)) == 3
    for payment in (told_to_stop, closed, paid):
        assert payment.id not in {one["related_payment"] for one in scene.represented(sandbox)}
    assert journal.ledger.balances()[Account.UNPAID] == 3 * 2500
    assert check_books(journal).breaks == []


async def test_every_fact_is_looked_at_again_just_before_the_call(
    flows: FlowProcess, runtime: Runtime, sandbox: SandboxProcess
) -> None:
    """Hours may pass between a plan and its approval."""
    journal = runtime.journal
    async with Stage(sandbox) as payers:
        names = ("GOOD", "CANCELLED", "HELD", "BY-HAND")
        failed = {name: await scene.unpaid(payers, name) for name in names}
        failed["CLAIMED"] = await scene.unpaid(payers, "CLAIMED", "678")
        disputed = await payers.payment(auddis=failed["CLAIMED"].auddis)
        payers.set_clock(scene.REPORTED)
        sandbox.control("report", {"code": "ARUDD0", "record_id": failed["CLAIMED"].id})
        assert scene.plan(flows) == "5 to present again, £125.00"
        (batch,) = [one.id for one in journal.batches.list()]

        cancelled, held = failed["CANCELLED"].mandate, failed["HELD"].mandate
        sandbox.control("report", {"code": "ADDACS1", "record_id": cancelled})
        await payers.cloud.mandates.update(str(held), MandateUpdate(dd_status="on hold"))
        by_hand = await scene.presented_by_hand(payers, failed["BY-HAND"])
        sandbox.control("report", {"code": "DDICA2", "record_id": disputed.id})

        assert scene.apply(flows, batch) == "1 ordered, 4 refused"

    rows = scene.rows_by_payment(journal, batch)
    assert {name: rows[one.id].reason for name, one in failed.items()} == {
        "GOOD": None,
        "CANCELLED": "mandate-not-collectable",
        "HELD": "mandate-not-collectable",
        "BY-HAND": "presented-already",
        "CLAIMED": "under-claim",
    }
    made = {one["related_payment"]: one["id"] for one in scene.represented(sandbox)}
    assert set(made) == {failed[name].id for name in ("GOOD", "BY-HAND")}
    assert made[failed["BY-HAND"].id] == by_hand.id
    for name in ("CANCELLED", "HELD", "CLAIMED"):
        chain = scene.chain(runtime, failed[name])
        assert (chain.result, chain.links[-1].status) == ("unpaid", "given up")
    assert [(one.number, one.status) for one in scene.chain(runtime, failed["BY-HAND"]).links] == [
        (1, "failed"),
        (2, "given up"),
        (None, "pending_submission"),
    ]
    held_again = rows[failed["HELD"].id]
    assert "on hold" in (held_again.message or "")


async def test_a_plan_that_nobody_applied_in_time_gives_its_payments_back(
    flows: FlowProcess, runtime: Runtime, sandbox: SandboxProcess
) -> None:
    journal = runtime.journal
    async with Stage(sandbox) as payers:
        await scene.unpaid(payers, "SLOW")
        payers.set_clock(scene.REPORTED)
        assert scene.plan(flows) == "1 to present again, £25.00"
        (batch,) = [one.id for one in journal.batches.list()]
        assert scene.plan(flows) == "0 to present again, £0.00; 1 presented-already"

        payers.set_clock("2026-06-08 22:00")  # 10 June is out of reach
        assert scene.apply(flows, batch) == "1 refused"
        (row,) = journal.batches.each_row(batch)
        assert (row.reason, "2026-06-11" in (row.message or "")) == ("day-not-allowed", True)
        assert scene.plan(flows) == "1 to present again, £25.00"

        payers.set_clock("2026-06-11 09:00")  # and now that plan's day as well
        assert scene.plan(flows, representation_pay_days="16") == "1 to present again, £25.00"
        latest = journal.batches.list()[0].id
        (row,) = journal.batches.each_row(latest)
        planned = journal.presentations.get(str(row.reference))
        assert (planned.number, planned.collection_date) == (4, date(2026, 6, 16))
        assert scene.apply(flows, journal.batches.list()[1].id) == "1 refused"
        assert scene.represented(sandbox) == []

        payers.set_clock("2026-07-02 09:00")  # 6 July: more than a month after the first
        assert scene.plan(flows) == "0 to present again, £0.00; 1 month-is-over"


async def test_a_plan_can_be_tried_and_the_sun_may_present_by_itself(
    flows: FlowProcess, runtime: Runtime, sandbox: SandboxProcess
) -> None:
    """Section 10, "Automatic re-present"."""
    async with Stage(sandbox) as payers:
        await scene.unpaid(payers, "SUN")
        payers.set_clock(scene.REPORTED)
    done = flows.run(scene.PLAN, scene.PLANNER, None, True)
    assert done["message"] == "1 to present again, £25.00"
    assert runtime.journal.batches.list() == []
    by_itself = "0 to present again, £0.00; 1 presented-by-profile"
    assert scene.plan(flows, representation_profile_suns="100263") == by_itself

    scene.plan(flows)
    (batch,) = [one.id for one in runtime.journal.batches.list()]
    # The profile was changed in the portal after the plan was made.
    assert scene.apply(flows, batch, representation_profile_suns="100263") == "1 refused"
    assert scene.represented(sandbox) == []


async def test_section_10_what_a_rejection_profile_presented_by_itself_is_left_alone(
    flows: FlowProcess, runtime: Runtime, sandbox: SandboxProcess
) -> None:
    """Nobody told us of the profile, nor of the first presentation, ordered months before."""
    codes = {"ARUDD0": {"represent": {"times": 1, "banking_days": 5}}}
    sandbox.settings(rejection_profiles={"100263": {"codes": codes}})
    async with Stage(sandbox) as payers:
        failed = await scene.unpaid(payers, "PROFILE", collection_date=date(2026, 8, 12))
        payers.set_clock("2026-08-13 09:00")
        assert scene.plan(flows) == "0 to present again, £0.00"
        payers.set_clock("2026-08-20 09:00")  # what the provider presented has come back, too
        assert scene.plan(flows) == "1 to present again, £25.00"
    chain = scene.chain(runtime, failed)
    assert [(one.number, one.collection_date, one.status) for one in chain.links] == [
        (1, date(2026, 8, 12), "failed"),
        (None, date(2026, 8, 19), "failed"),
        (2, date(2026, 8, 26), "planned"),
    ]
    assert chain.result == "under way"


async def test_a_rejected_plan_frees_its_payments(
    flows: FlowProcess, runtime: Runtime, sandbox: SandboxProcess
) -> None:
    """Also where no run was left to hear of the rejection."""
    journal = runtime.journal
    async with Stage(sandbox) as payers:
        await scene.unpaid(payers, "DEAR")
        payers.set_clock(scene.REPORTED)
    scene.plan(flows)
    (batch,) = [one.id for one in journal.batches.list()]
    staged = await plan_of(runtime, journal.batches.get(batch))
    assert (staged.planner, staged.amount_pence, staged.rows[0].on) == (
        scene.PLANNER,
        2500,
        date(2026, 6, 10),
    )
    reasons = [Reason(Threshold.ROWS, 0, 1)]
    asked = journal.approvals.ask(staged, reasons, journal.clock.now())
    assert asked is not None
    journal.approvals.decide(
        asked.id,
        Decision.REJECTED,
        approver="grace",
        plan=staged.sha256,
        via="test",
        now=journal.clock.now(),
    )

    assert scene.plan_and_apply(flows, journal)[:2] == (
        "1 to present again, £25.00",
        "1 ordered",
    )
    done = flows.run(scene.APPLY, batch, representation_approval_rows=0)
    assert done["error"]["class"] == "PlanRejected"
    assert len(scene.represented(sandbox)) == 1


# --- Silence, crashes and others at work -------------------------------------------------------


async def test_section_2_an_unknown_outcome_stays_unknown_and_is_settled_once(
    flows: FlowProcess, runtime: Runtime, sandbox: SandboxProcess
) -> None:
    journal = runtime.journal
    async with Stage(sandbox) as payers:
        failed = await scene.unpaid(payers, "SILENT")
        payers.set_clock(scene.REPORTED)
    sandbox.faults("drop-after", method="POST", path="/payment/.*/represent", times=1)
    told = scene.plan_and_apply(flows, journal, max_attempts=1)
    assert told[1] == "1 unknown"
    assert scene.plan(flows) == "0 to present again, £0.00"  # it is followed by what was made
    assert scene.chain(runtime, failed).result == "under way"

    assert scene.apply(flows, told[2]) == "1 ordered"

    (made,) = scene.represented(sandbox)
    assert journal.presentations.chain(failed.id).links[-1].item_id == made["id"]
    item = journal.ledger.get(made["id"])
    assert (item.asked_on, item.batch_id) == (date(2026, 6, 10), told[2])


async def test_section_2_a_key_that_is_spent_is_looked_up_and_the_facts_once_more(
    flows: FlowProcess, runtime: Runtime, sandbox: SandboxProcess
) -> None:
    """Nothing was executed; a day later only the list tells."""
    journal = runtime.journal
    async with Stage(sandbox) as payers:
        goes_on = await scene.unpaid(payers, "GOES-ON")
        stops = await scene.unpaid(payers, "STOPS", "678")
        disputed = await payers.payment(auddis=stops.auddis)
        payers.set_clock(scene.REPORTED)
        sandbox.control("report", {"code": "ARUDD0", "record_id": stops.id})
        sandbox.faults("drop-before", method="POST", path="/payment/.*/represent", times=2)
        _, told, batch = scene.plan_and_apply(flows, journal, max_attempts=1)
        assert told == "2 unknown"
        # The provider would take it; the rules do not let it be asked.
        sandbox.control("report", {"code": "DDICA2", "record_id": disputed.id})
        payers.set_clock("2026-06-05 09:00")
        assert scene.apply(flows, batch) == "1 ordered, 1 refused"
    assert [one["related_payment"] for one in scene.represented(sandbox)] == [goes_on.id]
    assert scene.chain(runtime, stops).links[-1].status == "given up"


async def test_a_payment_that_somebody_else_presents_meanwhile_is_not_presented_beside_it(
    flows: FlowProcess, runtime: Runtime, sandbox: SandboxProcess
) -> None:
    """Nothing was executed, which nobody knows: under its key it would be now."""
    journal = runtime.journal
    async with Stage(sandbox) as payers:
        failed = await scene.unpaid(payers, "TWICE")
        payers.set_clock(scene.REPORTED)
        sandbox.faults("drop-before", method="POST", path="/payment/.*/represent", times=1)
        _, told, batch = scene.plan_and_apply(flows, journal, max_attempts=1)
        assert told == "1 unknown"
        by_hand = await scene.presented_by_hand(payers, failed)

        assert scene.apply(flows, batch) == "1 unknown"
        payers.set_clock("2026-06-05 09:00")
        assert scene.apply(flows, batch) == "1 refused"

    assert [one["id"] for one in scene.represented(sandbox)] == [by_hand.id]
    (row,) = journal.batches.each_row(batch)
    assert row.reason == "presented-already"
    assert [(one.number, one.status) for one in scene.chain(runtime, failed).links] == [
        (1, "failed"),
        (2, "given up"),
        (None, "pending_submission"),
    ]
    assert check_books(journal).breaks == []


async def test_planned_by_the_command_and_killed_between_the_claim_and_the_call(
    flows: FlowProcess, runtime: Runtime, sandbox: SandboxProcess, prefect_server: PrefectServer
) -> None:
    journal = runtime.journal
    merchant = scene.Merchant(prefect_server, runtime.settings)
    async with Stage(sandbox) as payers:
        failed = [await scene.unpaid(payers, name) for name in ("ONE", "TWO")]
        await scene.unpaid(payers, "STOP", "912")
        payers.set_clock(scene.REPORTED)
        plan = merchant.command("represent", "plan", "--by", scene.PLANNER, "--json")
        assert (plan["rows"], plan["amount_pence"]) == (2, 5000)
        assert plan["refused"] == {"success-not-assumed": 1}
        assert {one["payment"] for one in plan["presentations"]} == {one.id for one in failed}
        batch = plan["batch"]
        assert journal.batches.get(batch).policy["planned_by"] == scene.PLANNER

        merchant.killed(batch, RecoveryPoint.BEFORE_COMMIT)
        planned = [
            journal.presentations.get(str(row.reference)) for row in journal.batches.each_row(batch)
        ]
        begun = next(one for one in planned if one.begun_at is not None)
        assert scene.represented(sandbox) == []
        (stopped,) = [one for one in failed if one.id == begun.of_item_id]
        sandbox.control("report", {"code": "ADDACS1", "record_id": stopped.mandate})

        assert scene.plan(flows).startswith("0 to present again")
        assert scene.apply(flows, batch) == "1 ordered, 1 refused"

    (made,) = scene.represented(sandbox)
    assert made["related_payment"] != stopped.id
    assert scene.chain(runtime, stopped).links[-1].status == "given up"
    (intent,) = journal.intents.find(begun.reference)
    assert (intent.state, intent.first_sent_at) == (State.REFUSED, None)
    counts = journal.batches.counts(batch)
    assert counts == {RowState.SUCCEEDED: 1, RowState.REFUSED: 1}


async def test_what_is_shown_of_a_plan_and_its_batch_holds_nothing_personal(
    flows: FlowProcess, runtime: Runtime, sandbox: SandboxProcess
) -> None:
    async with Stage(sandbox) as payers:
        failed = await scene.unpaid(payers, "SHOWN")
        await scene.unpaid(payers, "REFUSED", "912")
        payers.set_clock(scene.REPORTED)
    done = flows.run(scene.PLAN, scene.PLANNER)
    shown = flows.api.artifacts(done["flow_run_id"])["representation-plan"]["data"]
    (batch,) = [one.id for one in runtime.journal.batches.list()]
    assert f"smarterpay represent apply {batch}" in shown
    assert "| success-not-assumed | 1 |" in shown
    assert "speak with the payer" in shown
    applied = flows.run(scene.APPLY, batch)
    artifacts = flows.api.artifacts(applied["flow_run_id"])
    assert "| ordered | 1 |" in artifacts[f"{batch}-summary"]["data"]
    assert failed.id in artifacts[f"{batch}-outcomes"]["data"]
    everything = json.dumps([shown, artifacts, done, applied])
    for word in (scene.DESCRIPTION, "12345911", "VEG-SHOWN"):
        assert word not in everything
