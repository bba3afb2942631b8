"""The rules a row can break, with their wording; knows nothing of files and cells."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Final

MAX_PENCE: Final = 2_000_000_000
"""Largest amount in pence the provider takes (reference, section 7.7)."""
MAX_RECORD_CHARACTERS: Final = 65_536
"""Longest record of a file, in characters, line breaks inside quotation marks included."""
MAX_ROWS: Final = 1_000_000
"""Most rows that one file may have unless the caller says otherwise."""
MONTHS_TO_FIRST_COLLECTION: Final = 13
"""The payer's bank drops an instruction without a debit in 13 months (reference, 7.11)."""


@dataclass(frozen=True)
class Rule:
    """What is wrong and what to do about it, in words for the person who keeps the file.

    Both texts may hold `{facts}`: `{column}` is always given, the others are counts, limits
    and line numbers. What stood in a cell is never a fact, because messages are printed.
    """

    what: str
    remedy: str

    def sentence(self, **facts: object) -> str:
        """What the reader of a report is told about one cell."""
        return f"{self.what} {self.remedy}".format(**facts)


def message(slug: str, /, **facts: object) -> str:
    """The sentence shown for the rule `slug` of customers. Raises `KeyError` for an unknown one."""
    return RULES[slug].sentence(**facts)


_EXPORT_AS_TEXT = (
    "Format the column as text before typing or importing, and take the digits from the "
    "customer's instruction."
)

ROW_RULES: Final = {
    "row.too-few-cells": Rule(
        "The row has {cells} cells where the header has {columns}.",
        "Check for a missing separator, or a line break inside a cell that needs quotation marks. "
        "The row ends on line {last_line}.",
    ),
    "row.too-many-cells": Rule(
        "The row has {cells} cells where the header has {columns}.",
        "Put quotation marks around any cell that contains the separator, such as "
        '"Flat 2, 5 High Street". The row ends on line {last_line}.',
    ),
    "row.cell-without-header": Rule(
        "Cell {position} of the row is filled, but its column has no name.",
        "Name the column in the header, or empty the cell.",
    ),
    "row.quotation-marks": Rule(
        "A quotation mark in this row is never closed, or text follows the closing one.",
        'Close the cell with ", and write a quotation mark inside a quoted cell twice (""). '
        "Reading went on with the next line.",
    ),
    "row.too-long": Rule(
        "The row is longer than {limit} characters.",
        "Shorten it, or close a quotation mark that is open. Reading went on with the next line.",
    ),
}

TEXT_RULES: Final = {
    "cell.required": Rule("{column} is empty.", "Fill it in: every row needs it."),
    "text.too-long": Rule(
        "{column} has {length} characters.", "Shorten it to {max_length} or fewer."
    ),
    "text.line-break": Rule("{column} contains a line break.", "Write it on one line."),
    "text.unprintable": Rule(
        "{column} contains a character that cannot be seen ({code_point}, at position {position}).",
        "Delete the cell and type the text again.",
    ),
    "text.damaged": Rule(
        "{column} contains the mark that stands for a lost character (U+FFFD, at position "
        "{position}).",
        "An earlier program could not read the letter: type it again and save the file as UTF-8.",
    ),
}
"""Of any row's texts; the customers' wording of two of them says more."""

_CUSTOMER_TEXT_RULES = {
    "cell.required": Rule("{column} is empty.", "Fill it in: every customer needs it."),
    "text.line-break": Rule(
        "{column} contains a line break.",
        "Write it on one line; a second line of an address belongs in address_line2.",
    ),
}

_CUSTOMER_RULES = {
    "email.invalid": Rule(
        "{column} is not a complete e-mail address.",
        "Write one bare address: name, @ and a domain with a dot, without blanks or accents.",
    ),
    "email.several": Rule(
        "{column} holds more than one e-mail address.", "Keep the one that notices go to."
    ),
    "country.unknown": Rule(
        "{column} is not a two-letter country code of ISO 3166.",
        "Write GB for the United Kingdom, IE for Ireland and so on, or leave the cell empty for "
        "GB.",
    ),
    "country.uk": Rule("{column} is UK, which is not a country code.", "Write GB."),
    "country.us-needs-state": Rule(
        "{column} is US, where the provider demands a state, which this file has no column for.",
        "Create this customer in the provider's portal, or give the UK address.",
    ),
    "reference.duplicate": Rule(
        "Line {first_line} already has this reference.",
        "The first row stands. Give this customer another reference, or delete the row if it is "
        "a repeat.",
    ),
    "mandate-reference.characters": Rule(
        "{column} has a character that Bacs does not allow.",
        "Use capital letters A-Z, digits, blank and / - . & only, or leave it empty to have one "
        "made.",
    ),
    "mandate-reference.duplicate": Rule(
        "Line {first_line} already has this mandate reference.",
        "Each mandate needs its own. Change it, or leave it empty to have one made.",
    ),
}

_BANK_RULES = {
    "sort-code.leading-zero-lost": Rule(
        "{column} has {digits} digits where 6 are needed: a spreadsheet has probably dropped a "
        "leading zero.",
        f"Nothing was added. {_EXPORT_AS_TEXT}",
    ),
    "sort-code.wrong-length": Rule(
        "{column} has {digits} digits where 6 are needed.",
        "Write it as 123456, 12-34-56 or 12 34 56.",
    ),
    "sort-code.grouping": Rule(
        "{column} has its dashes or blanks in unusual places, so a digit may be missing.",
        "Write three groups of two digits, such as 12-34-56, or 6 digits without any.",
    ),
    "sort-code.turned-into-date": Rule(
        "{column} looks like a date: a spreadsheet has probably turned 12-05-06 into one.",
        f"Nothing was turned back. {_EXPORT_AS_TEXT}",
    ),
    "sort-code.scientific": Rule(
        "{column} is in a spreadsheet's short form for large numbers (such as 1.23E+05), and "
        "digits may be lost.",
        _EXPORT_AS_TEXT,
    ),
    "sort-code.characters": Rule(
        "{column} contains something other than digits, dashes and blanks.",
        "Write the 6 digits, such as 12-34-56, with no decimal point.",
    ),
    "sort-code.zeros": Rule(
        "{column} is all zeros, which is what an empty cell can turn into.",
        "Take the 6 digits from the customer's instruction.",
    ),
    "account-number.leading-zero-lost": Rule(
        "{column} has {digits} digits where 8 are needed: a spreadsheet has probably dropped "
        "leading zeros.",
        "Nothing was added. Take all 8 digits from the customer's instruction; if the customer's "
        "bank really gave fewer, ask how it is written with 8.",
    ),
    "account-number.wrong-length": Rule(
        "{column} has {digits} digits where 8 are needed.",
        "Ask the customer for the 8-digit number; a bank that uses longer ones says how they are "
        "written with 8.",
    ),
    "account-number.scientific": Rule(
        "{column} is in a spreadsheet's short form for large numbers (such as 1.23457E+07), and "
        "digits are lost.",
        _EXPORT_AS_TEXT,
    ),
    "account-number.iban": Rule(
        "{column} looks like an IBAN.",
        "Write the 8-digit account number here and the 6 digits before it in sort_code.",
    ),
    "account-number.masked": Rule(
        "{column} is masked with stars or crosses.",
        "Write all 8 digits; they are stored encrypted and never printed.",
    ),
    "account-number.characters": Rule(
        "{column} contains something other than digits, dashes and blanks.",
        "Write the 8 digits, with no decimal point.",
    ),
    "account-number.zeros": Rule(
        "{column} is all zeros, which is what an empty cell can turn into.",
        "Take the 8 digits from the customer's instruction.",
    ),
    "account-number.modulus-check-failed": Rule(
        "{column} cannot exist at this sort_code: the two fail the modulus check.",
        "Compare every digit of both with the customer's instruction. If they are right, check "
        "again with the newest weight table; this one is of {dated}.",
    ),
}

MONEY_RULES: Final = {
    "amount.missing": Rule(
        "Neither {pounds} nor {pounds}_pence is filled.",
        "Write the amount in pounds, such as 25.00, or in pence in {pounds}_pence.",
    ),
    "amount.two-amounts": Rule(
        "{pounds} and {pounds}_pence say different things.",
        "Fill one of the two, or make them equal.",
    ),
    "amount.whole-number": Rule(
        "{column} is a whole number, which could be pounds or pence.",
        "Write pounds with two decimals, such as 25.00.",
    ),
    "amount.one-decimal": Rule(
        "{column} has one decimal, so a digit may be missing.",
        "Write pounds with two decimals, such as 12.50.",
    ),
    "amount.too-many-decimals": Rule(
        "{column} has more than two decimals.",
        "Write pounds with two decimals; decide about the rest of the penny yourself.",
    ),
    "amount.decimal-comma": Rule(
        "{column} has a comma where the pence begin, or both marks the continental way.",
        "Write pounds with a point, such as 1,234.56.",
    ),
    "amount.grouping": Rule(
        "{column} has its commas in unusual places, so a digit may be missing.",
        "Write 1,234.56 or 1234.56.",
    ),
    "amount.negative": Rule(
        "{column} is negative.", "Write a positive amount; money is paid back by a credit."
    ),
    "amount.zero": Rule("{column} is zero.", "Write an amount of at least one penny."),
    "amount.too-large": Rule(
        "{column} is above the provider's limit of £20,000,000.00.", "Check the decimal point."
    ),
    "amount.currency": Rule(
        "{column} names a currency, or one other than the pound.",
        "Direct Debits are in pounds sterling: write 25.00 or £25.00.",
    ),
    "amount.scientific": Rule(
        "{column} is in a spreadsheet's short form for large numbers (such as 1.23E+05).",
        "Format the column as a number with two decimals.",
    ),
    "amount.not-money": Rule(
        "{column} is not an amount of money.",
        "Write pounds with two decimals, such as 25.00, £25.00 or 1,234.50.",
    ),
    "pence.not-whole": Rule(
        "{column} is not a plain whole number of pence.",
        "Write digits only, such as 2500 for £25.00.",
    ),
}

_SCHEDULE_RULES = {
    "period.unknown": Rule("{column} is neither monthly nor weekly.", "Write one of the two."),
    "stretch.not-whole": Rule(
        "{column} is not a whole number from 1 upwards.",
        "Write 1 for every period, 2 for every second one, or leave it empty for 1.",
    ),
    "stretch.over-a-year": Rule(
        "{column} puts more than 12 months between two collections, and the payer's bank drops "
        "an instruction that rests so long.",
        "Write at most 12 for monthly and 52 for weekly.",
    ),
    "day.required": Rule(
        "{column} is empty, and a monthly collection needs it.", "Write 1 to 28, or last day."
    ),
    "day.weekly-has-none": Rule(
        "{column} is filled, but a weekly collection falls on the weekday of "
        "first_collection_date.",
        "Empty the cell, or write monthly in collection_period.",
    ),
    "day.after-28": Rule(
        "{column} is 29, 30 or 31, which not every month has.",
        "Write last day for the end of each month, or a day up to 28.",
    ),
    "day.unknown": Rule(
        "{column} is not a day of the month.", "Write a number from 1 to 28, or last day."
    ),
}

DATE_RULES: Final = {
    "date.two-digit-year": Rule(
        "{column} has a year of two digits.", "Write the year in full: DD/MM/YYYY or YYYY-MM-DD."
    ),
    "date.month-first": Rule(
        "{column} has the month before the day.",
        "Write the day first, DD/MM/YYYY, and look at the other dates of the file too: some of "
        "them may be the wrong way round without showing it.",
    ),
    "date.impossible": Rule(
        "{column} names a day that does not exist.", "Correct the day or the month."
    ),
    "date.serial": Rule(
        "{column} is a spreadsheet's day number, not a date.", "Format the column as DD/MM/YYYY."
    ),
    "date.format": Rule(
        "{column} is not written as YYYY-MM-DD or DD/MM/YYYY.",
        "Write 2026-07-01 or 01/07/2026, with both zeros and without a time.",
    ),
    "date.past": Rule(
        "{column} lies before today ({today}).", "Write today's date or a later one."
    ),
    "date.too-far": Rule(
        "{column} lies more than 13 months ahead, and the payer's bank drops an instruction that "
        "rests so long.",
        "Check the year; the last possible day is {latest}.",
    ),
}

_END_RULES = {
    "date.end-before-first": Rule(
        "{column} lies before first_collection_date.",
        "Write a later end, or leave the cell empty for no end.",
    ),
}

FIELD_RULES: Final = MappingProxyType(
    {
        **TEXT_RULES,
        "mandate-reference.characters": Rule(
            "{column} has a character that Bacs does not allow.",
            "Use capital letters A-Z, digits, blank and / - . & only.",
        ),
        "reference.characters": Rule(
            "{column} has a character that Bacs does not allow, and a Bacs credit carries it to "
            "the payee.",
            "Use capital letters A-Z, digits, blank and / - . & only.",
        ),
        "record-id.form": Rule(
            "{column} is not an id as the provider gives them.",
            "Copy the id from the record: letters, digits and signs, without blanks.",
        ),
    }
)
"""Rules of the fields that several kinds of row share; a kind may say more in its own words."""

RULES: Final = MappingProxyType(
    {
        **ROW_RULES,
        **TEXT_RULES,
        **_CUSTOMER_TEXT_RULES,
        **_CUSTOMER_RULES,
        **_BANK_RULES,
        **MONEY_RULES,
        **_SCHEDULE_RULES,
        **DATE_RULES,
        **_END_RULES,
    }
)
"""Rules of a customer row, by slug. Slugs are stable: scripts may compare them."""


@dataclass(frozen=True, slots=True)
class Fault:
    """A rule that a row breaks: in which column, which rule, and what its wording needs."""

    column: str
    slug: str
    facts: Mapping[str, object] = field(default_factory=dict)


class BrokenRule(Exception):
    """One cell breaks the rule `slug`; `facts` are what its wording needs, never cell text."""

    def __init__(self, slug: str, **facts: object) -> None:
        super().__init__(slug)
        self.slug = slug
        self.facts = facts
