"""What the pages tell people to type does what the pages say."""

import subprocess
from pathlib import Path

import pytest

from tests.docs.pages import DOCS, blocks, name_of, pages
from tests.docs.reader import Reader

RUNNABLE = [page for page in pages() if any(b.marker for b in blocks(page.read_text("utf-8")))]


@pytest.mark.parametrize("page", RUNNABLE, ids=name_of)
def test_marked_blocks_run_and_print_what_the_page_says(page: Path, reader: Reader) -> None:
    assert reader.follow(blocks(page.read_text("utf-8"))) > 0


@pytest.mark.parametrize("page", pages(), ids=name_of)
def test_every_marker_is_followed_by_its_block(page: Path) -> None:
    text = page.read_text("utf-8")
    markers = sum(line.startswith(("<!-- runs", "<!-- prints")) for line in text.splitlines())
    assert markers == sum(bool(block.marker) for block in blocks(text))


def test_the_reader_notices_a_wrong_exit_code(reader: Reader) -> None:
    with pytest.raises(AssertionError, match="smarterpay nonsense"):
        reader.follow(blocks("<!-- runs -->\n```sh\nsmarterpay nonsense\n```\n"))


def test_the_reader_notices_what_is_not_printed(reader: Reader) -> None:
    page = "<!-- runs -->\n```sh\necho one\n```\n\n<!-- prints -->\n```text\ntwo\n```\n"
    with pytest.raises(AssertionError, match="not printed: two"):
        reader.follow(blocks(page))


def test_the_pages_need_no_curl_on_a_machine_that_has_none(reader: Reader) -> None:
    reader.use_own_curl()
    page = DOCS / "reference" / "sandbox.md"
    assert reader.follow(blocks(page.read_text("utf-8"))) > 0
    found = subprocess.run(
        ["sh", "-c", "command -v curl"],
        env=dict(reader.environment),
        capture_output=True,
        check=True,
    )
    assert found.stdout.decode().strip() == str(reader.folder / "bin" / "curl")
