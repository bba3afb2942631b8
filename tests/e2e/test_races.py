"""Real processes at the same work at the same time: everything happens once."""

import json
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from pathlib import Path

import pytest

from smarterpay.orchestration.local_server import PrefectServer
from smarterpay.settings import Settings
from tests.api import builders
from tests.e2e.merchant import Merchant
from tests.flow_process import FlowProcess, FlowWorker, packed
from tests.prefect_api import PrefectApi

RACERS = 3
CUSTOMERS = [
    {"reference": f"CUST-{n:04}", "account_number": f"1234{n:04}", "email": f"c{n}@example.com"}
    for n in range(1, 13)
]
CALLS_PER_CUSTOMER = 5


@pytest.mark.e2e
def test_three_processes_onboard_the_same_file_at_once(merchant: Merchant) -> None:
    file = merchant.write_customers(*CUSTOMERS)

    with ThreadPoolExecutor(RACERS) as together:
        racing = [
            together.submit(merchant.command, "onboard", file, "--json") for _ in range(RACERS)
        ]
        ended = [one.result() for one in racing]

    assert [one.returncode for one in ended] == [0] * RACERS, [one.stderr for one in ended]
    printed = [json.loads(one.stdout) for one in ended]
    assert [one["onboarded"] for one in printed] == [len(CUSTOMERS)] * RACERS
    assert len({one["batch"] for one in printed}) == RACERS
    merchant.assert_books_agree(len(CUSTOMERS))
    assert merchant.writes() == CALLS_PER_CUSTOMER * len(CUSTOMERS)


@pytest.fixture
def racers(
    prefect_server: PrefectServer, settings: Settings, tmp_path: Path
) -> Iterator[list[FlowProcess]]:
    """Flow processes that stand ready."""
    with ExitStack() as stack:
        api = stack.enter_context(PrefectApi(prefect_server.api_url))
        workers = [
            stack.enter_context(FlowWorker(prefect_server.environment(), tmp_path / f"log-{n}"))
            for n in range(RACERS)
        ]
        yield [FlowProcess(worker, api, settings) for worker in workers]


@pytest.mark.e2e
@pytest.mark.parametrize("fault", [None, "drop-after"])
def test_three_processes_call_one_operation_for_one_reference(
    merchant: Merchant, racers: list[FlowProcess], fault: str | None
) -> None:
    read = {"task": "service_user_numbers.list_service_user_numbers"}
    for racer in racers:  # warm: everything is imported and connected
        racer.call(read)
    merchant.sandbox.faults(kind="slow", method="POST", times=1, seconds=1)
    if fault is not None:
        merchant.sandbox.faults(kind=fault, method="POST", times=1)
    call = {
        "task": "customer_accounts.create_customer_account",
        "request": packed(builders.customer()),
        "reference": "CUST-0042",
    }

    with ThreadPoolExecutor(RACERS) as together:
        done = list(together.map(lambda racer: racer.call(call), racers))

    assert [one.get("error") for one in done] == [None] * RACERS
    records = {one["results"][0]["record"]["id"] for one in done}
    assert len(records) == 1
    assert merchant.sandbox.counts()["customer_accounts"] == 1
    assert merchant.writes() == 1
    keys = {one["results"][0]["outcome"]["key"] for one in done}
    assert keys == {r["key"] for r in merchant.sandbox.requests() if r["method"] == "POST"}
