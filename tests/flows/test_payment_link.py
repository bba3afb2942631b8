"""Payment links: created once, followed to their end, and what their pages created (7.12)."""

import pytest

from smarterpay.api.models.payment_link import PaymentLinkUpdate
from smarterpay.intake.payer_values import NothingToHandOut, link_address
from smarterpay.journal.journeys import Stage
from smarterpay.money.accounts import Account
from tests.flows.payer_scene import Body, PayerScene

CREATE = "flows.payment_link:create_link"
FOLLOW = "flows.payment_link:follow_link"
SWEEP = "flows.payment_link:follow_open_links"
CANCEL = "flows.payment_link:cancel_link"
BY_CARD = {"payment_types": "CardPayment", "customer_step": "Edit", "single_use": True}


def test_section_7_12_created_once_paid_by_card_and_its_payment_found(
    run: Body, scene: PayerScene
) -> None:
    scene.page(**BY_CARD)
    scene.wants_link("LINK-1", customer_account=scene.customer, amount=2500)
    scene.sandbox.faults("drop-after", method="POST", times=1)
    assert run(CREATE, "LINK-1", max_attempts=1)["state"] == "Unknown"
    assert run(CREATE, "LINK-1")["state"] == "Waiting for payer"
    address = link_address(scene.journal, "LINK-1")
    run(CREATE, "LINK-1")
    assert link_address(scene.journal, "LINK-1") == address
    (link,) = scene.sandbox.books(records=True)["records"]["payment_links"]
    assert (link["id"], link["url"]) == (address.link_id, address.url.get_secret_value())
    assert run(FOLLOW, "LINK-1")["state"] == "Waiting for payer"

    created = scene.visits("LINK-1")["created"]
    done = run(FOLLOW, "LINK-1")

    assert done["state"] == "Link completed"
    assert done["message"] == "LINK-1: completed: 1 payment, £25.00 paid"
    assert scene.link("LINK-1").record_ids == {"payments": [created["payment"]]}
    assert scene.journal.ledger.balances()[Account.CARD_RECEIPTS] == 2500
    with pytest.raises(NothingToHandOut, match="it is completed"):
        link_address(scene.journal, "LINK-1")


def test_section_7_12_a_mandate_and_a_schedule_are_found_by_the_references_on_the_link(
    run: Body, scene: PayerScene
) -> None:
    scene.page(payment_types="DDMandateOnly", single_use=True)
    scene.wants_link("SIGN-UP")
    run(CREATE, "SIGN-UP")
    signed = scene.visits("SIGN-UP")["created"]
    scene.page(payment_types="DDOngoingPayment", schedule_step="Edit")
    scene.wants_link("MONTHLY", amount=1200)
    run(CREATE, "MONTHLY")
    monthly = scene.visits("MONTHLY")["created"]

    assert run(FOLLOW, "SIGN-UP")["state"] == "Link completed"
    assert run(FOLLOW, "MONTHLY")["state"] == "Link completed"

    assert scene.link("SIGN-UP").record_ids == {
        "bank_accounts": [signed["bank_account"]],
        "mandates": [signed["mandate"]],
    }
    found = scene.link("MONTHLY").record_ids
    assert found["recurrence_schedules"] == [monthly["recurrence_schedule"]]
    assert found["mandates"] == [monthly["mandate"]]
    (payment,) = found["payments"]  # the first collection is near enough to be made at once
    assert scene.journal.ledger.get(payment).schedule == monthly["recurrence_schedule"]
    assert scene.journal.ledger.balances()[Account.TO_COLLECT] == 1200


async def test_a_record_of_ours_that_carries_the_same_reference_is_not_taken_for_the_links(
    run: Body, scene: PayerScene
) -> None:
    scene.page(**BY_CARD)
    scene.wants_link("INV-7", customer_account=scene.customer, amount=2500)
    run(CREATE, "INV-7")
    scene.wants("INV-7")
    run("flows.card_journey:register_card_payment", "INV-7")
    scene.pays("INV-7")
    assert run(FOLLOW, "INV-7")["state"] == "Waiting for payer"
    run(CANCEL, "INV-7")
    assert (scene.link("INV-7").stage, scene.link("INV-7").record_ids) == (Stage.CANCELLED, {})


def test_section_11_completed_expired_cancelled_and_still_open_are_told_apart_by_one_list(
    run: Body, scene: PayerScene
) -> None:
    scene.page(**BY_CARD, expiry="1 day")
    for reference in ("EXPIRED", "PAID", "SLOW", "CANCELLED"):
        scene.wants_link(reference, customer_account=scene.customer, amount=4012)
        run(CREATE, reference)
    scene.page(expiry="never")
    scene.wants_link("OPEN", customer_account=scene.customer, amount=2500)
    run(CREATE, "OPEN", link_wait_days=1)
    assert run(CANCEL, "CANCELLED")["state"] == "Cancelled"
    scene.visits("PAID", outcome="successful")
    scene.visits("SLOW")
    late = run(FOLLOW, "SLOW")
    assert (late["state"], scene.link("SLOW").reason) == ("Waiting for payer", "payment-pending")
    assert scene.journal.ledger.balances()[Account.AT_GATEWAY] == 4012

    scene.sandbox.advance("25h")
    swept = run(SWEEP)

    assert swept["message"] == "1 overdue, 2 completed, 1 expired"
    assert scene.calls("GET", "/paymentlinks") == 1
    stages = {name: scene.link(name).stage for name in ("EXPIRED", "PAID", "SLOW", "OPEN")}
    assert stages == {
        "EXPIRED": Stage.EXPIRED,
        "PAID": Stage.COMPLETED,
        "SLOW": Stage.COMPLETED,
        "OPEN": Stage.OVERDUE,
    }
    assert scene.journal.ledger.balances()[Account.CARD_RECEIPTS] == 2 * 4012
    assert run(CANCEL, "OPEN")["state"] == "Cancelled"


def test_section_7_12_a_link_that_the_payer_finished_first_is_not_cancelled(
    run: Body, scene: PayerScene
) -> None:
    scene.page(**BY_CARD)
    scene.wants_link("LINK-1", customer_account=scene.customer, amount=2500)
    scene.wants_link("NEVER-SENT")
    run(CREATE, "LINK-1")
    scene.visits("LINK-1")
    assert run(CANCEL, "LINK-1")["state"] == "Link completed"
    assert run(CANCEL, "NEVER-SENT")["state"] == "Cancelled"
    scene.wants_link("LINK-2", customer_account=scene.customer, amount=2500)
    scene.sandbox.faults("drop-after", method="POST", times=1)
    run(CREATE, "LINK-2", max_attempts=1)  # whether it was created is not known
    scene.sandbox.faults("drop-after", method="PUT", times=1)
    assert run(CANCEL, "LINK-2", max_attempts=1)["error"]["class"] == "NotSettled"
    assert run(CANCEL, "LINK-2")["state"] == "Cancelled"
    links = scene.sandbox.books(records=True)["records"]["payment_links"]
    assert [link["status"] for link in links] == ["completed", "cancelled"]


def test_section_11_a_link_of_many_uses_tells_at_its_end_what_was_paid_by_it(
    run: Body, scene: PayerScene
) -> None:
    scene.page(**{**BY_CARD, "single_use": False}, expiry="1 day")
    scene.wants_link("DONATE", customer_account=scene.customer, amount=500)
    run(CREATE, "DONATE")
    for outcome in ("successful", "failed", "successful"):
        scene.visits("DONATE", outcome=outcome)
    assert run(FOLLOW, "DONATE")["state"] == "Waiting for payer"
    scene.sandbox.advance("25h")
    ended = run(FOLLOW, "DONATE")
    assert ended["message"] == "DONATE: expired: 3 payments, £10.00 paid"
    assert scene.journal.ledger.balances()[Account.DECLINED] == 500


def test_section_7_12_what_the_page_does_not_permit_is_refused_and_staged_again(
    run: Body, scene: PayerScene
) -> None:
    scene.page(payment_types="DDMandateOnly")
    scene.wants_link("LINK-1", amount=2500)
    refused = run(CREATE, "LINK-1")
    assert refused["state"] == "Refused"
    assert "amount" in refused["message"]
    scene.wants_link("LINK-1")
    assert run(CREATE, "LINK-1")["state"] == "Waiting for payer"


async def test_section_7_12_a_completed_link_without_a_trace_is_left_to_a_person(
    run: Body, scene: PayerScene
) -> None:
    """Somebody cleared its references: nothing tells what the page created."""
    scene.page(payment_types="DDMandateOnly", single_use=True)
    scene.wants_link("LINK-1")
    scene.wants_link("LINK-2", metadata_mandate="words of our own")
    for reference in ("LINK-1", "LINK-2"):
        run(CREATE, reference)
    cleared = PaymentLinkUpdate(bank_account_custom_reference=None)
    await scene.runtime.cloud.payment_links.update(str(scene.link("LINK-1").record_id), cleared)
    created = {reference: scene.visits(reference)["created"] for reference in ("LINK-1", "LINK-2")}

    done = run(FOLLOW, "LINK-1")
    assert (done["state"], scene.link("LINK-1").reason) == ("Needs attention", "records-not-found")
    assert run(FOLLOW, "LINK-2")["state"] == "Link completed"
    assert scene.link("LINK-2").record_ids["mandates"] == [created["LINK-2"]["mandate"]]
