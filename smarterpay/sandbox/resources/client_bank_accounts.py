"""The client's own bank accounts (reference, section 7.6); read only, numbers masked."""

from typing import Any

from smarterpay.sandbox.http.answers import Answer, success
from smarterpay.sandbox.http.lists import Listing
from smarterpay.sandbox.http.resource import FLAG, TEXT, Call, Resource, Route
from smarterpay.sandbox.platform import Platform
from smarterpay.sandbox.records.accounts import ClientBankAccount
from smarterpay.sandbox.resources import service_user_numbers

ENVELOPE = "Client_Bank_Accounts"
SECTION = "7.6"
ANSWER = {
    "Account_Number": TEXT,
    "Bank_Name": TEXT,
    "Default_Account": FLAG,
    "Friendly_Name": TEXT,
    "ID": TEXT,
    "Sort_Code": TEXT,
    "Sun": TEXT,
    "Sun_Friendly_Name": TEXT,
}


def get(platform: Platform, call: Call) -> Answer:
    """The account as it stands, number and sort code masked."""
    return success(ENVELOPE, present(platform, call.record))


def present(platform: Platform, account: ClientBankAccount) -> dict[str, Any]:
    """The account as the wire has it: `*****102` and `****56` for number and sort code."""
    return {
        "Account_Number": "*****" + account.account_number[-3:],
        "Bank_Name": account.bank_name,
        "Default_Account": account.default_account,
        "Friendly_Name": account.friendly_name,
        "ID": account.id,
        "Sort_Code": "****" + account.sort_code[-2:],
        "Sun": account.sun,
        "Sun_Friendly_Name": service_user_numbers.name_of(platform, account.sun),
    }


def find(platform: Platform, record_id: str) -> ClientBankAccount | None:
    """The account by id or legacy id, in any case (section 1, "Path matching")."""
    table = platform.books.client_bank_accounts
    by_legacy = table.having("legacy_id", record_id.upper())
    return by_legacy[0] if by_legacy else table.get(record_id.upper())


def default_of(platform: Platform, sun: str) -> ClientBankAccount | None:
    """The default account of a SUN, or None for a SUN without one."""
    accounts = platform.books.client_bank_accounts.having("sun", sun)
    return next((account for account in accounts if account.default_account), None)


def named_or_default(platform: Platform, record_id: str) -> ClientBankAccount | None:
    """The named account; blank means the default account of the default SUN (section 7.5)."""
    if record_id:
        return find(platform, record_id)
    return default_of(platform, service_user_numbers.default(platform).sun)


LISTING = Listing(
    envelope=ENVELOPE,
    table=lambda books: books.client_bank_accounts,
    present=present,
    sort_fields=("created_at", "id", "sun", "friendly_name", "bank_name"),
    find=find,
)

RESOURCE = Resource(
    service="Client bank account",
    rules="By SUN returns the default client bank account of that SUN.",
    routes=(
        Route(
            "client_bank_account.get",
            "GET",
            "/clientbankaccount/{id}",
            get,
            SECTION,
            "Read a client bank account",
            ENVELOPE,
            ANSWER,
            locate=find,
        ),
        Route(
            "client_bank_account.by_sun",
            "GET",
            "/clientbankaccount/sun/{id}",
            get,
            SECTION,
            "Read the default client bank account of a SUN",
            ENVELOPE,
            ANSWER,
            locate=default_of,
        ),
        Route(
            "client_bank_account.list",
            "GET",
            "/clientbankaccount",
            LISTING.work,
            SECTION,
            "List client bank accounts",
            LISTING.envelope,
            ANSWER,
            listing=True,
            sort_fields=LISTING.sort_fields,
        ),
    ),
)
