"""What an API request says of its rows is believed only where it numbers exactly ours (7.9)."""

from typing import Any

import pytest

from smarterpay.api.models.api_request import ApiRequest
from smarterpay.clock import FixedClock
from smarterpay.journal import Journal
from smarterpay.journal.bulk import BulkRow, BulkWish, RowVerdict
from smarterpay.journal.intents import Wish
from smarterpay.orchestration.bulk_fulfilment import read_verdicts
from smarterpay.settings import Settings
from tests.journal.builders import NOW

REFERENCES = ("INV-0", "INV-1", "INV-2")
CREATED = {"index": 0, "status": "created", "id": "P01A", "message": ""}
FAILED = {"index": 1, "status": "failed", "id": "", "message": "no mandate"}
PENDING = {"index": 2, "status": "pending", "id": "", "message": ""}
NO_END = "the API request ended without telling what became of it"


@pytest.fixture
def rows(tmp_path: Any) -> list[BulkRow]:
    """Three rows of a call, none of them settled."""
    wishes = tuple(
        Wish("payment.create", one, "POST", "/payment", one.encode()) for one in REFERENCES
    )
    call = Wish("payment.bulk_create", "RUN-1", "POST", "/payments", b"[]")
    settings = Settings(home=tmp_path)
    with Journal.open(settings, clock=FixedClock(NOW)) as journal:
        opened = journal.bulks.open(
            BulkWish("payment.bulk_create", "RUN-1", wishes, lambda _: call), NOW
        )
        assert opened is not None
        return [*journal.bulks.rows(opened.id)]


def request(*records: dict[str, Any], status: str = "processing", **changes: Any) -> ApiRequest:
    """An API request that tells of these rows."""
    fields = {"id": "AR01", "status": status, "total_count": 3, "records": list(records)}
    return ApiRequest.model_validate({**fields, **changes})


def test_each_row_by_its_place(rows: list[BulkRow]) -> None:
    assert read_verdicts(request(PENDING, FAILED, CREATED), rows, 3) == [
        RowVerdict(0, record_id="P01A"),
        RowVerdict(1, refusal="no mandate"),
    ]


def test_only_of_rows_that_still_wait(rows: list[BulkRow]) -> None:
    assert read_verdicts(request(CREATED, FAILED, PENDING), rows[1:2], 3) == [
        RowVerdict(1, refusal="no mandate")
    ]


@pytest.mark.parametrize(
    "last",
    [PENDING, {**PENDING, "status": "created"}, {**PENDING, "status": "dropped"}],
    ids=["pending", "created without an id", "a word nobody knows"],
)
def test_a_row_without_an_end_is_left_to_a_person_once_the_request_is_completed(
    rows: list[BulkRow], last: dict[str, Any]
) -> None:
    told = (CREATED, FAILED, last)
    assert len(read_verdicts(request(*told), rows, 3)) == 2
    ended = read_verdicts(request(*told, status="completed"), rows, 3)
    assert ended[2] == RowVerdict(2, reason=NO_END)


@pytest.mark.parametrize(
    "changes",
    [
        {"records": None},
        {"records": [CREATED, FAILED]},
        {"records": [CREATED, FAILED, CREATED]},
        {"records": [{**CREATED, "index": 1}, {**FAILED, "index": 2}, {**PENDING, "index": 3}]},
        {"records": [CREATED, FAILED, {"status": "created", "id": "P01C"}]},
        {"total_count": 4},
    ],
    ids=["none", "too few", "one twice", "counted from 1", "one without a place", "another count"],
)
def test_a_request_that_numbers_other_rows_is_not_believed(
    rows: list[BulkRow], changes: dict[str, Any]
) -> None:
    """Counted from 1 instead of 0, each row would be taken for its neighbour."""
    told = (CREATED, FAILED, PENDING)
    assert read_verdicts(request(*told, **changes), rows, 3) == []
    ended = read_verdicts(request(*told, status="completed", **changes), rows, 3)
    assert ended == [RowVerdict(n, reason=NO_END) for n in range(3)]


def test_a_status_nobody_knows_is_not_the_end(rows: list[BulkRow]) -> None:
    assert read_verdicts(request(status="archived", records=None), rows, 3) == []
