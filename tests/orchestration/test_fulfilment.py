"""A wish is followed through its generations (design section 3, step 2), without Prefect."""

import pytest

from smarterpay.journal.decision import State
from smarterpay.orchestration.fulfilment import (
    MAX_GENERATIONS_PER_CALL,
    differing_fields,
    fulfil,
)
from smarterpay.orchestration.outcome import (
    GenerationMovedOn,
    IntentConflict,
    NotSettled,
    Outcome,
)
from smarterpay.orchestration.recovery import RecoveryPoint, observe
from smarterpay.orchestration.runtime import Runtime
from tests.api import builders
from tests.in_process import done, wish_for
from tests.sandbox_process import SandboxProcess

CREATE = "customer_account.create"
BAD_ACCOUNT = builders.bank_account(account_number="12345900")  # no such account (section 13)
GOOD_ACCOUNT = builders.bank_account()


async def test_the_same_wish_twice_is_one_call(runtime: Runtime, sandbox: SandboxProcess) -> None:
    first = await done(runtime, CREATE, builders.customer())
    second = await done(runtime, CREATE, builders.customer())
    assert first == second
    assert len(sandbox.requests()) == 1


async def test_other_data_after_success_is_a_conflict_that_names_fields_and_no_values(
    runtime: Runtime, sandbox: SandboxProcess
) -> None:
    await done(runtime, CREATE, builders.customer(city="Leeds"))
    changed = builders.customer(city="York", title="Dr")
    with pytest.raises(IntentConflict) as conflict:
        await done(runtime, CREATE, changed)
    assert conflict.value.fields == ("Customer_Account.city", "Customer_Account.title")
    assert "York" not in str(conflict.value)
    assert "Leeds" not in str(conflict.value)
    assert len(sandbox.requests()) == 1


async def test_another_path_under_the_same_reference_is_a_conflict_too(
    runtime: Runtime, sandbox: SandboxProcess
) -> None:
    one = await runtime.cloud.bank_accounts.create(GOOD_ACCOUNT)
    other = await runtime.cloud.bank_accounts.create(GOOD_ACCOUNT)
    await done(runtime, "bank_account.disable", None, "R-1", one.id)
    with pytest.raises(IntentConflict) as conflict:
        await done(runtime, "bank_account.disable", None, "R-1", other.id)
    assert conflict.value.fields == ("path",)


async def test_another_question_under_the_same_reference_is_no_conflict(
    runtime: Runtime, sandbox: SandboxProcess
) -> None:
    """A modulus check creates nothing (section 7.4)."""
    await done(runtime, "modulus_check.create", builders.modulus_check())
    other = builders.modulus_check(account_number="12345900")
    assert (await done(runtime, "modulus_check.create", other)).generation == 1


async def test_a_refusal_stands_until_the_data_change(
    runtime: Runtime, sandbox: SandboxProcess
) -> None:
    for _ in range(2):
        outcome = await done(runtime, "bank_account.create", BAD_ACCOUNT)
        assert (outcome.outcome, outcome.generation) == ("refused", 0)
    assert len(sandbox.requests()) == 1

    mended = await done(runtime, "bank_account.create", GOOD_ACCOUNT)

    assert (mended.outcome, mended.generation) == ("succeeded", 1)
    keys = [call["key"] for call in sandbox.requests()]
    assert len(set(keys)) == 2


async def test_other_data_while_unknown_first_settles_what_was_sent(
    runtime: Runtime, sandbox: SandboxProcess
) -> None:
    sandbox.faults(kind="drop-after", method="POST", times=1)
    with pytest.raises(NotSettled):
        await done(runtime, CREATE, builders.customer(city="Leeds"))

    with pytest.raises(IntentConflict):
        await done(runtime, CREATE, builders.customer(city="York"))

    (record,) = sandbox.books(records=True)["records"]["customer_accounts"]
    assert record["city"] == "Leeds"
    assert [(c["status"], c["replayed"]) for c in sandbox.requests()] == [(0, False), (200, True)]


async def test_other_data_while_unknown_goes_through_when_what_was_sent_is_refused(
    runtime: Runtime, sandbox: SandboxProcess
) -> None:
    sandbox.faults(kind="drop-after", method="POST", times=1)
    with pytest.raises(NotSettled):
        await done(runtime, "bank_account.create", BAD_ACCOUNT)

    outcome = await done(runtime, "bank_account.create", GOOD_ACCOUNT)

    assert (outcome.outcome, outcome.generation) == ("succeeded", 1)
    assert sandbox.counts()["bank_accounts"] == 1


async def test_two_callers_that_fight_over_a_reference_do_not_go_on_for_ever(
    runtime: Runtime,
) -> None:
    tries = 0

    async def moved_on(_: object) -> Outcome:
        nonlocal tries
        tries += 1
        raise GenerationMovedOn(intent)

    wish = wish_for(runtime, CREATE, builders.customer(), "CUST-0042")
    intent, _ = runtime.journal.intents.open(wish, runtime.clock.now())
    with pytest.raises(NotSettled, match="used for other data at the same time") as unsettled:
        await fulfil(runtime, wish, moved_on)
    assert tries == MAX_GENERATIONS_PER_CALL
    assert unsettled.value.executed == "nothing"


async def test_the_recovery_points_are_reached_in_the_order_of_design_section_3(
    runtime: Runtime,
) -> None:
    seen: list[tuple[RecoveryPoint, State | None]] = []

    def note(point: RecoveryPoint) -> None:
        # Each point stands between two durable steps: the journal of the moment shows which.
        found = runtime.journal.intents.find("CUST-0042")
        seen.append((point, found[0].state if found else None))

    observe(note)
    try:
        await done(runtime, CREATE, builders.customer())
    finally:
        observe(None)
    assert seen == [
        (RecoveryPoint.BEFORE_COMMIT, None),
        (RecoveryPoint.AFTER_COMMIT, State.OPENED),
        (RecoveryPoint.AFTER_SEND, State.UNKNOWN),
        (RecoveryPoint.AFTER_ANSWER, State.UNKNOWN),
        (RecoveryPoint.AFTER_SETTLE, State.SUCCEEDED),
    ]
    assert [point for point, _ in seen] == [*RecoveryPoint][:-1]  # the last one is a bulk call's


async def test_nobody_is_told_of_recovery_points_after_the_observer_left(runtime: Runtime) -> None:
    seen: list[RecoveryPoint] = []
    observe(seen.append)
    observe(None)
    await done(runtime, CREATE, builders.customer())
    assert seen == []


@pytest.mark.parametrize(
    ("before", "after", "fields"),
    [
        (b'{"a":1}', b'{"a":1}', ()),
        (b'{"a":1}', b'{"a":2}', ("a",)),
        (b'{"a":1}', b'{"b":1}', ("a", "b")),
        (b'{"a":{"b":1,"c":2}}', b'{"a":{"b":1,"c":3}}', ("a.c",)),
        (b'{"a":{"b":1}}', b'{"a":"b"}', ("a", "a.b")),
        (b'{"a":[1,2]}', b'{"a":[1,3]}', ("a",)),
        (b'{"a":1}', b"", ("a",)),
        (b"", b"", ()),
        (b'{"a":null}', b"{}", ()),
        (b'{ "a" : 1 }', b'{"a":1}', ()),
    ],
)
def test_differing_fields_are_names_in_order(
    before: bytes, after: bytes, fields: tuple[str, ...]
) -> None:
    assert differing_fields(before, after) == fields
    assert differing_fields(after, before) == fields
