"""What the provider has, the ledger comes to know: whoever made it, however seldom one looks."""

from collections import Counter
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import date, timedelta

import pytest

from smarterpay.api import SmarterPayError
from smarterpay.api.models.payment import Payment
from smarterpay.api.models.transaction import Transaction
from smarterpay.journal import Journal
from smarterpay.journal.ledger import Doubt, Seen
from smarterpay.journal.ledger_check import check_books
from smarterpay.journal.schema import items
from smarterpay.money.accounts import Account, ItemKind
from smarterpay.orchestration.money_sync import SyncReport, bring_up_to_date, sync_money
from smarterpay.orchestration.observing import see, seen_payment, seen_transaction
from smarterpay.orchestration.runtime import Runtime
from tests.api import builders
from tests.contract.stage import Stage
from tests.sandbox_process import SandboxProcess

DAYS, HORIZON = 3, 60


@pytest.fixture
async def stage(sandbox: SandboxProcess) -> AsyncIterator[Stage]:
    """Somebody else who makes records at the same provider: a portal, another program."""
    async with Stage(sandbox) as other:
        yield other


async def synced(runtime: Runtime, **changes: int) -> SyncReport:
    """One nightly run."""
    return await bring_up_to_date(runtime, **{"days": DAYS, "horizon_days": HORIZON, **changes})


def differences(journal: Journal, sandbox: SandboxProcess) -> list[tuple[str, object, object]]:
    """Records of the books that the journal does not have, or has otherwise: id, theirs, ours.

    What is cancelled keeps the amount that was billed, whatever the provider says of it.
    """
    books = sandbox.books(records=True)["records"]
    with journal.database.read() as connection:
        known = {
            row["id"]: (row["status"], row["amount_pence"])
            for row in connection.execute(items.select()).mappings()
        }
    told = {}
    for record in (*books["payments"], *books["credits"]):
        record_id = record.get("id") or record["ID"]
        told[record_id] = (record["status"], int(record["amount"]))
    return [
        (record_id, told.get(record_id), known.get(record_id))
        for record_id in sorted(told.keys() | known.keys())
        if told.get(record_id) != known.get(record_id)
    ]


async def test_sections_7_and_11_two_months_of_records_that_we_never_made(
    runtime: Runtime, sandbox: SandboxProcess, stage: Stage
) -> None:
    """Direct Debits of every end, a schedule, a credit, cards; looked at seldom, once too late."""
    journal = runtime.journal
    for ending in ("000", "910", "955", "960"):
        account = await stage.bank_account(account_number=f"12345{ending}")
        mandate = await stage.mandate(customer_bank_account=account.id)
        await stage.payment(mandate=mandate.id)
    await stage.schedule()
    await stage.credit()
    charge = await stage.charged()
    reserved = await stage.charged(payment_type="DeferredMOTO")
    first = await synced(runtime)
    assert (first.payments, first.credits, first.new, list(first.doubts)) == (6, 1, 7, [])
    assert differences(journal, sandbox) == []
    assert (await synced(runtime)).changed == 0

    sandbox.advance("4d")  # the window does not reach back to them any more
    refund = builders.refund(related_payment_id=charge.id, amount=1)
    refunded = await stage.card.transactions.refund(str(charge.card_id), refund)
    await stage.card.transactions.cancel_deferred(str(reserved.card_id), builders.cancel_deferred())
    second = await synced(runtime, days=1)
    assert second.read_singly + second.payments > 0
    assert differences(journal, sandbox) == []

    sandbox.advance("40d")  # nobody looked for weeks: the schedule has made payments meanwhile
    third = await synced(runtime, days=1)
    assert third.new >= 1, "the window begins where the last complete run ended"
    assert differences(journal, sandbox) == []
    balances = journal.ledger.balances()
    assert balances[Account.CLAIMED_BACK] > 0
    assert balances[Account.UNPAID] > 0
    assert journal.ledger.get(refunded.id).kind is ItemKind.CARD_REFUND
    assert journal.ledger.get(reserved.id).kind is ItemKind.RESERVATION
    assert {one.kind for one in journal.ledger.customer(_customer(charge, journal)).standings}
    assert (check_books(journal).breaks, journal.ledger.open_doubts()) == ([], [])


def _customer(charge: Transaction, journal: Journal) -> str:
    customer = journal.ledger.get(charge.id).customer
    assert customer is not None, "a list names the customer of a card payment"
    return customer


async def test_section_6_a_busy_day_is_listed_again_and_what_is_gone_is_a_doubt(
    runtime: Runtime, sandbox: SandboxProcess, stage: Stage
) -> None:
    """501 payments of one day: two pages, not 501 reads."""
    mandate = await stage.mandate()
    row = {"auddis": mandate.auddis, "collection_date": date(2026, 6, 15)}
    for count in (500, 1):
        rows = [builders.payment(custom_reference=f"INV-{count}-{n}", **row) for n in range(count)]
        await stage.cloud.payments.bulk_create(builders.bulk_payments(rows=tuple(rows)))
    sandbox.advance("1h")
    now = runtime.clock.now()
    listed = await sync_money(runtime, created_from=now - timedelta(days=1), created_to=now)
    assert (listed.payments, listed.new) == (501, 501)

    gone = Seen("P01GONE", ItemKind.DIRECT_DEBIT, "submitted", 100, created_at=now)
    await see(runtime, [gone])
    sandbox.advance("20d")
    before = len(sandbox.requests(1000))
    report = await synced(runtime)
    calls = Counter(call["path"].rpartition("/")[2] for call in sandbox.requests(1000)[before:])
    assert (report.changed, report.read_singly) == (501, 0)
    assert calls == {"payments": 3, "credits": 1, "P01GONE": 1}
    (doubt,) = runtime.journal.ledger.open_doubts()
    assert (doubt.doubt.item_id, doubt.doubt.known) == ("P01GONE", "submitted")
    assert runtime.journal.ledger.balances()[Account.BANK] == 501 * 2500


async def test_section_7_8_what_is_presented_again_is_read_however_old_it_is(
    runtime: Runtime, sandbox: SandboxProcess, stage: Stage
) -> None:
    """Else its debt would leave `unpaid`, where it never came in; and a doubt is looked into."""
    journal = runtime.journal
    account = await stage.bank_account(account_number="12345911")
    mandate = await stage.mandate(customer_bank_account=account.id)
    failed, credit = await stage.payment(mandate=mandate.id), await stage.credit()
    journal.sync_marks.completed(runtime.clock.now() + timedelta(days=365))  # a clock ran ahead
    for _ in range(2):
        sandbox.advance("20d")
        day = runtime.clock.now().date()
        again = builders.represent(auddis=mandate.auddis, collection_date=day, amount=2500)
        failed = await stage.cloud.payments.represent(failed.id, again)
    strange = [Doubt(name, "nothing", "mislaid", "odd") for name in (credit.id, "P01GONE")]
    journal.ledger.doubt(strange, runtime.clock.now())
    sandbox.settings(not_found_as_400=True)
    sandbox.advance("1h")

    report = await synced(runtime, days=1)

    assert (report.new, [one.item_id for one in report.doubts]) == (4, ["P01GONE"])
    balances = journal.ledger.balances()
    owed = {name: balances[name] for name in (Account.BILLED, Account.UNPAID, Account.TO_COLLECT)}
    assert owed == {Account.BILLED: -2500, Account.UNPAID: 0, Account.TO_COLLECT: 2500}
    assert [one.doubt.item_id for one in journal.ledger.open_doubts()] == ["P01GONE"]
    assert journal.sync_marks.complete_to() == runtime.clock.now()
    assert (await synced(runtime, days=1)).new == 0


async def test_section_11_a_settled_payment_is_looked_at_until_the_horizon(
    runtime: Runtime, sandbox: SandboxProcess, stage: Stage
) -> None:
    """A claim (DDICA) comes weeks after the collection; a card form nobody finishes never does."""
    payment, form = await stage.payment(), await stage.registered()
    sandbox.advance("20d")
    await synced(runtime, days=30)
    sandbox.advance("20d")
    sandbox.control("report", {"code": "DDICA5", "record_id": payment.id})
    late = await synced(runtime, days=1, horizon_days=10)
    assert (late.payments, late.read_singly) == (0, 0)
    assert runtime.journal.ledger.get(payment.id).status == "successful"
    in_time = await synced(runtime, days=1, horizon_days=30)
    assert (in_time.read_singly, in_time.changed) == (2, 1)
    assert runtime.journal.ledger.get(payment.id).status == "indemnity_claimed"
    assert runtime.journal.ledger.get(form.id).status == "pending"


async def test_a_run_cut_short_keeps_what_it_read_and_is_run_again(
    runtime: Runtime, sandbox: SandboxProcess, stage: Stage
) -> None:
    payment, credit = await stage.payment(), await stage.credit()
    runtime.cloud.sleep = _at_once
    sandbox.faults("500-before", times=100, path="/credits")
    with pytest.raises(SmarterPayError):
        await synced(runtime)
    assert runtime.journal.ledger.get(payment.id).status == "pending_submission"
    assert runtime.journal.sync_marks.complete_to() is None
    sandbox.clear_faults()
    assert (await synced(runtime)).new == 1
    assert runtime.journal.ledger.get(credit.id).kind is ItemKind.CREDIT
    assert runtime.journal.sync_marks.complete_to() == runtime.clock.now()


async def _at_once(_: float) -> None:
    """A pause that nobody waits out."""


def test_section_8_what_a_card_payment_is_follows_from_its_type_and_is_never_guessed() -> None:
    def kind(word: str | None) -> ItemKind | None:
        payment = Payment(id="P02", status="successful", card_id="c", payment_type=word)
        transaction = Transaction(id="P02", status="successful", payment_type=word)
        assert seen_payment(payment).kind is seen_transaction(transaction).kind
        return seen_payment(payment).kind

    charges = ("MOTO", "Ecommerce", "Repeat", "DeferredRelease", "AuthoriseRelease")
    assert {kind(word) for word in charges} == {ItemKind.CARD}
    for reserving in ("Deferred", "Authenticate"):
        for where in ("MOTO", "Ecommerce"):
            assert kind(reserving + where) is ItemKind.RESERVATION
    assert kind("Refund") is ItemKind.CARD_REFUND
    assert kind("PartialRefund") is kind(None) is None
    debit, bare = {"mandate": "M01"}, {"payment_type": "Repeat"}  # of a card that is not named
    for told, expected in ((debit, ItemKind.DIRECT_DEBIT), (bare, ItemKind.CARD), ({}, None)):
        assert seen_payment(Payment(id="P01", status="failed", **told)).kind is expected


async def test_section_8_the_answer_to_a_void_is_no_reading_of_the_payment(
    runtime: Runtime, stage: Stage
) -> None:
    charge = await stage.charged()
    await see(runtime, [seen_payment(await stage.cloud.payments.get(charge.id))])
    voided = await stage.card.transactions.void(
        str(charge.card_id), builders.void(related_payment_id=charge.id)
    )
    (doubt,) = await see(runtime, [seen_transaction(voided)])
    assert doubt.item_id == charge.id
    await see(runtime, [seen_payment(await stage.cloud.payments.get(charge.id))])
    assert runtime.journal.ledger.balances()[Account.CANCELLED] == charge.amount
    assert runtime.journal.ledger.open_doubts() == []
    other_currency = replace(seen_transaction(charge), id="P02EUR", currency="EUR")
    assert len(await see(runtime, [other_currency])) == 1
