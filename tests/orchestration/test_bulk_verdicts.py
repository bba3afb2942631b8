"""What an API request says of its rows is believed only where it numbers exactly ours (7.9)."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import pytest

from smarterpay.api.models.api_request import ApiRequest
from smarterpay.clock import FixedClock
from smarterpay.journal import Journal
from smarterpay.journal.bulk import BulkRow, BulkWish, RowVerdict
from smarterpay.journal.decision import State
from smarterpay.journal.intents import Closing, Intent, Wish
from smarterpay.orchestration.bulk_fulfilment import read_verdicts
from smarterpay.settings import Settings
from tests.journal.builders import NOW, exchange

REFERENCES = ("INV-0", "INV-1", "INV-2")
CREATED = {"index": 0, "status": "created", "id": "P01A", "message": ""}
FAILED = {"index": 1, "status": "failed", "id": "", "message": "no mandate"}
PENDING = {"index": 2, "status": "pending", "id": "", "message": ""}
NO_END = "the API request ended without telling what became of it"


@dataclass
class TakenIn:
    """A call of three rows that was taken in as API request AR01, none of them settled."""

    call: Intent
    rows: list[BulkRow]

    def judged(self, told: ApiRequest, *positions: int) -> Sequence[RowVerdict]:
        """What `told` says of the rows at these places, of all if none is named."""
        waiting = [self.rows[one] for one in positions] or self.rows
        return read_verdicts(told, self.call, waiting, 3)


@pytest.fixture
def taken(tmp_path: Any) -> TakenIn:
    """A call of which nothing is known but that it was taken in."""
    wishes = tuple(
        Wish("payment.create", one, "POST", "/payment", one.encode()) for one in REFERENCES
    )
    wish = Wish("payment.bulk_create", "RUN-1", "POST", "/payments", b"[]")
    settings = Settings(home=tmp_path)
    with Journal.open(settings, clock=FixedClock(NOW)) as journal:
        opened = journal.bulks.open(
            BulkWish("payment.bulk_create", "RUN-1", wishes, lambda _: wish), NOW
        )
        assert opened is not None
        accepted = Closing("succeeded", State.SUCCEEDED, status=202, record_id="AR01")
        call = exchange(journal, opened, accepted)
        return TakenIn(call, [*journal.bulks.rows(call.id)])


def request(*records: dict[str, Any], status: str = "processing", **changes: Any) -> ApiRequest:
    """An API request that tells of these rows."""
    fields = {"id": "AR01", "status": status, "total_count": 3, "records": list(records)}
    return ApiRequest.model_validate({**fields, **changes})


def test_each_row_by_its_place(taken: TakenIn) -> None:
    assert taken.judged(request(PENDING, FAILED, CREATED)) == [
        RowVerdict(0, record_id="P01A"),
        RowVerdict(1, refusal="no mandate"),
    ]


def test_only_of_rows_that_still_wait(taken: TakenIn) -> None:
    assert taken.judged(request(CREATED, FAILED, PENDING), 1) == [
        RowVerdict(1, refusal="no mandate")
    ]


@pytest.mark.parametrize(
    "last",
    [
        PENDING,
        {**PENDING, "status": "created"},
        {**PENDING, "status": "dropped"},
        {**PENDING, "status": "failed", "id": "P01C"},
    ],
    ids=["pending", "created without an id", "a word nobody knows", "failed with a record"],
)
def test_a_row_without_an_end_is_left_to_a_person_once_the_request_is_completed(
    taken: TakenIn, last: dict[str, Any]
) -> None:
    told = (CREATED, FAILED, last)
    assert len(taken.judged(request(*told))) == 2
    ended = taken.judged(request(*told, status="completed"))
    assert ended[2] == RowVerdict(2, reason=NO_END)


@pytest.mark.parametrize(
    "changes",
    [
        {"records": None},
        {"records": [CREATED, FAILED]},
        {"records": [CREATED, FAILED, CREATED]},
        {"records": [{**CREATED, "index": 1}, {**FAILED, "index": 2}, {**PENDING, "index": 3}]},
        {"records": [CREATED, FAILED, {"status": "created", "id": "P01C"}]},
        {"records": [CREATED, FAILED, {**CREATED, "index": 2}]},
        {"total_count": 4},
    ],
    ids=[
        "none",
        "too few",
        "one twice",
        "counted from 1",
        "one without a place",
        "one record for two rows",
        "another count",
    ],
)
def test_a_request_that_numbers_other_rows_is_not_believed(
    taken: TakenIn, changes: dict[str, Any]
) -> None:
    """Counted from 1 instead of 0, each row would be taken for its neighbour."""
    told = (CREATED, FAILED, PENDING)
    assert taken.judged(request(*told, **changes)) == []
    ended = taken.judged(request(*told, status="completed", **changes))
    assert ended == [RowVerdict(n, reason=NO_END) for n in range(3)]


def test_a_status_nobody_knows_is_not_the_end(taken: TakenIn) -> None:
    assert taken.judged(request(status="archived", records=None)) == []


@pytest.mark.parametrize(
    "another", [{"id": "AR02"}, {"record_type": "credit"}], ids=["its id", "its kind"]
)
def test_another_api_request_says_nothing_of_our_rows(
    taken: TakenIn, another: dict[str, str]
) -> None:
    """Not even that there will be no more: a cache on the way may have mixed up two."""
    told = (CREATED, FAILED, {**CREATED, "index": 2, "id": "P01C"})
    assert taken.judged(request(*told, status="completed", **another)) == []
    assert len(taken.judged(request(*told, status="completed", record_type="Payment"))) == 3
