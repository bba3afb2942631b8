"""30,000 rows in the memory of a thousand."""

import tracemalloc
from pathlib import Path

import pytest

from benchmarks.customers import write_customers
from smarterpay.intake import check_file
from tests.intake.customer_files import TODAY

ALLOWED_BYTES = 3 << 20


@pytest.fixture(scope="module", autouse=True)
def _everything_imported(tmp_path_factory: pytest.TempPathFactory) -> None:
    path = tmp_path_factory.mktemp("first") / "customers.csv"
    write_customers(path, 10)
    check_file(path, today=TODAY)


@pytest.mark.parametrize("rows", [1_000, 30_000])
def test_memory_does_not_grow_with_the_file(tmp_path: Path, rows: int) -> None:
    """Every row's reference is remembered and every tenth is rejected, within one size."""
    path = tmp_path / "customers.csv"
    write_customers(path, rows)
    # The customers whose reference ends in 0 lose the @ of their address.
    path.write_text(path.read_text().replace("0@example.com", "0example.com"))
    tracemalloc.start()
    try:
        check = check_file(path, today=TODAY)
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert (check.rows, check.rejected) == (rows, rows // 10)
    assert len(check.rejects) == rows // 10
    assert peak < ALLOWED_BYTES
