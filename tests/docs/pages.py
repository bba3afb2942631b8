"""Reads the pages for people: their blocks, links and markers; knows nothing of what they say.

Markers are comments on the line before a block:

    <!-- runs -->                    the block below is run; it must end with exit code 0
    <!-- runs, exit 3 -->            the same with another exit code
    <!-- runs in the background -->  it is started, and ended with the page
    <!-- prints -->                  these lines came out of the last block, in this order
    <!-- prints, in any order -->    these lines came out of it
    <!-- keys: NAME -->              the table below names the keys of the JSON document NAME
    <!-- generated: WHAT -->         all up to <!-- end of generated --> is written by a program
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parents[2]
DOCS = ROOT / "docs"

_BLOCK = re.compile(
    r"^(?:<!-- (?P<marker>(?:runs|prints)[^>]*?) -->\n\n?)?"
    r"^```(?P<language>\w*)\n(?P<text>.*?)^```$",
    re.MULTILINE | re.DOTALL,
)
_GENERATED = re.compile(
    r"(?P<start><!-- generated: (?P<what>[^>]+?) -->\n)(?P<text>.*?)"
    r"(?P<end><!-- end of generated -->)",
    re.DOTALL,
)
_KEYS = re.compile(r"<!-- keys: (?P<name>[^>]+?) -->\n\n?(?P<table>(?:^\|.*\n)+)", re.MULTILINE)
_LINK = re.compile(r"!?\[[^\]]*\]\((?P<target>[^)\s]+)\)")
_HEADING = re.compile(r"^#+ (?P<text>.+)$", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Block:
    """A fenced block: its language, its text, and the marker before it (or nothing)."""

    marker: str
    language: str
    text: str

    @property
    def exit_code(self) -> int:
        """With which code the block's last command ends."""
        found = re.search(r"exit (\d+)", self.marker)
        return int(found[1]) if found else 0


def pages() -> list[Path]:
    """Every page for people."""
    top = [ROOT / name for name in ("README.md", "CHANGELOG.md", "CONTRIBUTING.md")]
    return [*top, *sorted(DOCS.rglob("*.md"))]


def name_of(page: Path) -> str:
    """The page's path from the root of the repository."""
    return page.relative_to(ROOT).as_posix()


def blocks(text: str) -> list[Block]:
    """The fenced blocks of a page, in order."""
    return [
        Block(found["marker"] or "", found["language"], found["text"])
        for found in _BLOCK.finditer(text)
    ]


def generated_parts(text: str) -> dict[str, str]:
    """What stands in the generated parts of a page, by what they are."""
    return {found["what"]: found["text"] for found in _GENERATED.finditer(text)}


def with_generated(text: str, parts: dict[str, str]) -> str:
    """The page with its generated parts written anew."""
    return _GENERATED.sub(
        lambda found: f"{found['start']}{parts[found['what']]}{found['end']}", text
    )


def documented_keys(text: str) -> dict[str, list[str]]:
    """The keys that tables of a page name, by the document they describe."""
    return {
        found["name"]: re.findall(r"^\| `([^`]+)` \|", found["table"], re.MULTILINE)
        for found in _KEYS.finditer(text)
    }


def without_blocks(text: str) -> str:
    """A page's prose: what looks like a link or a heading in a block is none."""
    return re.sub(r"^```.*?^```$", "", text, flags=re.MULTILINE | re.DOTALL)


def links(text: str) -> Iterator[str]:
    """The targets of a page's links and pictures."""
    for found in _LINK.finditer(without_blocks(text)):
        yield found["target"]


def anchors(text: str) -> set[str]:
    """The anchors that a page's headings make, as GitHub makes them."""
    return {_anchor(found["text"]) for found in _HEADING.finditer(without_blocks(text))}


def _anchor(heading: str) -> str:
    return re.sub(r"[^\w\- ]", "", heading.strip().lower()).replace(" ", "-")
