"""What a Bacs report leaves on the records it changes; knows no effect of any code."""

from dataclasses import dataclass

from smarterpay.bacs import LONDON, ReasonCode
from smarterpay.sandbox.platform import Platform
from smarterpay.sandbox.records.accounts import BankAccount, Mandate, RecurrenceSchedule
from smarterpay.sandbox.records.items import Credit, Payment
from smarterpay.sandbox.settings import REPORT_REFERENCE_PREFIX

Marked = Mandate | BankAccount | Payment | Credit | RecurrenceSchedule
"""The records that carry a Bacs block (section 9)."""

INPUT = "INPUT"
_INPUT_STEM = "ReftInput"
_STREAM = "bacs report"


@dataclass(frozen=True, slots=True)
class BacsBlock:
    """Code, description in lower case, reference and file name of a report (section 10).

    A code given by hand came in no file: reference and file name are empty.
    """

    code: str
    description: str
    reference: str = ""
    filename: str = ""

    def mark(self, record: Marked) -> None:
        """Write the block on a record that is about to change."""
        record.bacs_code = self.code
        record.bacs_description = self.description
        record.bacs_reference = self.reference
        record.bacs_filename = self.filename


def by_hand(code: ReasonCode) -> BacsBlock:
    """The block of a code that a person or a caller gave (section 10, "Manual code")."""
    return BacsBlock(code.code, code.description.lower())


def of_report(platform: Platform, code: ReasonCode) -> BacsBlock:
    """The block of a report that arrives now, in the forms of section 10, "Report fields".

    Input reports have references like `2022080301S102184102` and files like
    `ReftInput020822080046.xml`, all others `XYZ0012345-0012345` and `Addacs020419111111.xml`:
    day, month, year, hour, minute and second of London.
    """
    number = platform.new_number(_STREAM)
    local = platform.now().astimezone(LONDON)
    family = code.code[:-1]
    if family == INPUT:
        reference, stem = f"{local:%Y%m%d}01S{number:09d}", _INPUT_STEM
    else:
        reference = f"{REPORT_REFERENCE_PREFIX}{number:07d}-{number:07d}"
        stem = family.capitalize()
    filename = f"{stem}{local:%d%m%y%H%M%S}.xml"
    return BacsBlock(code.code, code.description.lower(), reference, filename)
