"""An unknown outcome whose key may no longer be used is looked up (design section 3, step 2).

The provider forgets a key after 24 hours (reference, section 2); from 23 hours on we look.
"""

import json
from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

import httpx
import pytest
from pydantic import BaseModel

from smarterpay.api import CloudClient
from smarterpay.api.models.customer_account import CustomerAccountUpdate
from smarterpay.clock import FixedClock, SandboxClock
from smarterpay.journal.decision import KEY_HORIZON, LATE_WORK, State
from smarterpay.journal.intents import Intent
from smarterpay.orchestration.delivery import deliver
from smarterpay.orchestration.look_up_table import LOOK_UPS
from smarterpay.orchestration.look_up_window import CLOCK_DOUBT, SKEW
from smarterpay.orchestration.outcome import (
    GenerationMovedOn,
    NeedsAttention,
    NotSettled,
    OperationError,
)
from smarterpay.orchestration.runtime import Runtime
from smarterpay.settings import Settings
from tests.api import builders
from tests.in_process import done, open_directly, opened
from tests.sandbox_process import SandboxProcess

A_DAY_LATER = "25h"
A_MINUTE = timedelta(minutes=1)
#: What the books count that a day changes by itself: keys are forgotten, files go to Bacs.
BY_THE_WAY = {"idempotency_keys": 0, "submissions": 0, "submission_lines": 0}


async def lost(
    runtime: Runtime,
    sandbox: SandboxProcess,
    operation: str,
    request: BaseModel | None,
    *,
    fault: str,
    id: str | None = None,
) -> Intent:
    """An intent whose only answer was lost: after the work was done, or before."""
    sandbox.faults(kind=fault, times=1)
    intent = opened(runtime, operation, request, id=id)
    with pytest.raises(NotSettled) as unsettled:
        await deliver(runtime, intent.id, intent.key)
    assert unsettled.value.executed == "unknown"
    return runtime.journal.intents.get(intent.id)


@dataclass(frozen=True)
class Asked:
    """A request of a create, and the record in its path where it has one."""

    request: BaseModel
    id: str | None = None


async def existing(cloud: CloudClient, sandbox: SandboxProcess) -> dict[str, Asked]:
    """Requests of the operations that can be looked up, on records that exist."""
    payer = await cloud.bank_accounts.create(builders.bank_account(custom_reference="OTHER"))
    usable = await cloud.mandates.create(builders.mandate(customer_bank_account=payer.id))
    another = await cloud.bank_accounts.create(builders.bank_account(custom_reference="OTHER"))
    # Section 13: a payment of 9010 pence comes back as ARUDD0.
    bounced = await cloud.payments.create(
        builders.payment(auddis=usable.auddis, amount=9010, custom_reference="CUST-0042")
    )
    sandbox.advance("10d")
    later = {"auddis": usable.auddis, "collection_date": date(2026, 9, 1)}
    return {
        "customer_account.create": Asked(builders.customer()),
        "bank_account.create": Asked(builders.bank_account()),
        "mandate.create": Asked(builders.mandate(customer_bank_account=another.id)),
        "recurrence_schedule.create": Asked(
            builders.schedule(auddis=usable.auddis, first_collection_date=date(2026, 9, 1))
        ),
        "payment.create": Asked(builders.payment(**later, custom_reference="CUST-0042")),
        "payment.represent": Asked(
            builders.represent(**later, custom_reference="CUST-0042"), bounced.id
        ),
        "credit.create": Asked(
            builders.credit(
                bank_account=another.id, credit_date=date(2026, 9, 1), reference="CUST-0042"
            )
        ),
        "payment_link.create": Asked(
            builders.payment_link(customer_custom_reference="CUST-0042", description="Join")
        ),
    }


def posts(sandbox: SandboxProcess, path: str) -> int:
    """How often something was posted there."""
    calls = sandbox.requests()
    return sum(call["method"] == "POST" and call["path"].endswith(path) for call in calls)


@pytest.mark.parametrize("operation", LOOK_UPS)
async def test_one_record_found_is_adopted_and_not_created_again(
    runtime: Runtime, sandbox: SandboxProcess, operation: str
) -> None:
    asked = (await existing(runtime.cloud, sandbox))[operation]
    intent = await lost(runtime, sandbox, operation, asked.request, fault="drop-after", id=asked.id)
    before = sandbox.counts()

    sandbox.advance(A_DAY_LATER)
    outcome = await deliver(runtime, intent.id, intent.key)

    table = operation.partition(".")[0] + "s"
    created = sandbox.books(records=True)["records"][table][-1]
    assert (outcome.outcome, outcome.record_id, outcome.generation, outcome.reason) == (
        "succeeded",
        created["id"],
        0,
        "adopted by look-up",
    )
    assert {**sandbox.counts(), **BY_THE_WAY} == {**before, **BY_THE_WAY}
    stored = runtime.journal.intents.answer(intent.id) or b""
    assert created["id"] in json.dumps(json.loads(stored))


@pytest.mark.parametrize("operation", LOOK_UPS)
async def test_no_record_found_opens_the_next_generation_under_a_new_key(
    runtime: Runtime, sandbox: SandboxProcess, operation: str
) -> None:
    asked = (await existing(runtime.cloud, sandbox))[operation]
    intent = await lost(
        runtime, sandbox, operation, asked.request, fault="drop-before", id=asked.id
    )

    sandbox.advance(A_DAY_LATER)
    with pytest.raises(GenerationMovedOn) as moved:
        await deliver(runtime, intent.id, intent.key)

    assert moved.value.intent.generation == 1
    assert moved.value.intent.key != intent.key
    outcome = await done(runtime, operation, asked.request, id=asked.id)
    assert (outcome.outcome, outcome.generation, outcome.key) == (
        "succeeded",
        1,
        moved.value.intent.key,
    )


async def test_two_records_found_need_a_person(runtime: Runtime, sandbox: SandboxProcess) -> None:
    intent = await lost(
        runtime, sandbox, "customer_account.create", builders.customer(), fault="drop-after"
    )
    await runtime.cloud.customer_accounts.create(builders.customer(first_name="Another"))

    sandbox.advance(A_DAY_LATER)
    with pytest.raises(NeedsAttention) as needed:
        await deliver(runtime, intent.id, intent.key)

    assert needed.value.reason == "more than one record matches"
    calls = len(sandbox.requests())
    with pytest.raises(NeedsAttention):
        await deliver(runtime, intent.id, intent.key)
    assert len(sandbox.requests()) == calls
    assert sandbox.counts()["customer_accounts"] == 2


@pytest.mark.parametrize(
    ("operation", "request_"),
    [
        ("bank_account_check.create", builders.bank_account_check()),
        ("account_validation.create", builders.account_validation()),
        ("customer_account.create", builders.customer(custom_reference=None)),
        ("customer_account.create", builders.customer(custom_reference="")),
    ],
    ids=["no list", "no list either", "no reference", "blank reference"],
)
async def test_what_no_list_can_tell_needs_a_person(
    runtime: Runtime, sandbox: SandboxProcess, operation: str, request_: BaseModel
) -> None:
    """Section 6: a check and a validation have no list."""
    intent = await lost(runtime, sandbox, operation, request_, fault="drop-after")

    sandbox.advance(A_DAY_LATER)
    with pytest.raises(NeedsAttention) as needed:
        await deliver(runtime, intent.id, intent.key)

    assert needed.value.reason == "no list can tell whether it was created"
    assert [call["method"] for call in sandbox.requests()] == ["POST"]


async def test_an_update_that_the_record_shows_is_adopted(
    runtime: Runtime, sandbox: SandboxProcess
) -> None:
    """If the record has every value asked for, there is nothing left to do (section 5, PUT)."""
    created = await runtime.cloud.customer_accounts.create(builders.customer())
    update = CustomerAccountUpdate(city="Ely", metadata=None)
    intent = await lost(
        runtime, sandbox, "customer_account.update", update, fault="drop-after", id=created.id
    )
    sandbox.advance(A_DAY_LATER)

    outcome = await deliver(runtime, intent.id, intent.key)

    assert (outcome.outcome, outcome.record_id, outcome.reason) == (
        "succeeded",
        created.id,
        "adopted by look-up",
    )
    assert len([one for one in sandbox.requests() if one["method"] == "PUT"]) == 1


@pytest.mark.parametrize("later", [None, "York"], ids=["lost", "changed again since"])
async def test_an_update_that_the_record_does_not_show_needs_a_person(
    runtime: Runtime, sandbox: SandboxProcess, later: str | None
) -> None:
    """To send it again would undo what somebody else did after it."""
    created = await runtime.cloud.customer_accounts.create(builders.customer())
    update = CustomerAccountUpdate(city="Ely")
    fault = "drop-before" if later is None else "drop-after"
    intent = await lost(
        runtime, sandbox, "customer_account.update", update, fault=fault, id=created.id
    )
    if later is not None:
        await runtime.cloud.customer_accounts.update(created.id, CustomerAccountUpdate(city=later))
    sandbox.advance(A_DAY_LATER)

    with pytest.raises(NeedsAttention, match="not as asked"):
        await deliver(runtime, intent.id, intent.key)


async def test_an_update_that_may_still_come_through_is_not_settled(
    runtime: Runtime, sandbox: SandboxProcess
) -> None:
    created = await runtime.cloud.customer_accounts.create(builders.customer())
    update = CustomerAccountUpdate(city="Ely")
    intent = await lost(
        runtime, sandbox, "customer_account.update", update, fault="drop-before", id=created.id
    )
    sandbox.advance((KEY_HORIZON - A_MINUTE).total_seconds())
    sandbox.faults(kind="drop-before", method="PUT", times=1)
    with pytest.raises(NotSettled):
        await deliver(runtime, intent.id, intent.key)
    sandbox.advance("2m")

    with pytest.raises(NotSettled, match="may be at work"):
        await deliver(runtime, intent.id, intent.key)


@pytest.mark.parametrize("operation", ["modulus_check.create", "bank_account.disable"])
async def test_what_creates_nothing_is_simply_sent_again(
    runtime: Runtime, sandbox: SandboxProcess, operation: str
) -> None:
    """A question, and a disabling DELETE, are repeatable by nature (section 2)."""
    account = await runtime.cloud.bank_accounts.create(builders.bank_account())
    asking = operation == "modulus_check.create"
    request, id = (builders.modulus_check(), None) if asking else (None, account.id)
    intent = await lost(runtime, sandbox, operation, request, fault="drop-after", id=id)

    sandbox.advance(A_DAY_LATER)
    with pytest.raises(GenerationMovedOn):
        await deliver(runtime, intent.id, intent.key)

    outcome = await done(runtime, operation, request, id=id)
    assert (outcome.outcome, outcome.generation) == ("succeeded", 1)
    assert "GET" not in {call["method"] for call in sandbox.requests()}


# --- Which record is ours ----------------------------------------------------------------------


async def test_section_7_8_a_payment_presented_again_is_told_from_its_original_by_what_it_names(
    runtime: Runtime, sandbox: SandboxProcess
) -> None:
    """Both carry the same reference; the new one names the failed one as `related_payment`."""
    asked = (await existing(runtime.cloud, sandbox))["payment.represent"]
    intent = await lost(
        runtime, sandbox, "payment.represent", asked.request, fault="drop-after", id=asked.id
    )
    sandbox.advance(A_DAY_LATER)

    outcome = await deliver(runtime, intent.id, intent.key)

    found = await runtime.cloud.payments.get(outcome.record_id or "")
    assert (found.related_payment, outcome.record_status) == (asked.id, "pending_submission")


@pytest.mark.parametrize(
    ("asked", "told"),
    [
        ({"customer_custom_reference": "CUST-0042"}, True),
        ({"metadata": "CUST-0042", "return_url": "https://example.com/back"}, True),
        ({"description": "Join"}, False),
        ({"metadata": ""}, False),
    ],
)
async def test_section_7_12_a_link_is_told_by_words_of_ours_or_left_to_a_person(
    runtime: Runtime, sandbox: SandboxProcess, asked: dict[str, Any], told: bool
) -> None:
    """A link has no reference of its own, and two customers may be sent the same page."""
    link = builders.payment_link(**asked)
    intent = await lost(runtime, sandbox, "payment_link.create", link, fault="drop-after")
    sandbox.advance(A_DAY_LATER)

    if told:
        assert (await deliver(runtime, intent.id, intent.key)).reason == "adopted by look-up"
    else:
        with pytest.raises(NeedsAttention, match="no list can tell"):
            await deliver(runtime, intent.id, intent.key)


async def test_a_record_that_another_intent_made_is_not_taken_for_ours(
    runtime: Runtime, sandbox: SandboxProcess
) -> None:
    """The same request under two references of ours makes two records, and one was lost."""
    customer = builders.customer()
    first = await done(runtime, "customer_account.create", customer, "FIRST")
    intent = await lost(runtime, sandbox, "customer_account.create", customer, fault="drop-before")
    sandbox.advance(A_DAY_LATER)

    with pytest.raises(GenerationMovedOn):
        await deliver(runtime, intent.id, intent.key)

    second = await done(runtime, "customer_account.create", customer)
    assert second.record_id != first.record_id
    assert sandbox.counts()["customer_accounts"] == 2


async def test_section_7_5_a_mandate_is_ours_by_the_payers_bank_account(
    runtime: Runtime, sandbox: SandboxProcess
) -> None:
    """A mandate carries no reference of ours, and its list has no filter for one."""
    payer = await runtime.cloud.bank_accounts.create(builders.bank_account())
    wanted = builders.mandate(customer_bank_account=payer.id)
    intent = await lost(runtime, sandbox, "mandate.create", wanted, fault="drop-before")
    stranger = await runtime.cloud.bank_accounts.create(builders.bank_account())
    await runtime.cloud.mandates.create(builders.mandate(customer_bank_account=stranger.id))

    sandbox.advance(A_DAY_LATER)
    with pytest.raises(GenerationMovedOn):
        await deliver(runtime, intent.id, intent.key)


async def test_section_7_5_a_mandate_under_another_auddis_reference_is_not_ours(
    runtime: Runtime, sandbox: SandboxProcess
) -> None:
    payer = await runtime.cloud.bank_accounts.create(builders.bank_account())
    wanted = builders.mandate(customer_bank_account=payer.id, auddis="MINE-1")
    intent = await lost(runtime, sandbox, "mandate.create", wanted, fault="drop-before")
    await runtime.cloud.mandates.create(
        builders.mandate(customer_bank_account=payer.id, auddis="THEIRS-1")
    )

    sandbox.advance(A_DAY_LATER)
    with pytest.raises(GenerationMovedOn):
        await deliver(runtime, intent.id, intent.key)


@pytest.mark.parametrize(
    ("earlier", "end"),
    [(SKEW + A_MINUTE, NeedsAttention), (CLOCK_DOUBT + A_MINUTE, GenerationMovedOn)],
    ids=["a person decides", "not ours"],
)
async def test_a_record_from_long_before_the_first_send_is_not_taken_for_ours(
    runtime: Runtime, sandbox: SandboxProcess, earlier: timedelta, end: type[OperationError]
) -> None:
    await runtime.cloud.customer_accounts.create(builders.customer())
    sandbox.advance(earlier.total_seconds())
    intent = await lost(
        runtime, sandbox, "customer_account.create", builders.customer(), fault="drop-before"
    )
    sandbox.advance(A_DAY_LATER)
    with pytest.raises(end):
        await deliver(runtime, intent.id, intent.key)


@pytest.mark.parametrize(
    ("later", "end"),
    [(LATE_WORK + A_MINUTE, NeedsAttention), (CLOCK_DOUBT + A_MINUTE, GenerationMovedOn)],
    ids=["a person decides", "not ours"],
)
async def test_a_record_from_long_after_the_last_send_is_not_taken_for_ours(
    runtime: Runtime, sandbox: SandboxProcess, later: timedelta, end: type[OperationError]
) -> None:
    intent = await lost(
        runtime, sandbox, "customer_account.create", builders.customer(), fault="drop-before"
    )
    sandbox.advance(later.total_seconds())
    await runtime.cloud.customer_accounts.create(builders.customer())
    sandbox.advance(A_DAY_LATER)
    with pytest.raises(end):
        await deliver(runtime, intent.id, intent.key)


@pytest.mark.parametrize("ahead", [SKEW - A_MINUTE, -(SKEW - A_MINUTE)], ids=["ahead", "behind"])
async def test_a_record_is_found_though_our_clock_differs_from_the_providers(
    settings: Settings, sandbox: SandboxProcess, ahead: timedelta
) -> None:
    theirs = SandboxClock(sandbox.clock_url, max_age=0)
    ours = FixedClock(theirs.now() + ahead)
    async with open_directly(settings, clock=ours) as runtime:
        intent = await lost(
            runtime, sandbox, "customer_account.create", builders.customer(), fault="drop-after"
        )
        ours.advance(KEY_HORIZON)
        outcome = await deliver(runtime, intent.id, intent.key)
    assert (outcome.outcome, outcome.reason) == ("succeeded", "adopted by look-up")
    assert sandbox.counts()["customer_accounts"] == 1


class _DeafToReferences(httpx.AsyncHTTPTransport):
    """A provider that does not know the filter `custom_reference` and ignores it."""

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        request.url = request.url.copy_remove_param("custom_reference")
        return await super().handle_async_request(request)


@pytest.fixture
async def deaf(settings: Settings) -> AsyncIterator[Runtime]:
    async with open_directly(settings, transport=_DeafToReferences()) as runtime:
        yield runtime


async def test_section_6_an_ignored_filter_does_not_make_others_records_ours(
    deaf: Runtime, sandbox: SandboxProcess
) -> None:
    intent = await lost(
        deaf, sandbox, "customer_account.create", builders.customer(), fault="drop-before"
    )
    await deaf.cloud.customer_accounts.create(builders.customer(custom_reference="CUST-0043"))
    sandbox.advance(A_DAY_LATER)
    with pytest.raises(GenerationMovedOn):
        await deliver(deaf, intent.id, intent.key)


async def test_section_6_an_ignored_filter_does_not_hide_our_record(
    deaf: Runtime, sandbox: SandboxProcess
) -> None:
    await deaf.cloud.customer_accounts.create(builders.customer(custom_reference="CUST-0041"))
    intent = await lost(
        deaf, sandbox, "customer_account.create", builders.customer(), fault="drop-after"
    )
    await deaf.cloud.customer_accounts.create(builders.customer(custom_reference="CUST-0043"))
    sandbox.advance(A_DAY_LATER)
    outcome = await deliver(deaf, intent.id, intent.key)
    record = (await deaf.cloud.customer_accounts.get(outcome.record_id or "")).custom_reference
    assert record == "CUST-0042"


class _FewAtATime(httpx.AsyncHTTPTransport):
    """A provider that gives shorter pages than it is asked for."""

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        if "limit" in request.url.params:
            request.url = request.url.copy_set_param("limit", "1")
        return await super().handle_async_request(request)


@pytest.mark.parametrize("others", [0, 1, 3])
async def test_section_6_short_pages_do_not_hide_our_record(
    settings: Settings, sandbox: SandboxProcess, others: int
) -> None:
    """That a short page is the last one is assumed; a second record must not hang on it."""
    async with open_directly(settings, transport=_FewAtATime()) as runtime:
        for _ in range(others):
            payer = await runtime.cloud.bank_accounts.create(builders.bank_account())
            await runtime.cloud.mandates.create(builders.mandate(customer_bank_account=payer.id))
        payer = await runtime.cloud.bank_accounts.create(builders.bank_account())
        wanted = builders.mandate(customer_bank_account=payer.id)
        intent = await lost(runtime, sandbox, "mandate.create", wanted, fault="drop-after")
        sandbox.advance(A_DAY_LATER)
        outcome = await deliver(runtime, intent.id, intent.key)
    assert outcome.reason == "adopted by look-up"
    assert sandbox.counts()["mandates"] == others + 1


# --- When to look, and when looking fails ------------------------------------------------------


@pytest.mark.parametrize(
    ("age", "looks"),
    [(KEY_HORIZON - A_MINUTE, False), (KEY_HORIZON, True), (timedelta(days=30), True)],
)
async def test_section_4_a_key_is_used_for_23_hours_and_then_never_again(
    runtime: Runtime, sandbox: SandboxProcess, age: timedelta, looks: bool
) -> None:
    intent = await lost(
        runtime, sandbox, "customer_account.create", builders.customer(), fault="drop-after"
    )
    sandbox.advance(age.total_seconds())
    outcome = await deliver(runtime, intent.id, intent.key)
    assert outcome.outcome == "succeeded"
    assert posts(sandbox, "/customeraccount") == (1 if looks else 2)
    assert sandbox.counts()["customer_accounts"] == 1


@pytest.mark.parametrize("fault", ["503", "429", "500-before", "drop-before", "html-error"])
async def test_a_failed_look_up_leaves_the_outcome_unknown(
    runtime: Runtime, sandbox: SandboxProcess, fault: str
) -> None:
    intent = await lost(
        runtime, sandbox, "customer_account.create", builders.customer(), fault="drop-after"
    )
    sandbox.advance(A_DAY_LATER)
    quick = runtime.settings.model_copy(update={"rate_window": 0.01, "rate_limit": 100})
    options: dict[str, Any] = {"kind": fault, "method": "GET", "path": "/customeraccount/"}
    sandbox.faults(**options, times=1)
    async with open_directly(quick) as impatient:
        with pytest.raises(NotSettled, match="look-up failed"):
            await deliver(impatient, intent.id, intent.key)
        assert impatient.journal.intents.get(intent.id).state is State.UNKNOWN
        outcome = await deliver(impatient, intent.id, intent.key)
    assert outcome.reason == "adopted by look-up"
    assert posts(sandbox, "/customeraccount") == 1
