"""Real processes at the same writes at the same time: each record is made once, none is lost."""

import asyncio
import multiprocessing
from collections.abc import Callable
from typing import Any

import pytest
from pydantic import SecretStr

from smarterpay.journal import Journal
from smarterpay.journal.decision import State
from smarterpay.settings import Settings
from tests.api import builders
from tests.in_process import done, open_directly
from tests.orchestration import race_life
from tests.orchestration.bulk_runs import (
    a_payer,
    a_payment,
    at_the_sandboxs_pace,
    booked,
    bulk,
    calls,
)
from tests.sandbox_process import SandboxProcess

REFERENCES = [f"INV-{n:02}" for n in range(40)]
RUNS = ("RUN-1", "RUN-2", "RUN-3")

_processes = multiprocessing.get_context("forkserver")
_processes.set_forkserver_preload(["tests.orchestration.race_life"])


def at_once(*lives: tuple[Callable[..., None], tuple[Any, ...]]) -> None:
    """Live them all, each in a process of its own, to their ends."""
    started = [_processes.Process(target=live, args=arguments) for live, arguments in lives]
    for one in started:
        one.start()
    for one in started:
        one.join()
    assert [one.exitcode for one in started] == [0] * len(started)


@pytest.fixture
def shared(settings: Settings, journal_url: str) -> Settings:
    """The settings of several processes on one journal."""
    return settings.model_copy(update={"journal_url": SecretStr(journal_url)})


def test_calls_and_single_creates_of_the_same_payments(
    shared: Settings, sandbox: SandboxProcess
) -> None:
    auddis = asyncio.run(_a_payer(shared))
    backwards = REFERENCES[::-1]

    at_once(
        (race_life.call, (shared, auddis, REFERENCES[:30], "RUN-1")),
        (race_life.call, (shared, auddis, backwards[:30], "RUN-2")),
        (race_life.call, (shared, auddis, backwards, "RUN-2")),
        (race_life.call, (shared, auddis, REFERENCES, "RUN-3")),
        (race_life.singly, (shared, auddis, REFERENCES, "")),
        (race_life.singly, (shared, auddis, backwards, "")),
    )
    sandbox.advance("1m")
    asyncio.run(_look_again(shared, sandbox, auddis))

    assert booked(sandbox) == REFERENCES
    ids = {one["custom_reference"]: one["id"] for one in _payments(sandbox)}
    with Journal.open(shared) as journal:
        found = {one: journal.intents.find(one, "payment.create")[0] for one in REFERENCES}
    assert {one: intent.record_id for one, intent in found.items()} == ids
    assert {intent.state for intent in found.values()} == {State.SUCCEEDED}


async def _a_payer(settings: Settings) -> str:
    async with open_directly(settings) as runtime:
        return await a_payer(runtime)


async def _look_again(settings: Settings, sandbox: SandboxProcess, auddis: str) -> None:
    async with at_the_sandboxs_pace(settings, sandbox) as runtime:
        rows = [a_payment(auddis, one) for one in REFERENCES]
        for run in RUNS:
            if runtime.journal.intents.find(run):
                await bulk(runtime, rows, reference=run)


def _payments(sandbox: SandboxProcess) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = sandbox.books(records=True)["records"]["payments"]
    return found


@pytest.mark.parametrize(("fault", "replayed"), [("slow", [False]), ("drop-after", [False, True])])
def test_section_8_a_refund_asked_for_by_four_processes_is_given_once(
    settings: Settings, sandbox: SandboxProcess, fault: str, replayed: list[bool]
) -> None:
    card = asyncio.run(_a_card(settings, sandbox))
    sandbox.faults(kind=fault, method="POST", path=f".*{card}", times=1, seconds=0.3)
    before = sandbox.counts()["payments"]

    at_once(*[(race_life.refund_until_settled, (settings, card))] * 4)

    assert sandbox.counts()["payments"] == before + 1
    assert len({call["key"] for call in calls(sandbox, card)}) == 1
    assert [call["replayed"] for call in calls(sandbox, card)] == replayed


async def _a_card(settings: Settings, sandbox: SandboxProcess) -> str:
    """A card on which a charge has cleared."""
    async with open_directly(settings) as runtime:
        customer = await runtime.cloud.customer_accounts.create(builders.customer())
        request = builders.register(customer_id=customer.id, custom_reference="CARD-1")
        registered = await done(runtime, "transaction.register", request, "CARD-1")
        (payment,) = [one async for one in runtime.cloud.payments.list()]
    assert registered.record_id == payment.id
    sandbox.control(f"cards/{payment.card_id}/complete", {})
    sandbox.advance("3d")
    return str(payment.card_id)
