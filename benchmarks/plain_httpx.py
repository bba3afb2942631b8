"""Onboards a file with httpx alone: `python -m benchmarks.plain_httpx FILE`; knows no journal.

For comparison in `benchmarks.onboarding`: a customer after the other in each of 32 lanes.
"""

import asyncio
import sys
from collections.abc import Iterator
from pathlib import Path

import httpx

from benchmarks import plain_calls as calls


async def onboard(path: Path) -> None:
    """Make the five calls for every customer of the file."""
    rows = iter(calls.read_rows(path))
    async with calls.open_http() as http, asyncio.TaskGroup() as lanes:
        for _ in range(calls.AT_ONCE):
            lanes.create_task(_lane(http, rows))


async def _lane(http: httpx.AsyncClient, rows: Iterator[calls.Row]) -> None:
    for row in rows:
        customer = await calls.create_customer_account(http, row)
        await calls.create_modulus_check(http, row)
        bank_account = await calls.create_bank_account(http, row, customer)
        auddis = await calls.create_mandate(http, row, bank_account)
        await calls.create_recurrence_schedule(http, row, auddis)


if __name__ == "__main__":
    asyncio.run(onboard(Path(sys.argv[1])))
