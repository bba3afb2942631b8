"""A Markdown table from rows of cells; knows nothing of what they say."""

from collections.abc import Iterable, Sequence


def table(heading: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """The table with its heading, each row on a line; a bar in a cell is escaped."""
    lines = [heading, ["---" for _ in heading], *([_cell(one) for one in row] for row in rows)]
    return "".join(f"| {' | '.join(cells)} |\n" for cells in lines)


def _cell(text: str) -> str:
    return text.replace("\\|", "|").replace("|", "\\|")
