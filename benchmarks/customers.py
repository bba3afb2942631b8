"""Writes files of valid synthetic customers; knows nothing of what is done with them."""

import csv
import random
from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path
from typing import Final

import click

TRIGGER_ENDINGS: Final = frozenset(
    f"{ending}"
    for ending in (
        *(900, 901, 902, 903, 905, 910, 911, 912, 913, 919, 921, 923, 924, 929),
        *(930, 932, 940, 955, 957, 960),
    )
)
"""Endings of account numbers that make the sandbox misbehave on purpose (section 13)."""
TRIGGER_PENCE: Final = frozenset({9010, 9012, 9019, 9030, 9055, 9057, 9060})
"""Amounts that do so."""
HEADER: Final = (
    *("reference", "title", "first_name", "last_name", "company_name", "email"),
    *("address_line1", "address_line2", "city", "postal_code", "country_code"),
    *("account_name", "sort_code", "account_number", "amount", "first_collection_amount"),
    *("collection_period", "collection_stretch", "collection_day", "first_collection_date"),
    *("description", "end_date", "mandate_reference", "metadata"),
)

_FIRST_NAMES = ("Ada", "Ben", "Cara", "Dev", "Esme", "Finn", "Gita", "Hugh", "Isla", "Joel")
_LAST_NAMES = ("Ashby", "Barlow", "Carver", "Dunmore", "Eldon", "Fenwick", "Garside", "Holt")
_STREETS = ("Mill Lane", "Station Road", "Church Street", "The Green", "Park Avenue")
_PLACES = (("Leeds", "LS1"), ("Bristol", "BS1"), ("York", "YO1"), ("Cardiff", "CF10"))


def write_customers(
    path: Path, n: int, seed: int = 1, *, first_collection: date = date(2026, 7, 1)
) -> None:
    """Write `n` valid customers as CSV; the same arguments give the same bytes.

    References are `CUST-0000001` and so on, account numbers are all different and trigger
    nothing in the sandbox (section 13), e-mails are at example.com, and first collections fall on
    28 days from `first_collection`, a London date.
    """
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(HEADER)
        writer.writerows(_rows(n, seed, first_collection))


def _rows(n: int, seed: int, first_collection: date) -> Iterator[tuple[str, ...]]:
    chance = random.Random(seed)  # noqa: S311 - the same customers every time, not a secret
    accounts = _account_numbers()
    for number in range(1, n + 1):
        first, last = chance.choice(_FIRST_NAMES), chance.choice(_LAST_NAMES)
        city, district = chance.choice(_PLACES)
        monthly = chance.random() < 0.8
        first_date = first_collection + timedelta(days=chance.randrange(28))
        yield (
            f"CUST-{number:07}",
            chance.choice(("Ms", "Mr", "Dr", "")),
            first,
            last,
            f"{last} Trading Ltd" if chance.random() < 0.2 else "",
            f"customer{number}@example.com",
            f"{chance.randrange(1, 200)} {chance.choice(_STREETS)}",
            f"Flat {chance.randrange(1, 30)}" if chance.random() < 0.3 else "",
            city,
            f"{district} {chance.randrange(1, 10)}AA",
            "GB",
            f"{first} {last}",
            f"{chance.randrange(100000, 1000000)}",
            next(accounts),
            _pounds(chance),
            _pounds(chance) if chance.random() < 0.3 else "",
            "monthly" if monthly else "weekly",
            str(chance.choice((1, 1, 1, 2, 3))),
            chance.choice((*map(str, range(1, 29)), "last day")) if monthly else "",
            first_date.isoformat(),
            "Regular payment",
            (first_date + timedelta(days=365)).isoformat() if chance.random() < 0.2 else "",
            f"SP-{number:07}",
            "",
        )


def _account_numbers() -> Iterator[str]:
    for number in range(10_000_000, 100_000_000):
        text = str(number)
        if text[-3:] not in TRIGGER_ENDINGS:
            yield text


def _pounds(chance: random.Random) -> str:
    pence = chance.randrange(500, 20_000)
    if pence in TRIGGER_PENCE:
        pence += 1
    return f"{pence // 100}.{pence % 100:02}"


@click.command()
@click.argument("path", type=click.Path(path_type=Path, dir_okay=False))
@click.argument("rows", type=click.IntRange(min=0, max=1_000_000))
@click.option("--seed", default=1, show_default=True, help="Another seed, other customers.")
def main(path: Path, rows: int, seed: int) -> None:
    """Write ROWS valid synthetic customers to PATH."""
    write_customers(path, rows, seed)


if __name__ == "__main__":
    main()
