"""Bulk creates (section 7.9): one call, an intent for each row, and each row settled once."""

from typing import Any

import pytest

from smarterpay.api import InvalidRequest
from smarterpay.journal.bulk import ROW_REFUSED, Taken
from smarterpay.journal.decision import State
from smarterpay.orchestration.bulk_outcome import BulkOutcome
from smarterpay.orchestration.outcome import NotSettled, OperationRefused
from smarterpay.orchestration.runtime import Runtime
from smarterpay.settings import Settings
from tests.api import answers, builders
from tests.api.scripted_server import ScriptedServer, answer
from tests.in_process import done, open_directly, opened
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


async def test_section_7_9_every_row_is_created_by_one_call_under_one_key(
    paced: Runtime, sandbox: SandboxProcess
) -> None:
    outcome = await bulk(paced, await payments(paced))

    assert states(outcome) == ["succeeded"] * 3
    assert outcome.counts == {"succeeded": 3}
    assert booked(sandbox) == list(REFERENCES)
    (call,) = calls(sandbox)
    (intent,) = paced.journal.intents.find("RUN-1")
    assert (intent.key, intent.record_id, intent.status) == (
        call["key"],
        outcome.api_request_id,
        202,
    )
    records = {one["custom_reference"]: one["id"] for one in _payments(sandbox)}
    assert {row.reference: row.record_id for row in outcome.rows} == records


def _payments(sandbox: SandboxProcess) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = sandbox.books(records=True)["records"]["payments"]
    return found


async def test_section_7_10_credits_go_the_same_way(
    paced: Runtime, sandbox: SandboxProcess
) -> None:
    payee = await paced.cloud.bank_accounts.create(builders.bank_account())
    rows = [builders.credit(bank_account=payee.id, reference=one) for one in REFERENCES]

    outcome = await bulk(paced, rows)

    assert states(outcome) == ["succeeded"] * 3
    assert booked(sandbox, "credits") == list(REFERENCES)
    assert {row.intent.operation for row in _rows(paced, outcome)} == {"credit.create"}


def _rows(runtime: Runtime, outcome: BulkOutcome) -> Any:
    (call,) = runtime.journal.intents.find(outcome.reference, outcome.operation)
    return runtime.journal.bulks.rows(call.id)


async def test_section_7_9_a_row_that_failed_is_refused_in_our_words_and_the_others_stand(
    paced: Runtime, sandbox: SandboxProcess
) -> None:
    """Section 13: a row whose reference begins with BULKFAIL fails."""
    rows = await payments(paced, "INV-1", "BULKFAIL-2", "INV-3")

    outcome = await bulk(paced, rows)

    assert states(outcome) == ["succeeded", "refused", "succeeded"]
    assert outcome.rows[1].reason == ROW_REFUSED
    assert booked(sandbox) == ["INV-1", "INV-3"]
    (failed,) = paced.journal.intents.find("BULKFAIL-2")
    assert paced.journal.intents.answer(failed.id) == b"Row rejected by test value"
    assert "rejected by test value" not in outcome.model_dump_json()
    assert await done(paced, CREATE, rows[1], "BULKFAIL-2") is not None
    assert len([one for one in sandbox.requests() if one["path"].endswith("/payment")]) == 0


async def test_the_outcome_holds_nothing_personal(paced: Runtime) -> None:
    auddis = await a_payer(paced)
    rows = [a_payment(auddis, "INV-1", description="canary words", metadata="canary-metadata")]

    outcome = await bulk(paced, rows)

    assert "canary" not in outcome.model_dump_json()
    assert BulkOutcome.model_validate(outcome.model_dump(exclude={"counts"})) == outcome


# --- Following the API request -----------------------------------------------------------------


async def test_section_12_rows_are_settled_as_they_come_with_growing_pauses(
    settings: Settings, sandbox: SandboxProcess
) -> None:
    """Rows start after a second, 100 of them a second."""
    pauses: list[float] = []
    async with at_the_sandboxs_pace(settings, sandbox, pauses) as runtime:
        auddis = await a_payer(runtime)
        rows = [a_payment(auddis, f"INV-{n:03}") for n in range(350)]
        early = await bulk(runtime, rows, follow_for=2)
        assert early.counts == {"succeeded": 200, "not_settled": 150}
        assert not early.is_settled
        assert early.trouble == "the API request is not completed"

        late = await bulk(runtime, rows)

    assert late.counts == {"succeeded": 350}
    assert pauses == [1.0, 2.0, 1.0, 2.0]
    assert len(calls(sandbox)) == 1
    assert len(booked(sandbox)) == 350


async def test_section_7_9_a_webhook_settles_a_row_before_the_next_look(
    paced: Runtime, sandbox: SandboxProcess
) -> None:
    rows = await payments(paced, "INV-1", "BULKFAIL-2")
    first = await bulk(paced, rows, follow_for=-1)
    assert states(first) == ["not_settled"] * 2
    assert first.api_request_id is not None
    bulks, now = paced.journal.bulks, paced.clock.now()
    taken = bulks.take_row_failure(first.api_request_id, "BULKFAIL-2", "Row rejected", now)
    assert taken is Taken.SETTLED
    assert bulks.take_row_created(first.api_request_id, "INV-1", "P01X", now) is Taken.SETTLED
    heard = len(sandbox.requests())

    outcome = await bulk(paced, rows)

    assert states(outcome) == ["succeeded", "refused"]
    assert len(sandbox.requests()) == heard, "nothing was left to ask"


async def test_what_ends_a_look_early_is_told_and_settles_nothing(
    paced: Runtime, sandbox: SandboxProcess
) -> None:
    rows = await payments(paced)
    sandbox.faults(kind="500-before", method="GET", path="/apirequest", times=1)

    outcome = await bulk(paced, rows)

    assert (outcome.call, outcome.trouble) == ("accepted", "ServerError")
    assert states(outcome) == ["not_settled"] * 3
    assert states(await bulk(paced, rows)) == ["succeeded"] * 3


# --- Rows that are known already ---------------------------------------------------------------


async def test_rows_that_are_settled_are_left_out_and_told(
    paced: Runtime, sandbox: SandboxProcess
) -> None:
    one, two, three = await payments(paced)
    alone = await done(paced, CREATE, one, "INV-1")
    changed = two.model_copy(update={"amount": 1})
    await done(paced, CREATE, changed, "INV-2")

    outcome = await bulk(paced, [one, two, three])

    assert states(outcome) == ["succeeded", "conflict", "succeeded"]
    assert outcome.rows[0].record_id == alone.record_id
    assert outcome.rows[1].fields == ("payment.amount",)
    assert booked(sandbox) == list(REFERENCES)
    (call,) = paced.journal.intents.find("RUN-1")
    assert paced.journal.bulks.size(call.id) == 1


async def test_a_row_in_flight_elsewhere_is_left_out(
    paced: Runtime, sandbox: SandboxProcess
) -> None:
    one, two, three = await payments(paced)
    opened(paced, CREATE, one, "INV-1")
    await bulk(paced, [two], reference="RUN-0", follow_for=-1)

    outcome = await bulk(paced, [one, two, three])

    assert states(outcome) == ["not_settled", "not_settled", "succeeded"]
    assert "left out of this one" in str(outcome.rows[0].reason)
    assert "left out of this one" in str(outcome.rows[1].reason)


async def test_nothing_is_sent_where_no_row_is_left(
    paced: Runtime, sandbox: SandboxProcess
) -> None:
    rows = await payments(paced)
    await bulk(paced, rows)

    outcome = await bulk(paced, rows, reference="RUN-2")

    assert (outcome.call, outcome.api_request_id) == ("not_made", None)
    assert states(outcome) == ["succeeded"] * 3
    assert len(calls(sandbox)) == 1


async def test_a_call_is_never_built_anew(paced: Runtime, sandbox: SandboxProcess) -> None:
    one, two, three = await payments(paced)
    sandbox.faults(kind="drop-after", method="POST", path="/payments", times=1)
    assert states(await bulk(paced, [one, two])) == ["not_settled"] * 2

    outcome = await bulk(paced, [two.model_copy(update={"amount": 1}), three])

    assert states(outcome) == ["conflict", "conflict"]
    assert outcome.rows[0].fields == ("payment.amount",)
    assert "use another one" in str(outcome.rows[1].reason)
    assert booked(sandbox) == ["INV-1", "INV-2"]
    assert [call["replayed"] for call in calls(sandbox)] == [False, True]


async def test_while_a_call_carries_a_row_it_is_not_created_by_itself(
    paced: Runtime, sandbox: SandboxProcess
) -> None:
    rows = await payments(paced)
    sandbox.faults(kind="drop-before", method="POST", path="/payments", times=1)
    await bulk(paced, rows)

    for other in (rows[0], rows[0].model_copy(update={"amount": 1})):
        with pytest.raises(NotSettled, match="a bulk call carries it"):
            await done(paced, CREATE, other, "INV-1")
    sandbox.advance("25h")
    with pytest.raises(NotSettled, match="a bulk call carries it"):
        await done(paced, CREATE, rows[0], "INV-1")

    assert booked(sandbox) == []


async def test_a_row_that_a_call_created_is_read_as_the_operations_record(
    paced: Runtime, sandbox: SandboxProcess
) -> None:
    """The API request names its id only; the record is read at the provider."""
    from tasks.payments import create_payment  # noqa: PLC0415 - imports Prefect

    rows = await payments(paced, "INV-1", "BULKFAIL-2")
    await bulk(paced, rows)

    outcome = await done(paced, CREATE, rows[0], "INV-1")
    settled = await create_payment._conclude(paced, outcome)

    assert settled.record.id == outcome.record_id
    assert (settled.record.custom_reference, settled.record.amount) == ("INV-1", 2500)
    refused = await done(paced, CREATE, rows[1], "BULKFAIL-2")
    with pytest.raises(OperationRefused, match=ROW_REFUSED):
        await create_payment._conclude(paced, refused)


# --- Refused -----------------------------------------------------------------------------------


async def test_a_call_refused_as_a_whole_refuses_its_rows_until_they_change(
    settings: Settings, sandbox: SandboxProcess
) -> None:
    async with at_the_sandboxs_pace(settings, sandbox) as runtime:
        one, two, three = await payments(runtime)
        async with ScriptedServer(answer(400, answers.OTHER_ERROR)) as refusing:
            elsewhere = settings.model_copy(update={"cloud_base_url": refusing.url})
            async with open_directly(elsewhere) as refused:
                outcome = await bulk(refused, [one, two, three])
                assert (outcome.call, states(outcome)) == ("refused", ["refused"] * 3)
                assert outcome.rows[0].reason == "Refused: amount"
                assert states(await bulk(refused, [one, two, three])) == ["refused"] * 3
                assert len(refusing.received) == 1
        mended = [row.model_copy(update={"amount": 1}) for row in (one, two)]

        again = await bulk(runtime, [*mended, three])

        assert states(again) == ["succeeded", "succeeded", "refused"]
        assert booked(sandbox) == ["INV-1", "INV-2"]
        (row,) = runtime.journal.intents.find("INV-1")
        assert (row.generation, row.state) == (1, State.SUCCEEDED)


async def test_a_call_is_refused_before_anything_is_written(
    paced: Runtime, sandbox: SandboxProcess
) -> None:
    """Section 7.9: 1 to 500 rows; and each is found again by a reference of its own."""
    good = a_payment("VEG-1", "INV-1")
    nameless = good.model_copy(update={"custom_reference": None})
    blank = good.model_copy(update={"custom_reference": " "})
    many = [a_payment("VEG-1", f"INV-{n}") for n in range(501)]

    for rows, places in (
        ([nameless, good], ["rows.0.custom_reference"]),
        ([good, blank, good], ["rows.1.custom_reference", "rows.2.custom_reference"]),
        (many, ["rows"]),
    ):
        with pytest.raises(InvalidRequest) as refused:
            await bulk(paced, rows)
        assert list(refused.value.fields) == places
        assert "INV-1" not in str(refused.value)
    assert paced.journal.intents.counts() == {}
    assert sandbox.requests() == []
