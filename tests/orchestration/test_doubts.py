"""Where an outcome looks settled and is not: each of these once made two records, or lost one.

Design, section 2: unknown is a state, never a guess.
"""

import asyncio
import threading
import time
from datetime import timedelta

import pytest
from pydantic import SecretStr, ValidationError

from smarterpay.api.models.customer_account import CustomerAccountUpdate
from smarterpay.clock import FixedClock, SandboxClock
from smarterpay.journal.decision import LATE_WORK, State
from smarterpay.journal.intents import Closing
from smarterpay.journal.leases import new_lease
from smarterpay.orchestration.delivery import LONGEST_PAUSE, _exchange, deliver
from smarterpay.orchestration.look_up import look_up
from smarterpay.orchestration.outcome import (
    GenerationMovedOn,
    Misconfigured,
    NeedsAttention,
    NotSettled,
    Outcome,
)
from smarterpay.orchestration.recovery import RecoveryPoint, observe
from smarterpay.orchestration.runtime import Runtime
from smarterpay.settings import Settings
from tests.api import answers, builders
from tests.api.scripted_server import DROP, HANG, ScriptedServer, Send, answer
from tests.in_process import done, open_directly, opened, wish_for
from tests.sandbox_process import SandboxProcess

CREATE = "customer_account.create"
A_MINUTE = timedelta(minutes=1)
NEARLY_SPENT = timedelta(hours=22, minutes=59)


# --- The provider may still be at work ---------------------------------------------------------


async def test_nothing_found_proves_nothing_while_the_provider_may_still_be_at_work(
    settings: Settings, sandbox: SandboxProcess
) -> None:
    """Section 2: the last request under the key may have been the first that arrived."""
    impatient = settings.model_copy(update={"read_timeout": 0.3})
    async with open_directly(impatient) as runtime:
        sandbox.faults(kind="drop-before", method="POST", times=1)
        intent = opened(runtime, CREATE, builders.customer())
        with pytest.raises(NotSettled):
            await deliver(runtime, intent.id, intent.key)
        sandbox.advance(NEARLY_SPENT.total_seconds())
        sandbox.faults(kind="slow", method="POST", times=1, seconds=1.5)
        with pytest.raises(NotSettled):
            await deliver(runtime, intent.id, intent.key)

        sandbox.advance((2 * A_MINUTE).total_seconds())
        with pytest.raises(NotSettled, match="still be at work"):
            await done(runtime, CREATE, builders.customer())
        assert runtime.journal.intents.get(intent.id).generation == 0
        outcome = await _done_at_last(runtime)

    assert (outcome.outcome, outcome.reason) == ("succeeded", "adopted by look-up")
    assert sandbox.counts()["customer_accounts"] == 1


async def _done_at_last(runtime: Runtime) -> Outcome:
    for _ in range(100):
        try:
            return await done(runtime, CREATE, builders.customer())
        except NotSettled:
            await asyncio.sleep(0.1)
    raise AssertionError("never settled")


async def test_nothing_found_long_after_the_last_request_opens_the_next_generation(
    runtime: Runtime, sandbox: SandboxProcess
) -> None:
    intent = opened(runtime, CREATE, builders.customer())
    for wait in (NEARLY_SPENT, LATE_WORK):
        sandbox.faults(kind="drop-before", method="POST", times=1)
        with pytest.raises(NotSettled):
            await deliver(runtime, intent.id, intent.key)
        sandbox.advance(wait.total_seconds())

    outcome = await done(runtime, CREATE, builders.customer())

    assert (outcome.outcome, outcome.generation) == ("succeeded", 1)
    assert sandbox.counts()["customer_accounts"] == 1


# --- A refusal that speaks for one request only ------------------------------------------------


@pytest.mark.parametrize(
    ("status", "body"),
    [
        (409, answers.OTHER_ERROR),
        (422, answers.OTHER_ERROR),
        (413, b"<html>Request Entity Too Large</html>"),
        (400, b"<html>Bad Request</html>"),
        (400, b""),
    ],
)
async def test_section_2_a_refusal_given_before_the_key_was_looked_at_settles_nothing(
    settings: Settings, status: int, body: bytes
) -> None:
    """409 and 422 are not stored under a key (section 2), and a proxy knows no key at all."""
    created = answer(200, builders.CUSTOMER_ANSWER)
    async with ScriptedServer(DROP, answer(status, body), created) as server:
        async with open_directly(settings.model_copy(update={"cloud_base_url": server.url})) as now:
            intent = opened(now, CREATE, builders.customer())
            for _ in range(2):
                with pytest.raises(NotSettled) as unsettled:
                    await deliver(now, intent.id, intent.key)
                assert unsettled.value.executed == "unknown"
            outcome = await deliver(now, intent.id, intent.key)
        assert (outcome.outcome, outcome.generation) == ("succeeded", 0)
        assert server.keys == [intent.key] * 3


@pytest.mark.parametrize(
    "refusal",
    [
        answer(400, answers.OTHER_ERROR),
        answer(404, answers.OTHER_ERROR, Idempotency_Replay="true"),
    ],
    ids=["400 by the work", "replayed"],
)
async def test_section_2_a_refusal_by_the_work_speaks_for_every_request_under_the_key(
    settings: Settings, refusal: object
) -> None:
    """Had an earlier one been executed, its answer would have been replayed."""
    async with (
        ScriptedServer(DROP, refusal) as server,  # type: ignore[arg-type]
        open_directly(settings.model_copy(update={"cloud_base_url": server.url})) as runtime,
    ):
        intent = opened(runtime, CREATE, builders.customer())
        with pytest.raises(NotSettled):
            await deliver(runtime, intent.id, intent.key)
        assert (await deliver(runtime, intent.id, intent.key)).outcome == "refused"


@pytest.mark.parametrize("status", [400, 409, 413, 422])
async def test_a_refusal_of_the_only_request_refuses(settings: Settings, status: int) -> None:
    limited = answer(429, b"", Retry_After="0.01")
    quick = settings.model_copy(update={"rate_window": 0.01, "rate_limit": 100})
    async with (
        ScriptedServer(limited, answer(status, answers.OTHER_ERROR)) as server,
        open_directly(quick.model_copy(update={"cloud_base_url": server.url})) as runtime,
    ):
        intent = opened(runtime, CREATE, builders.customer())
        with pytest.raises(NotSettled):
            await deliver(runtime, intent.id, intent.key)
        assert (await deliver(runtime, intent.id, intent.key)).outcome == "refused"


async def test_section_2_a_409_in_progress_tells_of_a_request_we_may_not_remember(
    settings: Settings,
) -> None:
    """A journal restored from a backup: under this key something may yet be created."""
    async with (
        ScriptedServer(answer(409, answers.IN_PROGRESS)) as server,
        open_directly(settings.model_copy(update={"cloud_base_url": server.url})) as runtime,
    ):
        intent = opened(runtime, CREATE, builders.customer())
        with pytest.raises(NotSettled) as unsettled:
            await deliver(runtime, intent.id, intent.key)
        assert unsettled.value.executed == "unknown"
        other = wish_for(runtime, CREATE, builders.customer(city="York"), "CUST-0042")
        kept, _ = runtime.journal.intents.open(other, runtime.clock.now())
    assert (kept.state, kept.generation) == (State.UNKNOWN, 0)


# --- Another process was faster ----------------------------------------------------------------


async def test_a_late_answer_never_passes_another_generations_outcome_for_its_own(
    settings: Settings, sandbox: SandboxProcess
) -> None:
    """Section 13: an account ending 900 is no account; its correction is another request."""
    bad = builders.bank_account(account_number="12345900")
    async with ScriptedServer(answer(400, answers.OTHER_ERROR)) as slow_provider:
        elsewhere = settings.model_copy(update={"cloud_base_url": slow_provider.url})
        async with open_directly(elsewhere) as slow, open_directly(settings) as fast:
            intent = opened(slow, "bank_account.create", bad)
            started = slow.journal.intents.start_attempt(
                intent.id, intent.key, new_lease(-1), slow.clock.now()
            )
            assert isinstance(started, tuple)
            assert (await done(fast, "bank_account.create", bad)).outcome == "refused"
            corrected = await done(fast, "bank_account.create", builders.bank_account())
            assert (corrected.outcome, corrected.generation) == ("succeeded", 1)
            with pytest.raises(GenerationMovedOn):
                await _exchange(slow, intent, *started)  # its answer comes last
    assert sandbox.counts()["bank_accounts"] == 1


@pytest.mark.parametrize("by_then", ["moved on", "needs attention", "sent again"])
async def test_a_record_found_late_never_makes_a_refusal_of_what_is_not_settled(
    runtime: Runtime, sandbox: SandboxProcess, by_then: str
) -> None:
    """Two processes look up; the other one was faster, and saw the list at another moment."""
    sandbox.faults(kind="drop-after", method="POST", times=1)
    intent = opened(runtime, CREATE, builders.customer())
    with pytest.raises(NotSettled):
        await deliver(runtime, intent.id, intent.key)
    sandbox.advance("26h")
    intents, now = runtime.journal.intents, runtime.clock.now()
    snapshot = intents.get(intent.id)
    if by_then == "needs attention":
        two = Closing("stop", State.NEEDS_ATTENTION, reason="more than one record matches")
        intents.settle_found(snapshot, two, now)
    else:
        wish = wish_for(runtime, CREATE, builders.customer(), "CUST-0042")
        moved = intents.next_generation(wish, intent.key, now)
        if by_then == "sent again":
            assert isinstance(intents.start_attempt(moved.id, moved.key, new_lease(), now), tuple)

    with pytest.raises((GenerationMovedOn, NeedsAttention)):
        await look_up(runtime, snapshot)


async def test_a_check_never_takes_the_answer_to_anothers_question(runtime: Runtime) -> None:
    """Else the name of one batch's row would be confirmed by the check of another batch's."""
    from tasks.modulus_checks import create_modulus_check  # noqa: PLC0415 - imports Prefect

    good, bad = builders.modulus_check(), builders.modulus_check(account_number="12345900")
    mine = await done(runtime, "modulus_check.create", bad)
    await done(runtime, "modulus_check.create", good)

    with pytest.raises(NotSettled, match="used for other data"):
        await create_modulus_check._conclude(runtime, mine)


async def test_a_patient_senders_lease_outlives_its_patience(settings: Settings) -> None:
    """Else a second process asks under the key while the first one still waits for its answer."""
    patient = settings.model_copy(update={"read_timeout": 600.0})
    async with ScriptedServer(HANG) as server:
        calling = patient.model_copy(update={"cloud_base_url": server.url})
        async with open_directly(calling) as runtime:
            intent = opened(runtime, CREATE, builders.customer())
            began = time.time()
            delivering = asyncio.create_task(deliver(runtime, intent.id, intent.key))
            await server.arrived.wait()
            held = runtime.journal.intents.get(intent.id)
            delivering.cancel()
            with pytest.raises(asyncio.CancelledError):
                await delivering
    assert (held.lease_until or 0) > began + patient.read_timeout


# --- Cut short ---------------------------------------------------------------------------------


async def test_an_answer_in_hand_is_written_down_though_the_run_is_cancelled(
    runtime: Runtime, sandbox: SandboxProcess
) -> None:
    """Ctrl-C between answer and journal, while the journal is busy with others' writes."""
    intent = opened(runtime, CREATE, builders.customer())
    go_on = threading.Event()
    busy: list[asyncio.Task[bool]] = []

    def interrupt(point: RecoveryPoint) -> None:
        if point is RecoveryPoint.AFTER_ANSWER:
            busy.append(asyncio.create_task(runtime.journal.database.run(go_on.wait, 30)))
            delivering.cancel()

    delivering = asyncio.create_task(deliver(runtime, intent.id, intent.key))
    observe(interrupt)
    try:
        with pytest.raises(asyncio.CancelledError):
            await delivering
    finally:
        observe(None)
        go_on.set()
    await asyncio.gather(*busy)
    after = await runtime.journal.database.run(runtime.journal.intents.get, intent.id)

    assert (after.state, after.lease_owner) == (State.SUCCEEDED, None)
    assert len(sandbox.requests()) == 1


async def test_an_exchange_cut_short_is_unknown_and_asked_again_under_its_key(
    runtime: Runtime, sandbox: SandboxProcess
) -> None:
    sandbox.faults(kind="slow", method="POST", times=1, seconds=0.5)
    intent = opened(runtime, CREATE, builders.customer())
    sent = asyncio.Event()
    observe(lambda point: sent.set() if point is RecoveryPoint.AFTER_SEND else None)
    try:
        delivering = asyncio.create_task(deliver(runtime, intent.id, intent.key))
        await sent.wait()
    finally:
        observe(None)
    delivering.cancel()
    with pytest.raises(asyncio.CancelledError):
        await delivering

    (attempt,) = runtime.journal.intents.attempts(intent.id)
    assert (attempt.disposition, runtime.journal.intents.get(intent.id).state) == (
        None,
        State.UNKNOWN,
    )


# --- Clocks ------------------------------------------------------------------------------------


@pytest.mark.parametrize("wrong_by", [timedelta(hours=1), -timedelta(hours=3)])
async def test_a_clock_that_is_wrong_by_hours_does_not_make_a_second_record(
    settings: Settings, sandbox: SandboxProcess, wrong_by: timedelta
) -> None:
    """A machine that takes local time for UTC is an hour ahead all summer."""
    theirs = SandboxClock(sandbox.clock_url, max_age=0)
    sandbox.faults(kind="drop-after", method="POST", times=1)
    async with open_directly(settings, clock=FixedClock(theirs.now() + wrong_by)) as runtime:
        intent = opened(runtime, CREATE, builders.customer())
        with pytest.raises(NotSettled):
            await deliver(runtime, intent.id, intent.key)
    sandbox.advance("26h")
    async with open_directly(settings, clock=FixedClock(theirs.now() + wrong_by)) as runtime:
        with pytest.raises(NeedsAttention, match="another time"):
            await done(runtime, CREATE, builders.customer())
    assert sandbox.counts()["customer_accounts"] == 1


async def test_a_clock_that_went_back_does_not_make_an_old_key_young(
    settings: Settings, sandbox: SandboxProcess
) -> None:
    """Section 2: after 24 hours the same key starts a new request."""
    theirs = SandboxClock(sandbox.clock_url, max_age=0)
    sandbox.faults(kind="drop-after", method="POST", times=1)
    wrong = FixedClock(theirs.now() + timedelta(days=10))
    async with open_directly(settings, clock=wrong) as runtime:
        intent = opened(runtime, CREATE, builders.customer())
        with pytest.raises(NotSettled):
            await deliver(runtime, intent.id, intent.key)
    sandbox.advance("25h")
    async with open_directly(settings) as runtime:
        with pytest.raises(NotSettled, match="still be at work"):
            await done(runtime, CREATE, builders.customer())
    assert sandbox.counts()["customer_accounts"] == 1


@pytest.mark.parametrize("environment", ["uat", "live"])
def test_a_sandboxs_clock_measures_no_real_key(environment: str) -> None:
    """It may stand still: no key would ever grow old by it, and the provider forgets them all."""
    with pytest.raises(ValidationError, match="only the sandbox"):
        Settings.model_validate({"environment": environment, "clock_url": "http://127.0.0.1:1/"})


async def test_a_key_does_not_grow_old_while_its_sender_waits_for_a_slot(
    settings: Settings, sandbox: SandboxProcess
) -> None:
    """The last moment counts: between the decision and the request lie slots and retries."""
    sandbox.faults(kind="drop-after", method="POST", times=1)
    async with open_directly(settings) as runtime:
        intent = opened(runtime, CREATE, builders.customer())
        with pytest.raises(NotSettled):
            await deliver(runtime, intent.id, intent.key)
        slots = runtime.budget
        await slots.cool_down(0.5)
        waiting = asyncio.create_task(done(runtime, CREATE, builders.customer()))
        await asyncio.sleep(0.1)
        sandbox.advance("25h")
        outcome = await waiting
    assert outcome.reason == "adopted by look-up"
    assert sandbox.counts()["customer_accounts"] == 1


# --- Our own set-up ----------------------------------------------------------------------------


@pytest.mark.parametrize("status", [404, 405, 406])
@pytest.mark.parametrize(("before", "state"), [(None, State.OPENED), (DROP, State.UNKNOWN)])
async def test_section_4_an_address_the_provider_does_not_know_refuses_no_row(
    settings: Settings, sandbox: SandboxProcess, status: int, before: Send | None, state: State
) -> None:
    """A refusal stands until the data change, and a wrong base address is no fault of the data.

    Nor does it say anything of earlier requests: it comes before the key (section 1, order).
    """
    script = [step for step in (before, answer(status, answers.OTHER_ERROR)) if step]
    async with (
        ScriptedServer(*script) as server,
        open_directly(settings.model_copy(update={"cloud_base_url": server.url})) as runtime,
    ):
        intent = opened(runtime, CREATE, builders.customer())
        if before:
            with pytest.raises(NotSettled):
                await deliver(runtime, intent.id, intent.key)
        with pytest.raises(Misconfigured):
            await deliver(runtime, intent.id, intent.key)
        assert runtime.journal.intents.get(intent.id).state is state

    async with open_directly(settings) as runtime:
        outcome = await deliver(runtime, intent.id, intent.key)
    assert (outcome.outcome, outcome.generation) == ("succeeded", 0)
    assert sandbox.counts()["customer_accounts"] == 1


async def test_section_4_a_404_for_a_record_refuses(
    runtime: Runtime, sandbox: SandboxProcess
) -> None:
    change = CustomerAccountUpdate(city="Ely")
    outcome = await done(runtime, "customer_account.update", change, id="CA01NOBODY0000000000")
    assert (outcome.outcome, outcome.status) == ("refused", 404)


async def test_section_1_a_token_no_header_can_carry_is_a_wrong_set_up_and_nothing_was_sent(
    settings: Settings, sandbox: SandboxProcess
) -> None:
    broken = settings.model_copy(update={"api_key": SecretStr("sandbox-key\n")})
    async with open_directly(broken) as runtime:
        intent = opened(runtime, CREATE, builders.customer())
        with pytest.raises(Misconfigured, match="HeaderRejected"):
            await deliver(runtime, intent.id, intent.key)
        after = runtime.journal.intents.get(intent.id)
    assert (after.state, after.first_sent_at, after.lease_owner) == (State.OPENED, None, None)
    assert sandbox.requests() == []


async def test_section_3_a_retry_after_of_years_does_not_stop_every_process_for_years(
    settings: Settings,
) -> None:
    async with (
        ScriptedServer(answer(503, b"", Retry_After="999999999")) as server,
        open_directly(settings.model_copy(update={"cloud_base_url": server.url})) as runtime,
    ):
        intent = opened(runtime, CREATE, builders.customer())
        asked: list[float] = []
        cool_down = runtime.budget.cool_down

        async def note(seconds: float) -> None:
            asked.append(seconds)
            await cool_down(seconds)

        runtime.budget.cool_down = note  # type: ignore[method-assign]
        with pytest.raises(NotSettled):
            await deliver(runtime, intent.id, intent.key)
    assert asked == [LONGEST_PAUSE]


async def test_section_4_a_field_name_that_is_none_never_reaches_the_journal(
    settings: Settings,
) -> None:
    """A provider that names the fault by the value would have it stored in clear."""
    told = {
        "error": {
            "code": 400,
            "message": "no",
            "details": [
                {"field": "j.hetfield@example.com", "message": "no"},
                {"field": "city", "message": "no"},
            ],
        }
    }
    async with (
        ScriptedServer(answer(400, told)) as server,
        open_directly(settings.model_copy(update={"cloud_base_url": server.url})) as runtime,
    ):
        intent = opened(runtime, CREATE, builders.customer())
        assert (await deliver(runtime, intent.id, intent.key)).reason == "Refused: city"
