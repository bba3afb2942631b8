"""kill -9 at each recovery point of a bulk call: the next process picks up where it stands."""

import asyncio
import multiprocessing
import signal

import pytest

from smarterpay.journal import Journal
from smarterpay.journal.decision import State
from smarterpay.orchestration.recovery import RecoveryPoint
from smarterpay.settings import Settings
from tests.in_process import open_directly
from tests.orchestration.bulk_life import live
from tests.orchestration.bulk_runs import a_payer, booked, calls
from tests.sandbox_process import SandboxProcess

#: More rows than are created in a second (section 12), so that a look sees some of them only.
ROWS = [f"INV-{n:03}" for n in range(150)]

_processes = multiprocessing.get_context("forkserver")
_processes.set_forkserver_preload(["tests.orchestration.bulk_life"])

#: How many writes stand in each state when the process has died: the call, and its rows.
AFTER_DEATH = {
    RecoveryPoint.BEFORE_COMMIT: {},
    RecoveryPoint.AFTER_COMMIT: {State.OPENED: 151},
    RecoveryPoint.AFTER_SEND: {State.UNKNOWN: 151},
    RecoveryPoint.AFTER_ANSWER: {State.UNKNOWN: 151},
    RecoveryPoint.AFTER_SETTLE: {State.UNKNOWN: 150, State.SUCCEEDED: 1},
    RecoveryPoint.BETWEEN_POLLS: {State.UNKNOWN: 150, State.SUCCEEDED: 1},
}


@pytest.mark.parametrize("point", RecoveryPoint)
def test_each_row_is_created_once_wherever_the_process_dies(
    settings: Settings, sandbox: SandboxProcess, point: RecoveryPoint
) -> None:
    auddis = asyncio.run(_a_payer(settings))

    assert _life(settings, auddis, point) == -signal.SIGKILL
    with Journal.open(settings) as journal:
        assert journal.intents.counts() == AFTER_DEATH[point]
    assert _life(settings, auddis, None) == 0

    assert booked(sandbox) == ROWS
    heard = calls(sandbox)
    assert len({call["key"] for call in heard}) == 1
    with Journal.open(settings) as journal:
        assert journal.intents.counts() == {State.SUCCEEDED: 151}
        (call,) = journal.intents.find("RUN-1")
        records = {row.intent.record_id for row in journal.bulks.rows(call.id)}
    assert records == {one["id"] for one in sandbox.books(records=True)["records"]["payments"]}


async def _a_payer(settings: Settings) -> str:
    async with open_directly(settings) as runtime:
        return await a_payer(runtime)


def _life(settings: Settings, auddis: str, point: RecoveryPoint | None) -> int | None:
    life = _processes.Process(target=live, args=(settings, auddis, ROWS, point))
    life.start()
    life.join()
    return life.exitcode
