"""Tells in words and tables when the money of a batch of collections comes; reads nothing."""

from collections.abc import Iterable, Sequence
from datetime import date

from smarterpay.journal.batch_items import BatchItems
from smarterpay.money.accounts import ItemKind
from smarterpay.money.pounds import in_pounds


def collection_in_words(items: Iterable[BatchItems]) -> str:
    """`12 moved to another date`; empty where none was."""
    rows = sum(one.rows for one in items if one.is_moved)
    return f"{rows} moved to another date" if rows else ""


def dates_in_markdown(items: Iterable[BatchItems]) -> Sequence[str]:
    """When the money comes, by stored date, and every move from an asked date to a stored one."""
    there = list(items)
    lines = [
        "## Ordered, by collection date",
        "",
        "| Collected on | Rows | Amount |",
        "|---|---:|---:|",
    ]
    for day, (rows, pence) in _by_day(there).items():
        lines.append(f"| {day} | {rows} | {in_pounds(pence)} |")
    shifted = [one for one in there if one.is_moved]
    if shifted:
        lines += [
            "",
            "## Moved by the provider",
            "",
            "| Asked for | Collected on | Rows | Amount |",
            "|---|---|---:|---:|",
        ]
        lines += [
            f"| {one.asked_on} | {one.due_on} | {one.rows} | {in_pounds(one.amount_pence)} |"
            for one in shifted
        ]
    lost = [one for one in there if not one.is_coming]
    if lost:
        rows = sum(one.rows for one in lost)
        lines += ["", f"{rows} more were recorded and are not collected: cancelled or declined."]
    return [*lines, ""]


def _by_day(items: Iterable[BatchItems]) -> dict[str, tuple[int, int]]:
    by_day: dict[str, tuple[int, int]] = {}
    coming = [one for one in items if one.is_coming]
    for one in sorted(coming, key=lambda one: (_is_card(one), one.due_on or date.max)):
        day = "card, charged at once" if _is_card(one) else str(one.due_on)
        rows, pence = by_day.get(day, (0, 0))
        by_day[day] = (rows + one.rows, pence + one.amount_pence)
    return by_day


def _is_card(one: BatchItems) -> bool:
    return one.kind is not ItemKind.DIRECT_DEBIT
