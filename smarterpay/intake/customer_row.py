"""One valid onboarding row, with the provider's limits; knows nothing of files and spellings."""

import re
from datetime import date
from typing import Annotated, Final, Literal

from pydantic import AfterValidator, Field, StringConstraints, ValidationInfo, field_validator
from pydantic_core import PydanticCustomError

from smarterpay.intake.countries import COUNTRY_CODES
from smarterpay.intake.row_fields import (
    ONE_LINE,
    FileRow,
    MandateReference,
    Metadata,
    Pence,
    Text50,
    broken_cell,
    text_up_to,
)
from smarterpay.intake.rules import RULES

_LONGEST_STRETCH: Final = {"monthly": 12, "weekly": 52}
_DAYS: Final = frozenset([*(str(day) for day in range(1, 29)), "last day"])
_EMAIL_LOCAL: Final = re.compile(
    r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+(\.[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+)*"
)
_EMAIL_LABEL: Final = re.compile(r"[A-Za-z0-9]([A-Za-z0-9-]{0,61}[A-Za-z0-9])?")


def _broken(slug: str, column: str | None) -> PydanticCustomError:
    return broken_cell(RULES, slug, column)


def _email(value: str, info: ValidationInfo) -> str:
    if len(re.findall(r"[^\s@]@[^\s@]", value)) > 1:
        raise _broken("email.several", info.field_name)
    local, _, domain = value.rpartition("@")
    labels = domain.split(".")
    if (
        len(local) > 64
        or not _EMAIL_LOCAL.fullmatch(local)
        or len(labels) < 2
        or not all(_EMAIL_LABEL.fullmatch(label) for label in labels)
        or labels[-1].isdigit()
        or len(labels[-1]) < 2
    ):
        raise _broken("email.invalid", info.field_name)
    return value


def _country(value: str, info: ValidationInfo) -> str:
    if value == "UK":
        raise _broken("country.uk", info.field_name)
    if value == "US":
        raise _broken("country.us-needs-state", info.field_name)
    if value not in COUNTRY_CODES:
        raise _broken("country.unknown", info.field_name)
    return value


Text44 = Annotated[str, text_up_to(44), ONE_LINE]
Text45 = Annotated[str, text_up_to(45), ONE_LINE]
Text90 = Annotated[str, text_up_to(90), ONE_LINE]
Text160 = Annotated[str, text_up_to(160), ONE_LINE]
Email = Annotated[str, text_up_to(100), ONE_LINE, AfterValidator(_email)]
CountryCode = Annotated[
    str, StringConstraints(strip_whitespace=True, min_length=1), AfterValidator(_country)
]
SortCode = Annotated[str, StringConstraints(pattern=r"^[0-9]{6}$")]
AccountNumber = Annotated[str, StringConstraints(pattern=r"^[0-9]{8}$")]


class CustomerRow(FileRow):
    """What one customer needs: account, bank account, mandate and schedule.

    Limits are those of the reference, sections 7.1, 7.2, 7.5 and 7.11. Amounts are pence, dates
    are London dates, texts are trimmed, absent values are `None`. Raises
    `pydantic.ValidationError` whose `type` is a slug of `rules.RULES` where we have a rule of
    our own; the error's text holds no input. `repr` shows nothing personal. The JSON form
    (`model_dump_json`, `model_validate_json`) is personal data: store it encrypted.
    """

    reference: Text50 = Field(
        description="Your own reference of the customer; unique in the file. The records made "
        "from the row carry it as `custom_reference`.",
        examples=["CUST-0042"],
    )
    title: Text45 | None = Field(default=None, repr=False, description="Title.", examples=["Ms"])
    first_name: Text50 = Field(repr=False, description="First name.", examples=["Ada"])
    last_name: Text50 = Field(repr=False, description="Last name.", examples=["Example"])
    company_name: Text160 | None = Field(
        default=None, repr=False, description="Company.", examples=["Example Bakery Ltd"]
    )
    email: Email = Field(
        repr=False, description="One e-mail address.", examples=["ada@example.com"]
    )
    address_line1: Text50 = Field(
        repr=False, description="House and street.", examples=["1 Sample Street"]
    )
    address_line2: Text50 | None = Field(
        default=None, repr=False, description="Second line.", examples=["Flat 3"]
    )
    city: Text50 = Field(repr=False, description="Town or city.", examples=["Leeds"])
    postal_code: Text50 = Field(repr=False, description="Postcode.", examples=["LS1 1AA"])
    country_code: CountryCode = Field(
        default="GB",
        repr=False,
        description="ISO 3166-1 alpha-2 code; `US` is refused, because the provider then wants a "
        "state.",
        examples=["GB"],
    )
    account_name: Text90 = Field(
        repr=False,
        description="Account holder as the bank knows it. Confirmation of Payee takes at most 80 "
        "characters of it.",
        examples=["A Example"],
    )
    sort_code: SortCode = Field(
        repr=False,
        description="6 digits, with or without dashes or blanks (`12-34-56`).",
        examples=["20-00-52"],
    )
    account_number: AccountNumber = Field(
        repr=False, description="8 digits; blanks and dashes are dropped.", examples=["75849855"]
    )
    amount_pence: Pence = Field(
        description="The regular collection in whole pence.", examples=["2500"]
    )
    first_collection_amount_pence: Pence = Field(
        default_factory=lambda data: int(data["amount_pence"]),
        description="The first collection in whole pence.",
        examples=["2500"],
    )
    collection_period: Literal["monthly", "weekly"] = Field(
        description="`monthly` or `weekly`, in any case.", examples=["monthly"]
    )
    collection_stretch: int = Field(
        default=1,
        validate_default=True,
        ge=1,
        description="Every n-th period: at most 12 for monthly and 52 for weekly.",
        examples=["1"],
    )
    collection_day: str | None = Field(
        default=None,
        validate_default=True,
        description="`1` to `28` or `last day`; needed for monthly, refused for weekly.",
        examples=["15"],
    )
    first_collection_date: date = Field(
        description="YYYY-MM-DD or DD/MM/YYYY; today or later, at most 13 months ahead. The "
        "provider moves it to the next day Bacs can collect.",
        examples=["2026-07-01"],
    )
    description: Text44 = Field(
        repr=False,
        description="What is collected, as the payer is told.",
        examples=["Monthly veg box"],
    )
    end_date: date | None = Field(
        default=None,
        description="Last day of the schedule, written as `first_collection_date` and not before "
        "it.",
        examples=["2027-06-30"],
    )
    mandate_reference: MandateReference | None = Field(
        default=None,
        description="The mandate's AUDDIS reference: `A-Z 0-9 / - . &` and blank; unique in the "
        "file; made by the provider if empty.",
        examples=["VEG-000042"],
    )
    metadata: Metadata | None = Field(
        default=None,
        repr=False,
        description="Free text kept with the records; line breaks allowed.",
        examples=["route 7"],
    )
    extra: dict[str, str] = Field(
        default_factory=dict,
        repr=False,
        description="Columns we do not know, by the header as written, cells as they are.",
    )

    @field_validator("collection_stretch")
    @classmethod
    def _collects_within_a_year(cls, value: int, info: ValidationInfo) -> int:
        longest = _LONGEST_STRETCH.get(info.data.get("collection_period", ""))
        if longest is not None and value > longest:
            raise _broken("stretch.over-a-year", info.field_name)
        return value

    @field_validator("collection_day")
    @classmethod
    def _day_fits_period(cls, value: str | None, info: ValidationInfo) -> str | None:
        if value in {"29", "30", "31"}:
            raise _broken("day.after-28", info.field_name)
        if value is not None and value not in _DAYS:
            raise _broken("day.unknown", info.field_name)
        period = info.data.get("collection_period")
        if period == "monthly" and value is None:
            raise _broken("day.required", info.field_name)
        if period == "weekly" and value is not None:
            raise _broken("day.weekly-has-none", info.field_name)
        return value

    @field_validator("end_date")
    @classmethod
    def _ends_after_it_starts(cls, value: date | None, info: ValidationInfo) -> date | None:
        first = info.data.get("first_collection_date")
        if value is not None and first is not None and value < first:
            raise _broken("date.end-before-first", info.field_name)
        return value
