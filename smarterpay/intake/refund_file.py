"""What a file of refunds is: its columns' spellings and its rules; reads no file."""

from collections.abc import Iterable, Mapping
from typing import Final

from smarterpay.intake.file_kind import Circumstances, FileKind
from smarterpay.intake.pounds import read_pence, read_pounds
from smarterpay.intake.refund_row import RefundRow
from smarterpay.intake.refund_rules import REFUND_RULES
from smarterpay.intake.rules import Fault


def _judged(values: Mapping[str, object], circumstances: Circumstances) -> Iterable[Fault]:
    # A refund names no day and no account: its cells are all there is to judge.
    return ()


REFUNDS: Final = FileKind(
    row=RefundRow,
    rules=REFUND_RULES,
    readers={"amount": read_pounds, "amount_pence": read_pence},
    pence_of=lambda refund: refund.amount_pence,
    judge=_judged,
    unique={"reference": "reference.duplicate"},
    # Without a column for it every row would ask for all that is left: under a name that is not
    # ours, amounts would be passed over and too much paid back.
    one_of=(("payment", "payment_reference"), ("amount", "amount_pence")),
    said_otherwise={
        "reference": ("ref", "refundreference", "refundid", "refundref", "id"),
        "amount": ("refund", "refundamount", "total", "value", "amountgbp"),
        "payment": ("paymentid", "transaction", "transactionid"),
        "reason": ("description", "details", "narrative", "why", "note"),
    },
)
"""One refund a row."""
