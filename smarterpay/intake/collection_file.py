"""What a file of collections is: its columns' spellings and its rules; reads no file."""

import re
from collections.abc import Iterable, Mapping
from typing import Final

from smarterpay.intake.collection_row import DIRECT_DEBIT, CollectionRow
from smarterpay.intake.collection_rules import COLLECTION_RULES
from smarterpay.intake.dates import collection_date_faults, read_date
from smarterpay.intake.file_kind import Circumstances, FileKind
from smarterpay.intake.pounds import read_pence, read_pounds
from smarterpay.intake.rules import Fault

_BETWEEN_WORDS: Final = re.compile(r"[\s_-]+")


def _read_method(text: str) -> str:
    return _BETWEEN_WORDS.sub(" ", text.lower())


def _judged(values: Mapping[str, object], circumstances: Circumstances) -> Iterable[Fault]:
    # The date of a card row is wrong whatever it is, and the row itself says so.
    if values.get("method", DIRECT_DEBIT) != DIRECT_DEBIT:
        return ()
    return collection_date_faults("collection_date", values, circumstances.today)


COLLECTIONS: Final = FileKind(
    row=CollectionRow,
    rules=COLLECTION_RULES,
    readers={
        "method": _read_method,
        "amount": read_pounds,
        "amount_pence": read_pence,
        "collection_date": read_date,
    },
    pence_of=lambda collection: collection.amount_pence,
    judge=_judged,
    unique={"reference": "reference.duplicate"},
    one_of=(("mandate_reference", "mandate", "card"),),
    refusals={"literal_error": "method.unknown"},
    said_otherwise={
        "reference": ("ref", "invoice", "invoicenumber", "invoiceno", "customreference", "id"),
        "amount": ("price", "total", "collectionamount", "amountgbp"),
        "mandate_reference": ("auddis", "mandateref", "ddreference", "ddref"),
    },
)
"""One collection a row, by Direct Debit or from a card."""
