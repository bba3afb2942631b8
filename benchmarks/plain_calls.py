"""The five calls for a customer as a short script would make them; no journal, no Prefect, no us.

What a merchant's developer would write in an afternoon, to compare with: nothing is remembered,
nothing is checked, a key is made up for each call and lost with the process.
"""

import csv
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any
from uuid import uuid4

import httpx

AT_ONCE = 32
Row = Mapping[str, str]


def read_rows(path: Path) -> list[Row]:
    """The customers of a CSV file."""
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def open_http() -> httpx.AsyncClient:
    """A client of the provider that the environment names."""
    return httpx.AsyncClient(
        base_url=os.environ["SMARTERPAY_CLOUD_BASE_URL"],
        headers={"Authorization": f"Bearer {os.environ['SMARTERPAY_API_KEY']}"},
        timeout=60,
        trust_env=False,
    )


async def create_customer_account(http: httpx.AsyncClient, row: Row) -> str:
    """Section 7.2; the id of the account."""
    names = ("title", "first_name", "last_name", "company_name", "email", "address_line1")
    more = ("address_line2", "city", "postal_code", "country_code")
    customer = {name: row[name] for name in (*names, *more)}
    customer["custom_reference"] = row["reference"]
    answer = await _post(http, "customeraccount", {"Customer_Account": customer})
    return str(answer["Customer_Account"]["id"])


async def create_modulus_check(http: httpx.AsyncClient, row: Row) -> None:
    """Section 7.4; raises `ValueError` for an account that does not exist."""
    account = {"account_number": row["account_number"], "sort_code": row["sort_code"]}
    answer = await _post(http, "moduluscheck", {"Modulus_Check": account})
    if str(answer["Modulus_Check"]["AccountCodeOK"]).lower() != "true":
        raise ValueError(row["reference"])


async def create_bank_account(http: httpx.AsyncClient, row: Row, customer: str) -> str:
    """Section 7.3; the id of the account."""
    account = {name: row[name] for name in ("account_number", "sort_code", "account_name")}
    account |= {"customer_account": customer, "custom_reference": row["reference"]}
    answer = await _post(http, "bankaccount", {"bank_account": account})
    return str(answer["bank_account"]["id"])


async def create_mandate(http: httpx.AsyncClient, row: Row, bank_account: str) -> str:
    """Section 7.7; the mandate's AUDDIS reference."""
    mandate = {"customer_bank_account": bank_account, "auddis": row["mandate_reference"]}
    answer = await _post(http, "mandate", {"Mandate": mandate})
    return str(answer["Mandate"]["auddis"])


async def create_recurrence_schedule(http: httpx.AsyncClient, row: Row, auddis: str) -> None:
    """Section 7.8."""
    schedule: dict[str, Any] = {
        "auddis": auddis,
        "amount": _pence(row["amount"]),
        "first_collection_amount": _pence(row["first_collection_amount"] or row["amount"]),
        "custom_reference": row["reference"],
    }
    names = ("collection_period", "collection_stretch", "collection_day", "description")
    for name in (*names, "first_collection_date", "end_date"):
        if row[name]:
            schedule[name] = row[name]
    await _post(http, "recurrenceschedule", {"recurrence_schedule": schedule})


async def _post(http: httpx.AsyncClient, path: str, body: Any) -> Any:
    answer = await http.post(path, json=body, headers={"Idempotency-Key": str(uuid4())})
    answer.raise_for_status()
    return answer.json()


def _pence(pounds: str) -> int:
    whole, _, rest = pounds.partition(".")
    return int(whole) * 100 + int(rest)
