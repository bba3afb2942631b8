"""Batches of collections in real flow runs: what is ordered, what is not, and how it is told.

Each test puts many rows into few flow runs: a run costs more than a hundred rows.
"""

import json
from collections.abc import Mapping
from datetime import date

import pytest

from smarterpay.intake.collection_row import CollectionRow
from smarterpay.intake.planned_collections import planned_batch
from smarterpay.journal.approval_requests import Decision
from smarterpay.journal.batch_kinds import COLLECTION
from smarterpay.journal.batches import BatchState, Row, RowState
from smarterpay.journal.keys import derive_key, merchant_namespace
from smarterpay.money.accounts import Account
from smarterpay.orchestration.approval_thresholds import reasons_to_ask
from smarterpay.orchestration.payment_reading import BULK_CREATE
from smarterpay.orchestration.runtime import Runtime
from tests.api import builders
from tests.contract.stage import Stage
from tests.flow_process import FlowProcess, FlowWorker
from tests.flows.collection_scene import (
    PLANNER,
    WEDNESDAY,
    WORDS,
    charge,
    direct_debit,
    rows_of,
    stage,
)
from tests.sandbox_process import SandboxProcess

BATCH, PAYMENT = "flows.collection:collect_batch", "flows.collection:collect_payment"
#: Waits end at once, also after a 429 and a 503.
QUICK = {"rate_limit": 1000, "rate_window": 0.05}
SCALED = {"mode": "scaled", "scale": 100}
ORDERED = (RowState.SUCCEEDED, None)


def ends(rows: Mapping[str, Row]) -> dict[str, tuple[RowState, str | None]]:
    """How each row ended, and for which reason."""
    return {reference: (row.state, row.reason) for reference, row in rows.items()}


def refused(reason: str) -> tuple[RowState, str]:
    return RowState.REFUSED, reason


# --- Direct Debits on mandates of every sort ---------------------------------------------------

MANDATES: Mapping[str, str] = {
    "HELD": "on hold",
    "AWAITED": "await validation",
    "UNVALIDATED": "failed validation",
    "EXPIRED": "expired",
    "CANCELLED": "cancelled",
    "BY-PAYER": "cancelled by payer",
    "BY-ORIGINATOR": "cancelled by originator",
}
ON_MANDATES = {
    "GOOD": ORDERED,
    "BY-ID": ORDERED,
    "MOVED": ORDERED,
    "PAST": refused("collection-date-past"),
    "NO-MANDATE": refused("provider-400"),
    "HELD": refused("mandate-on-hold"),
    "AWAITED": refused("mandate-await-validation"),
    "UNVALIDATED": refused("mandate-failed-validation"),
    "EXPIRED": refused("mandate-expired"),
    "CANCELLED": refused("recorded-cancelled"),
    "BY-PAYER": refused("recorded-cancelled"),
    "BY-ORIGINATOR": refused("recorded-cancelled"),
}


async def test_sections_7_5_and_7_7_mandates_that_cannot_be_collected_on_are_told_apart(
    flows: FlowProcess, runtime: Runtime, sandbox: SandboxProcess, flow_worker: FlowWorker
) -> None:
    """One by one and in bulk alike; what is recorded cancelled counts nowhere as collected."""
    rows = await _on_every_mandate(sandbox)
    sandbox.control("clock", SCALED)
    for bulk_from, prefix in ((50, "S-"), (1, "B-")):
        named = [row.model_copy(update={"reference": prefix + row.reference}) for row in rows]
        batch = stage(runtime.journal, *named)
        before = len(sandbox.requests())

        done = flows.run(BATCH, batch, bulk_from=bulk_from)

        told = "3 ordered, 9 refused; 1 moved to another date"
        assert (done["state"], done["message"]) == ("Completed", told)
        found = rows_of(runtime.journal, batch)
        bulk_refusal = {"NO-MANDATE": refused("provider-refused")} if bulk_from == 1 else {}
        expected = ON_MANDATES | bulk_refusal
        assert ends(found) == {prefix + name: end for name, end in expected.items()}
        moved = found[f"{prefix}MOVED"]
        assert moved.message == "asked for 2027-07-10, will be collected on 2027-07-12"
        item = runtime.journal.ledger.get(moved.record_ids["payment"])
        assert (item.asked_on, item.due_on, item.batch_id) == (
            date(2027, 7, 10),
            date(2027, 7, 12),
            batch,
        )
        cancelled = runtime.journal.ledger.get(found[f"{prefix}CANCELLED"].record_ids["payment"])
        assert (cancelled.status, cancelled.amount_pence) == ("cancelled", 0)
        assert runtime.journal.ledger.entries(cancelled.id) == []
        posts = [one for one in sandbox.requests()[before:] if one["method"] == "POST"]
        assert len(posts) == (len(rows) if bulk_from > 1 else 1)
        _assert_report(flows, done["flow_run_id"], batch)
    assert runtime.journal.ledger.balances() == {
        Account.BILLED: -15_000,
        Account.TO_COLLECT: 15_000,
    }


async def _on_every_mandate(sandbox: SandboxProcess) -> list[CollectionRow]:
    """A row for each sort of mandate, on Friday 2 July 2027: one mandate is old enough by then."""
    async with Stage(sandbox) as payers:
        ended = {"EXPIRED": await payers.ended_mandate("expired")}
        for name, status in MANDATES.items():
            if name not in ("EXPIRED", "AWAITED"):
                ended[name] = await payers.ended_mandate(status)
        # Section 13: this validation stays open however long it takes.
        account = await payers.bank_account(account_name="J Hetfield PENDING")
        ended["AWAITED"] = await payers.mandate(
            customer_bank_account=account.id, account_validation=True
        )
        good = await payers.mandate(auddis="VEG-1")
        on = {"collection_date": date(2027, 7, 14)}
        return [
            direct_debit("GOOD", "VEG-1", **on),
            direct_debit("BY-ID", None, mandate=good.id, **on),
            direct_debit("MOVED", "VEG-1", collection_date=date(2027, 7, 10)),
            direct_debit("PAST", "VEG-1", collection_date=date(2027, 7, 1)),
            direct_debit("NO-MANDATE", "NOBODY-1", **on),
            *(direct_debit(name, str(one.auddis), **on) for name, one in sorted(ended.items())),
        ]


def _assert_report(flows: FlowProcess, flow_run_id: str, batch: str) -> None:
    """What a finance person reads, and nothing personal in any of it."""
    artifacts = flows.api.artifacts(flow_run_id)
    summary = artifacts[f"{batch}-summary"]["data"]
    assert "| 2027-07-12 | 1 | £25.00 |" in summary
    assert "| 2027-07-14 | 2 | £50.00 |" in summary
    assert "| 2027-07-10 | 2027-07-12 | 1 | £25.00 |" in summary
    assert "3 more were recorded and are not collected" in summary
    outcomes = json.loads(artifacts[f"{batch}-outcomes"]["data"])
    assert {line["outcome"] for line in outcomes} == {"ordered", "refused"}
    assert not any(word in json.dumps(artifacts) for word in WORDS.values())


# --- Cards -------------------------------------------------------------------------------------


async def test_section_8_cards_are_charged_within_their_limits_and_results_kept_apart(
    flows: FlowProcess, runtime: Runtime, sandbox: SandboxProcess
) -> None:
    """Section 13: 4005 declines, 4012 is pending for a minute, 4020 cancels, 4098 is silent."""
    async with Stage(sandbox) as payers:
        old = await payers.charged(payment_type="DeferredMOTO")
        payers.set_clock("2026-06-09 09:00")
        paid, unpaid = await payers.charged(), await payers.registered()
        one, two, three = [await payers.charged(payment_type="DeferredMOTO") for _ in range(3)]
        verified = await payers.charged(payment_type="AuthenticateEcommerce")
    release, authorise = "deferred release", "authorise release"
    batch = stage(
        runtime.journal,
        charge("REPEATED", "card repeat", paid.card_id),
        charge("NAMED", "card repeat", paid.card_id, payment=paid.id),
        charge("DECLINED", "card repeat", paid.card_id, amount_pence=4005),
        charge("PENDING", "card repeat", paid.card_id, amount_pence=4012),
        charge("ABANDONED", "card repeat", paid.card_id, amount_pence=4020),
        charge("SILENT", "card repeat", paid.card_id, amount_pence=4098),
        charge("NEVER-PAID", "card repeat", unpaid.card_id),
        charge("OTHER-PAYMENT", "card repeat", paid.card_id, payment=one.id),
        charge("NO-CARD", "card repeat", "20477d89-0000-4b25-ae57-c24f461bb391"),
        charge("RELEASED", release, one.card_id, amount_pence=2000),
        charge("ONCE-MORE", release, one.card_id, amount_pence=500),
        charge("TOO-MUCH", release, two.card_id, amount_pence=2501),
        charge("ALL", release, three.card_id, payment=three.id),
        charge("LAPSED", release, old.card_id),
        charge("NOT-RESERVED", release, paid.card_id),
        charge("FIRST-PART", authorise, verified.card_id, amount_pence=2000),
        charge("SECOND-PART", authorise, verified.card_id, amount_pence=500),
        charge("NOTHING-LEFT", authorise, verified.card_id, amount_pence=1),
    )

    done = flows.run(BATCH, batch, max_attempts=1)

    assert done["state"] == "Completed", done
    expected = {
        "REPEATED": ORDERED,
        "NAMED": ORDERED,
        "DECLINED": refused("card-declined"),
        "PENDING": (RowState.WAITING, "card-pending"),
        "ABANDONED": refused("card-cancelled"),
        "SILENT": (RowState.UNKNOWN, "not-settled-unknown-executed"),
        "NEVER-PAID": refused("card-has-no-successful-payment"),
        "OTHER-PAYMENT": refused("card-has-no-successful-payment"),
        "NO-CARD": refused("card-not-found"),
        "RELEASED": ORDERED,
        "ONCE-MORE": refused("already-released"),
        "TOO-MUCH": refused("release-exceeds-reservation"),
        "ALL": ORDERED,
        "LAPSED": refused("reservation-lapsed"),
        "NOT-RESERVED": refused("nothing-reserved"),
        "FIRST-PART": ORDERED,
        "SECOND-PART": ORDERED,
        "NOTHING-LEFT": refused("already-released"),
    }
    assert ends(rows_of(runtime.journal, batch)) == expected
    taken = 2500 + 2500 + 2000 + 2500 + 2000 + 500
    balances = runtime.journal.ledger.balances()
    assert balances[Account.CARD_RECEIPTS] == taken
    assert (balances[Account.AT_GATEWAY], balances[Account.DECLINED]) == (4012, 4005)
    refusals_of_ours = sum(one["status"] == 400 for one in sandbox.requests())
    assert refusals_of_ours == 0  # what is forbidden was never asked of the gateway

    sandbox.advance(61)
    calls = len([one for one in sandbox.requests() if one["method"] == "POST"])
    done = flows.run(BATCH, batch, max_attempts=1)

    later = rows_of(runtime.journal, batch)
    assert ends(later) == expected | {"PENDING": ORDERED}
    assert runtime.journal.ledger.balances()[Account.CARD_RECEIPTS] == taken + 4012
    posts = [one for one in sandbox.requests() if one["method"] == "POST"]
    assert len(posts) == calls  # the pending one is read, the silent one looked for


# --- Faults, crashes, and two batches with one reference ---------------------------------------


@pytest.mark.parametrize("bulk_from", [50, 1])
async def test_section_4_faults_leave_rows_unknown_and_a_resume_orders_each_once(
    flows: FlowProcess, runtime: Runtime, sandbox: SandboxProcess, bulk_from: int
) -> None:
    async with Stage(sandbox) as payers:
        await payers.mandate(auddis="VEG-1")
    sandbox.control("clock", SCALED)
    batch = stage(runtime.journal, *(direct_debit(f"INV-{n}", "VEG-1") for n in range(6)))
    path = "/payment" if bulk_from > 1 else "/payments"
    for fault in ("429", "500-before", "500-after", "drop-after")[: 4 if bulk_from > 1 else 1]:
        sandbox.faults(kind=fault, method="POST", path=path, times=1)

    first = flows.run(BATCH, batch, bulk_from=bulk_from, max_attempts=1, **QUICK)
    if bulk_from == 1:
        assert first["message"] == "6 unknown"
        sandbox.faults(kind="drop-after", method="POST", path=path, times=1)
        first = flows.run(BATCH, batch, bulk_from=50, max_attempts=1, **QUICK)
    assert "unknown" in first["message"]
    # Another setting by now: the batch keeps the way it was begun.
    done = flows.run(BATCH, batch, bulk_from=50 if bulk_from == 1 else 1, **QUICK)

    assert done["message"] == "6 ordered"
    _assert_each_once(runtime, sandbox, batch, 6)
    posts = [one for one in sandbox.requests() if one["method"] == "POST"]
    paths = {one["path"].rpartition("/")[2] for one in posts} & {"payment", "payments"}
    assert paths == {path.strip("/")}
    assert runtime.journal.batches.get(batch).state is BatchState.APPLIED

    again = stage(
        runtime.journal,
        direct_debit("INV-0", "VEG-1"),
        direct_debit("INV-1", "VEG-1", amount_pence=1),
    )
    assert flows.run(BATCH, again, bulk_from=bulk_from)["message"] == "1 ordered, 1 refused"
    rows = rows_of(runtime.journal, again)
    assert rows["INV-0"].message == f"ordered before, by {batch}, and not once more"
    assert rows["INV-1"].reason == "intent-conflict"
    _assert_each_once(runtime, sandbox, batch, 6)


def _assert_each_once(
    runtime: Runtime, sandbox: SandboxProcess, batch: str, count: int, pence: int = 2500
) -> None:
    """Provider, rows and ledger have the same payments, each once, with both dates."""
    booked = sandbox.books(records=True)["records"]["payments"]
    references = [one["custom_reference"] for one in booked]
    assert len(references) == len(set(references)) == count
    named = {row.record_ids["payment"] for row in runtime.journal.batches.each_row(batch)}
    assert named == {one["id"] for one in booked}
    for payment_id in named:
        item = runtime.journal.ledger.get(payment_id)
        assert (item.asked_on, item.due_on) == (WEDNESDAY, WEDNESDAY)
        assert (item.batch_id, item.amount_pence) == (batch, pence)
        entries = runtime.journal.ledger.entries(payment_id)
        assert [(one.event, one.amount_pence) for one in entries] == [("expected", pence)]
    assert runtime.journal.ledger.balances() == {
        Account.BILLED: -count * pence,
        Account.TO_COLLECT: count * pence,
    }


@pytest.mark.parametrize("bulk_from", [50, 1])
async def test_section_2_a_key_used_for_something_else_needs_a_person(
    flows: FlowProcess, runtime: Runtime, sandbox: SandboxProcess, bulk_from: int
) -> None:
    """422: nothing is sent under another key; a row beside it goes on."""
    async with Stage(sandbox) as payers:
        await payers.mandate(auddis="VEG-1")
    batch = stage(runtime.journal, direct_debit("USED", "VEG-1"), direct_debit("FREE", "VEG-1"))
    namespace = merchant_namespace(runtime.settings.environment, runtime.settings.merchant)
    write = ("payment.create", "USED") if bulk_from > 1 else (BULK_CREATE, f"{batch}:0")
    stranger = runtime.cloud.prepare("bank_account.create", builders.bank_account())
    await runtime.cloud.exchange(stranger, idempotency_key=derive_key(namespace, *write, 0))

    done = flows.run(BATCH, batch, bulk_from=bulk_from)

    assert done["state"] == "Completed", done
    asked = (RowState.NEEDS_ATTENTION, "needs-attention")
    free = ORDERED if bulk_from > 1 else asked
    assert ends(rows_of(runtime.journal, batch)) == {"USED": asked, "FREE": free}
    assert sandbox.counts()["payments"] == (1 if bulk_from > 1 else 0)


# --- One collection by itself, and what is not begun -------------------------------------------


async def test_one_staged_collection_is_ordered_by_its_reference(
    flows: FlowProcess, runtime: Runtime, sandbox: SandboxProcess
) -> None:
    async with Stage(sandbox) as payers:
        await payers.mandate(auddis="VEG-1")
    one = stage(runtime.journal, direct_debit("INV-1", "VEG-1"))
    done = flows.run(PAYMENT, "INV-1")
    assert done["message"] == "succeeded"
    assert runtime.journal.batches.get(one).state is BatchState.APPLIED
    assert flows.run(PAYMENT, "INV-1")["message"] == "succeeded"
    _assert_each_once(runtime, sandbox, one, 1)

    many = stage(runtime.journal, direct_debit("INV-2", "VEG-1"), b"{}")
    refused_run = flows.run("flows.collection:collect_chunk", many, 0)
    assert refused_run["error"]["class"] == "NotBegun"
    broken = flows.run(BATCH, many)
    assert (broken["state"], broken["error"]["class"]) == ("Failed", "RowUnreadable")
    assert "line 3" in broken["error"]["text"]

    in_bulk = stage(runtime.journal, direct_debit("INV-3", "VEG-1"))
    assert flows.run(PAYMENT, "INV-3", bulk_from=1)["error"]["class"] == "GoesInBulk"
    rejected_rows = runtime.journal.batches.counts(in_bulk)
    assert rejected_rows == {RowState.STAGED: 1}


async def test_nothing_is_sent_of_a_plan_that_a_second_person_rejected(
    flows: FlowProcess, runtime: Runtime, sandbox: SandboxProcess
) -> None:
    """Not by its batch, and not row by row either."""
    async with Stage(sandbox) as payers:
        await payers.mandate(auddis="VEG-1")
    journal, now = runtime.journal, runtime.clock.now()
    decisions = {"R": Decision.REJECTED, "A": Decision.APPROVED}
    batches = {}
    for name, decision in decisions.items():
        rows = [direct_debit(f"{name}-{n}", "VEG-1") for n in range(2)]
        batches[name] = stage(journal, *rows)
        asked = runtime.settings.model_copy(update={"collection_approval_rows": 1})
        planned = planned_batch(journal, journal.batches.get(batches[name]), asked, now=now)
        plan = planned.plan(COLLECTION, batches[name], PLANNER)
        request = journal.approvals.ask(plan, reasons_to_ask(asked, plan), now)
        assert request is not None
        journal.approvals.decide(
            request.id, decision, approver="grace", plan=plan.sha256, via="test", now=now
        )
    before = len(sandbox.requests())

    for flow, argument in ((BATCH, batches["R"]), (PAYMENT, "R-0")):
        stopped = flows.run(flow, argument, collection_approval_rows=1)
        assert stopped["error"]["class"] == "PlanRejected"
    assert len(sandbox.requests()) == before
    assert journal.batches.counts(batches["R"]) == {RowState.STAGED: 2}
    done = flows.run(BATCH, batches["A"], collection_approval_rows=1)
    assert done["message"] == "2 ordered"
