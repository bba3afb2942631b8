"""Refunds on every rail and with every refusal, in a real flow process (sections 7.10, 8, 10)."""

from collections.abc import Mapping

from smarterpay.api.models.bank_account import BankAccountUpdate
from smarterpay.api.models.payment import PaymentUpdate
from smarterpay.journal.batches import BatchState, RowState
from smarterpay.journal.decision import State
from smarterpay.journal.ledger_check import check_books
from smarterpay.journal.refunds import NewRefund, RefundState
from smarterpay.money.refund_rails import Rail
from smarterpay.orchestration.observing import see, seen_credit, seen_payment
from smarterpay.orchestration.runtime import Runtime
from tests.api import builders
from tests.flow_process import FlowProcess
from tests.flows.refund_scene import WORDS, RefundScene, a_refund
from tests.in_process import opened
from tests.journal.builders import reject
from tests.sandbox_process import SandboxProcess

BATCH = "flows.refunds:refund_batch"
ONE = "flows.refunds:refund_payment"
PART = 1000

#: What becomes of a refund of each payment: its rail, or its refusal.
OUTCOMES: Mapping[str, Rail | str] = {
    # Section 8: voided before clearing, refunded after, all or part of it.
    "VOID": Rail.VOID,
    "TOO-EARLY": "not-yet-settled",
    "CLEARED": Rail.CARD_REFUND,
    "CLEARED-PART": Rail.CARD_REFUND,
    "CARD-TOO-MUCH": "refund-exceeds-what-is-left",
    "DEFERRED": Rail.CANCEL_DEFERRED,
    "DEFERRED-PART": "part-cannot-be-cancelled",
    "VERIFIED": "nothing-was-taken",
    "DECLINED": "payment-failed",
    "WAITING": "not-yet-settled",
    "IN-EUROS": "card-not-usable",
    "IN-PORTAL": "gateway-has-less",
    "RELEASED": "already-released",
    # Sections 7.7 and 7.10: cancelled while pending, credited when collected.
    "PENDING": Rail.CANCEL_PAYMENT,
    "PENDING-PART": "part-cannot-be-cancelled",
    "SUBMITTED": "not-yet-settled",
    "CREDIT": Rail.CREDIT,
    "CREDIT-PART": Rail.CREDIT,
    "MANDATE-GONE": Rail.CREDIT,
    "DD-TOO-MUCH": "refund-exceeds-what-is-left",
    "CANCELLED": "payment-cancelled",
    # Section 10: what reports have done to the payment, its mandate and its account.
    "FAILED": "payment-failed",
    "CLAIMED": "under-indemnity-claim",
    "CLAIM-LOST": "under-indemnity-claim",
    "CLAIM-WON": Rail.CREDIT,
    "AMENDED": "payer-account-changed",
    "TRANSFERRED": "payer-account-changed",
    "CORRECTED": "payer-account-changed",
    "CLOSED": "bank-account-disabled",
    "NO-CREDITS": "credits-not-allowed",
    # One payment, two refunds of all of it.
    "TWICE": Rail.CREDIT,
    "TWICE-AGAIN": "already-refunded",
    "NO-SUCH": "payment-not-found",
}
MORE_THAN_ALL = 2501
AMOUNTS = {
    **dict.fromkeys(("TOO-EARLY", "CLEARED-PART", "DEFERRED-PART", "PENDING-PART"), PART),
    "CREDIT-PART": PART,
    **dict.fromkeys(("CARD-TOO-MUCH", "DD-TOO-MUCH"), MORE_THAN_ALL),
}


async def payments_in_every_state(scene: RefundScene) -> dict[str, str]:
    """The payment of each row of `OUTCOMES`, on Tuesday 9 June 2026."""
    sandbox = scene.sandbox
    names = [*("CREDIT", "CREDIT-PART", "MANDATE-GONE", "DD-TOO-MUCH", "FAILED", "CLAIMED")]
    names += [*("CLAIM-LOST", "CLAIM-WON", "AMENDED", "TRANSFERRED", "CORRECTED", "CLOSED")]
    paid = {name: await scene.direct_debit() for name in [*names, "TWICE"]}
    paid["NO-CREDITS"] = await scene.direct_debit(credits_allowed=False)
    cards = ("CLEARED", "CLEARED-PART", "CARD-TOO-MUCH", "IN-PORTAL")
    paid |= {name: await scene.card() for name in cards}
    paid["IN-EUROS"] = await scene.card(currency_code="EUR")
    sandbox.advance("8d")
    for name in ("CLAIMED", "CLAIM-LOST", "CLAIM-WON"):
        scene.report("DDICA2", paid[name])
    for name, phrase in (("CLAIM-LOST", "rejected"), ("CLAIM-WON", "accepted")):
        body = {"record_id": paid[name], "phrase": f"challenge {phrase}"}
        sandbox.control("challenge-report", body)
    elsewhere = {"sort_code": "200052", "account_number": "65431234"}
    scene.report("ARUDD0", paid["FAILED"])
    scene.report("ADDACS1", scene.mandates[paid["MANDATE-GONE"]])
    scene.report("ADDACSE", scene.mandates[paid["AMENDED"]], **elsewhere)
    scene.report("ADDACS3", scene.mandates[paid["TRANSFERRED"]], **elsewhere)
    scene.report("AWACS0", scene.bank_accounts[paid["CORRECTED"]], **elsewhere)
    scene.report("ADDACSB", scene.mandates[paid["CLOSED"]])
    paid |= {name: await scene.card() for name in ("VOID", "TOO-EARLY")}
    for name in ("DEFERRED", "DEFERRED-PART", "RELEASED"):
        paid[name] = await scene.card(payment_type="DeferredEcommerce")
    # Done past this journal: only the provider knows of it, and says no.
    transactions, on = scene.runtime.card.transactions, scene.cards
    portal = builders.refund(amount=PART, related_payment_id=paid["IN-PORTAL"])
    await transactions.refund(on[paid["IN-PORTAL"]], portal)
    await transactions.release_deferred(on[paid["RELEASED"]], builders.release_deferred())
    paid["VERIFIED"] = await scene.card(payment_type="AuthenticateEcommerce")
    paid["DECLINED"] = await scene.card(outcome="failed")
    paid["WAITING"] = await scene.card(outcome="waiting")
    paid["SUBMITTED"] = await scene.direct_debit()
    sandbox.control("submission-run", {})
    paid |= {name: await scene.direct_debit() for name in ("PENDING", "PENDING-PART", "CANCELLED")}
    scene.report("ADDACS1", scene.mandates[paid["CANCELLED"]])
    return {**paid, "TWICE-AGAIN": paid["TWICE"], "NO-SUCH": "P01NOSUCHPAYMENT000"}


async def test_each_refund_takes_the_rail_its_payment_allows_or_is_refused_by_name(
    flows: FlowProcess, runtime: Runtime, sandbox: SandboxProcess
) -> None:
    scene = RefundScene(runtime, sandbox)
    paid = await payments_in_every_state(scene)
    batch = scene.stage(
        *(a_refund(name, paid[name], amount_pence=AMOUNTS.get(name)) for name in OUTCOMES)
    )

    done = flows.run(BATCH, batch, concurrency=32)

    rows = scene.outcomes(batch)
    twice = {rows["TWICE"].reason, rows["TWICE-AGAIN"].reason}
    assert twice == {"already-refunded", None}  # whichever came first
    expected = {n: w for n, w in OUTCOMES.items() if not n.startswith("TWICE")}
    assert {name: _became(scene, rows[name].reason, name) for name in expected} == expected
    ordered = sum(isinstance(what, Rail) for what in OUTCOMES.values())
    assert (done["state"], done["message"]) == (
        "Completed",
        f"{ordered} ordered, {len(OUTCOMES) - ordered} refused",
    )
    _assert_told(scene, batch, paid)
    _assert_books_agree(scene, paid)
    artifacts = flows.api.artifacts(done["flow_run_id"])
    summary = artifacts[f"{batch}-summary"]["data"]
    assert not any(word in str(artifacts) for word in WORDS.values())
    assert "| Bacs credit to the payer | 5 | £110.00 |" in summary
    assert runtime.journal.batches.get(batch).state is BatchState.APPLIED


def _became(scene: RefundScene, reason: str | None, name: str) -> Rail | str | None:
    refund = scene.journal.refunds.find(name)
    if refund is None or refund.state is RefundState.RELEASED:
        return reason
    return refund.rail


def _assert_told(scene: RefundScene, batch: str, paid: Mapping[str, str]) -> None:
    """Each row says what went back by which rail and why, or what to do; nothing personal."""
    for name, row in scene.outcomes(batch).items():
        told = row.message or ""
        assert paid[name] in (row.record_ids.get("payment"), "P01NOSUCHPAYMENT000")
        assert not any(word in told for word in (*WORDS.values(), "65431234", "200052"))
        if row.state is RowState.SUCCEEDED:
            assert told.startswith("£10.00" if AMOUNTS.get(name) == PART else "£25.00")
            assert "so " in told
    rows = scene.outcomes(batch)
    assert "ask again on 10 June 2026 after 06:00" in (rows["TOO-EARLY"].message or "")
    assert "ask again on 16 June 2026" in (rows["SUBMITTED"].message or "")
    assert "paid on 11 June 2026" in (rows["CREDIT"].message or "")
    assert "amend its amount" in (rows["PENDING-PART"].message or "")


def _assert_books_agree(scene: RefundScene, paid: Mapping[str, str]) -> None:
    """The provider paid back each refund once, and what was only undone stands as cancelled."""
    journal = scene.journal
    every = [refund for refund in map(journal.refunds.find, OUTCOMES) if refund]
    held = {one.reference: one for one in every if one.state is RefundState.DONE}
    tried = {one.reference: one.state for one in every if one.reference not in held}
    assert tried == dict.fromkeys(("IN-PORTAL", "RELEASED"), RefundState.RELEASED)
    paying = {Rail.CREDIT, Rail.CARD_REFUND}
    assert scene.paid_back() == {"": PART} | {
        reference: refund.amount_pence
        for reference, refund in held.items()
        if refund.rail in paying
    }
    assert check_books(journal).breaks == []
    status = {one["id"]: one["status"] for one in scene.records("payments")}
    for reference, refund in held.items():
        payment = paid[reference]
        assert journal.ledger.get(payment).refund_held_pence == refund.amount_pence
        if refund.rail not in paying:
            assert status[payment] == journal.ledger.get(payment).status == "cancelled"
        else:
            assert journal.ledger.get(str(refund.record_id)).related_item == payment
    # Section 7.10: not on the mandate, which may be cancelled, yet from its own account.
    credited = scene.records("credits")
    assert {one["auddis"] for one in credited} == {""}
    assert {one["client_bank_account_id"] for one in credited} == {"OB01SANDBOXMAIN00001"}


async def test_a_payment_is_found_by_the_merchants_own_reference(
    flows: FlowProcess, runtime: Runtime, sandbox: SandboxProcess
) -> None:
    """Section 7.7: of a failed payment and the one that presents it again, the one that stands."""
    scene = RefundScene(runtime, sandbox)
    known = await scene.card(custom_reference="INV-KNOWN")
    await see(runtime, [seen_payment(await runtime.cloud.payments.get(known))])
    listed = await scene.card(custom_reference="INV-LISTED")
    failed = await scene.card(custom_reference="INV-AGAIN", outcome="failed")
    await see(runtime, [seen_payment(await runtime.cloud.payments.get(failed))])
    standing = await scene.card(custom_reference="INV-AGAIN")
    for _ in range(2):
        await scene.card(custom_reference="INV-TWO")
    wanted = ("INV-KNOWN", "INV-LISTED", "INV-AGAIN", "INV-TWO", "INV-NONE")
    batch = scene.stage(*(a_refund(name, payment_reference=name) for name in wanted))

    done = flows.run(BATCH, batch)

    assert done["message"] == "3 ordered, 2 refused"
    rows = scene.outcomes(batch)
    found = {name: row.record_ids.get("payment") for name, row in rows.items()}
    assert found == {
        "INV-KNOWN": known,
        "INV-LISTED": listed,
        "INV-AGAIN": standing,
        "INV-TWO": None,
        "INV-NONE": None,
    }
    assert [rows[n].reason for n in ("INV-TWO", "INV-NONE")] == [
        "payment-ambiguous",
        "payment-not-found",
    ]


async def test_an_unknown_outcome_keeps_its_pence_held_until_it_is_settled(
    flows: FlowProcess, runtime: Runtime, sandbox: SandboxProcess
) -> None:
    """Section 4: an answer lost is no refusal; nobody refunds the payment a second time."""
    scene = RefundScene(runtime, sandbox)
    debit, card = await scene.direct_debit(), await scene.card()
    sandbox.advance("8d")
    batch = scene.stage(a_refund("ONE", debit), a_refund("TWO", card))
    sandbox.faults("drop-after", method="POST", path="/credit", times=1)
    sandbox.faults("drop-before", method="POST", path="/SmarterPayCardPaymentService", times=1)

    assert flows.run(BATCH, batch, max_attempts=1)["message"] == "2 unknown"
    other = scene.stage(a_refund("OTHER-ONE", debit), a_refund("OTHER-TWO", card))
    assert flows.run(BATCH, other)["message"] == "2 refused"
    assert {row.reason for row in scene.outcomes(other).values()} == {"already-refunded"}

    # A day later the keys are spent. The credit is found; of the card refund nothing is, which
    # proves nothing: a person asks the gateway (section 8).
    sandbox.advance("25h")
    assert flows.run(BATCH, batch)["message"] == "1 ordered, 1 need attention"
    (intent,) = runtime.journal.intents.find("TWO")
    assert intent.state is State.NEEDS_ATTENTION
    runtime.journal.intents.reopen_for_person(intent.id, "ann", runtime.clock.now())

    assert flows.run(BATCH, batch)["message"] == "2 ordered"
    assert scene.paid_back() == {"ONE": 2500, "TWO": 2500}


async def test_a_held_rail_stands_until_it_is_known_not_to_have_happened(
    flows: FlowProcess, runtime: Runtime, sandbox: SandboxProcess
) -> None:
    """Section 8: a void decided before clearing is declined (902) after it; then a new choice."""
    scene = RefundScene(runtime, sandbox)
    payment = await scene.card()
    record = await runtime.cloud.payments.get(payment)
    await see(runtime, [seen_payment(record)])
    row = a_refund("FIRST", payment)
    batch = scene.stage(row)
    wanted = NewRefund(
        "FIRST", payment, 2500, Rail.VOID, "why", scene.words(row), paid_to=record.card_id
    )
    runtime.journal.refunds.hold(wanted, runtime.clock.now())  # and the process dies
    sandbox.advance("2d")

    assert flows.run(BATCH, batch)["message"] == "1 refused"
    (first,) = scene.outcomes(batch).values()
    assert first.reason == "void-declined"
    assert "new reference" in (first.message or "")
    assert runtime.journal.ledger.get(payment).refund_held_pence == 0

    again = scene.stage(a_refund("FIRST", payment), a_refund("SECOND", payment))
    flows.run(BATCH, again)
    rows = scene.outcomes(again)
    assert rows["FIRST"].reason == "refund-did-not-happen"
    assert rows["SECOND"].state is RowState.SUCCEEDED
    assert scene.paid_back() == {"SECOND": 2500}


async def test_a_credit_that_comes_back_can_be_refunded_again_by_a_new_reference(
    flows: FlowProcess, runtime: Runtime, sandbox: SandboxProcess
) -> None:
    """Section 10, ARUCS: known by whoever sees the credit, released once however often seen."""
    scene = RefundScene(runtime, sandbox)
    payment = await scene.direct_debit()
    sandbox.advance("8d")
    batch = scene.stage(a_refund("FIRST", payment))
    first = flows.run(ONE, "FIRST")
    assert first["state"] == "Completed"
    assert runtime.journal.batches.get(batch).state is BatchState.APPLIED
    credit = str(scene.outcomes(batch)["FIRST"].record_ids["refund"])
    sandbox.advance("1d")
    scene.report("ARUCS0", credit)

    for _ in range(2):
        await see(runtime, [seen_credit(await runtime.cloud.credits.get(credit))])

    refunds = runtime.journal.refunds
    assert [one.state for one in refunds.of_item(payment)] == [RefundState.RELEASED]
    assert runtime.journal.ledger.get(payment).refund_held_pence == 0
    account = scene.bank_accounts[payment]
    await runtime.cloud.bank_accounts.update(account, BankAccountUpdate(enabled=True))
    scene.stage(a_refund("SECOND", payment))
    assert flows.run(ONE, "SECOND")["message"].startswith("succeeded")
    assert scene.paid_back() == {"SECOND": 2500}
    assert runtime.journal.ledger.get(payment).refund_held_pence == 2500


async def test_a_credit_date_that_passed_before_anything_was_sent_is_asked_for_anew(
    flows: FlowProcess, runtime: Runtime, sandbox: SandboxProcess
) -> None:
    """Section 7.10: a past date would be refused; nothing was sent, so another may be asked for."""
    scene = RefundScene(runtime, sandbox)
    payment = await scene.direct_debit()
    sandbox.advance("8d")
    await see(runtime, [seen_payment(await runtime.cloud.payments.get(payment))])
    row = a_refund("LATE", payment)
    batch = scene.stage(row)
    wanted = NewRefund(
        "LATE",
        payment,
        None,
        Rail.CREDIT,
        "why",
        scene.words(row),
        paid_to=scene.bank_accounts[payment],
        pay_on=runtime.clock.now().date(),
    )
    runtime.journal.refunds.hold(wanted, runtime.clock.now())
    sandbox.advance("5d")

    assert flows.run(BATCH, batch)["message"] == "1 ordered"
    (credit,) = scene.records("credits")
    assert credit["credit_date"] > runtime.clock.now().date().isoformat()


async def test_no_more_goes_back_than_was_approved_by_whatever_name_a_payment_is_called(
    flows: FlowProcess, runtime: Runtime, sandbox: SandboxProcess
) -> None:
    """Section 1: an id is read in any case; a threshold that its payment exceeds asks first."""
    scene = RefundScene(runtime, sandbox)
    payment, later = await scene.card(), await scene.direct_debit(custom_reference="INV-LATER")
    asked = scene.stage(a_refund("LOWER", payment.lower()))
    done = flows.run(BATCH, asked, refund_approval_row_pence=2499, approval_hours=0.0001)
    assert done["state"] != "Completed"
    assert scene.outcomes(asked)["LOWER"].state is RowState.STAGED
    assert runtime.journal.refunds.of_item(payment) == []

    # Amended upwards after the plan was made: what was approved is less than it now is.
    batch = scene.stage(a_refund("AMENDED", payment_reference="INV-LATER"))
    await runtime.cloud.payments.update(later, PaymentUpdate(amount=2400))
    runtime.journal.batches.keep_in_policy(batch, "most_pence", {"0": 2399})
    assert flows.run(BATCH, batch)["message"] == "1 refused"
    assert scene.outcomes(batch)["AMENDED"].reason == "amount-not-approved"


async def test_a_reference_that_was_used_for_something_else_holds_nothing(
    flows: FlowProcess, runtime: Runtime, sandbox: SandboxProcess
) -> None:
    """Design section 3: the intent that stands there is not the refund's, and settles nothing."""
    scene = RefundScene(runtime, sandbox)
    payment = await scene.card()
    opened(runtime, "transaction.void", builders.void(), "SAME", "a-card")
    batch = scene.stage(a_refund("SAME", payment))
    assert flows.run(BATCH, batch)["message"] == "1 refused"
    assert scene.outcomes(batch)["SAME"].reason == "reference-in-use"
    assert runtime.journal.refunds.of_item(payment) == []


async def test_section_1_a_token_that_is_not_accepted_ends_the_run_early(
    flows: FlowProcess, runtime: Runtime, sandbox: SandboxProcess
) -> None:
    """The first thing a refund does is a read: what it does not let in ends the run as well."""
    scene = RefundScene(runtime, sandbox)
    rows = [a_refund(f"RF-{n}", f"P01{n:016}", amount_pence=100) for n in range(30)]
    batch = scene.stage(*rows)
    token = {"api_key": "sandbox-key-expired"}
    done = flows.run(BATCH, batch, **token, concurrency=2, chunk_size=5)
    assert (done["state"], done["error"]["class"]) == ("Failed", "InvalidToken")
    assert runtime.journal.batches.counts(batch) == {RowState.STAGED: 30}
    two_chunks_of_two_rows_at_once = 4
    assert 1 <= len(sandbox.requests()) <= two_chunks_of_two_rows_at_once


async def test_a_chunk_of_a_batch_that_nobody_began_is_not_worked_on(
    flows: FlowProcess, runtime: Runtime, sandbox: SandboxProcess
) -> None:
    """Nothing goes round the approval."""
    scene = RefundScene(runtime, sandbox)
    batch = scene.stage(a_refund("ONE", await scene.card()))
    chunk = "flows.refunds:refund_chunk"
    assert flows.run(chunk, batch, 0)["error"]["class"] == "NotBegun"
    runtime.journal.batches.set_state(batch, BatchState.APPLYING)
    reject(runtime.journal, batch)  # begun under other thresholds
    assert flows.run(chunk, batch, 0)["error"]["class"] == "NotBegun"
    assert [call["path"] for call in sandbox.requests() if call["method"] == "POST"][2:] == []


async def test_a_reference_stands_for_one_refund(
    flows: FlowProcess, runtime: Runtime, sandbox: SandboxProcess
) -> None:
    """The same asked again is done already; another payment, amount or text is a conflict."""
    scene = RefundScene(runtime, sandbox)
    payment, another = await scene.card(), await scene.card()
    flows.run(BATCH, scene.stage(a_refund("ONE", payment), a_refund("TWO", another)))
    same = scene.stage(a_refund("ONE", payment), a_refund("TWO", another, reason="other words"))

    assert flows.run(BATCH, same)["message"] == "1 ordered, 1 refused"
    changed = scene.stage(a_refund("ONE", another), a_refund("TWO", another, amount_pence=100))
    assert flows.run(BATCH, changed)["message"] == "2 refused"
    rows = [scene.outcomes(same)["TWO"], *scene.outcomes(changed).values()]
    assert {row.reason for row in rows} == {"refund-conflict"}
