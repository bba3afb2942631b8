"""Refunds where the provider answers oddly, or the facts change before anything was sent.

Everything is real but Prefect; an odd answer is the sandbox's own, with a field changed.
"""

from typing import Any

import httpx
import pytest

from flows.refunds import refund_chunk
from smarterpay.intake.refund_row import RefundRow
from smarterpay.journal.batches import BatchState, Row, RowState
from smarterpay.journal.decision import State
from smarterpay.journal.intents import NotForAPerson
from smarterpay.journal.ledger_check import check_books
from smarterpay.journal.refunds import RefundState
from smarterpay.orchestration.runtime import Runtime
from smarterpay.settings import Settings
from tests.flows.refund_scene import RefundScene, a_refund
from tests.flows.test_representation_doubts import odd
from tests.flows.without_prefect import plainly
from tests.sandbox_process import SandboxProcess


async def applied(scene: RefundScene, *rows: RefundRow, batch: str | None = None) -> Row:
    """The (first) row after its batch, a new one or `batch`, was worked on."""
    batch = batch or scene.stage(*rows)
    scene.journal.batches.set_state(batch, BatchState.APPLYING)
    scene.journal.batches.keep_in_policy(batch, "most_pence", {"0": 2500})
    await refund_chunk.fn(batch, 0)
    return next(iter(scene.journal.batches.each_row(batch)))


def state_of(scene: RefundScene, reference: str) -> RefundState | None:
    refund = scene.journal.refunds.find(reference)
    return None if refund is None else refund.state


@pytest.mark.parametrize("kind", ["MOTO", "DeferredMOTO"])
async def test_a_card_payment_that_is_undone_already_is_not_told_to_be_taken_by_another(
    kind: str, runtime: Runtime, sandbox: SandboxProcess
) -> None:
    """Section 8, 902 and 903: the answer was lost, and the key is spent when it is sent again."""
    scene = RefundScene(runtime, sandbox)
    with plainly(runtime):
        payment = await scene.card(payment_type=kind)
        sandbox.faults("drop-after", method="POST", path="/SmarterPayCardPaymentService", times=1)
        batch = scene.stage(a_refund("RF", payment))
        assert (await applied(scene, batch=batch)).state is RowState.UNKNOWN
        sandbox.advance("25h")
        row = await applied(scene, batch=batch)
    assert row.state is RowState.SUCCEEDED, row.message
    assert state_of(scene, "RF") is RefundState.DONE
    assert check_books(scene.journal).breaks == []


async def test_a_word_we_do_not_know_releases_nothing(
    settings: Settings, sandbox: SandboxProcess
) -> None:
    """Section 8: `status` may grow; what was sent may have happened."""

    def edit(request: httpx.Request, record: dict[str, Any]) -> None:
        if request.method == "POST" and record.get("payment_type") in ("Void", "Refund"):
            record["status"] = "in review"
        if request.method == "GET" and record.get("payment_type") == "MOTO":
            record["status"] = "successful"

    async with odd(settings, edit) as runtime:
        scene = RefundScene(runtime, sandbox)
        payment = await scene.card(payment_type="MOTO")
        row = await applied(scene, a_refund("RF", payment))
    assert row.state is RowState.UNKNOWN, row.message
    assert state_of(scene, "RF") is RefundState.HELD


async def test_a_cancellation_that_was_only_taken_in_is_read_until_it_stands(
    settings: Settings, sandbox: SandboxProcess
) -> None:
    """Section 4, 202: taken in, not yet acted on; the answer that is kept never changes."""

    def edit(request: httpx.Request, record: dict[str, Any]) -> None:
        if request.method == "PUT":
            record["status"] = "pending_submission"

    async with odd(settings, edit) as runtime:
        scene = RefundScene(runtime, sandbox)
        row = await applied(scene, a_refund("RF", await scene.direct_debit()))
    assert row.state is RowState.SUCCEEDED, row.message
    assert state_of(scene, "RF") is RefundState.DONE


async def test_a_refund_goes_on_under_any_id_that_the_payment_has(
    settings: Settings, sandbox: SandboxProcess
) -> None:
    """Section 1: a legacy id is accepted wherever a new id is, and the record tells the new one."""
    legacy: list[str] = []

    def edit(_request: httpx.Request, record: dict[str, Any]) -> None:
        if record.get("id") in legacy:
            record["id"] = "P01NEWERIDOFPAYMENT"

    async with odd(settings, edit) as runtime:
        scene = RefundScene(runtime, sandbox)
        legacy.append(await scene.direct_debit())
        sandbox.advance("8d")
        sandbox.faults("drop-after", method="POST", path="/credit", times=1)
        batch = scene.stage(a_refund("RF", legacy[0]))
        assert (await applied(scene, batch=batch)).state is RowState.UNKNOWN
        row = await applied(scene, batch=batch)
    assert row.state is RowState.SUCCEEDED, row.message


async def test_a_credit_that_is_born_failed_pays_nobody_and_counts_for_nothing(
    settings: Settings, sandbox: SandboxProcess
) -> None:
    def edit(request: httpx.Request, record: dict[str, Any]) -> None:
        if request.method == "POST" and request.url.path.endswith("/credit"):
            record["status"] = "failed"

    async with odd(settings, edit) as runtime:
        scene = RefundScene(runtime, sandbox)
        payment = await scene.direct_debit()
        sandbox.advance("8d")
        row = await applied(scene, a_refund("RF", payment))
    assert (row.state, row.reason) == (RowState.REFUSED, "refund-failed")
    assert state_of(scene, "RF") is RefundState.RELEASED


async def test_the_batch_s_report_has_refunds_to_cards_too(
    runtime: Runtime, sandbox: SandboxProcess
) -> None:
    scene = RefundScene(runtime, sandbox)
    with plainly(runtime):
        payment = await scene.card()
        sandbox.advance("2d")
        row = await applied(scene, a_refund("RF", payment))
    standings = scene.journal.ledger.batch(row.batch_id).standings
    assert sum(one.amount_pence for one in standings) == 2500


@pytest.mark.parametrize("change", ["claimed", "moved"])
async def test_what_forbids_a_credit_is_seen_until_it_may_have_been_sent(
    change: str, runtime: Runtime, sandbox: SandboxProcess
) -> None:
    """Section 4, 503: nothing was executed, for days; then the payer would be paid twice."""
    scene = RefundScene(runtime, sandbox)
    with plainly(runtime):
        payment = await scene.direct_debit()
        sandbox.advance("8d")
        sandbox.faults("503", method="POST", path="/credit", times=1)
        batch = scene.stage(a_refund("RF", payment))
        assert (await applied(scene, batch=batch)).state is RowState.UNKNOWN
        if change == "claimed":
            scene.report("DDICA2", payment)
        else:
            elsewhere = {"sort_code": "200052", "account_number": "65431234"}
            scene.report("ADDACS3", scene.mandates[payment], **elsewhere)
        row = await applied(scene, batch=batch)
        assert scene.records("credits") == []
        reason = {"claimed": "under-indemnity-claim", "moved": "payer-account-changed"}[change]
        assert (row.state, row.reason) == (RowState.REFUSED, reason)
        assert state_of(scene, "RF") is RefundState.RELEASED
        again = await applied(scene, a_refund("RF", payment))
        assert again.reason == "refund-did-not-happen"
    assert scene.records("credits") == []


async def test_a_person_gives_up_what_must_not_be_sent_again_and_its_pence_are_free(
    runtime: Runtime, sandbox: SandboxProcess
) -> None:
    """Section 8: the gateway says that nothing was paid back, and the payer wants it otherwise."""
    scene = RefundScene(runtime, sandbox)
    with plainly(runtime):
        payment = await scene.card()
        sandbox.advance("2d")
        path = "/SmarterPayCardPaymentService"
        sandbox.faults("drop-before", method="POST", path=path, times=1)
        batch = scene.stage(a_refund("RF", payment))
        assert (await applied(scene, batch=batch)).state is RowState.UNKNOWN
        (intent,) = scene.journal.intents.find("RF")
        intents, now = scene.journal.intents, runtime.clock.now()
        with pytest.raises(NotForAPerson):  # its outcome is unknown, and nobody's to decide
            intents.give_up_for_person(intent.id, "ann", now)
        sandbox.advance("25h")
        assert (await applied(scene, batch=batch)).state is RowState.NEEDS_ATTENTION

        intents.give_up_for_person(intent.id, "ann", now)
        with pytest.raises(NotForAPerson):
            intents.reopen_for_person(intent.id, "ann", now)
        row = await applied(scene, batch=batch)
        assert (row.state, row.reason) == (RowState.REFUSED, "given-up")
        assert state_of(scene, "RF") is RefundState.RELEASED
        assert (await applied(scene, a_refund("RF-2", payment))).state is RowState.SUCCEEDED
    assert scene.paid_back() == {"RF-2": 2500}
    (line,) = scene.journal.audit.each(subject="RF")
    assert (line.actor, line.action) == ("ann", "intent.given_up")


async def test_what_was_never_sent_may_be_given_up_while_the_provider_is_away(
    runtime: Runtime, sandbox: SandboxProcess
) -> None:
    """Section 4, 503: nothing was executed."""
    scene = RefundScene(runtime, sandbox)
    with plainly(runtime):
        payment = await scene.direct_debit()
        sandbox.advance("8d")
        sandbox.faults("503", method="POST", path="/credit", times=1)
        batch = scene.stage(a_refund("RF", payment))
        await applied(scene, batch=batch)
        (intent,) = scene.journal.intents.find("RF")
        assert intent.state is State.OPENED
        scene.journal.intents.give_up_for_person(intent.id, "ann", runtime.clock.now())
        assert (await applied(scene, batch=batch)).reason == "given-up"
    assert scene.records("credits") == []
    assert scene.journal.ledger.get(payment).refund_held_pence == 0
