"""One valid row of a file of collections; knows nothing of files and spellings."""

from datetime import date
from typing import Final, Literal

from pydantic import Field, ValidationInfo, field_validator
from pydantic_core import PydanticCustomError

from smarterpay.intake.collection_rules import COLLECTION_RULES
from smarterpay.intake.row_fields import (
    FileRow,
    MandateReference,
    Metadata,
    Pence,
    RecordId,
    Text50,
    Text100,
    broken_cell,
)

CollectionMethod = Literal["direct debit", "card repeat", "deferred release", "authorise release"]
DIRECT_DEBIT: Final = "direct debit"


def _broken(slug: str, info: ValidationInfo) -> PydanticCustomError:
    return broken_cell(COLLECTION_RULES, slug, info.field_name)


class CollectionRow(FileRow):
    """One collection: a one-off Direct Debit, or a charge of a card the provider keeps.

    Limits are those of the reference, sections 7.5, 7.7 and 8. `amount_pence` is pence, 1 to
    2,000,000,000; `collection_date` a London date. A Direct Debit has exactly one of
    `mandate_reference` and `mandate`, a `collection_date` and a `description`; the three card
    methods have a `card` and no date. That the date is not past is judged where today is known.
    Texts are trimmed, absent values are `None`. Raises `pydantic.ValidationError` whose `type` is
    a slug of `collection_rules.COLLECTION_RULES` where we have a rule of our own; the error's text
    holds no input. `repr` shows nothing personal. The JSON form is stored encrypted.
    """

    reference: Text50 = Field(
        description="Your own reference of the collection; unique in the file. The payment "
        "carries it as `custom_reference`.",
        examples=["INV-2026-118"],
    )
    method: CollectionMethod = Field(
        default=DIRECT_DEBIT,
        description="`direct debit`, `card repeat`, `deferred release` or `authorise release`, in "
        "any case.",
        examples=["direct debit"],
    )
    mandate: RecordId | None = Field(
        default=None,
        description="The mandate's id at the provider.",
        examples=["M01O41Y8DOQ369MJ0GN"],
    )
    mandate_reference: MandateReference | None = Field(
        default=None,
        validate_default=True,
        description="The mandate's AUDDIS reference: `A-Z 0-9 / - . &` and blank.",
        examples=["VEG-000042"],
    )
    card: RecordId | None = Field(
        default=None,
        validate_default=True,
        description="The card's id at the provider.",
        examples=["20477d89-9fe4-4b25-ae57-c24f461bb391"],
    )
    payment: RecordId | None = Field(
        default=None,
        description="Id of the payment of this card that the charge rests on.",
        examples=["P02YZ96J1D7WDK8NEWD"],
    )
    amount_pence: Pence = Field(description="What to collect, in whole pence.", examples=["2500"])
    collection_date: date | None = Field(
        default=None,
        validate_default=True,
        description="YYYY-MM-DD or DD/MM/YYYY; today or later, at most 13 months ahead. The "
        "provider moves it to the next day Bacs can collect. Empty for a card, which is charged "
        "when the file is applied.",
        examples=["2026-07-01"],
    )
    description: Text100 | None = Field(
        default=None,
        validate_default=True,
        repr=False,
        description="What is collected. With a card it is the internal description, which the "
        "payer does not see.",
        examples=["Invoice 118"],
    )
    metadata: Metadata | None = Field(
        default=None,
        repr=False,
        description="Free text kept with the payment; line breaks allowed.",
        examples=["route 7"],
    )
    extra: dict[str, str] = Field(
        default_factory=dict,
        repr=False,
        description="Columns we do not know, by the header as written, cells as they are.",
    )

    @property
    def is_direct_debit(self) -> bool:
        """Whether Bacs collects it; otherwise a card is charged."""
        return self.method == DIRECT_DEBIT

    # A field is judged against those above it; one that is itself broken is not in `info.data`,
    # and then what it says about the others is not known.

    @field_validator("mandate")
    @classmethod
    def _mandate_is_for_direct_debits(cls, value: str | None, info: ValidationInfo) -> str | None:
        if value is not None and info.data.get("method", DIRECT_DEBIT) != DIRECT_DEBIT:
            raise _broken("mandate.not-for-cards", info)
        return value

    @field_validator("mandate_reference")
    @classmethod
    def _one_mandate_is_named(cls, value: str | None, info: ValidationInfo) -> str | None:
        if "method" not in info.data:
            return value
        if info.data["method"] != DIRECT_DEBIT:
            if value is not None:
                raise _broken("mandate.not-for-cards", info)
        elif "mandate" in info.data:
            if value is None and info.data["mandate"] is None:
                raise _broken("mandate.missing", info)
            if value is not None and info.data["mandate"] is not None:
                raise _broken("mandate.two-mandates", info)
        return value

    @field_validator("card")
    @classmethod
    def _card_is_for_card_methods(cls, value: str | None, info: ValidationInfo) -> str | None:
        if "method" not in info.data:
            return value
        if info.data["method"] == DIRECT_DEBIT:
            if value is not None:
                raise _broken("card.not-for-direct-debit", info)
        elif value is None:
            raise _broken("card.required", info)
        return value

    @field_validator("payment")
    @classmethod
    def _payment_is_of_a_card(cls, value: str | None, info: ValidationInfo) -> str | None:
        if value is not None and info.data.get("method") == DIRECT_DEBIT:
            raise _broken("card.not-for-direct-debit", info)
        return value

    @field_validator("collection_date")
    @classmethod
    def _date_is_for_direct_debits(cls, value: date | None, info: ValidationInfo) -> date | None:
        if "method" not in info.data:
            return value
        if info.data["method"] == DIRECT_DEBIT:
            if value is None:
                raise _broken("date.required", info)
        elif value is not None:
            raise _broken("date.not-for-cards", info)
        return value

    @field_validator("description")
    @classmethod
    def _direct_debit_is_described(cls, value: str | None, info: ValidationInfo) -> str | None:
        if value is None and info.data.get("method") == DIRECT_DEBIT:
            raise _broken("description.required", info)
        return value
