"""For all collections and refunds: what is written is read, and no row goes missing on the way."""

import csv
import io
from collections.abc import Callable, Mapping
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from smarterpay.intake import (
    COLLECTIONS,
    REFUNDS,
    BadRow,
    CollectionRow,
    FileKind,
    GoodRow,
    RefundRow,
    UnreadableFile,
    check_file,
    read_rows,
    write_rejects,
)
from tests.intake.customer_files import TODAY, csv_text
from tests.intake.money_files import CARD, DEBIT, REFUND
from tests.intake.test_properties import awkward_cells, lines, plain_pounds, pounds_with_commas

moderate = settings(
    max_examples=40,
    deadline=None,
    # Each example writes the one file anew before it reads it.
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)

pence = st.integers(1, 2_000_000_000)
ids = st.from_regex(r"[A-Za-z0-9][!-~]{0,63}", fullmatch=True)
bacs_texts = st.from_regex(r"[A-Z0-9/\-.&]([A-Z0-9/\-.& ]{0,16}[A-Z0-9/\-.&])?", fullmatch=True)
extras = st.fixed_dictionaries({"Note": lines(30) | st.just(""), "=x": st.just("'=1")})


@st.composite
def collections(draw: st.DrawFn) -> CollectionRow:
    method: Any = draw(
        st.sampled_from(["direct debit", "card repeat", "deferred release", "authorise release"])
    )
    shared: dict[str, Any] = {
        "reference": draw(lines(50)),
        "method": method,
        "amount_pence": draw(pence),
        "metadata": draw(st.none() | lines(100)),
        "extra": draw(extras),
    }
    if method != "direct debit":
        described = draw(st.none() | lines(100))
        related = draw(st.none() | ids)
        return CollectionRow(**shared, card=draw(ids), payment=related, description=described)
    mandate: dict[str, Any] = draw(
        st.fixed_dictionaries({"mandate": ids})
        | st.fixed_dictionaries({"mandate_reference": bacs_texts})
    )
    return CollectionRow(
        **shared,
        **mandate,
        collection_date=draw(st.dates(TODAY, date(2027, 7, 1))),
        description=draw(lines(100)),
    )


@st.composite
def refunds(draw: st.DrawFn) -> RefundRow:
    named: dict[str, Any] = draw(
        st.fixed_dictionaries({"payment": ids})
        | st.fixed_dictionaries({"payment_reference": lines(50)})
    )
    return RefundRow(
        reference=draw(bacs_texts),
        amount_pence=draw(st.none() | pence),
        reason=draw(lines(100)),
        metadata=draw(st.none() | lines(100)),
        extra=draw(extras),
        **named,
    )


KINDS: dict[str, FileKind[Any]] = {"collections": COLLECTIONS, "refunds": REFUNDS}
rows_of_a_kind = st.one_of(
    st.tuples(st.just("collections"), collections()), st.tuples(st.just("refunds"), refunds())
)


@moderate
@given(
    rows_of_a_kind,
    st.tuples(st.sampled_from([",", ";", "\t"]), st.sampled_from([str, str.upper, str.title])),
    st.sampled_from([plain_pounds, pounds_with_commas]),
    st.randoms(use_true_random=False),
)
def test_a_valid_row_in_any_accepted_spelling_reads_back_equal(
    tmp_path: Path,
    one: tuple[str, CollectionRow | RefundRow],
    spelling: tuple[str, Callable[[str], str]],
    pounds: Callable[[int], str],
    shuffled: Any,
) -> None:
    name, row = one
    delimiter, header = spelling
    kind = KINDS[name]
    cells = kind.cells_of(row)
    if row.amount_pence is not None:
        cells["amount"] = pounds(row.amount_pence)
    if isinstance(row, CollectionRow):
        cells["method"] = header(row.method)
    columns = [column for column in kind.columns if column in cells]
    shuffled.shuffle(columns)
    written = {header(column): cells[column] for column in columns} | row.extra
    path = tmp_path / "money.csv"
    path.write_bytes(csv_text([written], delimiter=delimiter).encode())
    assert list(read_rows(path, kind, today=TODAY)) == [GoodRow(2, row)]
    assert check_file(path, kind, today=TODAY).amount_pence == (row.amount_pence or 0)


@moderate
@given(rows_of_a_kind)
def test_the_stored_form_of_any_row_reads_back_equal(
    one: tuple[str, CollectionRow | RefundRow],
) -> None:
    name, row = one
    assert KINDS[name].stored_row(row.model_dump_json().encode()) == row


def broken_rows(valid: Mapping[str, str]) -> st.SearchStrategy[list[list[str]]]:
    """Rows with some cells of a valid one changed, and rows that are nothing like it."""
    nearly = st.dictionaries(st.sampled_from(sorted(valid)), awkward_cells).map(
        lambda changed: list({**valid, **changed}.values())
    )
    return st.lists(nearly | st.lists(awkward_cells, min_size=1, max_size=14), max_size=6)


broken_files = st.one_of(
    st.tuples(st.just("collections"), broken_rows(DEBIT) | broken_rows(CARD)),
    st.tuples(st.just("refunds"), broken_rows(REFUND)),
)


@moderate
@given(broken_files)
def test_good_and_bad_are_all_rows_and_no_cell_is_lost(
    tmp_path: Path, file: tuple[str, list[list[str]]]
) -> None:
    name, rows = file
    kind = KINDS[name]
    header = list(REFUND if name == "refunds" else DEBIT)
    text = io.StringIO()
    writer = csv.writer(text, quoting=csv.QUOTE_ALL)
    writer.writerow(header)
    writer.writerows(rows)
    path = tmp_path / "money.csv"
    path.write_bytes(text.getvalue().encode("utf-8", "replace"))

    read = list(read_rows(path, kind, today=TODAY))
    check = check_file(path, kind, today=TODAY)

    filled = [row for row in rows if any(cell.strip() for cell in row)]
    assert len(read) == len(filled) == check.rows == check.valid + check.rejected
    good = [row.row for row in read if isinstance(row, GoodRow)]
    assert check.amount_pence == sum(row.amount_pence or 0 for row in good)
    assert check.open_amounts == sum(row.amount_pence is None for row in good)
    assert len({row.reference for row in good}) == len(good)
    for given_cells, outcome in zip(filled, read, strict=True):
        if isinstance(outcome, BadRow):
            assert outcome.rejects
            assert all(reject.rule in kind.rules for reject in outcome.rejects)
            named = [
                cell.encode("utf-8", "replace").decode() for cell in given_cells[: len(header)]
            ]
            padded = named + [""] * (len(header) - len(named))
            assert [outcome.cells[column] for column in header] == padded
            assert ("reject_surplus" in outcome.cells) == (len(given_cells) > len(header))


@moderate
@given(st.sampled_from(sorted(KINDS)), st.binary(max_size=300), st.booleans())
def test_arbitrary_bytes_are_read_or_refused_and_never_crash(
    tmp_path: Path, name: str, content: bytes, after_header: bool
) -> None:
    path = tmp_path / "money.csv"
    header = (",".join(REFUND if name == "refunds" else DEBIT) + "\n").encode()
    path.write_bytes(header + content if after_header else content)
    try:
        check = check_file(path, KINDS[name], today=TODAY)
    except UnreadableFile:
        return
    assert check.rows == check.valid + check.rejected


@pytest.mark.parametrize(
    ("kind", "valid"), [(COLLECTIONS, DEBIT), (COLLECTIONS, CARD), (REFUNDS, REFUND)]
)
def test_rejected_cells_survive_the_rejects_file(
    tmp_path: Path, kind: FileKind[Any], valid: dict[str, str]
) -> None:
    @moderate
    @given(st.dictionaries(st.sampled_from(sorted(valid)), awkward_cells))
    def survive(changes: dict[str, str]) -> None:
        path, rejects = tmp_path / "money.csv", tmp_path / "rejects.csv"
        cells = {**valid, **changes, "amount": "25"}
        path.write_bytes(csv_text([cells]).encode("utf-8", "replace"))
        (row,) = read_rows(path, kind, today=TODAY)
        assert isinstance(row, BadRow)
        write_rejects(rejects, [(row.cells, row.rejects)])
        (again,) = read_rows(rejects, kind, today=TODAY)
        assert isinstance(again, BadRow)
        assert again.cells == row.cells
        assert [r.rule for r in again.rejects] == [r.rule for r in row.rejects]

    survive()
