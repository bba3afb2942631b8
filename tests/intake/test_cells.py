"""Each cell by itself: accepted spellings, and which rule explains each other one."""

from datetime import date
from pathlib import Path

import pytest

from smarterpay.intake.dates import months_later
from tests.intake.customer_files import faults, good


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "customers.csv"


@pytest.mark.parametrize(
    ("text", "pence"),
    [
        ("25.00", 2500),
        ("£25.00", 2500),
        ("£ 25.00", 2500),
        (" 25.00 ", 2500),
        ("1,234.50", 123450),
        ("£1,234.50", 123450),
        ("1234.50", 123450),
        ("0.01", 1),
        ("20,000,000.00", 2_000_000_000),
        ('="25.00"', 2500),
    ],
)
def test_amounts_that_mean_one_thing(path: Path, text: str, pence: int) -> None:
    row = good(path, amount=text)
    assert (row.amount_pence, row.first_collection_amount_pence) == (pence, pence)


@pytest.mark.parametrize(
    ("text", "rule"),
    [
        ("25", "amount.whole-number"),
        ("£25", "amount.whole-number"),
        ("1,234", "amount.whole-number"),
        ("12.5", "amount.one-decimal"),
        ("1,234.5", "amount.one-decimal"),
        ("12.345", "amount.too-many-decimals"),
        ("1.234", "amount.too-many-decimals"),
        ("25,00", "amount.decimal-comma"),
        ("1.234,56", "amount.decimal-comma"),
        ("1.234.567,00", "amount.decimal-comma"),
        ("1,23.45", "amount.grouping"),
        ("12,34,567.00", "amount.grouping"),
        ("-25.00", "amount.negative"),
        ("£-25.00", "amount.negative"),
        ("−25.00", "amount.negative"),
        ("(25.00)", "amount.negative"),
        ("25.00-", "amount.negative"),
        ("25.00 CR", "amount.negative"),
        ("0.00", "amount.zero"),
        ("20,000,000.01", "amount.too-large"),
        ("9" * 5000 + ".00", "amount.too-large"),
        ("€25.00", "amount.currency"),
        ("25.00 EUR", "amount.currency"),
        ("$25.00", "amount.currency"),
        ("GBP 25.00", "amount.currency"),
        ("1.2E+01", "amount.scientific"),
        ("tbc", "amount.not-money"),
        ("25.00 each", "amount.not-money"),
        (".50", "amount.not-money"),
        ("£", "amount.not-money"),
        ("٢٥.٠٠", "amount.not-money"),
    ],
)
@pytest.mark.parametrize("column", ["amount", "first_collection_amount"])
def test_amounts_that_could_mean_two_things(path: Path, column: str, text: str, rule: str) -> None:
    assert faults(path, **{column: text}) == [(column, rule)]


@pytest.mark.parametrize(
    ("text", "rule"),
    [
        ("25.00", "pence.not-whole"),
        ("2,500", "pence.not-whole"),
        ("£2500", "pence.not-whole"),
        ("2500p", "pence.not-whole"),
        ("-2500", "amount.negative"),
        ("0", "amount.zero"),
        ("2000000001", "amount.too-large"),
    ],
)
@pytest.mark.parametrize("column", ["amount_pence", "first_collection_amount_pence"])
def test_pence_are_digits_up_to_the_limit_of_section_7_7(
    path: Path, column: str, text: str, rule: str
) -> None:
    amount = "" if column == "amount_pence" else "25.00"
    assert faults(path, **{"amount": amount, column: text}) == [(column, rule)]


def test_pounds_and_pence_may_both_be_given_when_they_agree(path: Path) -> None:
    row = good(path, amount="25.00", amount_pence="2500", first_collection_amount_pence="1000")
    assert (row.amount_pence, row.first_collection_amount_pence) == (2500, 1000)


def test_pounds_and_pence_that_differ_are_refused(path: Path) -> None:
    given = {"first_collection_amount": "1.00", "first_collection_amount_pence": "1"}
    assert faults(path, amount_pence="2600", **given) == [
        ("amount", "amount.two-amounts"),
        ("first_collection_amount", "amount.two-amounts"),
    ]


def test_a_row_needs_an_amount(path: Path) -> None:
    assert faults(path, amount="") == [("amount", "amount.missing")]


@pytest.mark.parametrize("text", ["201152", "20-11-52", "20 11 52", "20–11–52", "20\xa011\xa052"])
def test_sort_codes_of_section_7_2_with_dashes_or_blanks(path: Path, text: str) -> None:
    assert good(path, sort_code=text).sort_code == "201152"


def test_leading_zeros_that_are_there_are_kept(path: Path) -> None:
    row = good(path, sort_code="00-01-02", account_number="00012345")
    assert (row.sort_code, row.account_number) == ("000102", "00012345")


def test_a_spreadsheets_text_idiom_is_its_text(path: Path) -> None:
    row = good(path, sort_code='="081488"', reference='="CUST-1"')
    assert (row.sort_code, row.reference) == ("081488", "CUST-1")


@pytest.mark.parametrize(
    ("text", "rule"),
    [
        ("81488", "sort-code.leading-zero-lost"),
        ("1488", "sort-code.leading-zero-lost"),
        ("8-14-88", "sort-code.leading-zero-lost"),
        ("123", "sort-code.wrong-length"),
        ("2011521", "sort-code.wrong-length"),
        ("20-11-52-1", "sort-code.wrong-length"),
        ("201-152", "sort-code.grouping"),
        ("20-11 52", "sort-code.grouping"),
        ("20-1-52", "sort-code.grouping"),
        ("2.01E+05", "sort-code.scientific"),
        ("12/05/2006", "sort-code.turned-into-date"),
        ("2006-05-12", "sort-code.turned-into-date"),
        ("2006-05-12 00:00:00", "sort-code.turned-into-date"),
        ("201152.0", "sort-code.characters"),
        ("20x1152", "sort-code.characters"),
        ("'201152", "sort-code.characters"),
        ("٢٠١١٥٢", "sort-code.characters"),
        ("", "cell.required"),
    ],
)
def test_sort_codes_are_never_completed(path: Path, text: str, rule: str) -> None:
    assert faults(path, sort_code=text) == [("sort_code", rule)]


@pytest.mark.parametrize("text", ["51013107", "5101 3107", "51-01-31-07"])
def test_account_numbers_of_section_7_2(path: Path, text: str) -> None:
    assert good(path, account_number=text).account_number == "51013107"


@pytest.mark.parametrize(
    ("text", "rule"),
    [
        ("1013107", "account-number.leading-zero-lost"),
        ("013107", "account-number.leading-zero-lost"),
        ("13107", "account-number.wrong-length"),
        ("510131070", "account-number.wrong-length"),
        ("5.10131E+07", "account-number.scientific"),
        ("GB29 NWBK 6016 1331 9268 19", "account-number.iban"),
        ("****3107", "account-number.masked"),
        ("XXXX3107", "account-number.masked"),
        ("51013107.0", "account-number.characters"),
        ("51,013,107", "account-number.characters"),
        ("", "cell.required"),
    ],
)
def test_account_numbers_are_never_completed(path: Path, text: str, rule: str) -> None:
    assert faults(path, account_number=text) == [("account_number", rule)]


@pytest.mark.parametrize("text", ["2026-07-05", "05/07/2026", " 05/07/2026 "])
def test_dates_are_iso_or_british(path: Path, text: str) -> None:
    assert good(path, first_collection_date=text).first_collection_date == date(2026, 7, 5)


@pytest.mark.parametrize(
    ("text", "rule"),
    [
        ("05/07/26", "date.two-digit-year"),
        ("5-7-26", "date.two-digit-year"),
        ("07/25/2026", "date.month-first"),
        ("30/02/2027", "date.impossible"),
        ("2027-02-29", "date.impossible"),
        ("0000-01-01", "date.impossible"),
        ("46204", "date.serial"),
        ("46204.5", "date.serial"),
        ("2026/07/05", "date.format"),
        ("05.07.2026", "date.format"),
        ("5/7/2026", "date.format"),
        ("2026-07-05 00:00:00", "date.format"),
        ("5 July 2026", "date.format"),
        ("tomorrow", "date.format"),
    ],
)
@pytest.mark.parametrize("column", ["first_collection_date", "end_date"])
def test_dates_that_could_mean_two_days(path: Path, column: str, text: str, rule: str) -> None:
    assert faults(path, **{column: text}) == [(column, rule)]


@pytest.mark.parametrize("text", ["2026-06-01", "2027-07-01"])
def test_first_collection_from_today_to_13_months_ahead(path: Path, text: str) -> None:
    """Section 7.11: the payer's bank drops an instruction after 13 months without a debit."""
    assert good(path, first_collection_date=text).first_collection_date == date.fromisoformat(text)


@pytest.mark.parametrize(
    ("text", "rule"), [("2026-05-31", "date.past"), ("2027-07-02", "date.too-far")]
)
def test_first_collection_outside_that(path: Path, text: str, rule: str) -> None:
    """Section 7.11, and section 7.7 on past dates."""
    assert faults(path, first_collection_date=text) == [("first_collection_date", rule)]


def test_thirteen_months_end_within_a_shorter_month() -> None:
    assert months_later(date(2027, 1, 31), 13) == date(2028, 2, 29)
    assert months_later(date(2026, 11, 15), 13) == date(2027, 12, 15)


def test_an_end_before_the_first_collection_is_refused(path: Path) -> None:
    assert faults(path, end_date="2026-06-30") == [("end_date", "date.end-before-first")]
    assert faults(path, end_date="2026-05-31") == [("end_date", "date.past")]
    assert good(path, end_date="01/07/2026").end_date == date(2026, 7, 1)


@pytest.mark.parametrize(
    ("text", "stored"), [("1", "1"), ("28", "28"), ("05", "5"), ("Last  Day", "last day")]
)
def test_collection_days_of_section_7_11(path: Path, text: str, stored: str) -> None:
    assert good(path, collection_day=text).collection_day == stored


@pytest.mark.parametrize(
    ("text", "rule"),
    [
        ("", "day.required"),
        ("29", "day.after-28"),
        ("31", "day.after-28"),
        ("0", "day.unknown"),
        ("32", "day.unknown"),
        ("1st", "day.unknown"),
        ("friday", "day.unknown"),
    ],
)
def test_other_days_of_a_monthly_collection(path: Path, text: str, rule: str) -> None:
    """Section 7.11: 1 to 28 or `last day`, mandatory for monthly."""
    assert faults(path, collection_day=text) == [("collection_day", rule)]


def test_a_weekly_collection_has_no_day(path: Path) -> None:
    """Section 7.11."""
    assert good(path, collection_period="WEEKLY", collection_day="").collection_day is None
    assert faults(path, collection_period="weekly", collection_day="3") == [
        ("collection_day", "day.weekly-has-none")
    ]


@pytest.mark.parametrize("text", ["fortnightly", "annual", "month"])
def test_other_periods_are_refused(path: Path, text: str) -> None:
    """Section 7.11."""
    assert faults(path, collection_period=text) == [("collection_period", "period.unknown")]


@pytest.mark.parametrize(
    ("period", "stretch", "rule"),
    [
        ("monthly", "0", "stretch.not-whole"),
        ("monthly", "-1", "stretch.not-whole"),
        ("monthly", "1.0", "stretch.not-whole"),
        ("monthly", "9" * 5000, "stretch.not-whole"),
        ("monthly", "13", "stretch.over-a-year"),
        ("weekly", "53", "stretch.over-a-year"),
    ],
)
def test_stretches_that_are_no_number_or_let_the_instruction_lapse(
    path: Path, period: str, stretch: str, rule: str
) -> None:
    """Section 7.11: a debit is needed at least every 12 months."""
    day = "15" if period == "monthly" else ""
    row = {"collection_period": period, "collection_stretch": stretch, "collection_day": day}
    assert faults(path, **row) == [("collection_stretch", rule)]


def test_stretches_up_to_a_year(path: Path) -> None:
    """Section 7.11."""
    assert good(path, collection_stretch="").collection_stretch == 1
    assert good(path, collection_stretch="12").collection_stretch == 12
    weekly = good(path, collection_period="weekly", collection_stretch="52", collection_day="")
    assert weekly.collection_stretch == 52


@pytest.mark.parametrize(
    ("column", "longest"),
    [
        ("reference", 50),
        ("title", 45),
        ("first_name", 50),
        ("last_name", 50),
        ("company_name", 160),
        ("address_line1", 50),
        ("address_line2", 50),
        ("city", 50),
        ("postal_code", 50),
        ("account_name", 90),
        ("description", 44),
        ("mandate_reference", 18),
        ("metadata", 1000),
    ],
)
def test_texts_up_to_the_limits_of_sections_7_1_7_2_7_5_and_7_11(
    path: Path, column: str, longest: int
) -> None:
    assert getattr(good(path, **{column: "A" * longest}), column) == "A" * longest
    assert faults(path, **{column: "A" * (longest + 1)}) == [(column, "text.too-long")]


def test_emails_up_to_the_limit_of_section_7_1(path: Path) -> None:
    domain = f"{'d' * 50}.example.com"
    at_limit = f"{'a' * (99 - len(domain))}@{domain}"
    assert good(path, email=at_limit).email == at_limit
    assert faults(path, email=f"a{at_limit}") == [("email", "text.too-long")]


@pytest.mark.parametrize(
    "column",
    [
        *("reference", "first_name", "last_name", "email", "address_line1", "city"),
        *("postal_code", "account_name", "collection_period", "first_collection_date"),
        "description",
    ],
)
def test_mandatory_cells_of_sections_7_1_7_2_and_7_11(path: Path, column: str) -> None:
    assert faults(path, **{column: " \xa0 "}) == [(column, "cell.required")]


@pytest.mark.parametrize(
    "column", ["title", "company_name", "address_line2", "end_date", "mandate_reference"]
)
def test_empty_optional_cells_are_absent(path: Path, column: str) -> None:
    assert getattr(good(path, **{column: "  "}), column) is None


@pytest.mark.parametrize(
    "text",
    ["a@example.com", "a.b+c@mail.example.co.uk", "o'hara@example.org", "A_1-2@e-x.example.com"],
)
def test_addresses_that_are_emails(path: Path, text: str) -> None:
    assert good(path, email=text).email == text


@pytest.mark.parametrize(
    ("text", "rule"),
    [
        ("ada", "email.invalid"),
        ("ada@localhost", "email.invalid"),
        ("ada@example.", "email.invalid"),
        ("ada@.example.com", "email.invalid"),
        ("ada..b@example.com", "email.invalid"),
        (".ada@example.com", "email.invalid"),
        ("ada@-example.com", "email.invalid"),
        ("ada@127.0.0.1", "email.invalid"),
        ("Ada <ada@example.com>", "email.invalid"),
        ("ada@exämple.com", "email.invalid"),
        (f"{'a' * 65}@example.com", "email.invalid"),
        ("a@example.com; b@example.com", "email.several"),
        ("a@example.com,b@example.com", "email.several"),
    ],
)
def test_addresses_that_are_none(path: Path, text: str, rule: str) -> None:
    """Section 7.1: a valid address."""
    assert faults(path, email=text) == [("email", rule)]


@pytest.mark.parametrize(("text", "code"), [("", "GB"), ("gb", "GB"), ("IE", "IE"), ("JE", "JE")])
def test_countries(path: Path, text: str, code: str) -> None:
    """Section 7.1: ISO 3166-1 alpha-2, empty becomes GB."""
    assert good(path, country_code=text).country_code == code


@pytest.mark.parametrize(
    ("text", "rule"),
    [
        ("UK", "country.uk"),
        ("us", "country.us-needs-state"),
        ("United Kingdom", "country.unknown"),
        ("XX", "country.unknown"),
    ],
)
def test_countries_that_are_refused(path: Path, text: str, rule: str) -> None:
    """Section 7.1: a state is mandatory with US."""
    assert faults(path, country_code=text) == [("country_code", rule)]


def test_mandate_references_of_section_7_5(path: Path) -> None:
    assert good(path, mandate_reference="AB/1-2.3&4 5").mandate_reference == "AB/1-2.3&4 5"
    assert faults(path, mandate_reference="ab1") == [
        ("mandate_reference", "mandate-reference.characters")
    ]
    assert faults(path, mandate_reference="AB_1") == [
        ("mandate_reference", "mandate-reference.characters")
    ]


@pytest.mark.parametrize(
    ("text", "rule"),
    [
        ("14 Mill\nLane", "text.line-break"),
        ("14 Mill\tLane", "text.unprintable"),
        ("14 Mill\u200bLane", "text.unprintable"),
        ("14 Mill\x1aLane", "text.unprintable"),
        ("14 M\ufffdll Lane", "text.damaged"),
    ],
)
def test_texts_with_characters_nobody_can_see(path: Path, text: str, rule: str) -> None:
    assert faults(path, address_line1=text) == [("address_line1", rule)]


def test_unusual_blanks_count_as_blanks(path: Path) -> None:
    assert good(path, city="\xa0Milton\u2009Keynes\u3000").city == "Milton Keynes"


def test_metadata_may_have_several_lines(path: Path) -> None:
    assert good(path, metadata="Ring twice.\nWait.").metadata == "Ring twice.\nWait."
    assert faults(path, metadata="Ring\x07") == [("metadata", "text.unprintable")]


@pytest.mark.parametrize("text", ["=1+1", "@SUM(A1)", "+44", "-", "=cmd|' /C calc'!A0"])
def test_what_looks_like_a_formula_is_text(path: Path, text: str) -> None:
    assert good(path, company_name=text).company_name == text


def test_every_fault_of_a_row_is_reported_in_the_order_of_the_file(path: Path) -> None:
    assert faults(path, email="x", sort_code="1", amount="25", collection_day="") == [
        ("email", "email.invalid"),
        ("sort_code", "sort-code.wrong-length"),
        ("amount", "amount.whole-number"),
        ("collection_day", "day.required"),
    ]
