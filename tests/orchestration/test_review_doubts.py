"""What looks like our record and is not, or like a refusal of our data and is not."""

from datetime import UTC, datetime
from pathlib import Path

import pytest
from pydantic import BaseModel, SecretStr

from smarterpay.clock import FixedClock, SystemClock
from smarterpay.journal.decision import KEY_HORIZON, State
from smarterpay.orchestration.delivery import deliver
from smarterpay.orchestration.outcome import Misconfigured, NeedsAttention, NotSettled
from smarterpay.orchestration.runtime import Runtime
from smarterpay.settings import Settings
from tests.api import builders
from tests.api.scripted_server import DROP, ScriptedServer, Send, answer
from tests.in_process import done, open_directly, opened
from tests.orchestration.bulk_runs import booked, bulk, calls, payments, states
from tests.orchestration.test_tokens import SPENT, by_oauth, token
from tests.sandbox_process import SandboxProcess

NOW = datetime(2026, 6, 1, 9, 0, tzinfo=UTC)
CREATE = "payment.create"
NOTHING = answer(200, {"payments": []})
CREATED = answer(200, builders.CUSTOMER_ANSWER)


# --- Somebody else's record --------------------------------------------------------------------


async def test_a_bulk_row_never_takes_the_record_of_another_write(
    paced: Runtime, sandbox: SandboxProcess
) -> None:
    """A write's name need not be the reference it sends: here two send the same one."""
    (row,) = await payments(paced, "INV-1")
    sandbox.faults(kind="drop-before", method="POST", path="/payments", times=1)
    await bulk(paced, [row])
    alone = await done(paced, CREATE, row, "ANOTHER-NAME")
    sandbox.advance("25h")

    outcome = await bulk(paced, [row])

    assert (states(outcome), outcome.rows[0].record_id) == (["needs_attention"], None)
    assert alone.record_id is not None
    assert booked(sandbox) == ["INV-1"]


def settings_for(server: ScriptedServer, home: Path) -> Settings:
    """The settings of a merchant of that provider."""
    return Settings(
        home=home,
        cloud_base_url=server.url,
        card_base_url=server.url,
        api_key=SecretStr("k"),
        rate_limit=60_000,
    )


@pytest.mark.parametrize(
    ("operation", "request_", "found", "why"),
    [
        (CREATE, builders.payment(), {"payments": [{"id": "P01", "amount": 2400}]}, "amount"),
        (
            "credit.create",
            builders.credit(),
            {"credits": [{"ID": "C01", "amount": 2400}]},
            "amount",
        ),
        (
            CREATE,
            builders.payment(amount=2400, auddis="VEG-1"),
            {"payments": [{"id": "P01", "amount": 2400, "auddis": "VEG-2"}]},
            "payer",
        ),
    ],
    ids=["payment", "credit", "payer"],
)
async def test_a_record_for_another_amount_or_payer_is_nobodys_guess(
    tmp_path: Path,
    operation: str,
    request_: BaseModel,
    found: dict[str, list[dict[str, object]]],
    why: str,
) -> None:
    """Sections 7.7 and 7.10: to take it for ours would be to say that ours was collected."""
    reference = {"custom_reference": "INV-2026-118", "reference": "INV-2026-118"}
    page = answer(
        200, {name: [{**one, **reference} for one in rows] for name, rows in found.items()}
    )
    clock = FixedClock(NOW)
    nothing = answer(200, {name: [] for name in found})
    async with (
        ScriptedServer(DROP, page, nothing) as server,
        open_directly(settings_for(server, tmp_path), clock=clock) as runtime,
    ):
        intent = opened(runtime, operation, request_, "INV-2026-118")
        with pytest.raises(NotSettled):
            await deliver(runtime, intent.id, intent.key)
        clock.advance(KEY_HORIZON)
        with pytest.raises(NeedsAttention, match=f"another {why}"):
            await deliver(runtime, intent.id, intent.key)


@pytest.mark.parametrize(
    ("operation", "request_", "id"),
    [
        (CREATE, builders.payment(custom_reference="INV-1 "), None),
        ("transaction.repeat", builders.repeat(custom_reference=" INV-1"), "a-card"),
    ],
    ids=["payment", "card"],
)
async def test_a_reference_the_provider_may_have_trimmed_finds_nothing_and_proves_nothing(
    tmp_path: Path, operation: str, request_: BaseModel, id: str | None
) -> None:
    """To create it anew because no list knows it would be to create it twice."""
    clock = FixedClock(NOW)
    async with (
        ScriptedServer(DROP, NOTHING) as server,
        open_directly(settings_for(server, tmp_path), clock=clock) as runtime,
    ):
        intent = opened(runtime, operation, request_, "INV-1", id)
        with pytest.raises(NotSettled):
            await deliver(runtime, intent.id, intent.key)
        clock.advance(KEY_HORIZON)
        with pytest.raises(NeedsAttention, match="no list can tell"):
            await deliver(runtime, intent.id, intent.key)


# --- Our token, not our data -------------------------------------------------------------------


@pytest.mark.parametrize("status", [200, 400])
async def test_section_8_a_bad_token_in_whatever_status_refuses_no_payment(
    tmp_path: Path, status: int
) -> None:
    """Code 101: with the right token the same request under the same key goes through."""
    no = answer(status, {"status": "error", "status_code": "101", "status_details": "Unauthorised"})
    yes = answer(200, {"id": "P02", "card_id": "a-card", "status": "successful"})
    async with (
        ScriptedServer(no, yes) as server,
        open_directly(settings_for(server, tmp_path), clock=SystemClock()) as runtime,
    ):
        intent = opened(runtime, "transaction.repeat", builders.repeat(), "INV-1", "a-card")
        with pytest.raises(Misconfigured):
            await deliver(runtime, intent.id, intent.key)
        assert runtime.journal.intents.get(intent.id).state is State.OPENED

        outcome = await deliver(runtime, intent.id, intent.key)

    assert (outcome.outcome, outcome.generation) == ("succeeded", 0)
    assert server.keys == [intent.key] * 2


@pytest.mark.parametrize("down", [answer(503), DROP], ids=["503", "no answer"])
async def test_a_token_endpoint_that_is_down_is_waited_for(tmp_path: Path, down: Send) -> None:
    """Section 4: a 498, and no new token for now; nobody has to mend anything."""
    script = (token("first"), SPENT, down, token("second"), CREATED)
    async with ScriptedServer(*script) as server, by_oauth(tmp_path, server) as runtime:
        intent = opened(runtime, "customer_account.create", builders.customer())
        with pytest.raises(NotSettled, match="none can be fetched") as waiting:
            await deliver(runtime, intent.id, intent.key)
        assert waiting.value.executed == "nothing"

        outcome = await deliver(runtime, intent.id, intent.key)

    assert outcome.outcome == "succeeded"
    assert server.received[4].headers["authorization"] == "Bearer second"


async def test_a_token_endpoint_that_gives_the_spent_token_again_is_our_set_up(
    tmp_path: Path,
) -> None:
    script = (token("first"), SPENT, token("first"))
    async with ScriptedServer(*script) as server, by_oauth(tmp_path, server) as runtime:
        intent = opened(runtime, "customer_account.create", builders.customer())
        with pytest.raises(Misconfigured, match="498"):
            await deliver(runtime, intent.id, intent.key)
        assert runtime.journal.intents.get(intent.id).state is State.OPENED
    assert len(server.received) == 3


async def test_section_4_a_token_spent_in_the_middle_of_a_bulk_call_costs_no_row(
    tmp_path: Path, settings: Settings, sandbox: SandboxProcess
) -> None:
    """On the POST, and again on the look at its API request: each is sent once more."""
    accepted = answer(202, {"api_request": {"id": "AR01", "status": "pending"}})
    rows = [{"index": 0, "status": "created", "id": "P01A", "message": ""}]
    ended = {"id": "AR01", "status": "completed", "total_count": 1, "records": rows}
    script = (
        *(token("first"), SPENT, token("second"), accepted),
        *(SPENT, token("third"), answer(200, {"api_request": ended})),
    )
    async with ScriptedServer(*script) as server, by_oauth(tmp_path, server) as runtime:
        outcome = await bulk(runtime, [builders.payment()])
        (call,) = runtime.journal.intents.find("RUN-1")

    assert (states(outcome), outcome.rows[0].record_id) == (["succeeded"], "P01A")
    posts = [one for one in server.received if one.target.endswith("/payments")]
    assert [one.headers["idempotency-key"] for one in posts] == [call.key] * 2
    assert len({one.body for one in posts}) == 1
    assert server.received[-1].headers["authorization"] == "Bearer third"


# --- After a call in which rows were refused ---------------------------------------------------


async def test_corrected_rows_go_out_in_another_call_and_old_news_does_not_reach_them(
    paced: Runtime, sandbox: SandboxProcess
) -> None:
    good, bad = await payments(paced, "INV-1", "BULKFAIL-2")
    first = await bulk(paced, [good, bad])
    assert states(first) == ["succeeded", "refused"]
    mended = bad.model_copy(update={"amount": 2600})

    again = await bulk(paced, [good, mended], reference="RUN-2", follow_for=-1)

    assert states(again) == ["succeeded", "not_settled"]
    take, now = paced.journal.bulks.take_row_failure, paced.clock.now()
    assert str(take(str(first.api_request_id), "BULKFAIL-2", "again", now)) == "not_ours"
    assert states(await bulk(paced, [good, bad])) == ["succeeded", "not_settled"]
    assert [len(calls(sandbox)), booked(sandbox)] == [2, ["INV-1"]]
    assert states(await bulk(paced, [good, mended], reference="RUN-2")) == ["succeeded", "refused"]
