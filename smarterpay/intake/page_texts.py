"""What the reference page of each kind of file says in prose; knows no column and no rule."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from smarterpay.intake.collection_file import COLLECTIONS
from smarterpay.intake.customer_file import CUSTOMERS
from smarterpay.intake.file_kind import FileKind
from smarterpay.intake.refund_file import REFUNDS


@dataclass(frozen=True)
class Page:
    """The reference page of one kind of file."""

    file_name: str
    title: str
    kind: FileKind[Any]
    opening: str
    header_spellings: tuple[str, str, str, str]
    """Three spellings of one column, and the column."""
    misspelt: str
    notes: str
    about_rules: str
    apply: str
    """What one does with a mended file."""
    needed: Mapping[str, str] = field(default_factory=dict)
    """Where a column is needed under a condition, which."""
    example: str = ""
    """A whole file, under the columns; empty for none."""


_AMOUNT_NOTE: Final = """\
- **Amounts** are pounds with exactly two decimals: `25.00`, `£25.00`, `1,234.50`, `£1,234.50`. A
  whole number is refused because it could be pounds or pence. In the `..._pence` columns only
  digits count. Where a file has both columns, a row fills one of them, or both with the same
  amount. The limits are 1 penny and £20,000,000.00.
"""

_DATE_NOTE: Final = """\
- **Dates** are `YYYY-MM-DD` or `DD/MM/YYYY`, and nothing else. All are London dates.
"""

CUSTOMERS_PAGE: Final = Page(
    file_name="customers-csv.md",
    title="The customer file",
    kind=CUSTOMERS,
    opening="""\
`smarterpay onboard FILE` reads one new customer from each row of a CSV file. `--dry-run` reads
the file, reports every fault, and changes nothing. A row is taken whole or not at all: nothing is
guessed, completed or turned round for you.
""",
    header_spellings=("Sort Code", "sort-code", "SORTCODE", "sort_code"),
    misspelt="end_dat",
    notes=f"""\
## Amounts, dates, repeats

{_AMOUNT_NOTE}{_DATE_NOTE}\
- **A reference belongs to the first row that carries it**, even if that row is rejected for another
  reason: later rows with the same reference are rejected and name its line. So a customer whose
  row is still to be mended is never onboarded from a second, different row that nobody has
  compared with it. Capitals count: `A-1` and `a-1` are two references. The same holds for
  `mandate_reference`.
- **Bank details may repeat**: two customers may pay from one account.
- `amount_pence` in the summary of a dry run is one regular collection of each valid row, added up;
  first collections are not in it.
""",
    about_rules="""\
`sort-code.zeros`, `account-number.zeros` and `account-number.modulus-check-failed` are only looked
at where the tables of the modulus check are set up:
[check account numbers](../how-to/check-account-numbers.md).

""",
    apply="onboard that file",
    needed={
        "collection_day": "for monthly",
        "first_collection_amount_pence": "no; the regular amount",
    },
)

COLLECTIONS_PAGE: Final = Page(
    file_name="collections-csv.md",
    title="The collections file",
    kind=COLLECTIONS,
    opening="""\
Each row of a file of collections is one collection: a one-off Direct Debit from a mandate, or a
charge of a card that the provider keeps. Both kinds may stand in one file. A row is taken whole or
not at all: nothing is guessed, completed or turned round for you.
""",
    header_spellings=("Collection Date", "collection-date", "COLLECTIONDATE", "collection_date"),
    misspelt="colection_date",
    notes=f"""\
## Methods, amounts, dates, repeats

- **A Direct Debit** names its mandate, by `mandate_reference` or by `mandate`, and has a
  `collection_date` and a `description`. `card` and `payment` stay empty.
- **A card** is named by `card`; `card repeat` charges it once more, `deferred release` and
  `authorise release` take money that was reserved or authenticated before. `mandate_reference`,
  `mandate` and `collection_date` stay empty: a card is charged when the file is applied.
- Whether the mandate can be collected from and what the card still allows is not in the file. The
  plan and the run tell.
{_AMOUNT_NOTE}{_DATE_NOTE}\
- **A reference belongs to the first row that carries it**, even if that row is rejected for another
  reason: later rows with the same reference are rejected and name its line. Capitals count: `A-1`
  and `a-1` are two references. The payment carries the reference, so a file that is run twice
  collects once.
- **A mandate or a card may repeat**: every row is a collection of its own.
""",
    about_rules="",
    apply="run that file",
    needed={
        "mandate": "for a Direct Debit, unless `mandate_reference` is filled",
        "mandate_reference": "for a Direct Debit, unless `mandate` is filled",
        "card": "for a card",
        "collection_date": "for a Direct Debit",
        "description": "for a Direct Debit",
    },
    example="""\
reference,method,mandate_reference,card,amount,collection_date,description
INV-2026-118,,VEG-000042,,25.00,2026-07-01,Invoice 118
INV-2026-119,direct debit,VEG-000043,,"1,234.50",01/07/2026,Invoice 119
INV-2026-120,card repeat,,20477d89-9fe4-4b25-ae57-c24f461bb391,9.99,,Invoice 120
""",
)

REFUNDS_PAGE: Final = Page(
    file_name="refunds-csv.md",
    title="The refunds file",
    kind=REFUNDS,
    opening="""\
Each row of a file of refunds pays back one collected payment, in part or in full. The row says
which payment and how much; which way the money takes is decided for each row when it is applied. A
row is taken whole or not at all: nothing is guessed, completed or turned round for you.
""",
    header_spellings=(
        "Payment Reference",
        "payment-reference",
        "PAYMENTREFERENCE",
        "payment_reference",
    ),
    misspelt="payment_referance",
    notes=f"""\
## Payments, amounts, repeats

- **The payment** is named by its id in `payment`, or by your own reference of it in
  `payment_reference`: one of the two.
- **An empty amount means all that is left** of the payment. The file must have the column even if
  every cell of it is empty: under a name that is not ours the amounts would be passed over, and
  every row would pay back everything.
{_AMOUNT_NOTE}\
- `amount_pence` in the summary adds up the amounts that rows name; rows that leave it open are
  counted beside it.
- **A reference belongs to the first row that carries it**, even if that row is rejected for another
  reason: later rows with the same reference are rejected and name its line. A file that is run
  twice pays back once.
- **A payment may repeat**: two rows pay back two parts of it, each under its own reference.
""",
    about_rules="",
    apply="run that file",
    needed={
        "payment": "unless `payment_reference` is filled",
        "payment_reference": "unless `payment` is filled",
        "amount_pence": "the column `amount` or `amount_pence`; the cell may be empty",
    },
    example="""\
reference,payment,payment_reference,amount,reason
RF-2026-0007,P01YZ96J1D7WDK8NEWD,,5.00,Box arrived damaged
RF-2026-0008,,INV-2026-119,,Order cancelled
""",
)

PAGES: Final = (CUSTOMERS_PAGE, COLLECTIONS_PAGE, REFUNDS_PAGE)
