"""Payments by browser where two processes meet, and where the provider answers oddly (4, 8, 11)."""

from collections.abc import AsyncIterator
from typing import Any

import pytest
from sqlalchemy import text

from flows import card_journey_steps, payment_link_steps
from flows.card_follow_up_steps import (
    FollowUp,
    NotACardPayment,
    Verb,
    follow_up_on,
    is_allowed,
    stage,
    target_of,
)
from flows.card_follow_ups import (
    cancel_card_reservation,
    refund_card_payment,
    release_card_payment,
    void_card_payment,
)
from smarterpay.api.models.payment import Payment
from smarterpay.journal.journeys import CARD, Stage
from smarterpay.money.accounts import Account
from smarterpay.money.card_limits import AlreadyReleased
from smarterpay.money.refund_rails import Rail
from tests.flows.payer_scene import PayerScene
from tests.flows.without_prefect import plainly

BY_CARD = {"payment_types": "CardPayment", "customer_step": "Edit", "single_use": True}


@pytest.fixture
async def plain(scene: PayerScene) -> AsyncIterator[PayerScene]:
    """The scene, its flows called as functions."""
    with plainly(scene.runtime):
        yield scene


async def paid(scene: PayerScene, reference: str, kind: str = "Ecommerce") -> None:
    """A payment whose payer has finished."""
    scene.wants(reference, kind=kind)
    await card_journey_steps.registered(scene.runtime, reference)
    scene.pays(reference)
    await card_journey_steps.looked_at(scene.runtime, reference)


def lose_the_record(scene: PayerScene, reference: str) -> None:
    """Have the provider not know the record of a journey."""
    with scene.journal.database.write() as connection:
        changed = "UPDATE journeys SET record_id = 'P02NOSUCHRECORD00' WHERE reference = :name"
        connection.execute(text(changed), {"name": reference})


async def test_section_4_a_record_that_is_refused_with_400_is_as_unknown_as_one_with_404(
    plain: PayerScene,
) -> None:
    """What is held too: the doubt is told, and the next look is not at once."""
    plain.page(**BY_CARD)
    await paid(plain, "HELD", "DeferredMOTO")
    plain.wants("WAITS")
    await card_journey_steps.registered(plain.runtime, "WAITS")
    plain.wants_link("LINK", customer_account=plain.customer, amount=2500)
    await payment_link_steps.created(plain.runtime, "LINK")
    for reference in ("HELD", "WAITS", "LINK"):
        lose_the_record(plain, reference)
    plain.sandbox.settings(not_found_as_400=True)
    plain.sandbox.advance("25h")

    cards = await card_journey_steps.looked_at_due(plain.runtime)
    links = await payment_link_steps.looked_at_open(plain.runtime)

    doubted = {one.reference: one.stage for one in (*cards.values(), *links.values())}
    assert doubted == dict.fromkeys(("HELD", "WAITS", "LINK"), Stage.NEEDS_ATTENTION)
    assert plain.journal.journeys.due(CARD, plain.runtime.clock.now(), 10) == []
    with pytest.raises(NotACardPayment, match="neither a reference nor a payment"):
        await target_of(plain.runtime, "P02NOSUCHRECORD00")


async def test_a_release_that_another_run_makes_at_that_moment_is_not_called_refused(
    plain: PayerScene,
) -> None:
    """It would be charged again, under another reference, by whoever believes that."""
    await paid(plain, "ORDER-1", "DeferredMOTO")
    follow_up = await follow_up_of(plain, Verb.RELEASE, "REL-1")
    assert await is_allowed(plain.runtime, follow_up, dry_run=False)
    await stage(plain.runtime, follow_up, "Ada")  # the other run, from here to the next line
    await release_card_payment.fn("REL-1", "ORDER-1")

    assert not await is_allowed(plain.runtime, follow_up, dry_run=False)
    with pytest.raises(AlreadyReleased):
        await is_allowed(plain.runtime, follow_up, dry_run=True)
    other = await follow_up_of(plain, Verb.RELEASE, "REL-2")
    with pytest.raises(AlreadyReleased):
        await is_allowed(plain.runtime, other, dry_run=False)


async def test_section_11_what_is_left_of_an_authenticated_card_is_given_up_and_only_by_a_cancel(
    plain: PayerScene,
) -> None:
    """Money was never reserved: a refund has nothing to give back, a cancel what may be charged."""
    await paid(plain, "ORDER-1", "AuthenticateEcommerce")
    assert await told_by(release_card_payment, "REL-1", "ORDER-1", 2000) == "Released"
    assert await told_by(refund_card_payment, "REF-1", "ORDER-1") == "Refused"
    assert await told_by(cancel_card_reservation, "CAN-1", "ORDER-1", True) == "Dry run"
    assert await told_by(cancel_card_reservation, "CAN-1", "ORDER-1") == "Cancelled"
    assert await told_by(cancel_card_reservation, "CAN-1", "ORDER-1") == "Cancelled"

    refund = plain.journal.refunds.find("CAN-1")
    assert refund is not None
    assert (refund.rail, refund.amount_pence) == (Rail.CANCEL_DEFERRED, 500)
    assert plain.card("ORDER-1").message == "released; the rest is given up"
    assert plain.journal.ledger.balances()[Account.CARD_RECEIPTS] == 2000
    assert await told_by(release_card_payment, "REL-2", "ORDER-1", 500) == "Refused"

    await paid(plain, "ORDER-2", "AuthenticateMOTO")
    assert await told_by(release_card_payment, "REL-3", "ORDER-2") == "Released"
    assert await told_by(cancel_card_reservation, "CAN-2", "ORDER-2") == "Refused"


async def test_section_8_a_void_that_was_staged_before_clearing_does_not_become_a_refund(
    plain: PayerScene,
) -> None:
    """A night of waiting for approval, say: what was asked for is no longer possible."""
    await paid(plain, "ORDER-1")
    follow_up = await follow_up_of(plain, Verb.VOID, "VOID-1")
    await stage(plain.runtime, follow_up, "Ada")
    plain.sandbox.advance("2d")
    assert await told_by(void_card_payment, "VOID-1", "ORDER-1") == "Refused"
    assert plain.journal.refunds.find("VOID-1") is None
    assert await told_by(refund_card_payment, "VOID-1", "ORDER-1") == "Refused"
    assert await told_by(refund_card_payment, "REF-1", "ORDER-1") == "Refunded"


async def told_by(flow: Any, *arguments: object) -> str:
    """The name of the state that a flow comes to."""
    return str((await flow.fn(*arguments)).name)


async def follow_up_of(scene: PayerScene, verb: Verb, reference: str) -> FollowUp:
    """A follow-up on ORDER-1, in full."""
    return follow_up_on(await target_of(scene.runtime, "ORDER-1"), verb, reference, None)


def test_section_5_a_payment_that_does_not_say_when_it_was_made_can_be_followed_up() -> None:
    told = {"id": "P02A", "status": "successful", "amount": 2500, "card_id": "card-a"}
    payment = Payment.model_validate({**told, "payment_type": "DeferredMOTO"})
    assert follow_up_on(payment, Verb.RELEASE, "REL-1", None).row.amount_pence == 2500


def test_what_a_page_has_only_reserved_is_not_called_paid() -> None:
    told = {"status": "successful", "amount": 2500, "card_id": "card-a"}
    made = [
        Payment.model_validate({**told, "id": f"P02{kind}", "payment_type": kind})
        for kind in ("Ecommerce", "DeferredEcommerce", "AuthenticateEcommerce")
    ]
    assert payment_link_steps.Created(payments=made).paid_pence == 2500
