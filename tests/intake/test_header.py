"""The header: names in any spelling and order, and what is missing, double or almost right."""

from pathlib import Path

import pytest

from smarterpay.intake import GoodRow, UnreadableFile, file_layout, read_customers
from smarterpay.intake.customer_file import CUSTOMERS
from tests.intake.customer_files import TODAY, VALID, csv_text, outcomes

COLUMNS = CUSTOMERS.columns
REQUIRED_COLUMNS = tuple(group[0] for group in CUSTOMERS.required)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "customers.csv"


def refusal(path: Path, row: dict[str, str]) -> str:
    path.write_text(csv_text([row]), encoding="utf-8")
    with pytest.raises(UnreadableFile) as caught:
        read_customers(path, today=TODAY)
    return str(caught.value)


def without(*columns: str, **added: str) -> dict[str, str]:
    return {**{name: cell for name, cell in VALID.items() if name not in columns}, **added}


def test_the_columns_are_those_of_the_issue() -> None:
    assert tuple(VALID) == COLUMNS


@pytest.mark.parametrize(
    "respelt",
    [
        str.upper,
        str.title,
        lambda name: name.replace("_", " ").title(),
        lambda name: name.replace("_", "-"),
        lambda name: name.replace("_", ""),
        lambda name: f"  {name.replace('_', '   ')}\n",
    ],
)
def test_header_names_in_any_case_and_spacing(path: Path, respelt: type[str]) -> None:
    (row,) = outcomes(path, csv_text([{respelt(name): cell for name, cell in VALID.items()}]))
    assert isinstance(row, GoodRow)
    assert row.row.extra == {}


def test_columns_in_any_order(path: Path) -> None:
    (row,) = outcomes(path, csv_text([dict(reversed(list(VALID.items())))]))
    assert isinstance(row, GoodRow)
    assert (row.row.city, row.row.sort_code) == ("Leeds", "201152")


def test_columns_that_need_not_be_there(path: Path) -> None:
    (row,) = outcomes(path, csv_text([{name: VALID[name] for name in REQUIRED_COLUMNS}]))
    assert [r.rule for r in getattr(row, "rejects", ())] == ["day.required"]
    weekly = {**{name: VALID[name] for name in REQUIRED_COLUMNS}, "collection_period": "weekly"}
    assert isinstance(outcomes(path, csv_text([weekly]))[0], GoodRow)


@pytest.mark.parametrize("column", REQUIRED_COLUMNS)
def test_a_missing_column_is_named(path: Path, column: str) -> None:
    assert f"lacks {column}" in refusal(path, without(column, f"{column}_pence"))


def test_pence_stand_in_for_pounds(path: Path) -> None:
    (row,) = outcomes(path, csv_text([without("amount", amount_pence="2500")]))
    assert isinstance(row, GoodRow)
    (empty,) = outcomes(path, csv_text([without("amount", amount_pence="")]))
    assert [(r.column, r.rule) for r in getattr(empty, "rejects", ())] == [
        ("amount_pence", "amount.missing")
    ]


@pytest.mark.parametrize(
    ("column", "written"),
    [
        ("last_name", "Surname"),
        ("postal_code", "Post Code"),
        ("account_name", "Account Holder"),
        ("reference", "Customer ID"),
        ("sort_code", "Sortcodes"),
        ("first_collection_date", "Start Date"),
    ],
)
def test_a_missing_column_is_suggested_where_another_may_be_it(
    path: Path, column: str, written: str
) -> None:
    hint = f"{column} (is it the column {written!r}?)"
    assert hint in refusal(path, without(column, **{written: ""}))


@pytest.mark.parametrize(
    ("column", "written"),
    [
        ("end_date", "end_dat"),
        ("collection_day", "Collection Date"),
        ("first_collection_amount", "First Colection Amount"),
        ("mandate_reference", "Mandate Referance"),
    ],
)
def test_an_optional_column_misspelt_is_not_taken_for_another(
    path: Path, column: str, written: str
) -> None:
    assert f"Rename it to {column}" in refusal(path, without(column, **{written: ""}))


def test_a_column_like_one_that_is_there_is_kept(path: Path) -> None:
    (row,) = outcomes(path, csv_text([{**VALID, "end_dat": "x", "address_line3": "y"}]))
    assert isinstance(row, GoodRow)
    assert row.row.extra == {"end_dat": "x", "address_line3": "y"}


def test_double_columns_are_refused_by_their_cells(path: Path) -> None:
    assert "'email' twice, in cells 6 and 27" in refusal(path, {**VALID, "E-Mail": ""})
    path.write_text(f"{','.join(VALID)},Note,Note\n", encoding="utf-8")
    with pytest.raises(UnreadableFile, match="twice, in cells 27 and 28"):
        file_layout(path, CUSTOMERS)


def test_a_file_without_a_header_is_refused_without_quoting_it(path: Path) -> None:
    path.write_text("\n".join(csv_text([VALID]).splitlines()[1:]), encoding="utf-8")
    with pytest.raises(UnreadableFile) as caught:
        file_layout(path, CUSTOMERS)
    assert "none of the column names" in str(caught.value)
    assert "Ada" not in str(caught.value)
    assert "51013107" not in str(caught.value)


def test_a_header_that_cannot_be_cut_into_names_is_refused(path: Path) -> None:
    path.write_text('"reference,email\n', encoding="utf-8")
    with pytest.raises(UnreadableFile, match="header cannot be read"):
        file_layout(path, CUSTOMERS)


def test_an_enormous_header_is_judged_in_bounded_work(path: Path) -> None:
    path.write_text(",".join(f"c{n}" for n in range(9_000)), encoding="utf-8")
    with pytest.raises(UnreadableFile, match="none of the column names"):
        file_layout(path, CUSTOMERS)
