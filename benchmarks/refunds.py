"""Measures what a large batch of refunds on mixed rails takes; knows nothing of how it is done.

    python -m benchmarks.refunds --rows 10000 --lifted
    python -m benchmarks.refunds --rows 10000

A quarter of the payments each: card payments not yet cleared, cleared ones, Direct Debits that are
collected, and pending ones. Runs `smarterpay refund` on a file of them, at the provider's limit of
1000 requests per 60 s or with the limit lifted on both sides, and then looks into the provider's
books: each payment went back once, by its rail, and the pence agree.
"""

import asyncio
import csv
import json
import time
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

import click

from benchmarks.processes import Part, Watch
from benchmarks.report import command_line, conditions, markdown_table
from benchmarks.workplace import Workplace, workplace
from smarterpay.api import CardClient, CloudClient
from smarterpay.api.models.bank_account import BankAccountCreate
from smarterpay.api.models.customer_account import CustomerAccountCreate
from smarterpay.api.models.mandate import MandateCreate
from smarterpay.api.models.payment import PaymentBulkCreate, PaymentCreate
from smarterpay.api.models.transaction import TransactionRegister, TransactionRepeat
from smarterpay.money.refund_rails import Rail

LIMIT = 1000
ROWS_A_CALL = 500
SETUP_CALLS_AT_ONCE = 16
#: Long enough for every row of the bulk calls, which are created at 100 a second (section 12).
CREATED_IN = "10m"
SETTLED_IN = "8d"
RAILS = (Rail.VOID, Rail.CARD_REFUND, Rail.CREDIT, Rail.CANCEL_PAYMENT)
#: No card has more repeats than this: the provider looks at all payments of a card each time.
REPEATS_A_CARD = 50
COMMAND, FLOW, PREFECT, SANDBOX = "command", "flow process", "Prefect server", "sandbox"
PARTS = (FLOW, COMMAND, PREFECT, SANDBOX)


@dataclass(frozen=True, slots=True)
class Run:
    """One run: seconds, calls as the provider counted them, CPU seconds and bytes by part."""

    rows: int
    by_rail: Mapping[str, int]
    seconds: float
    calls: int
    refused_429: int
    cpu: Mapping[str, float]
    peak: Mapping[str, int]


@click.command()
@click.option("--rows", default=200, show_default=True, type=click.IntRange(4, 1_000_000))
@click.option("--lifted", is_flag=True, help="Lift the limit on both sides.")
def main(rows: int, lifted: bool) -> None:
    """Refund so many payments, and check the provider's books."""
    with workplace(rate_limit=None if lifted else LIMIT) as place:
        measured = run(place, rows)
    print(conditions(command_line("benchmarks.refunds")))
    print(markdown_table(("Refunds on four rails", ""), _figures(measured)))
    print(markdown_table(*_costs(measured)))


def run(place: Workplace, rows: int) -> Run:
    """Refund once in a fresh workplace; raises where books, rows or pence do not agree."""
    # Nobody is there to approve; what a plan costs is measured all the same.
    for threshold in ("ROW_PENCE", "BATCH_PENCE", "ROWS"):
        place.merchant.more_settings = {
            **place.merchant.more_settings,
            f"SMARTERPAY_REFUND_APPROVAL_{threshold}": "none",
        }
    limit = place.sandbox.settings()["rate_limit"]
    place.sandbox.settings(rate_limit=None)
    payments = asyncio.run(_payments(place, rows))
    place.sandbox.settings(rate_limit=limit)
    file = place.folder / "refunds.csv"
    write_refunds(file, payments, place.sandbox.books(records=True)["records"]["payments"])
    before = place.sandbox.books()["protocol"]
    began = time.time()
    with place.running("-m", "smarterpay.cli", "refund", str(file), "--json") as process:
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
        raise click.ClickException(f"smarterpay refund ended with {process.returncode}: {output}")
    after = place.sandbox.books()["protocol"]
    by_rail = _check_books(place, json.loads(output), payments)
    return Run(
        rows=rows,
        by_rail=by_rail,
        seconds=ended - began,
        calls=after["requests"] - before["requests"],
        refused_429=after["http_429"] - before["http_429"],
        cpu={part: watch.cpu_between(part, began, ended) for part in PARTS},
        peak={part: max((one.rss for one in watch.samples(part)), default=0) for part in PARTS},
    )


async def _payments(place: Workplace, rows: int) -> dict[str, Rail]:
    """So many payments, by their ids, each with the rail that its state allows."""
    each = {rail: len(range(place_of, rows, len(RAILS))) for place_of, rail in enumerate(RAILS)}
    sandbox = place.sandbox
    made: dict[str, Rail] = {}
    async with (
        CloudClient(base_url=sandbox.cloud_url, token=sandbox.token) as cloud,
        CardClient(base_url=sandbox.card_url, token=sandbox.token) as card,
    ):
        auddis = await _mandate(cloud)
        await _bulk(place, cloud, auddis, each[Rail.CREDIT])
        made |= dict.fromkeys(await _repeats(place, cloud, card, each[Rail.CARD_REFUND]), RAILS[1])
        sandbox.advance(SETTLED_IN)
        collected = _booked(place, "successful")
        await _bulk(place, cloud, auddis, each[Rail.CANCEL_PAYMENT])
        made |= dict.fromkeys(await _repeats(place, cloud, card, each[Rail.VOID]), RAILS[0])
    made |= dict.fromkeys(collected, Rail.CREDIT)
    made |= dict.fromkeys(_booked(place, "pending_submission"), Rail.CANCEL_PAYMENT)
    if Counter(made.values()) != each:
        raise click.ClickException(f"{each} payments wanted, made {Counter(made.values())}")
    return made


async def _mandate(cloud: CloudClient) -> str:
    account = await cloud.bank_accounts.create(
        BankAccountCreate(account_number="40000000", sort_code="200052", account_name="A Payer")
    )
    request = MandateCreate(
        customer_bank_account=account.id, auddis="BENCH-1", dd_status="ongoing collection"
    )
    await cloud.mandates.create(request)
    return "BENCH-1"


async def _bulk(place: Workplace, cloud: CloudClient, auddis: str, count: int) -> None:
    """So many Direct Debits, due as early as can be."""
    today = date.fromisoformat(str(place.sandbox.control("clock")["now"])[:10])
    for start in range(0, count, ROWS_A_CALL):
        rows = tuple(
            PaymentCreate(
                auddis=auddis, amount=_pence(number), collection_date=today, description="One-off"
            )
            for number in range(start, min(count, start + ROWS_A_CALL))
        )
        await cloud.payments.bulk_create(PaymentBulkCreate(rows=rows))
    place.sandbox.advance(CREATED_IN)


async def _repeats(
    place: Workplace, cloud: CloudClient, card: CardClient, count: int
) -> Sequence[str]:
    """So many charges of stored cards."""
    free = asyncio.Semaphore(SETUP_CALLS_AT_ONCE)

    async def some(start: int) -> list[str]:
        async with free:
            card_id = await _card(place, cloud, card)
            made = []
            for number in range(start, min(count, start + REPEATS_A_CARD)):
                request = TransactionRepeat(amount=_pence(number))
                made.append((await card.transactions.repeat(card_id, request)).id)
            return made

    starts = range(0, count, REPEATS_A_CARD)
    return [one for made in await asyncio.gather(*map(some, starts)) for one in made]


async def _card(place: Workplace, cloud: CloudClient, card: CardClient) -> str:
    customer = await cloud.customer_accounts.create(
        CustomerAccountCreate(
            email="payer@example.com",
            first_name="A",
            last_name="Payer",
            address_line1="1 Sample Street",
            city="Leeds",
            postal_code="LS1 1AA",
        )
    )
    registered = await card.transactions.register(
        TransactionRegister(
            payment_type="AuthenticateEcommerce",
            payment_gateway_profile_id="PG01SANDBOXOPAYO0001",
            customer_id=customer.id,
            amount=100,
            currency_code="GBP",
        )
    )
    place.sandbox.control(f"cards/{registered.card_id}/complete", {})
    return str(registered.card_id)


def _pence(number: int) -> int:
    """No amount of section 13: every payment goes through."""
    return 100 + number % 3000


def _booked(place: Workplace, status: str) -> Sequence[str]:
    records = place.sandbox.books(records=True)["records"]["payments"]
    return [
        one["id"]
        for one in records
        if one["status"] == status and one["record_type"] == "direct debit"
    ]


def write_refunds(
    path: Path, payments: Mapping[str, Rail], records: Sequence[Mapping[str, Any]]
) -> None:
    """Write a file that refunds all of each payment, the rails in turn.

    One in ten leaves its amount open: it is read before the batch is planned, one call more.
    """
    amounts = {one["id"]: int(one["amount"]) for one in records}
    by_rail = [[one for one, rail in payments.items() if rail is each] for each in RAILS]
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(("reference", "payment", "amount", "reason"))
        for number in range(len(payments)):
            payment = by_rail[number % len(RAILS)][number // len(RAILS)]
            pence = amounts[payment]
            amount = "" if number % 10 == 0 else f"{pence // 100}.{pence % 100:02}"
            writer.writerow((f"RF-{number:07}", payment, amount, "Sent back"))


def _check_books(
    place: Workplace, printed: dict[str, Any], payments: Mapping[str, Rail]
) -> Mapping[str, int]:
    """Each payment went back once, whole, by its rail; how many by each."""
    records = place.sandbox.books(records=True)["records"]
    amounts = {one["id"]: int(one["amount"]) for one in records["payments"]}
    status = {one["id"]: one["status"] for one in records["payments"]}
    with place.merchant.journal() as journal:
        refunds = {payment: journal.refunds.of_item(payment) for payment in payments}
    back = [
        *((one["reference"], int(one["amount"])) for one in records["credits"]),
        *(
            (one["custom_reference"], int(one["amount"]))
            for one in records["payments"]
            if one["payment_type"] == "Refund"
        ),
    ]
    expected = []
    for payment, rail in payments.items():
        (refund,) = refunds[payment]
        if (refund.rail, refund.amount_pence) != (rail, amounts[payment]):
            raise click.ClickException(f"{payment}: {refund.rail} instead of {rail}")
        if rail in (Rail.CREDIT, Rail.CARD_REFUND):
            expected.append((refund.reference, refund.amount_pence))
        elif status[payment] != "cancelled":
            raise click.ClickException(f"{payment} is {status[payment]}")
    if sorted(back) != sorted(expected) or printed["ordered"] != len(payments):
        raise click.ClickException(f"{len(back)} paid back for {len(expected)}")
    return Counter(payments.values())


def _figures(measured: Run) -> list[tuple[str, str]]:
    rails = ", ".join(f"{rail} {count:,}" for rail, count in sorted(measured.by_rail.items()))
    return [
        ("refunds, each found once in the provider's books", f"{measured.rows:,}"),
        ("by rail", rails),
        ("calls, reads included", f"{measured.calls:,}"),
        ("answered 429", str(measured.refused_429)),
        ("minutes, command's start to its end", f"{measured.seconds / 60:.1f}"),
        ("minutes the calls take at the limit", f"{measured.calls / LIMIT:.1f}"),
    ]


def _costs(measured: Run) -> tuple[tuple[str, ...], list[tuple[str, ...]]]:
    rows: list[tuple[str, ...]] = [
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
