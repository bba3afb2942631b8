"""Measures what a large batch of collections in bulk takes; knows nothing of how it is done.

    python -m benchmarks.collections --rows 100000 --lifted
    python -m benchmarks.collections --rows 100000

Runs `smarterpay collect` on a file of so many Direct Debits, at the provider's limit of 1000
requests per 60 s or with the limit lifted on both sides, and then looks into the provider's books:
each collection stands there once, and the pence agree. The sandbox creates the rows of a bulk call
at 100 a second (reference, section 12), by a clock that runs `--scale` times as fast as ours.
"""

import asyncio
import csv
import json
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

import click

from benchmarks.processes import Part, Watch
from benchmarks.report import command_line, conditions, markdown_table
from benchmarks.workplace import Workplace, workplace
from smarterpay.api import CloudClient
from smarterpay.api.models.bank_account import BankAccountCreate
from smarterpay.api.models.mandate import MandateCreate
from smarterpay.journal.batches import RowState
from smarterpay.money.accounts import Account

LIMIT, WINDOW = 1000, 60.0
PAYERS = 500
#: Each payer's mandate is made by two calls of the benchmark's own.
SETUP_CALLS_AT_ONCE = 16
COMMAND, FLOW, PREFECT, SANDBOX = "command", "flow process", "Prefect server", "sandbox"
PARTS = (FLOW, COMMAND, PREFECT, SANDBOX)
COLLECTED_ON = date(2026, 7, 1)
SMALLEST_PENCE = 100


@dataclass(frozen=True, slots=True)
class Run:
    """One run: seconds, calls as the provider counted them, CPU seconds and bytes by part."""

    rows: int
    seconds: float
    calls: int
    refused_429: int
    cpu: Mapping[str, float]
    peak: Mapping[str, int]


@click.command()
@click.option("--rows", default=2_000, show_default=True, type=click.IntRange(1, 1_000_000))
@click.option("--lifted", is_flag=True, help="Lift the limit on both sides.")
@click.option("--scale", default=1.0, show_default=True, help="How fast the provider's clock runs.")
def main(rows: int, lifted: bool, scale: float) -> None:
    """Collect so many one-off Direct Debits in bulk, and check the provider's books."""
    with workplace(rate_limit=None if lifted else LIMIT) as place:
        measured = run(place, rows, scale)
    print(conditions(command_line("benchmarks.collections")))
    print(markdown_table(("Collections in bulk", ""), _figures(measured)))
    print(markdown_table(*_costs(measured)))


def run(place: Workplace, rows: int, scale: float) -> Run:
    """Collect once in a fresh workplace; raises where books, rows or pence do not agree."""
    # Nobody is there to approve; what a plan costs is measured all the same.
    for threshold in ("ROW_PENCE", "BATCH_PENCE", "ROWS"):
        place.merchant.more_settings = {
            **place.merchant.more_settings,
            f"SMARTERPAY_COLLECTION_APPROVAL_{threshold}": "none",
        }
    limit = place.sandbox.settings()["rate_limit"]
    place.sandbox.settings(rate_limit=None)
    payers = asyncio.run(_payers(place, min(PAYERS, rows)))
    if limit is not None:
        time.sleep(WINDOW)  # the provider has counted those calls too
    place.sandbox.settings(rate_limit=limit)
    place.sandbox.control("clock", {"mode": "scaled", "scale": scale})
    pence = write_collections(place.folder / "collections.csv", rows, payers)
    before = place.sandbox.books()["protocol"]
    began = time.time()
    with place.running(
        "-m", "smarterpay.cli", "collect", str(place.folder / "collections.csv"), "--json"
    ) as process:
        assert place.prefect.pid is not None
        parts = {
            COMMAND: Part(process.pid, "self"),
            FLOW: Part(process.pid, "descendants"),
            PREFECT: Part(place.prefect.pid),
            SANDBOX: Part(place.sandbox.pid),
        }
        with Watch(parts) as watch:
            output, _ = process.communicate()
    ended = time.time()
    if process.returncode != 0:
        said = (place.folder / "processes.log").read_text("utf-8", "replace")[-2000:]
        raise click.ClickException(f"smarterpay collect ended with {process.returncode}: {said}")
    after = place.sandbox.books()["protocol"]
    _check_books(place, json.loads(output), rows, pence)
    return Run(
        rows=rows,
        seconds=ended - began,
        calls=after["requests"] - before["requests"],
        refused_429=after["http_429"] - before["http_429"],
        cpu={part: watch.cpu_between(part, began, ended) for part in PARTS},
        peak={part: max((one.rss for one in watch.samples(part)), default=0) for part in PARTS},
    )


async def _payers(place: Workplace, count: int) -> list[str]:
    """The references of so many mandates that can be collected on."""
    free = asyncio.Semaphore(SETUP_CALLS_AT_ONCE)
    async with CloudClient(base_url=place.sandbox.cloud_url, token=place.sandbox.token) as cloud:

        async def payer(number: int) -> str:
            async with free:
                account = await cloud.bank_accounts.create(
                    BankAccountCreate(
                        account_number=f"{40_000_000 + number * 1000}",
                        sort_code="200052",
                        account_name="A Payer",
                    )
                )
                reference = f"BENCH-{number:06}"
                await cloud.mandates.create(
                    MandateCreate(customer_bank_account=account.id, auddis=reference)
                )
                return reference

        return list(await asyncio.gather(*(payer(number) for number in range(count))))


def write_collections(path: Path, rows: int, payers: list[str]) -> int:
    """Write a file of so many collections; how many pence they are in all."""
    total = 0
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(
            ("reference", "mandate_reference", "amount", "collection_date", "description")
        )
        for number in range(rows):
            # No amount of section 13 below £90: every collection goes through.
            pence = SMALLEST_PENCE + number % 8000
            total += pence
            amount = f"{pence // 100}.{pence % 100:02}"
            payer = payers[number % len(payers)]
            writer.writerow((f"INV-{number:07}", payer, amount, COLLECTED_ON, "One-off"))
    return total


def _check_books(place: Workplace, printed: dict[str, Any], rows: int, pence: int) -> None:
    """Provider, rows and ledger have each collection once, with the same pence."""
    booked = place.sandbox.books(records=True)["records"]["payments"]
    references = [one["custom_reference"] for one in booked]
    with place.merchant.journal() as journal:
        named = {
            row.record_ids["payment"]
            for row in journal.batches.each_row(printed["batch"], [RowState.SUCCEEDED])
        }
        balances = journal.ledger.balances()
    found = {
        "booked": len(booked),
        "distinct references": len(set(references)),
        "rows ordered": printed["ordered"],
        "payments named by rows": len(named & {one["id"] for one in booked}),
    }
    if set(found.values()) != {rows}:
        raise click.ClickException(f"of {rows} collections: {found}")
    sums = (sum(int(one["amount"]) for one in booked), balances[Account.TO_COLLECT])
    if set(sums) != {pence}:
        raise click.ClickException(f"{pence} pence asked for; booked and in the ledger: {sums}")


def _figures(measured: Run) -> list[tuple[str, str]]:
    return [
        ("collections, each found once in the provider's books", f"{measured.rows:,}"),
        ("calls, reads included", f"{measured.calls:,}"),
        ("answered 429", str(measured.refused_429)),
        ("minutes, command's start to its end", f"{measured.seconds / 60:.1f}"),
        ("minutes the calls take at the limit", f"{measured.calls / LIMIT:.1f}"),
    ]


def _costs(measured: Run) -> tuple[Sequence[str], Sequence[Sequence[str]]]:
    rows = [
        (
            part,
            f"{measured.cpu[part]:.1f}",
            f"{1000 * measured.cpu[part] / measured.rows:.2f}",
            f"{measured.peak[part] / 1e6:.0f} MB",
        )
        for part in PARTS
    ]
    return ("cost by process", "CPU, s", "CPU per row, ms", "most memory"), rows


if __name__ == "__main__":
    main()
