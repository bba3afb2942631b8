"""Links between pages lead somewhere, and what the pages name exists."""

import ast
import re
from pathlib import Path

import pytest

from tests.docs.pages import DOCS, ROOT, anchors, links, name_of, pages

_TEST_NAME = re.compile(r"`(tests/[\w/]+\.py)::(\w+)`")
_SOURCE_FILE = re.compile(r"`((?:smarterpay|tasks|flows|tests|benchmarks)/[\w/.-]+\.\w+)`")


@pytest.mark.parametrize("page", pages(), ids=name_of)
def test_internal_links_resolve(page: Path) -> None:
    for target in links(page.read_text("utf-8")):
        if target.startswith(("http://", "https://")):
            continue
        path, _, anchor = target.partition("#")
        aim = (page.parent / path).resolve() if path else page
        assert aim.is_relative_to(ROOT), target
        assert aim.exists(), f"{target} leads nowhere"
        if anchor:
            assert anchor in anchors(aim.read_text("utf-8")), target


def test_every_page_can_be_found_from_the_index() -> None:
    found, waiting = set[Path](), [DOCS / "index.md"]
    while waiting:
        page = waiting.pop()
        found.add(page)
        targets = {target.partition("#")[0] for target in links(page.read_text("utf-8"))}
        linked = {(page.parent / target).resolve() for target in targets if target}
        fresh = {one for one in linked if one.suffix == ".md" and one.exists()} - found
        waiting += fresh
    missing = set(DOCS.rglob("*.md")) - found
    assert not missing, f"nothing leads to: {sorted(map(name_of, missing))}"


@pytest.mark.parametrize("page", pages(), ids=name_of)
def test_files_and_tests_that_are_named_exist(page: Path) -> None:
    text = page.read_text("utf-8")
    for name in _SOURCE_FILE.findall(text):
        assert (ROOT / name).exists(), name
    for file, test in _TEST_NAME.findall(text):
        tree = ast.parse((ROOT / file).read_text("utf-8"))
        names = {getattr(node, "name", None) for node in ast.walk(tree)}
        assert test in names, f"{file} has no {test}"


@pytest.mark.parametrize("page", pages(), ids=name_of)
def test_nothing_of_this_machine_is_told(page: Path) -> None:
    text = page.read_text("utf-8")
    assert str(ROOT) not in text
    assert str(Path.home()) not in text
