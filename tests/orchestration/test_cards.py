"""Card calls whose outcome is unknown, on the sandbox's cards (sections 8, 11 and 13)."""

from collections.abc import Sequence
from typing import Any

import pytest
from pydantic import BaseModel

from smarterpay.api.models.transaction import Transaction
from smarterpay.journal.decision import LATE_WORK, State
from smarterpay.journal.intents import Intent
from smarterpay.orchestration.delivery import deliver
from smarterpay.orchestration.outcome import (
    GenerationMovedOn,
    NeedsAttention,
    NotSettled,
    Outcome,
)
from smarterpay.orchestration.runtime import Runtime
from tests.api import builders
from tests.in_process import done, opened
from tests.sandbox_process import SandboxProcess

REFERENCE = "INV-2026-118"
REPEAT = "transaction.repeat"
A_DAY_LATER = "25h"


async def a_card(runtime: Runtime, sandbox: SandboxProcess, **changes: Any) -> Transaction:
    """The successful first payment on a card, and with it the card."""
    customer = await runtime.cloud.customer_accounts.create(builders.customer())
    registered = await runtime.card.transactions.register(
        builders.register(customer_id=customer.id, **changes)
    )
    sandbox.control(f"cards/{registered.card_id}/complete", {})
    return registered


def booked(sandbox: SandboxProcess) -> Sequence[str]:
    """How the payments under our reference stand at the provider."""
    records = sandbox.books(records=True)["records"]["payments"]
    return [one["status"] for one in records if one["custom_reference"] == REFERENCE]


async def unsettled(
    runtime: Runtime, operation: str, request: BaseModel, card_id: str | None
) -> Intent:
    """An intent after one exchange that settled nothing."""
    intent = opened(runtime, operation, request, REFERENCE, card_id)
    with pytest.raises(NotSettled):
        await deliver(runtime, intent.id, intent.key)
    return intent


async def look(runtime: Runtime, intent: Intent) -> Outcome:
    """One more look."""
    return await deliver(runtime, intent.id, intent.key)


@pytest.mark.parametrize(("amount", "status"), [(2500, "successful"), (4005, "failed")])
async def test_section_13_a_declined_charge_is_told_from_a_collected_one(
    runtime: Runtime, sandbox: SandboxProcess, amount: int, status: str
) -> None:
    card = await a_card(runtime, sandbox)
    request = builders.repeat(amount=amount, custom_reference=REFERENCE)

    outcome = await done(runtime, REPEAT, request, REFERENCE, card.card_id)

    assert (outcome.outcome, outcome.record_status) == ("succeeded", status)
    assert booked(sandbox) == [status]


async def test_section_13_silence_of_a_gateway_that_charged_is_found_out(
    runtime: Runtime, sandbox: SandboxProcess
) -> None:
    """4099: the charge exists and settles after a minute."""
    card = await a_card(runtime, sandbox)
    request = builders.repeat(amount=4099, custom_reference=REFERENCE)
    intent = await unsettled(runtime, REPEAT, request, card.card_id)
    with pytest.raises(NotSettled):
        await look(runtime, intent)

    sandbox.advance("2m")

    outcome = await look(runtime, intent)
    assert (outcome.record_status, outcome.reason) == ("successful", "adopted by look-up")
    assert booked(sandbox) == ["successful"]


async def test_section_13_silence_of_a_gateway_that_did_not_charge_is_left_to_a_person(
    runtime: Runtime, sandbox: SandboxProcess
) -> None:
    """4098: nothing was charged, and no list can prove it."""
    card = await a_card(runtime, sandbox)
    request = builders.repeat(amount=4098, custom_reference=REFERENCE)
    intent = await unsettled(runtime, REPEAT, request, card.card_id)
    sandbox.advance(LATE_WORK.total_seconds())

    for _ in range(2):
        with pytest.raises(NeedsAttention):
            await done(runtime, REPEAT, request, REFERENCE, card.card_id)

    after = runtime.journal.intents.get(intent.id)
    assert (after.state, after.generation) == (State.NEEDS_ATTENTION, 0)
    assert "successful" not in booked(sandbox)


@pytest.mark.parametrize("operation", ["refund", "repeat", "release_deferred"])
async def test_section_8_a_follow_up_whose_answer_was_lost_is_found_a_day_later(
    runtime: Runtime, sandbox: SandboxProcess, operation: str
) -> None:
    deferred = {"payment_type": "DeferredEcommerce"} if operation == "release_deferred" else {}
    card = await a_card(runtime, sandbox, **deferred)
    sandbox.advance("3d" if operation == "refund" else "1s")  # a refund comes after clearing
    request = getattr(builders, operation)(custom_reference=REFERENCE)
    sandbox.faults(kind="drop-after", method="POST", times=1)
    intent = await unsettled(runtime, f"transaction.{operation}", request, card.card_id)
    sandbox.advance(A_DAY_LATER)

    outcome = await look(runtime, intent)

    assert (outcome.record_status, outcome.reason) == ("successful", "adopted by look-up")
    assert outcome.record_id != card.id
    assert booked(sandbox) == ["successful"]


async def test_section_8_a_follow_up_that_never_arrived_is_left_to_a_person(
    runtime: Runtime, sandbox: SandboxProcess
) -> None:
    card = await a_card(runtime, sandbox)
    request = builders.repeat(custom_reference=REFERENCE)
    sandbox.faults(kind="drop-before", method="POST", times=1)
    intent = await unsettled(runtime, REPEAT, request, card.card_id)
    sandbox.advance(A_DAY_LATER)
    with pytest.raises(NeedsAttention, match="ask the gateway"):
        await look(runtime, intent)
    assert booked(sandbox) == []


async def test_section_8_a_register_nobody_completed_is_left_to_a_person(
    runtime: Runtime, sandbox: SandboxProcess
) -> None:
    """Its one-time value for the browser step went with the answer."""
    customer = await runtime.cloud.customer_accounts.create(builders.customer())
    request = builders.register(customer_id=customer.id, custom_reference=REFERENCE)
    sandbox.faults(kind="drop-after", method="POST", times=1)
    intent = await unsettled(runtime, "transaction.register", request, None)
    sandbox.advance(A_DAY_LATER)

    with pytest.raises(NeedsAttention, match="never came to an end"):
        await look(runtime, intent)

    assert booked(sandbox) == ["pending"]


@pytest.mark.parametrize(
    ("operation", "kind"), [("void", "Ecommerce"), ("cancel_deferred", "DeferredEcommerce")]
)
@pytest.mark.parametrize("fault", ["drop-after", "drop-before"])
async def test_section_11_what_undoes_a_payment_leaves_none_of_its_own(
    runtime: Runtime, sandbox: SandboxProcess, operation: str, kind: str, fault: str
) -> None:
    """A void that names its payment is told by it; what names none is left to a person."""
    card = await a_card(runtime, sandbox, payment_type=kind)
    named = {"related_payment_id": card.id} if operation == "void" else {}
    request = getattr(builders, operation)(custom_reference=REFERENCE, **named)
    sandbox.faults(kind=fault, method="POST", times=1)
    intent = await unsettled(runtime, f"transaction.{operation}", request, card.card_id)
    sandbox.advance(A_DAY_LATER)

    if operation == "cancel_deferred":
        with pytest.raises(NeedsAttention, match="no list can tell"):
            await look(runtime, intent)
    elif fault == "drop-after":
        outcome = await look(runtime, intent)
        assert (outcome.record_id, outcome.record_status) == (card.id, "successful")
    else:
        with pytest.raises(GenerationMovedOn):
            await look(runtime, intent)
