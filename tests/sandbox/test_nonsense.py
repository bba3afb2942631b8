"""Whatever a caller puts into a field, the answer is a 200 or a 400 and the books stay readable."""

import json
from typing import Any

import httpx
import pytest

from smarterpay.sandbox.http.resource import Route
from smarterpay.sandbox.resources import RESOURCES
from tests.sandbox.caller import ACCOUNT, CREDIT, CUSTOMER, PAYMENT, SCHEDULE, Caller

OWN_ACCOUNT = {"client_bank_account_id": "OB01SANDBOXMAIN00001"}
LINK = {"ecommerce_page": "EP02SANDBOXPAGE00001"}
WRITES = [route for resource in RESOURCES for route in resource.routes if route.request is not None]
LISTS = [route.path for resource in RESOURCES for route in resource.routes if route.listing]
NONSENSE: list[Any] = [
    None,
    *("", " ", "\n", "\x00", "x" * 5000, "\U0001f600", "<b>", "%00", "null", "true", "900"),
    *("٣٤٥٦٧٨٩٠", "²²²²²²", "12345678\n"),
    *("0001-01-01", "9999-12-31", "2999-12-31", "2026-02-30", "2026-06-15T00:00:00Z"),
    *(0, -1, 1.5, 1e308, 10**17, 10**30, True, False),
    *([], [1], {}, {"a": 1}),
]
QUERIES = ["limit", "page_no", "sort_field", "sort_order", "created_from", "status", "id"]


def valid_requests(api: Caller) -> dict[str, tuple[str, dict[str, Any]]]:
    """By operation: the path of a fresh record, and a body that would be taken."""
    account = api.account()
    mandate = api.mandate(customer_bank_account=account["id"])
    schedule = api.schedule(auddis=mandate["auddis"])
    payment = PAYMENT | {"auddis": mandate["auddis"]}
    credit = CREDIT | {"bank_account": account["id"]}
    return {
        "customer_account.create": ("", CUSTOMER),
        "customer_account.update": (api.customer()["id"], CUSTOMER),
        "bank_account.create": ("", ACCOUNT),
        "bank_account.update": (account["id"], {"enabled": True}),
        "account_validation.create": ("", OWN_ACCOUNT),
        "modulus_check.create": ("", ACCOUNT | {"account_validation": True}),
        "bank_account_check.create": ("", ACCOUNT | {"check_type": 1, "account_type": 1}),
        "mandate.create": ("", {"customer_bank_account": account["id"]}),
        "mandate.update": (mandate["id"], {"metadata": "x"}),
        "recurrence_schedule.create": ("", SCHEDULE | {"auddis": mandate["auddis"]}),
        "recurrence_schedule.update": (schedule["id"], {"metadata": "x"}),
        "payment.create": ("", payment),
        "payment.bulk_create": ("", payment),
        "payment.represent": (api.failed_payment(auddis=mandate["auddis"])["id"], payment),
        "payment.update": (api.payment(auddis=mandate["auddis"])["id"], {"metadata": "x"}),
        "credit.create": ("", credit),
        "credit.bulk_create": ("", credit),
        "payment_link.create": ("", LINK),
        "payment_link.update": (api.make("payment_link", **LINK)["id"], {"metadata": "x"}),
        "credit.update": (api.credit(**credit)["ID"], {"metadata": "x"}),
    }


def send(api: Caller, route: Route, record_id: str, fields: dict[str, Any]) -> httpx.Response:
    """One write; encoded here, because numbers beyond 64 bits are part of the nonsense."""
    assert route.request is not None
    content = [fields] if route.request.most_rows else fields
    return api.http.request(
        route.method,
        route.path.replace("{id}", record_id).lstrip("/"),
        content=json.dumps({route.request.envelope: content}),
        headers={"Content-Type": "application/json"},
    )


@pytest.mark.parametrize("route", WRITES, ids=lambda route: route.name)
def test_no_value_of_a_field_breaks_anything_section_4(api: Caller, route: Route) -> None:
    api.sandbox.settings(rate_limit=None)
    record_id, fields = valid_requests(api)[route.name]
    assert send(api, route, record_id, fields).status_code in route.statuses
    assert route.request is not None
    for field in route.request.fields:
        answers = [send(api, route, record_id, fields | {field.name: bad}) for bad in NONSENSE]
        statuses = {answer.status_code for answer in answers}
        assert statuses <= {*route.statuses, 400}, field.name
    api.sandbox.advance("2d")
    assert {api.get(path, limit=500).status_code for path in LISTS} == {200}
    assert api.sandbox.books()["protocol"]["http_500"] == 0


@pytest.mark.parametrize("path", LISTS)
def test_no_query_breaks_a_list_section_6(api: Caller, path: str) -> None:
    words = [value for value in NONSENSE if isinstance(value, str)] + ["9" * 9, "9" * 500, ",,"]
    answers = [api.get(path, **{name: word}) for name in QUERIES for word in words]
    assert {answer.status_code for answer in answers} <= {200, 400}
