"""The reference page says what the code does, because the code writes it."""

import subprocess
import sys
from pathlib import Path

from smarterpay.intake import RULES
from smarterpay.intake.customer_file import CUSTOMERS
from smarterpay.intake.document import customers_csv_page

PAGE = Path(__file__).parents[2] / "docs" / "reference" / "customers-csv.md"


def test_the_page_is_what_the_generator_writes() -> None:
    assert PAGE.read_text(encoding="utf-8") == customers_csv_page(), (
        "run: python -m smarterpay.intake.document docs/reference/customers-csv.md"
    )


def test_the_command_writes_the_page(tmp_path: Path) -> None:
    target = tmp_path / "page.md"
    command = [sys.executable, "-W", "error", "-m", "smarterpay.intake.document"]
    subprocess.run([*command, str(target)], check=True)
    assert target.read_text(encoding="utf-8") == customers_csv_page()
    printed = subprocess.run(command, check=True, capture_output=True, encoding="utf-8")
    assert printed.stdout == customers_csv_page()


def test_the_page_names_every_column_and_rule() -> None:
    lines = customers_csv_page().splitlines()
    for name in (*CUSTOMERS.columns, *RULES):
        assert sum(line.startswith(f"| `{name}` |") for line in lines) == 1
