"""Payments are read in pages, not one by one: those of a bulk call, and those on some cards."""

import pytest

from smarterpay.money.card_limits import CardPayment
from smarterpay.orchestration.card_payments import CardNotFound, CardPayments
from smarterpay.orchestration.payment_reading import payments_by_id
from smarterpay.orchestration.runtime import Runtime
from tests.contract.stage import Stage
from tests.orchestration.bulk_runs import a_payer, a_payment, bulk
from tests.sandbox_process import SandboxProcess


def reads(sandbox: SandboxProcess, since: int = 0) -> list[str]:
    """The last word of each path that was read, oldest first."""
    heard = sandbox.requests()[since:]
    return [one["path"].split("/")[2] for one in heard if one["method"] == "GET"]


async def test_section_7_9_what_a_bulk_call_made_is_read_in_one_page(
    paced: Runtime, sandbox: SandboxProcess
) -> None:
    auddis = await a_payer(paced)
    earlier = await bulk(paced, [a_payment(auddis, f"OLD-{n}") for n in range(5)], reference="A")
    made = await bulk(paced, [a_payment(auddis, f"INV-{n}") for n in range(5)], reference="B")
    ids = [str(row.record_id) for row in made.rows]
    before = len(sandbox.requests())

    found = await payments_by_id(paced, ids, call_reference="B")

    assert {key: one.custom_reference for key, one in found.items()} == {
        key: f"INV-{n}" for n, key in enumerate(ids)
    }
    assert reads(sandbox, before) == ["payments"]
    # What another call made is read by itself, and an id nobody knows is left out.
    others = [str(earlier.rows[0].record_id), "P01NOSUCHPAYMENT0001"]
    found = await payments_by_id(paced, [*ids, *others], call_reference="B")
    assert found.keys() == {*ids, others[0]}
    assert reads(sandbox, before) == ["payments", "payments", "payment", "payment"]
    few = await payments_by_id(paced, ids[:1], call_reference="B")
    assert reads(sandbox, before)[4:] == ["payment"]
    assert list(few) == ids[:1]


async def test_section_8_the_payments_on_some_cards_are_read_together(
    runtime: Runtime, sandbox: SandboxProcess
) -> None:
    async with Stage(sandbox) as payers:
        old = await payers.charged(payment_type="DeferredMOTO")
        payers.set_clock("2026-06-22 09:00")
        first, second = [await payers.charged(payment_type="DeferredMOTO") for _ in range(2)]
        paid = await payers.charged()
        refused = await payers.charged(amount=4005)
    cards = [str(one.card_id) for one in (old, first, second)]
    on_cards = CardPayments(runtime, cards, valid_days=7)
    before = len(sandbox.requests())

    for made in (old, first, second):
        (reserved,) = await on_cards.of_release(str(made.card_id))
        assert (reserved.id, reserved.payment_type) == (made.id, "DeferredMOTO")
    # One for each card, one for the payment an old card came with, and one for all the others.
    assert reads(sandbox, before) == ["cards"] * 3 + ["payments"] * 2

    release = CardPayment("P-1", "DeferredRelease", "successful", 100, reserved.made_on)
    on_cards.add(cards[1].upper(), release)
    assert release in await on_cards.of_release(cards[1])
    with pytest.raises(CardNotFound):
        await on_cards.of_release("20477d89-0000-4b25-ae57-c24f461bb391")

    (found,) = await on_cards.of_repeat(str(paid.card_id), None)
    assert found.id == paid.id
    assert [one.status for one in await on_cards.of_repeat(str(refused.card_id), None)] == [
        "failed"
    ]
    assert await on_cards.of_repeat(str(paid.card_id), first.id) == []
    assert await on_cards.of_repeat(str(paid.card_id), "P02NOSUCHPAYMENT0001") == []
