"""The reference pages say what the code does, because the code writes them."""

import subprocess
import sys
from pathlib import Path

import pytest

from smarterpay.intake import check_file
from smarterpay.intake.document import main, page_text
from smarterpay.intake.page_texts import COLLECTIONS_PAGE, PAGES, REFUNDS_PAGE, Page
from tests.intake.customer_files import TODAY

REFERENCE = Path(__file__).parents[2] / "docs" / "reference"

each_page = pytest.mark.parametrize("page", PAGES, ids=lambda page: page.file_name)


@each_page
def test_the_page_is_what_the_generator_writes(page: Page) -> None:
    written = (REFERENCE / page.file_name).read_text(encoding="utf-8")
    assert written == page_text(page), (
        f"run: python -m smarterpay.intake.document docs/reference/{page.file_name}"
    )


def test_the_command_writes_the_pages_it_is_given(tmp_path: Path) -> None:
    targets = [tmp_path / page.file_name for page in PAGES]
    command = [sys.executable, "-W", "error", "-m", "smarterpay.intake.document"]
    subprocess.run([*command, *map(str, targets)], check=True)
    written = [target.read_text(encoding="utf-8") for target in targets]
    assert written == [page_text(page) for page in PAGES]


def test_a_page_that_is_none_is_named_and_nothing_is_written(tmp_path: Path) -> None:
    with pytest.raises(SystemExit, match=r"customers-csv\.md"):
        main([str(tmp_path / "customers-csv.md"), str(tmp_path / "page.md")])
    assert list(tmp_path.iterdir()) == []


@each_page
def test_the_page_names_every_column_and_rule(page: Page) -> None:
    lines = page_text(page).splitlines()
    for name in (*page.kind.columns, *page.kind.rules):
        assert sum(line.startswith(f"| `{name}` |") for line in lines) == 1


@pytest.mark.parametrize("page", [COLLECTIONS_PAGE, REFUNDS_PAGE], ids=lambda page: page.file_name)
def test_the_example_of_a_page_is_a_file_without_a_fault(page: Page, tmp_path: Path) -> None:
    assert f"```csv\n{page.example}```" in page_text(page)
    path = tmp_path / "example.csv"
    path.write_text(page.example, encoding="utf-8")
    check = check_file(path, page.kind, today=TODAY)
    assert (check.rejected, check.valid) == (0, len(page.example.splitlines()) - 1)
    assert check.extra_columns == ()
