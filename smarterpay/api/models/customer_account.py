"""Customer account (section 7.1): the optional parent of bank accounts, cards and mandates."""

import re
from enum import StrEnum
from typing import Annotated, Final

from pydantic import AfterValidator, StringConstraints, model_validator

from smarterpay.api.models.country_codes import COUNTRY_CODES
from smarterpay.api.wire import (
    Id,
    Metadata,
    Personal,
    PersonalText,
    Record,
    ReferenceField,
    Request,
    Text,
    Timestamp,
    Update,
    open_set,
    refused,
    required_text,
    text,
)

REFERENCE: Final = ReferenceField("custom_reference", "custom_reference", "custom_reference")

_EMAIL: Final = re.compile(
    r"[^\s@<>()\[\]\\,;:\"\x00-\x1f]{1,64}@(?:[^\W_](?:[\w-]{0,61}[^\W_])?\.)+[^\W\d_][\w-]{1,62}"
)


class CustomerAccountStatus(StrEnum):
    """States the reference names; a new one comes through as text."""

    ACTIVE = "active"


def _valid_email(address: str) -> str:
    if not _EMAIL.fullmatch(address) or ".." in address or ".@" in address or address[0] == ".":
        raise refused("email", "must be a valid e-mail address")
    return address


def _known_country(code: str) -> str:
    if code and code not in COUNTRY_CODES:
        raise refused("country_code", "must be an ISO 3166-1 alpha-2 code in capitals")
    return code


Email = Annotated[str, required_text(100), AfterValidator(_valid_email), Personal()]
Name = Annotated[str, required_text(50), Personal()]
OptionalLine = Annotated[str, text(50), Personal()]
CountryCode = Annotated[str, AfterValidator(_known_country), Personal()]
StateCode = Annotated[str, StringConstraints(pattern=r"^([A-Z]{2})?$"), Personal()]


class CustomerAccountCreate(Request):
    """A new customer. An absent or blank `country_code` becomes `GB` at the platform."""

    email: Email
    title: Annotated[str, text(45), Personal()] | None = None
    first_name: Name
    last_name: Name
    company_name: Annotated[str, text(160), Personal()] | None = None
    address_line1: Name
    address_line2: OptionalLine | None = None
    city: Name
    postal_code: Name
    country_code: CountryCode | None = None
    state_code: StateCode | None = None
    external_id: Annotated[str, text(50)] | None = None
    custom_reference: Annotated[str, text(50)] | None = None
    metadata: Metadata | None = None

    @model_validator(mode="after")
    def _state_of_the_union(self) -> "CustomerAccountCreate":
        if self.country_code == "US" and not self.state_code:
            raise refused("mandatory", "mandatory when country_code is US", field="state_code")
        return self


class CustomerAccountUpdate(Update):
    """Any subset of the request fields (assumption `customer.put`)."""

    clearable = frozenset(
        {
            "title",
            "company_name",
            "address_line2",
            "country_code",
            "state_code",
            "external_id",
            "custom_reference",
            "metadata",
        }
    )

    email: Email | None = None
    title: Annotated[str, text(45), Personal()] | None = None
    first_name: Name | None = None
    last_name: Name | None = None
    company_name: Annotated[str, text(160), Personal()] | None = None
    address_line1: Name | None = None
    address_line2: OptionalLine | None = None
    city: Name | None = None
    postal_code: Name | None = None
    country_code: CountryCode | None = None
    state_code: StateCode | None = None
    external_id: Annotated[str, text(50)] | None = None
    custom_reference: Annotated[str, text(50)] | None = None
    metadata: Metadata | None = None


class CustomerAccount(Record):
    """A customer as it stands at the platform."""

    id: Id
    created_at: Timestamp = None
    status: Annotated[CustomerAccountStatus | str | None, open_set(CustomerAccountStatus)] = None
    email: PersonalText = None
    title: PersonalText = None
    first_name: PersonalText = None
    last_name: PersonalText = None
    company_name: PersonalText = None
    address_line1: PersonalText = None
    address_line2: PersonalText = None
    city: PersonalText = None
    postal_code: PersonalText = None
    country_code: PersonalText = None
    state_code: PersonalText = None
    external_id: Text = None
    custom_reference: Text = None
    metadata: PersonalText = None
