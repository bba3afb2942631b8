"""Random lives of a batch of writes: faults, kill -9 at recovery points, hours that pass.

Whatever the order, one record of each kind stands at the provider for each customer in the end,
and the journal has settled every write.
"""

import multiprocessing
import os
import random
import signal
from collections.abc import Iterator
from pathlib import Path

import pytest

from smarterpay.journal import Journal
from smarterpay.journal.decision import State
from smarterpay.orchestration.recovery import POINTS_OF_A_WRITE, RecoveryPoint
from smarterpay.settings import Settings
from tests.chaos.life import CUSTOMERS, live
from tests.sandbox_process import SandboxProcess

#: How many random lives; set CHAOS_SEEDS for a longer soak.
SEEDS = range(int(os.environ.get("CHAOS_SEEDS", "4")))
LIVES = 8
FAULTS = ("429", "503", "500-before", "500-after", "drop-before", "drop-after", "html-error")
PATHS = ("/customeraccount", "/bankaccount", "/mandate", "/recurrenceschedule")
#: A process that lives on with no fault settles everything in this many runs.
QUIET_LIVES = 3

_processes = multiprocessing.get_context("forkserver")
_processes.set_forkserver_preload(["tests.chaos.life"])


@pytest.fixture(scope="module")
def sandbox() -> Iterator[SandboxProcess]:
    with SandboxProcess() as process:
        yield process


@pytest.mark.parametrize("seed", SEEDS)
def test_one_record_per_wish_whatever_dies(
    sandbox: SandboxProcess, tmp_path: Path, seed: int
) -> None:
    chance = random.Random(seed)  # noqa: S311 - repeatable, not secret
    sandbox.reset(seed=seed)
    sandbox.settings(rate_limit=None)
    settings = _settings(tmp_path, sandbox)

    for _ in range(LIVES):
        _order_faults(sandbox, chance)
        if chance.random() < 0.25:
            sandbox.advance(chance.choice(["10m", "5h", "25h"]))
        at_once = chance.choice([1, 1, 1, 2])
        _live(at_once, settings, chance.choice(POINTS_OF_A_WRITE), chance.randint(1, 12))
    sandbox.clear_faults()
    for _ in range(QUIET_LIVES):
        assert _live(1, settings, None, 0) == [0]

    _assert_one_of_each(sandbox)
    with Journal.open(settings) as journal:
        assert journal.intents.counts() == {State.SUCCEEDED: CUSTOMERS * len(PATHS)}


def _settings(home: Path, sandbox: SandboxProcess) -> Settings:
    return Settings(
        home=home,
        cloud_base_url=sandbox.cloud_url,
        clock_url=sandbox.clock_url,
        rate_limit=1000,
        rate_window=0.05,  # a 429 or 503 holds back for moments only
    )


def _order_faults(sandbox: SandboxProcess, chance: random.Random) -> None:
    for _ in range(chance.randrange(3)):
        kind = chance.choice(FAULTS)
        sandbox.faults(kind, method="POST", path=chance.choice(PATHS), times=chance.randint(1, 3))


def _live(
    at_once: int, settings: Settings, point: RecoveryPoint | None, nth: int
) -> list[int | None]:
    """Let so many processes live at the same time; their exit codes."""
    lives = [_processes.Process(target=live, args=(settings, point, nth)) for _ in range(at_once)]
    for life in lives:
        life.start()
    for life in lives:
        life.join()
    codes = [life.exitcode for life in lives]
    assert set(codes) <= {0, -signal.SIGKILL}, codes
    return codes


def _assert_one_of_each(sandbox: SandboxProcess) -> None:
    records = sandbox.books(records=True)["records"]
    expected = {f"CUST-{n:04}" for n in range(CUSTOMERS)}
    for resource in ("customer_accounts", "bank_accounts", "recurrence_schedules"):
        owners = sorted(record["custom_reference"] for record in records[resource])
        assert owners == sorted(expected), resource
    accounts = [record["customer_bank_account"] for record in records["mandates"]]
    assert len(accounts) == len(set(accounts)) == CUSTOMERS
