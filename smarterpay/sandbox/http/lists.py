"""Lists: filters, order and pages as section 6 has them; knows no particular resource."""

import re
from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from itertools import islice, takewhile
from typing import Any

from smarterpay.sandbox.books.books import Books, Table
from smarterpay.sandbox.http.answers import Answer, invalid, success
from smarterpay.sandbox.http.resource import Call
from smarterpay.sandbox.platform import Platform
from smarterpay.sandbox.settings import DEFAULT_PAGE, MAX_PAGE

BEYOND_ALL_RECORDS = 1_000_000_000_000
"""Where the pages that nothing stands on begin; counting goes no further."""
_FILTER_TIME = re.compile(r"[0-9]{4}(-[0-9]{2}){2} [0-9]{2}(:[0-9]{2}){2}")


@dataclass(frozen=True, slots=True)
class Listing:
    """How one kind of record is listed.

    `status` and `reference` give what the filters `status` and `custom_reference` compare;
    a kind without a status (or a reference) has no record that such a filter finds.
    `reference_index` is the attribute by which the table finds a reference at once, if it is
    indexed; `references` are those of a kind whose records have several. `filters` are the
    kind's own: each gives the values of a record, of which the query must name one. `spans`
    are further filters on time: `sent` with an attribute stands for `sent_from` and `sent_to`.
    `sort_fields` are attributes of the record that are texts.
    """

    envelope: str
    table: Callable[[Books], Table[Any]]
    present: Callable[[Platform, Any], dict[str, Any]]
    sort_fields: tuple[str, ...]
    find: Callable[[Platform, str], Any]
    status: Callable[[Any], str] | None = None
    reference: Callable[[Any], str] | None = None
    reference_index: str = "custom_reference"
    references: Callable[[Any], Collection[str]] | None = None
    filters: Mapping[str, Callable[[Platform, Any], Collection[str]]] = field(default_factory=dict)
    spans: Mapping[str, str] = field(default_factory=dict)

    def work(self, platform: Platform, call: Call) -> Answer:
        """The page that the query asks for, in the list's envelope."""
        page = _Page.of(call.query, self.sort_fields)
        ordered = _newest_first(self, platform, call.query) if page.is_newest_first else None
        if ordered is None:
            records = _filtered(self, platform, call.query)
            if page.sort_field != "created_at":
                records = sorted(records, key=lambda record: str(getattr(record, page.sort_field)))
            ordered = reversed(list(records)) if page.descending else records
        chosen = islice(ordered, page.start, page.stop)
        return success(self.envelope, [self.present(platform, record) for record in chosen])


@dataclass(frozen=True, slots=True)
class _Page:
    """The slice of a list, in its order."""

    start: int
    stop: int
    sort_field: str
    descending: bool

    @property
    def is_newest_first(self) -> bool:
        return self.descending and self.sort_field == "created_at"

    @classmethod
    def of(cls, query: Mapping[str, str], sort_fields: tuple[str, ...]) -> "_Page":
        limit = _number(query, "limit", DEFAULT_PAGE, MAX_PAGE)
        page_no = _number(query, "page_no", 1, None)
        sort_field = query.get("sort_field") or "created_at"
        if sort_field.lower() not in sort_fields:
            raise invalid("sort_field", "must be one of " + ", ".join(sort_fields))
        sort_order = (query.get("sort_order") or "asc").lower()
        if sort_order not in {"asc", "desc"}:
            raise invalid("sort_order", "must be asc or desc")
        start = min((page_no - 1) * limit, BEYOND_ALL_RECORDS)
        return cls(start, start + limit, sort_field.lower(), sort_order == "desc")


def _newest_first(
    rules: Listing, platform: Platform, query: Mapping[str, str]
) -> Iterable[Any] | None:
    """As `_filtered`, newest first and read no further than need be; None where it is to be found.

    Records are created in the order of time, so the first that is too old is the last looked at.
    """
    candidates = _candidates(rules, platform, query)
    table = rules.table(platform.books)
    if candidates is not table:
        return None
    records: Iterable[Any] = reversed(table)
    start = _filter_stamp(query, "created_from")
    if start:
        records = takewhile(lambda record: bool(record.created_at >= start), records)
    return _filtered(rules, platform, query, records)


def _number(query: Mapping[str, str], name: str, default: int, most: int | None) -> int:
    text = query.get(name)
    if text is None:
        return default
    allowed = "1 or more" if most is None else f"from 1 to {most}"
    if not text.isascii() or not text.isdigit() or len(text) > 18:
        raise invalid(name, f"must be a whole number {allowed}")
    number = int(text)
    if number < 1 or (most is not None and number > most):
        raise invalid(name, f"must be {allowed}")
    return number


def _filtered(
    rules: Listing,
    platform: Platform,
    query: Mapping[str, str],
    candidates: Iterable[Any] | None = None,
) -> Iterable[Any]:
    """The records the filters leave, oldest first; unknown filters are ignored (section 6).

    `candidates` are the records looked at, in their order, where they are known already.
    """
    records = _candidates(rules, platform, query) if candidates is None else candidates
    for name, attribute in {"created": "created_at", **rules.spans}.items():
        records = _within(records, query, name, attribute)
    if query.get("status"):
        wanted = {_word(word) for word in query["status"].split(",")}
        status = rules.status
        if status is None:
            return ()
        records = (record for record in records if _word(status(record)) in wanted)
    for name, values in rules.filters.items():
        if query.get(name):
            records = _naming(records, platform, values, query[name])
    return records


def _within(
    records: Iterable[Any], query: Mapping[str, str], name: str, attribute: str
) -> Iterable[Any]:
    """The records whose stamp lies in a span of time, both ends included."""
    start = _filter_stamp(query, f"{name}_from")
    end = _filter_stamp(query, f"{name}_to")
    if start:
        records = (record for record in records if getattr(record, attribute) >= start)
    if end:
        records = (record for record in records if getattr(record, attribute) <= end)
    return records


def _naming(
    records: Iterable[Any],
    platform: Platform,
    values: Callable[[Platform, Any], Collection[str]],
    text: str,
) -> Iterable[Any]:
    """The records one of whose values stands in a comma-separated list (section 6)."""
    wanted = {word.strip() for word in text.split(",")}
    return (record for record in records if not wanted.isdisjoint(values(platform, record)))


def _word(text: str) -> str:
    """An enum value as it is compared: blanks and underscores are one (section 7.5)."""
    return text.strip().lower().replace("_", " ")


def _candidates(rules: Listing, platform: Platform, query: Mapping[str, str]) -> Iterable[Any]:
    """The records that `id` and `custom_reference` leave, by index where there is one."""
    table = rules.table(platform.books)
    records: Iterable[Any] = table
    if query.get("id"):
        found = rules.find(platform, query["id"])
        records = () if found is None else (found,)
    wanted = query.get("custom_reference")
    if not wanted:
        return records
    references = rules.references
    if references is not None:
        return (record for record in records if wanted in references(record))
    reference = rules.reference
    if reference is None:
        return ()
    if records is table and table.indexes(rules.reference_index):
        return table.in_order(table.having(rules.reference_index, wanted))
    return (record for record in records if reference(record) == wanted)


def _filter_stamp(query: Mapping[str, str], name: str) -> str:
    """A filter time, `YYYY-MM-DD HH:MM:SS` in UTC (section 5), in the form of `created_at`."""
    text = query.get(name)
    if not text:
        return ""
    if _FILTER_TIME.fullmatch(text) is None or not _is_time(text):
        raise invalid(name, "must be a time, YYYY-MM-DD HH:MM:SS")
    return text.replace(" ", "T") + "Z"


def _is_time(text: str) -> bool:
    try:
        datetime.fromisoformat(text)
    except ValueError:
        return False
    return True
