"""One valid row of a file of refunds; knows nothing of files, spellings and rails."""

from pydantic import Field, ValidationInfo, field_validator

from smarterpay.intake.refund_rules import REFUND_RULES
from smarterpay.intake.row_fields import (
    CreditReference,
    FileRow,
    Metadata,
    Pence,
    RecordId,
    Text50,
    Text100,
    broken_cell,
)


class RefundRow(FileRow):
    """One refund of a collected payment, whichever rail the money takes back.

    Limits are those of the reference, sections 7.7, 7.10 and 8: the `reference` has at most 18
    characters of those that Bacs knows, because a credit carries it. Exactly one of `payment` and
    `payment_reference` names the payment. `amount_pence` is pence, 1 to 2,000,000,000; `None`
    means all that is left of the payment. Texts are trimmed, absent values are `None`. Raises
    `pydantic.ValidationError` whose `type` is a slug of `refund_rules.REFUND_RULES` where we have
    a rule of our own; the error's text holds no input. `repr` shows nothing personal. The JSON
    form is stored encrypted.
    """

    reference: CreditReference = Field(
        description="Your own reference of the refund; unique in the file: `A-Z 0-9 / - . &` and "
        "blank. The payee's statement shows it if the refund goes by Bacs credit.",
        examples=["RF-2026-0007"],
    )
    payment: RecordId | None = Field(
        default=None,
        description="Id of the collected payment at the provider.",
        examples=["P01YZ96J1D7WDK8NEWD"],
    )
    payment_reference: Text50 | None = Field(
        default=None,
        validate_default=True,
        description="Your own reference of the collected payment, its `custom_reference`.",
        examples=["INV-2026-118"],
    )
    amount_pence: Pence | None = Field(
        default=None,
        description="What to pay back, in whole pence; all that is left of the payment if empty.",
        examples=["2500"],
    )
    reason: Text100 = Field(
        repr=False,
        description="Why it is paid back. It becomes the description of the credit, which the "
        "provider uses in e-mails to the payee.",
        examples=["Box arrived damaged"],
    )
    metadata: Metadata | None = Field(
        default=None,
        repr=False,
        description="Free text kept with the refund; line breaks allowed.",
        examples=["complaint 31"],
    )
    extra: dict[str, str] = Field(
        default_factory=dict,
        repr=False,
        description="Columns we do not know, by the header as written, cells as they are.",
    )

    @field_validator("payment_reference")
    @classmethod
    def _one_payment_is_named(cls, value: str | None, info: ValidationInfo) -> str | None:
        # A payment that is itself broken is not in `info.data`: whether it is the only one is not
        # known then.
        if "payment" in info.data and (value is None) == (info.data["payment"] is None):
            slug = "payment.missing" if value is None else "payment.two-payments"
            raise broken_cell(REFUND_RULES, slug, info.field_name)
        return value
