"""A bulk call whose outcome is unknown is replayed, or told from the list; never sent anew.

Issue 3, item 2: never split, and never sent again under a new key.
"""

import asyncio
from datetime import timedelta

import pytest

from smarterpay.api.models.credit import CreditCreate
from smarterpay.api.models.mandate import MandateUpdate
from smarterpay.api.models.payment import PaymentCreate
from smarterpay.journal.decision import LATE_WORK, State
from smarterpay.journal.intents import NotForAPerson
from smarterpay.orchestration import delivery
from smarterpay.orchestration.bulk_outcome import BulkOutcome
from smarterpay.orchestration.runtime import Runtime
from smarterpay.settings import Settings
from tests.api import builders
from tests.in_process import done
from tests.orchestration.bulk_runs import (
    REFERENCES,
    a_payer,
    a_payment,
    at_the_sandboxs_pace,
    booked,
    bulk,
    calls,
    payments,
    states,
)
from tests.sandbox_process import SandboxProcess

CREATE = "payment.create"
Rows = list[PaymentCreate] | list[CreditCreate]
PATH = "/payments"
#: Every fault of section 12, and the settings of a process that does not wait long for any.
FAULTS: list[dict[str, object]] = [
    {"kind": "429"},
    {"kind": "503"},
    {"kind": "500-before"},
    {"kind": "500-after", "stored": False},
    {"kind": "drop-before"},
    {"kind": "drop-after"},
    {"kind": "html-error"},
    {"kind": "html-error", "after": True},
    {"kind": "empty-body"},
]


@pytest.mark.parametrize("fault", FAULTS, ids=lambda fault: "-".join(map(str, fault.values())))
async def test_section_12_whatever_happens_to_the_call_each_row_is_created_once(
    settings: Settings,
    sandbox: SandboxProcess,
    monkeypatch: pytest.MonkeyPatch,
    fault: dict[str, object],
) -> None:
    monkeypatch.setattr(delivery, "MAINTENANCE_PAUSE", 0.05)
    hasty = settings.model_copy(update={"rate_window": 0.05, "rate_limit": 1000})
    async with at_the_sandboxs_pace(hasty, sandbox) as runtime:
        rows = await payments(runtime)
        sandbox.faults(**fault, method="POST", path=PATH, times=2)  # type: ignore[arg-type]

        outcome = await _at_last(runtime, rows)

    assert states(outcome) == ["succeeded"] * 3
    assert booked(sandbox) == list(REFERENCES)
    assert len(calls(sandbox)) == 3
    assert len({call["key"] for call in calls(sandbox)}) == 1


async def _at_last(runtime: Runtime, rows: Rows) -> BulkOutcome:
    for _ in range(10):
        outcome = await bulk(runtime, rows)
        if outcome.is_settled:
            return outcome
    raise AssertionError("never settled")


async def test_section_2_a_second_process_waits_for_the_one_that_sends(
    settings: Settings, sandbox: SandboxProcess
) -> None:
    async with (
        at_the_sandboxs_pace(settings, sandbox) as one,
        at_the_sandboxs_pace(settings, sandbox) as other,
    ):
        rows = await payments(one)
        sandbox.faults(kind="slow", method="POST", path=PATH, times=1, seconds=0.5)
        first, second = await asyncio.gather(bulk(one, rows), bulk(other, rows))

    assert states(first) == states(second) == ["succeeded"] * 3
    assert booked(sandbox) == list(REFERENCES)
    assert len(calls(sandbox)) == 1


async def test_two_calls_that_share_rows_never_send_one_twice(
    settings: Settings, sandbox: SandboxProcess
) -> None:
    async with (
        at_the_sandboxs_pace(settings, sandbox) as one,
        at_the_sandboxs_pace(settings, sandbox) as other,
    ):
        rows = await payments(one, *(f"INV-{n:02}" for n in range(20)))
        first, second = await asyncio.gather(
            bulk(one, rows, reference="RUN-1"), bulk(other, rows[::-1], reference="RUN-2")
        )
        carried = {first.call, second.call}
        after = await bulk(one, rows, reference="RUN-1")

    assert carried == {"accepted", "not_made"}
    assert states(after) == ["succeeded"] * 20
    assert len(booked(sandbox)) == 20


# --- The key is spent --------------------------------------------------------------------------


async def lost(runtime: Runtime, sandbox: SandboxProcess, rows: Rows, fault: str) -> None:
    """A call whose answer was lost, a day ago."""
    sandbox.faults(kind=fault, method="POST", path=PATH, times=1)
    assert (await bulk(runtime, rows)).call == "not_settled"
    sandbox.advance("25h")


async def test_section_2_after_a_day_rows_are_found_in_the_list(
    paced: Runtime, sandbox: SandboxProcess
) -> None:
    rows = await payments(paced)
    await lost(paced, sandbox, rows, "drop-after")

    outcome = await bulk(paced, rows)

    assert (outcome.call, states(outcome)) == ("accepted", ["succeeded"] * 3)
    assert {row.reason for row in outcome.rows} == {"adopted by look-up"}
    assert len(calls(sandbox)) == 1
    assert booked(sandbox) == list(REFERENCES)
    (row,) = paced.journal.intents.find("INV-1")
    assert row.record_status == "pending_submission"


async def test_section_2_rows_that_are_not_found_are_left_to_a_person(
    paced: Runtime, sandbox: SandboxProcess
) -> None:
    rows = await payments(paced)
    await lost(paced, sandbox, rows, "drop-before")

    for _ in range(2):
        outcome = await bulk(paced, rows)
        assert (outcome.call, states(outcome)) == ("needs_attention", ["needs_attention"] * 3)

    assert {row.reason for row in outcome.rows} == {"no record was found"}
    assert (len(calls(sandbox)), booked(sandbox)) == (1, [])
    (call,) = paced.journal.intents.find("RUN-1")
    with pytest.raises(NotForAPerson, match="create again what it has created"):
        paced.journal.intents.reopen_for_person(call.id, "Ada", paced.clock.now())


async def test_a_person_settles_row_by_row_and_the_call_closes(
    paced: Runtime, sandbox: SandboxProcess
) -> None:
    rows = await payments(paced)
    await lost(paced, sandbox, rows, "drop-before")
    await bulk(paced, rows)
    for reference in REFERENCES:
        (row,) = paced.journal.intents.find(reference)
        paced.journal.intents.reopen_for_person(row.id, "Ada", paced.clock.now())

    for row_, reference in zip(rows, REFERENCES, strict=True):
        assert (await done(paced, CREATE, row_, reference)).outcome == "succeeded"

    outcome = await bulk(paced, rows)
    assert states(outcome) == ["succeeded"] * 3
    assert booked(sandbox) == list(REFERENCES)
    (call,) = paced.journal.intents.find("RUN-1")
    assert (call.state, call.reason) == (State.SUCCEEDED, "every row of it is settled")


async def test_section_4_a_replayed_500_waits_for_rows_that_are_still_being_created(
    paced: Runtime, sandbox: SandboxProcess
) -> None:
    """Rows are worked on after the answer (section 7.9): the 500 says nothing of them."""
    rows = await payments(paced, *REFERENCES)
    sandbox.faults(kind="500-after", method="POST", path=PATH, times=1)
    for _ in range(3):
        assert (await bulk(paced, rows)).call == "not_settled"
    assert [call["replayed"] for call in calls(sandbox)] == [False, True]

    sandbox.advance("1m")

    assert states(await bulk(paced, rows)) == ["succeeded"] * 3
    assert booked(sandbox) == list(REFERENCES)


async def test_section_4_rows_missing_long_after_a_replayed_500_are_left_to_a_person(
    paced: Runtime, sandbox: SandboxProcess
) -> None:
    rows = await payments(paced, "INV-1", "BULKFAIL-2")
    sandbox.faults(kind="500-after", method="POST", path=PATH, times=1)
    for _ in range(2):
        await bulk(paced, rows)
    sandbox.advance(LATE_WORK.total_seconds() - 1)
    assert (await bulk(paced, rows)).call == "not_settled"
    sandbox.advance(1)

    outcome = await bulk(paced, rows)

    assert (outcome.call, states(outcome)) == ("needs_attention", ["succeeded", "needs_attention"])


async def test_a_record_of_another_amount_or_two_of_them_prove_nothing(
    paced: Runtime, sandbox: SandboxProcess
) -> None:
    one, two = await payments(paced, "INV-1", "INV-2")
    sandbox.faults(kind="drop-before", method="POST", path=PATH, times=1)
    await bulk(paced, [one, two])
    await paced.cloud.payments.create(one.model_copy(update={"amount": 1}))
    for _ in range(2):
        await paced.cloud.payments.create(two)
    sandbox.advance("25h")

    outcome = await bulk(paced, [one, two])

    assert [row.reason for row in outcome.rows] == [
        "no record was found",
        "more than one record matches",
    ]


async def test_another_payers_payment_under_the_same_reference_is_not_taken_for_a_row(
    paced: Runtime, sandbox: SandboxProcess
) -> None:
    """Its amount may be the same; the row's own payer would never be asked."""
    (row,) = await payments(paced, "INV-1")
    (mandate,) = [one async for one in paced.cloud.mandates.list()]
    account = mandate.customer_bank_account
    other = builders.mandate(customer_bank_account=account, auddis="VEG-2")
    await paced.cloud.mandates.create(other)
    sandbox.faults(kind="drop-before", method="POST", path=PATH, times=1)
    await bulk(paced, [row])
    await paced.cloud.payments.create(row.model_copy(update={"auddis": "VEG-2"}))
    sandbox.advance("25h")

    outcome = await bulk(paced, [row])

    assert (states(outcome), outcome.rows[0].record_id) == (["needs_attention"], None)


async def test_section_7_7_a_row_on_a_cancelled_mandate_is_found_with_amount_0(
    paced: Runtime, sandbox: SandboxProcess
) -> None:
    """It is recorded as cancelled instead of being refused."""
    auddis = await a_payer(paced)
    (mandate,) = [one async for one in paced.cloud.mandates.list()]
    await paced.cloud.mandates.update(mandate.id, MandateUpdate(dd_status="cancelled"))
    rows = [a_payment(auddis, "INV-1")]
    await lost(paced, sandbox, rows, "drop-after")

    outcome = await bulk(paced, rows)

    assert states(outcome) == ["succeeded"]
    (row,) = paced.journal.intents.find("INV-1")
    assert row.record_status == "cancelled"


async def test_a_record_from_another_time_is_not_taken_for_a_row(
    paced: Runtime, sandbox: SandboxProcess
) -> None:
    rows = await payments(paced, "INV-1")
    await paced.cloud.payments.create(rows[0])
    sandbox.advance(timedelta(hours=2).total_seconds())
    await lost(paced, sandbox, rows, "drop-before")

    outcome = await bulk(paced, rows)

    assert outcome.rows[0].reason == "a record matches, but was made another time"


async def test_an_api_request_nobody_knows_any_more_leaves_the_list_to_tell(
    paced: Runtime, sandbox: SandboxProcess
) -> None:
    rows = await payments(paced)
    assert (await bulk(paced, rows, follow_for=-1)).call == "accepted"
    sandbox.advance("1m")
    (call,) = paced.journal.intents.find("RUN-1")
    with paced.journal.database.write() as connection:
        connection.exec_driver_sql(
            f"UPDATE intents SET record_id = 'AR01GONEGONEGONEGONE' WHERE id = '{call.id}'"
        )
    early = await bulk(paced, rows)
    assert (early.trouble, states(early)) == ("NotFound", ["not_settled"] * 3)

    sandbox.advance("3h")

    assert states(await bulk(paced, rows)) == ["succeeded"] * 3


@pytest.mark.parametrize("kind", ["payment", "credit"])
async def test_section_7_10_both_kinds_are_told_from_their_own_list(
    paced: Runtime, sandbox: SandboxProcess, kind: str
) -> None:
    if kind == "payment":
        rows: Rows = await payments(paced)
    else:
        payee = await paced.cloud.bank_accounts.create(builders.bank_account())
        rows = [builders.credit(bank_account=payee.id, reference=one) for one in REFERENCES]
    sandbox.faults(kind="drop-after", method="POST", path=f"/{kind}s", times=1)
    await bulk(paced, rows)
    sandbox.advance("25h")

    outcome = await bulk(paced, rows)

    assert states(outcome) == ["succeeded"] * 3
    assert booked(sandbox, f"{kind}s") == list(REFERENCES)
