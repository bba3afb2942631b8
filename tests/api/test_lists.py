"""Lists over a real socket: every page once, filters as section 6 has them, and an end."""

from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import pytest

from smarterpay.api import CloudClient, InvalidRequest, ListQuery, Page, UnexpectedAnswer
from smarterpay.api.catalogue import OPERATIONS
from smarterpay.api.models.mandate import Mandate, MandateStatus
from tests.api.builders import MANDATE_ANSWER, cloud_client
from tests.api.samples import answer_to
from tests.api.scripted_server import DROP, ScriptedServer, Send, answer

NINE_AND_A_BIT = datetime(2026, 6, 1, 9, 0, 0, 1, UTC)


def mandates(*ids: str) -> Send:
    return answer(200, {"Mandates": [{**MANDATE_ANSWER["Mandate"], "id": found} for found in ids]})


async def listed(cloud: CloudClient, **filters: Any) -> list[str]:
    return [record.id async for record in cloud.mandates.list(**filters)]


async def test_section_6_pages_until_a_short_one() -> None:
    script = (mandates("M1", "M2"), mandates("M3", "M4"), mandates("M5"))
    async with ScriptedServer(*script) as server, cloud_client(server.url) as cloud:
        assert await listed(cloud, limit=2) == ["M1", "M2", "M3", "M4", "M5"]
    assert [request.target.split("?")[1] for request in server.received] == [
        "limit=2&page_no=1",
        "limit=2&page_no=2",
        "limit=2&page_no=3",
    ]


async def test_section_6_a_full_last_page_is_followed_by_an_empty_one() -> None:
    script = (mandates("M1", "M2"), mandates())
    async with ScriptedServer(*script) as server, cloud_client(server.url) as cloud:
        assert await listed(cloud, limit=2) == ["M1", "M2"]
    assert len(server.received) == 2


async def test_section_6_an_empty_list() -> None:
    async with ScriptedServer(mandates()) as server, cloud_client(server.url) as cloud:
        assert await listed(cloud) == []
    assert server.received[0].target.endswith("/mandates?limit=500&page_no=1")


async def test_section_5_filters_leave_in_utc_with_a_space() -> None:
    summer = timezone(timedelta(hours=1))
    async with ScriptedServer(mandates()) as server, cloud_client(server.url) as cloud:
        await listed(
            cloud,
            status=[MandateStatus.ON_HOLD, "cancelled"],
            created_from=datetime(2026, 6, 1, 9, 0, 0, 900_000, summer),
            created_to=datetime(2026, 6, 1, 8, 59, 59, 1, UTC),
            custom_reference="CUST-0042",
            id="M01X",
            sort_field="created_at",
            sort_order="desc",
            limit=7,
            transaction_code="0N",
        )
    assert server.received[0].target == (
        "/service.svc/mandates"
        "?created_from=2026-06-01%2008%3A00%3A00&created_to=2026-06-01%2009%3A00%3A00"
        "&id=M01X&status=cancelled%2Con%20hold&custom_reference=CUST-0042"
        "&sort_field=created_at&sort_order=desc&limit=7&page_no=1&transaction_code=0N"
    )


@pytest.mark.parametrize(
    "filters",
    [
        {"limit": 0},
        {"limit": 501},
        {"limit": True},
        {"created_from": datetime(2026, 6, 1)},  # noqa: DTZ001 - a time without a zone is refused
        {"created_to": "2026-06-01 08:00:00"},
        {"sort_order": "up"},
        {"sort_field": "id;drop"},
        {"status": 7},
        {"status": []},
        {"status": ""},
        {"custom_reference": ""},
        {"custom_reference": " "},
        {"id": ""},
        {"transaction_code": "0n"},
    ],
)
def test_section_6_filters_outside_their_limits_are_refused(filters: dict[str, Any]) -> None:
    with pytest.raises(InvalidRequest):
        cloud_client("http://127.0.0.1:1/").mandates.list(**filters)


@pytest.mark.parametrize("operation", sorted(n for n in OPERATIONS if OPERATIONS[n].paged))
async def test_section_6_every_list(operation: str) -> None:
    spec = OPERATIONS[operation]
    page = answer(200, answer_to(operation))
    async with ScriptedServer(page) as server, cloud_client(server.url) as cloud:
        found = [item async for item in getattr(cloud, spec.resource).list(status="active")]
    assert [type(item) for item in found] == [cloud.shapes[operation].answer] * 2
    query = "status=active&limit=500&page_no=1"
    assert server.received[0].target == f"/service.svc{spec.path}?{query}"


# resource, filter, value, as it is sent; sections 6 and 7.13 to 7.15
OWN_FILTERS = [
    ("payments", "transaction_code", "17", "17"),
    ("payments", "status", ["failed", "indemnity_claimed"], "failed%2Cindemnity_claimed"),
    ("credits", "transaction_code", "99", "99"),
    ("mandates", "transaction_code", "0N", "0N"),
    ("submission_lines", "transaction_code", "0C", "0C"),
    ("submission_lines", "submission_id", "FS01X", "FS01X"),
    ("submission_lines", "record_id", "P01X", "P01X"),
    ("cards", "customer_id", "CA01X", "CA01X"),
    ("outbound_messages", "sort_field", "sun", "sun"),
    ("outbound_messages", "record_type", "email", "email"),
    ("outbound_messages", "subscription_id", "SU01X", "SU01X"),
    ("outbound_messages", "sent_from", NINE_AND_A_BIT, "2026-06-01%2009%3A00%3A00"),
    ("outbound_messages", "sent_to", NINE_AND_A_BIT, "2026-06-01%2009%3A00%3A01"),
]


@pytest.mark.parametrize(("resource", "name", "value", "sent"), OWN_FILTERS)
async def test_sections_6_and_7_filters_of_one_list(
    resource: str, name: str, value: Any, sent: str
) -> None:
    operation = next(n for n, o in OPERATIONS.items() if o.resource == resource and o.paged)
    async with (
        ScriptedServer(answer(200, answer_to(operation))) as server,
        cloud_client(server.url) as cloud,
    ):
        assert [item async for item in getattr(cloud, resource).list(**{name: value, "id": None})]
    assert f"{name}={sent}" in server.received[0].target.split("?")[1].split("&")


@pytest.mark.parametrize(
    ("resource", "name"),
    [
        ("bank_accounts", "transaction_code"),
        ("submissions", "submission_id"),
        ("mandates", "customer_id"),
        ("cards", "sent_from"),
        ("payments", "staus"),
    ],
)
def test_a_filter_that_a_list_does_not_have_is_refused(resource: str, name: str) -> None:
    """Section 6: the platform ignores unknown filters, and would list everything."""
    with pytest.raises(InvalidRequest, match=name):
        getattr(cloud_client("http://127.0.0.1:1/"), resource).list(**{name: "x"})


async def test_a_list_that_never_ends_is_noticed() -> None:
    async with ScriptedServer(mandates("M1", "M2")) as server, cloud_client(server.url) as cloud:
        with pytest.raises(UnexpectedAnswer, match="same page came twice"):
            await listed(cloud, limit=2)
    assert len(server.received) == 2


async def test_a_page_is_retried_like_any_read() -> None:
    script = (mandates("M1"), answer(503, b""), DROP, mandates())
    async with ScriptedServer(*script) as server, cloud_client(server.url) as cloud:
        assert await listed(cloud, limit=1) == ["M1"]
    assert len(server.received) == 4


async def test_a_list_stops_when_its_reader_stops() -> None:
    async with (
        ScriptedServer(mandates("M1", "M2"), mandates("M3")) as server,
        cloud_client(server.url) as cloud,
    ):
        async for record in cloud.mandates.list(limit=2):
            assert record.id == "M1"
            break
    assert len(server.received) == 1


async def test_one_page_by_prepare_exchange_and_read() -> None:
    async with ScriptedServer(mandates("M1", "M2")) as server, cloud_client(server.url) as cloud:
        request = cloud.prepare("mandate.list", ListQuery(custom_reference="C", limit=2))
        page = cloud.read("mandate.list", await cloud.exchange(request, idempotency_key=None))
    assert isinstance(page, Page)
    assert [type(record) for record in page.records] == [Mandate, Mandate]
    assert "Hetfield" not in repr(page)
