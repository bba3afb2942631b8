"""Payments by browser where two processes meet, and where the provider answers oddly (4, 8, 11)."""

from collections.abc import AsyncIterator

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
from flows.card_follow_ups import release_card_payment
from smarterpay.api.models.payment import Payment
from smarterpay.journal.journeys import CARD, Stage
from smarterpay.money.card_limits import AlreadyReleased
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


async def follow_up_of(scene: PayerScene, verb: Verb, reference: str) -> FollowUp:
    """A follow-up on ORDER-1, in full."""
    return follow_up_on(await target_of(scene.runtime, "ORDER-1"), verb, reference, None)


def test_section_5_a_payment_that_does_not_say_when_it_was_made_can_be_followed_up() -> None:
    told = {"id": "P02A", "status": "successful", "amount": 2500, "card_id": "card-a"}
    payment = Payment.model_validate({**told, "payment_type": "DeferredMOTO"})
    assert follow_up_on(payment, Verb.RELEASE, "REL-1", None).row.amount_pence == 2500
