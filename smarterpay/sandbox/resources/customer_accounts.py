"""Customer accounts (reference, section 7.1); must not know what hangs under a customer."""

from typing import Any

from smarterpay.sandbox.books.changes import Source, change, enter
from smarterpay.sandbox.http.answers import Answer, invalid, success
from smarterpay.sandbox.http.fields import Country, Email, Field, Text, Values
from smarterpay.sandbox.http.lists import Listing
from smarterpay.sandbox.http.resource import STAMP, TEXT, Call, Request, Resource, Route
from smarterpay.sandbox.platform import Platform
from smarterpay.sandbox.records.accounts import CustomerAccount
from smarterpay.sandbox.settings import CUSTOMER_STATUS, MAX_METADATA

ENVELOPE = "Customer_Account"
SECTION = "7.1"

FIELDS = (
    Field("email", Email(100), mandatory=True),
    Field("first_name", Text(50), mandatory=True),
    Field("last_name", Text(50), mandatory=True),
    Field("address_line1", Text(50), mandatory=True),
    Field("city", Text(50), mandatory=True),
    Field("postal_code", Text(50), mandatory=True),
    Field("address_line2", Text(50)),
    Field("custom_reference", Text(50)),
    Field("external_id", Text(50)),
    Field("title", Text(45)),
    Field("company_name", Text(160)),
    Field("metadata", Text(MAX_METADATA)),
    Field("country_code", Country()),
    Field("state_code", Text(2, "[A-Z]{2}", "must be a two-letter state code")),
)

ANSWER = {
    "id": TEXT,
    "created_at": STAMP,
    "status": {"type": "string", "enum": [CUSTOMER_STATUS]},
    **{field.name: TEXT for field in FIELDS},
}


def create(platform: Platform, call: Call) -> Answer:
    """Enter a customer; a missing country becomes `GB`, `US` needs a state."""
    values = call.values
    country = values.text("country_code", "GB")
    _state_goes_with(country, values.text("state_code"))
    customer = CustomerAccount(
        id=platform.new_id("CA01"),
        created_at=platform.clock.stamp(),
        status=CUSTOMER_STATUS,
        country_code=country,
        **{name: values.text(name) for name in _PLAIN},
    )
    enter(platform, customer, Source.API)
    return success(ENVELOPE, present(platform, customer))


def update(platform: Platform, call: Call) -> Answer:
    """Change the given fields; what is left out stays, optional texts can be cleared."""
    customer: CustomerAccount = call.record
    country = _merged(call.values, "country_code", customer.country_code) or "GB"
    _state_goes_with(country, _merged(call.values, "state_code", customer.state_code))
    for name in _PLAIN:
        setattr(customer, name, _merged(call.values, name, getattr(customer, name)))
    customer.country_code = country
    change(platform, customer, Source.API)
    return success(ENVELOPE, present(platform, customer))


def get(platform: Platform, call: Call) -> Answer:
    """The customer as it stands."""
    return success(ENVELOPE, present(platform, call.record))


def present(_: Platform, customer: CustomerAccount) -> dict[str, Any]:
    """The customer as the wire has it."""
    return {name: getattr(customer, name) for name in ANSWER}


def find(platform: Platform, record_id: str) -> CustomerAccount | None:
    """The customer with this id, in any case."""
    return platform.books.customer_accounts.get(record_id.upper())


def _state_goes_with(country: str, state: str) -> None:
    if country == "US" and not state:
        raise invalid("state_code", "is mandatory with country US")


def _merged(values: Values, name: str, present_value: str) -> str:
    return values.text(name) if name in values else present_value


_PLAIN = tuple(field.name for field in FIELDS if field.name != "country_code")

LISTING = Listing(
    envelope="Customer_Accounts",
    table=lambda books: books.customer_accounts,
    present=present,
    sort_fields=(
        "created_at",
        "id",
        "email",
        "first_name",
        "last_name",
        "company_name",
        "custom_reference",
        "postal_code",
        "status",
    ),
    find=find,
    status=lambda customer: str(customer.status),
    reference=lambda customer: str(customer.custom_reference),
)

RESOURCE = Resource(
    service="Customer account",
    rules="The optional parent: one customer has many bank accounts, cards and mandates.",
    routes=(
        Route(
            "customer_account.create",
            "POST",
            "/customeraccount",
            create,
            SECTION,
            "Create a customer account",
            ENVELOPE,
            ANSWER,
            Request(ENVELOPE, FIELDS),
        ),
        Route(
            "customer_account.get",
            "GET",
            "/customeraccount/{id}",
            get,
            SECTION,
            "Read a customer account",
            ENVELOPE,
            ANSWER,
            locate=find,
        ),
        Route(
            "customer_account.update",
            "PUT",
            "/customeraccount/{id}",
            update,
            SECTION,
            "Change a customer account",
            ENVELOPE,
            ANSWER,
            Request(ENVELOPE, FIELDS, update=True),
            locate=find,
        ),
        Route(
            "customer_account.list",
            "GET",
            "/customeraccounts",
            LISTING.work,
            SECTION,
            "List customer accounts",
            LISTING.envelope,
            ANSWER,
            listing=True,
            singular_path="/customeraccount",
            sort_fields=LISTING.sort_fields,
        ),
    ),
)
