"""Onboards a file with Prefect alone: `python -m benchmarks.plain_prefect FILE`; no journal.

For comparison in `benchmarks.onboarding`: one flow, one task for each call with Prefect's own
retries, 32 customers at once, nothing persisted. Unlike our flows, it hands customers to tasks
as parameters.
"""

import asyncio
import sys
from collections.abc import Iterator
from pathlib import Path

import httpx
from prefect import flow, task

from benchmarks import plain_calls as calls

_clients: list[httpx.AsyncClient] = []


@task(retries=3)
async def create_customer_account(row: calls.Row) -> str:
    """The id of the account."""
    return await calls.create_customer_account(_clients[0], row)


@task(retries=3)
async def create_modulus_check(row: calls.Row) -> None:
    """Raises `ValueError` for an account that does not exist."""
    await calls.create_modulus_check(_clients[0], row)


@task(retries=3)
async def create_bank_account(row: calls.Row, customer: str) -> str:
    """The id of the account."""
    return await calls.create_bank_account(_clients[0], row, customer)


@task(retries=3)
async def create_mandate(row: calls.Row, bank_account: str) -> str:
    """The mandate's AUDDIS reference."""
    return await calls.create_mandate(_clients[0], row, bank_account)


@task(retries=3)
async def create_recurrence_schedule(row: calls.Row, auddis: str) -> None:
    """The schedule of the mandate."""
    await calls.create_recurrence_schedule(_clients[0], row, auddis)


@flow
async def onboard(path: str) -> None:
    """Make the five calls for every customer of the file."""
    rows = iter(calls.read_rows(Path(path)))
    async with calls.open_http() as http:
        _clients.append(http)
        async with asyncio.TaskGroup() as lanes:
            for _ in range(calls.AT_ONCE):
                lanes.create_task(_lane(rows))


async def _lane(rows: Iterator[calls.Row]) -> None:
    for row in rows:
        customer = await create_customer_account(row)
        await create_modulus_check(row)
        bank_account = await create_bank_account(row, customer)
        auddis = await create_mandate(row, bank_account)
        await create_recurrence_schedule(row, auddis)


if __name__ == "__main__":
    asyncio.run(onboard(sys.argv[1]))
