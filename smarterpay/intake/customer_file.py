"""What a file of new customers is: its columns' spellings and its rules; reads no file."""

import re
from collections.abc import Iterator, Mapping
from datetime import date
from typing import Final

from smarterpay.bacs import check_account
from smarterpay.intake.account_rules import rule_broken_by
from smarterpay.intake.bank_details import read_account_number, read_sort_code
from smarterpay.intake.customer_row import CustomerRow
from smarterpay.intake.dates import collection_date_faults, read_date
from smarterpay.intake.file_kind import Circumstances, FileKind
from smarterpay.intake.pounds import read_pence, read_pounds
from smarterpay.intake.rules import RULES, BrokenRule, Fault


def _read_day(text: str) -> str:
    day = " ".join(text.lower().split())
    return day.removeprefix("0") if re.fullmatch(r"0[1-9]", day) else day


def _read_stretch(text: str) -> int:
    if not re.fullmatch(r"[0-9]{1,6}", text):
        raise BrokenRule("stretch.not-whole")
    return int(text)


def _judged(values: Mapping[str, object], circumstances: Circumstances) -> Iterator[Fault]:
    yield from collection_date_faults("first_collection_date", values, circumstances.today)
    end = values.get("end_date")
    if isinstance(end, date) and end < circumstances.today:
        yield Fault("end_date", "date.past", {"today": circumstances.today})
    yield from _impossible_account(values, circumstances)


def _impossible_account(
    values: Mapping[str, object], circumstances: Circumstances
) -> Iterator[Fault]:
    """With tables, what they rule out is a broken rule too; without, only its form counts."""
    if circumstances.tables is None:
        return
    sort_code, account_number = values.get("sort_code"), values.get("account_number")
    if isinstance(sort_code, str) and isinstance(account_number, str):
        verdict = check_account(
            sort_code, account_number, circumstances.tables, today=circumstances.today
        )
        if (broken := rule_broken_by(verdict)) is not None:
            yield broken


CUSTOMERS: Final = FileKind(
    row=CustomerRow,
    rules=RULES,
    readers={
        "country_code": str.upper,
        "sort_code": read_sort_code,
        "account_number": read_account_number,
        "amount": read_pounds,
        "amount_pence": read_pence,
        "first_collection_amount": read_pounds,
        "first_collection_amount_pence": read_pence,
        "collection_period": str.lower,
        "collection_stretch": _read_stretch,
        "collection_day": _read_day,
        "first_collection_date": read_date,
        "end_date": read_date,
    },
    pence_of=lambda customer: customer.amount_pence,
    judge=_judged,
    unique={
        "reference": "reference.duplicate",
        "mandate_reference": "mandate-reference.duplicate",
    },
    refusals={"literal_error": "period.unknown", "greater_than_equal": "stretch.not-whole"},
    said_otherwise={
        "reference": ("ref", "customerreference", "customerid", "customerref", "id"),
        "first_name": ("forename", "givenname"),
        "last_name": ("surname", "familyname"),
        "email": ("emailaddress", "mail"),
        "address_line1": ("address", "address1", "addressline", "street"),
        "city": ("town", "towncity", "posttown"),
        "postal_code": ("postcode", "zip", "zipcode"),
        "account_name": ("accountholder", "accountholdername", "bankaccountname", "nameonaccount"),
        "sort_code": ("banksortcode", "sort"),
        "account_number": ("account", "accountno", "bankaccountnumber", "accno", "bankaccount"),
        "amount": ("price", "regularamount", "collectionamount", "amountgbp"),
        "collection_period": ("frequency", "period", "interval"),
        "first_collection_date": ("startdate", "firstdate", "firstcollection", "collectiondate"),
        "description": ("details", "narrative"),
    },
)
"""One new customer a row."""
