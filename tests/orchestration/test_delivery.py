"""One intent, one exchange: what becomes of it under every answer of the provider.

Real parts throughout: a sandbox in a process of its own or a scripted socket, and a SQLite journal.
"""

import asyncio
import hashlib
from collections.abc import AsyncIterator
from typing import Any

import httpx
import pytest
from pydantic import SecretStr
from sqlalchemy import select

from smarterpay.api.models.bank_account import BankAccountCreate
from smarterpay.journal.decision import State
from smarterpay.journal.intents import Intent
from smarterpay.journal.rate_budget import RateBudget
from smarterpay.journal.schema import rate_budgets
from smarterpay.orchestration.delivery import MAINTENANCE_PAUSE, deliver
from smarterpay.orchestration.outcome import (
    GenerationMovedOn,
    Misconfigured,
    NeedsAttention,
    NotSettled,
    Outcome,
)
from smarterpay.orchestration.runtime import Runtime
from smarterpay.settings import Settings
from tests.api import answers, builders
from tests.api.scripted_server import DROP, ScriptedServer, answer
from tests.in_process import done, open_directly, opened
from tests.sandbox_process import SandboxProcess

CREATE = "customer_account.create"
WALL = 1_000_000.0
MANY_TRIES = 200


def calling(settings: Settings, url: str) -> Settings:
    """The same merchant with another provider."""
    return settings.model_copy(update={"cloud_base_url": url})


def told(intent_id: str, runtime: Runtime) -> list[tuple[int | None, str | None, bool | None]]:
    """Status, disposition and replay mark of every exchange, as the journal has them."""
    attempts = runtime.journal.intents.attempts(intent_id)
    return [(one.status, one.disposition, one.replayed) for one in attempts]


def heard(sandbox: SandboxProcess) -> list[tuple[str, str | None, int, bool]]:
    """Method, key, status and replay mark of every call, as the provider has them."""
    return [(r["method"], r["key"], r["status"], r["replayed"]) for r in sandbox.requests()]


def bytes_under(sandbox: SandboxProcess, key: str) -> str:
    """SHA-256 of the body the provider remembers under a key (section 2)."""
    entries = sandbox.control("snapshot")["entries"]
    (kept,) = [httpx.Response(200, text=raw).json() for _, name, raw in entries if name == key]
    digest: str = kept["body_sha256"]
    return digest


def bytes_of(runtime: Runtime, intent: Intent) -> str:
    """SHA-256 of the bytes the journal keeps for an intent."""
    return hashlib.sha256(runtime.journal.intents.request_body(intent.id)).hexdigest()


async def delivered(runtime: Runtime, intent: Intent) -> Outcome:
    """Deliver until settled; each unsettled exchange is one more line in the journal."""
    for _ in range(MANY_TRIES):
        try:
            return await deliver(runtime, intent.id, intent.key)
        except NotSettled:
            await asyncio.sleep(0.05)
    raise AssertionError("never settled")


# --- Settled by the first answer ---------------------------------------------------------------


async def test_section_7_1_a_success_is_settled_with_the_record_and_its_answer(
    runtime: Runtime, sandbox: SandboxProcess
) -> None:
    intent = opened(runtime, CREATE, builders.customer())

    outcome = await deliver(runtime, intent.id, intent.key)

    (record,) = sandbox.books(records=True)["records"]["customer_accounts"]
    assert outcome == Outcome(
        operation=CREATE,
        reference="CUST-0042",
        intent_id=intent.id,
        outcome="succeeded",
        key=intent.key,
        generation=0,
        status=200,
        replayed=False,
        record_id=record["id"],
        reason=None,
        record_status="active",
    )
    assert heard(sandbox) == [("POST", intent.key, 200, False)]
    assert told(intent.id, runtime) == [(200, "succeeded", False)]
    assert record["id"].encode() in (runtime.journal.intents.answer(intent.id) or b"")
    assert bytes_of(runtime, intent) == bytes_under(sandbox, intent.key)


async def test_section_7_2_a_refusal_is_settled_and_names_fields_only(
    runtime: Runtime, sandbox: SandboxProcess
) -> None:
    """An account ending 900 fails the modulus check (section 13)."""
    intent = opened(
        runtime, "bank_account.create", builders.bank_account(account_number="12345900")
    )

    outcome = await deliver(runtime, intent.id, intent.key)

    assert (outcome.outcome, outcome.status, outcome.record_id) == ("refused", 400, None)
    assert outcome.reason is not None
    assert outcome.reason.startswith("Refused: ")
    assert "account_number" in outcome.reason
    assert "12345900" not in outcome.model_dump_json()
    assert sandbox.counts()["bank_accounts"] == 0


@pytest.mark.parametrize("number", ["75849855", "12345900"], ids=["succeeded", "refused"])
async def test_a_settled_intent_is_answered_from_the_journal(
    runtime: Runtime, sandbox: SandboxProcess, number: str
) -> None:
    intent = opened(runtime, "bank_account.create", builders.bank_account(account_number=number))
    first = await deliver(runtime, intent.id, intent.key)

    second = await deliver(runtime, intent.id, intent.key)

    assert second == first
    assert len(heard(sandbox)) == 1


async def test_a_key_of_another_generation_is_not_sent(
    runtime: Runtime, sandbox: SandboxProcess
) -> None:
    intent = opened(runtime, CREATE, builders.customer())

    with pytest.raises(GenerationMovedOn):
        await deliver(runtime, intent.id, "a-key-of-yesterday")

    assert heard(sandbox) == []


# --- Not executed: later, under the same key ---------------------------------------------------


@pytest.fixture
async def paced(settings: Settings) -> AsyncIterator[Runtime]:
    """A runtime whose rate budget reads a wall clock that stands still."""
    async with open_directly(settings) as runtime:
        budget = RateBudget(
            runtime.journal.database,
            SandboxProcess.token,
            limit=settings.rate_limit,
            window=settings.rate_window,
            share=settings.rate_share,
            wall_clock=lambda: WALL,
        )
        async with open_directly(settings, budget=budget) as held_back:
            yield held_back


def next_slot(runtime: Runtime) -> float:
    """Where the budget of all processes stands in the database, in wall-clock seconds."""
    with runtime.journal.database.read() as connection:
        slot: float = connection.execute(select(rate_budgets.c.next_slot_at)).scalar_one()
    return slot


@pytest.mark.parametrize(
    ("status", "pause"), [(429, 60.0), (503, MAINTENANCE_PAUSE)], ids=["429", "503"]
)
async def test_sections_3_and_4_a_429_or_503_executes_nothing_and_holds_back_every_process(
    paced: Runtime, sandbox: SandboxProcess, status: int, pause: float
) -> None:
    """Without Retry-After a 429 waits out our own window (section 3, "Headers")."""
    sandbox.faults(kind=str(status), method="POST", times=1)
    intent = opened(paced, CREATE, builders.customer())

    with pytest.raises(NotSettled) as unsettled:
        await deliver(paced, intent.id, intent.key)

    assert unsettled.value.executed == "nothing"
    assert paced.journal.intents.get(intent.id).state is State.OPENED
    assert told(intent.id, paced) == [(status, "retry", False)]
    assert next_slot(paced) == WALL + pause


@pytest.mark.parametrize("status", [429, 503])
async def test_section_3_a_retry_after_is_heeded_by_every_process(
    paced: Runtime, status: int
) -> None:
    async with (
        ScriptedServer(answer(status, b"", Retry_After="17")) as server,
        open_directly(calling(paced.settings, server.url), budget=paced.budget) as runtime,
    ):
        intent = opened(runtime, CREATE, builders.customer())
        with pytest.raises(NotSettled):
            await deliver(runtime, intent.id, intent.key)
    assert next_slot(paced) == WALL + 17


async def test_section_3_what_was_limited_goes_through_under_the_same_key(
    settings: Settings, sandbox: SandboxProcess
) -> None:
    sandbox.faults(kind="429", method="POST", times=2)
    # A window of a hundredth of a second, so that waiting it out takes no time.
    quick = settings.model_copy(update={"rate_window": 0.01, "rate_limit": 100})
    async with open_directly(quick) as runtime:
        intent = opened(runtime, CREATE, builders.customer())
        for _ in range(2):
            with pytest.raises(NotSettled):
                await deliver(runtime, intent.id, intent.key)
        outcome = await deliver(runtime, intent.id, intent.key)

    assert (outcome.outcome, outcome.generation, outcome.replayed) == ("succeeded", 0, False)
    assert heard(sandbox) == [
        ("POST", intent.key, 429, False),
        ("POST", intent.key, 429, False),
        ("POST", intent.key, 200, False),
    ]


async def test_no_connection_means_that_nothing_was_sent(
    settings: Settings, sandbox: SandboxProcess
) -> None:
    async with ScriptedServer(DROP) as server:
        nobody = server.url
    async with open_directly(calling(settings, nobody)) as runtime:
        intent = opened(runtime, CREATE, builders.customer())
        with pytest.raises(NotSettled) as unsettled:
            await deliver(runtime, intent.id, intent.key)
        assert unsettled.value.executed == "nothing"
        assert runtime.journal.intents.get(intent.id).state is State.OPENED

    async with open_directly(settings) as runtime:
        outcome = await deliver(runtime, intent.id, intent.key)
    assert outcome.outcome == "succeeded"
    assert heard(sandbox) == [("POST", intent.key, 200, False)]


# --- Unknown: the same bytes under the same key ------------------------------------------------


async def test_section_2_a_lost_answer_is_asked_for_again_with_the_same_key_and_bytes(
    runtime: Runtime, sandbox: SandboxProcess
) -> None:
    sandbox.faults(kind="drop-after", method="POST", times=2)
    intent = opened(runtime, CREATE, builders.customer())
    sent = bytes_of(runtime, intent)

    for _ in range(2):
        with pytest.raises(NotSettled) as unsettled:
            await deliver(runtime, intent.id, intent.key)
        assert unsettled.value.executed == "unknown"
        assert runtime.journal.intents.get(intent.id).state is State.UNKNOWN
    outcome = await deliver(runtime, intent.id, intent.key)

    assert (outcome.outcome, outcome.replayed, outcome.generation) == ("succeeded", True, 0)
    assert told(intent.id, runtime) == [
        (None, "unknown", None),
        (None, "unknown", None),
        (200, "succeeded", True),
    ]
    # A replay is given to identical requests only: another payload would have been a 422.
    assert heard(sandbox) == [
        ("POST", intent.key, 0, False),
        ("POST", intent.key, 0, False),
        ("POST", intent.key, 200, True),
    ]
    assert bytes_under(sandbox, intent.key) == sent == bytes_of(runtime, intent)
    assert sandbox.counts()["customer_accounts"] == 1


async def test_section_2_every_attempt_carries_the_stored_bytes_though_the_caller_builds_others(
    settings: Settings,
) -> None:
    """A changed default of ours must not turn a replay into a 422."""
    created = answer(200, builders.CUSTOMER_ANSWER)
    async with ScriptedServer(DROP, answer(502), answer(504), created) as server:
        async with open_directly(calling(settings, server.url)) as runtime:
            intent = opened(runtime, CREATE, builders.customer(city="Leeds"))
            for _ in range(3):
                with pytest.raises(NotSettled):
                    await deliver(runtime, intent.id, intent.key)
                opened(runtime, CREATE, builders.customer(city="York"))
            await deliver(runtime, intent.id, intent.key)
        assert server.keys == [intent.key] * 4
        assert len(server.bodies) == 1
        assert b"Leeds" in server.bodies.pop()


async def test_section_2_a_409_in_progress_waits_for_the_first_request_under_the_key(
    settings: Settings, sandbox: SandboxProcess
) -> None:
    sandbox.faults(kind="slow", method="POST", times=1, seconds=2)
    impatient = settings.model_copy(update={"read_timeout": 0.3})
    async with open_directly(impatient) as runtime:
        intent = opened(runtime, CREATE, builders.customer())
        with pytest.raises(NotSettled):
            await deliver(runtime, intent.id, intent.key)
        with pytest.raises(NotSettled) as unsettled:
            await deliver(runtime, intent.id, intent.key)
        assert unsettled.value.executed == "unknown"
        # The second call executed nothing, but says itself that the first may yet succeed.
        assert told(intent.id, runtime) == [(None, "unknown", None), (409, "unknown", False)]

        outcome = await delivered(runtime, intent)

    assert (outcome.outcome, outcome.replayed) == ("succeeded", True)
    assert sandbox.counts()["customer_accounts"] == 1
    assert {key for _, key, _, _ in heard(sandbox)} == {intent.key}


async def test_while_one_is_at_it_another_waits_for_its_answer_and_sends_nothing(
    runtime: Runtime, sandbox: SandboxProcess
) -> None:
    sandbox.faults(kind="slow", method="POST", times=1, seconds=0.5)
    intent = opened(runtime, CREATE, builders.customer())
    async with open_directly(runtime.settings) as another:
        first, second = await asyncio.gather(
            deliver(runtime, intent.id, intent.key), deliver(another, intent.id, intent.key)
        )
    assert first == second
    assert heard(sandbox) == [("POST", intent.key, 200, False)]


UNREADABLE: dict[str, bytes] = {
    "nothing": b"",
    "html": b"<html><body>OK</body></html>",
    "cut off": b'{"Customer_Account":{"id":"CA01',
    "an array": b'[{"id":"CA01"}]',
    "another envelope": b'{"bank_account":{"id":"BA01YZ96J11YWR7JNEWD"}}',
    "no envelope": b'{"id":"CA0175OW1YJV3Y8X29LV"}',
    "a record without its id": b'{"Customer_Account":{"email":"test@test.com"}}',
}


@pytest.mark.parametrize("body", UNREADABLE.values(), ids=UNREADABLE.keys())
async def test_section_4_a_200_that_cannot_be_read_is_unknown_and_never_success(
    settings: Settings, body: bytes
) -> None:
    async with ScriptedServer(answer(200, body), answer(200, builders.CUSTOMER_ANSWER)) as server:
        async with open_directly(calling(settings, server.url)) as runtime:
            intent = opened(runtime, CREATE, builders.customer())
            with pytest.raises(NotSettled) as unsettled:
                await deliver(runtime, intent.id, intent.key)
            assert unsettled.value.executed == "unknown"
            assert runtime.journal.intents.get(intent.id).state is State.UNKNOWN

            outcome = await deliver(runtime, intent.id, intent.key)

            assert outcome.record_id == "CA0175OW1YJV3Y8X29LV"
        assert server.keys == [intent.key] * 2
        assert len(server.bodies) == 1


# --- Stop: never again under this key ----------------------------------------------------------


async def test_section_4_a_replayed_500_is_looked_up_and_the_record_adopted(
    runtime: Runtime, sandbox: SandboxProcess
) -> None:
    sandbox.faults(kind="500-after", method="POST", times=1, stored=True)
    intent = opened(runtime, CREATE, builders.customer())

    for _ in range(2):
        with pytest.raises(NotSettled):
            await deliver(runtime, intent.id, intent.key)
    outcome = await deliver(runtime, intent.id, intent.key)

    (record,) = sandbox.books(records=True)["records"]["customer_accounts"]
    assert (outcome.outcome, outcome.record_id, outcome.generation) == (
        "succeeded",
        record["id"],
        0,
    )
    assert outcome.reason == "adopted by look-up"
    assert told(intent.id, runtime) == [(500, "unknown", False), (500, "stop", True)]
    # The list to its empty end, then the record.
    assert [method for method, _, _, _ in heard(sandbox)] == ["POST"] * 2 + ["GET"] * 3


async def test_section_4_a_500_before_the_work_is_sent_again_and_created_once(
    runtime: Runtime, sandbox: SandboxProcess
) -> None:
    sandbox.faults(kind="500-before", method="POST", times=1)
    intent = opened(runtime, CREATE, builders.customer())
    with pytest.raises(NotSettled):
        await deliver(runtime, intent.id, intent.key)
    outcome = await deliver(runtime, intent.id, intent.key)
    assert (outcome.outcome, outcome.generation) == ("succeeded", 0)
    assert sandbox.counts()["customer_accounts"] == 1


async def test_section_2_a_key_that_belongs_to_another_request_needs_a_person(
    runtime: Runtime, sandbox: SandboxProcess
) -> None:
    intent = opened(runtime, CREATE, builders.customer())
    stranger = runtime.cloud.prepare("bank_account.create", builders.bank_account())
    await runtime.cloud.exchange(stranger, idempotency_key=intent.key)

    for _ in range(2):  # the second time without asking the provider
        with pytest.raises(NeedsAttention) as needed:
            await deliver(runtime, intent.id, intent.key)

    assert needed.value.reason == "KeyReused"
    assert told(intent.id, runtime) == [(422, "stop", False)]
    assert sandbox.counts()["customer_accounts"] == 0
    assert len(heard(sandbox)) == 2


# --- Misconfigured: nothing was executed -------------------------------------------------------


@pytest.mark.parametrize(
    ("status", "body"),
    [(401, b""), (403, b""), (407, b""), (498, b""), (400, answers.TLS_REQUIRED)],
    ids=["401", "403", "407", "498", "TLS_Required"],
)
async def test_section_1_a_set_up_that_is_not_accepted_leaves_the_intent_open(
    settings: Settings, status: int, body: bytes
) -> None:
    async with (
        ScriptedServer(answer(status, body)) as server,
        open_directly(calling(settings, server.url)) as runtime,
    ):
        intent = opened(runtime, CREATE, builders.customer())
        with pytest.raises(Misconfigured):
            await deliver(runtime, intent.id, intent.key)
        assert runtime.journal.intents.get(intent.id).state is State.OPENED


async def test_section_1_the_right_token_goes_on_under_the_same_key(
    settings: Settings, sandbox: SandboxProcess
) -> None:
    expired = settings.model_copy(update={"api_key": SecretStr("sandbox-key-expired")})
    async with open_directly(expired) as runtime:
        intent = opened(runtime, CREATE, builders.customer())
        with pytest.raises(Misconfigured) as refused:
            await deliver(runtime, intent.id, intent.key)
        assert "sandbox-key" not in str(refused.value)

    async with open_directly(settings) as runtime:
        outcome = await deliver(runtime, intent.id, intent.key)

    assert (outcome.outcome, outcome.generation) == ("succeeded", 0)
    assert heard(sandbox) == [("POST", intent.key, 498, False), ("POST", intent.key, 200, False)]


# --- The journal's own say ---------------------------------------------------------------------


async def test_without_a_journal_nothing_is_sent(
    settings: Settings, sandbox: SandboxProcess
) -> None:
    async with open_directly(settings) as runtime:
        intent = opened(runtime, CREATE, builders.customer())
        with runtime.journal.database.write() as connection:
            connection.exec_driver_sql("DROP TABLE attempts")
        with pytest.raises(Exception, match="attempts"):
            await deliver(runtime, intent.id, intent.key)
    assert heard(sandbox) == []


@pytest.mark.parametrize("length", [1, 255])
async def test_references_of_any_length_reach_the_journal(runtime: Runtime, length: int) -> None:
    request: Any = BankAccountCreate(
        account_number="75849855", sort_code="200052", account_name="J Hetfield"
    )
    outcome = await done(runtime, "bank_account.create", request, "r" * length)
    assert (outcome.outcome, len(outcome.reference)) == ("succeeded", length)
