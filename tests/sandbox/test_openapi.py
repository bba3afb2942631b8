"""The OpenAPI document and the docs page: true to what the sandbox answers, and offline."""

import html
import re
import shlex
from typing import Any

import httpx
import jsonschema  # type: ignore[import-untyped] # ships no types
import pytest

from smarterpay.sandbox.fixtures import API_KEYS
from smarterpay.sandbox.http.faults import KINDS
from smarterpay.sandbox.resources import RESOURCES
from tests.sandbox.caller import ACCOUNT, CREDIT, CUSTOMER, PAYMENT, SCHEDULE, Caller
from tests.sandbox_process import SandboxProcess

BASE = "/service.svc"
ROUTES = [route for resource in RESOURCES for route in resource.routes]
BODIES: dict[str, dict[str, Any]] = {
    "customer_account.create": CUSTOMER,
    "customer_account.update": {"city": "York"},
    "bank_account.create": ACCOUNT,
    "bank_account.update": {"enabled": True},
    "account_validation.create": {"client_bank_account_id": "CBA-0000001"},
    "modulus_check.create": {"account_number": "12345678", "sort_code": "200052"},
    "bank_account_check.create": ACCOUNT | {"check_type": 1, "account_type": 1},
    "mandate.update": {"metadata": "x"},
    "recurrence_schedule.update": {"metadata": "x"},
    "payment.update": {"metadata": "x"},
    "payment_link.create": {"ecommerce_page": "EP02SANDBOXPAGE00001"},
    "payment_link.update": {"metadata": "x"},
    "credit.update": {"metadata": "x"},
}


@pytest.fixture
def document(sandbox: SandboxProcess) -> dict[str, Any]:
    described: dict[str, Any] = httpx.get(
        f"{sandbox.base_url}/openapi.json", trust_env=False
    ).json()
    return described


def test_every_operation_is_described(document: dict[str, Any]) -> None:
    assert document["openapi"].startswith("3.1")
    described = {
        operation["operationId"]
        for path in document["paths"].values()
        for operation in path.values()
    }
    assert {route.name for route in ROUTES} < described
    assert {"transaction.register", "transaction.follow_up"} <= described
    assert len({route.name for route in ROUTES}) == len(ROUTES)


def test_it_is_a_schema_whose_references_resolve(document: dict[str, Any]) -> None:
    for reference in re.findall(r"'\$ref': '([^']+)'", str(document)):
        found: Any = document
        for part in reference.removeprefix("#/").split("/"):
            found = found[part]
        assert found
    for path in document["paths"].values():
        for operation in path.values():
            for status in operation["responses"].keys() & {"200", "202"}:
                content = operation["responses"][status]["content"]
                schema = content["application/json"]["schema"]
                jsonschema.Draft202012Validator.check_schema(schema)
            if "requestBody" in operation:
                body = operation["requestBody"]["content"]["application/json"]["schema"]
                jsonschema.Draft202012Validator.check_schema(body)


@pytest.mark.parametrize("route", ROUTES, ids=lambda route: route.name)
def test_answers_and_requests_fit_the_document(
    api: Caller, document: dict[str, Any], route: Any
) -> None:
    """Each operation once over the wire; answer and request are held against the document."""
    ids = _one_of_each(api)
    operation = document["paths"][BASE + route.path][route.method.lower()]
    body = None
    if route.request is not None:
        fields = BODIES.get(route.name) or ids["bodies"][route.name]
        body = {route.request.envelope: [fields] if route.request.most_rows else fields}
        request = operation["requestBody"]["content"]["application/json"]["schema"]
        jsonschema.validate(body, request)
    path = route.path.replace("{id}", ids.get(route.path, "")).lstrip("/")
    answer = api.send(route.method, path, body)
    assert answer.status_code in route.statuses, answer.text
    described = operation["responses"][str(answer.status_code)]
    schema = described["content"]["application/json"]["schema"]
    jsonschema.validate(answer.json(), schema)
    assert answer.json()[route.answer_envelope]


def _one_of_each(api: Caller) -> dict[str, Any]:
    """One record per resource: ids by path, and the bodies that need one."""
    customer = api.customer()["id"]
    account = api.account(customer_account=customer)
    mandate = api.mandate(customer_bank_account=account["id"])
    api.sandbox.control("submission-run", {})
    (submission,) = api.get("submissions").json()["submissions"]
    (line,) = api.get("submissionlines").json()["submissionLines"]
    validation = api.make("account_validation", client_bank_account_id="CBA-0000001")
    check = api.make("bank_account_check", **BODIES["bank_account_check.create"])
    payment = PAYMENT | {"auddis": mandate["auddis"]}
    credit = CREDIT | {"bank_account": account["id"]}
    bulk = api.bulk("payments", [payment, {}]).json()["api_request"]
    failed = api.failed_payment(auddis=mandate["auddis"])
    api.card()
    message = api.get("outboundmessages").json()["OutboundMessages"][0]["id"]
    return {
        "/customeraccount/{id}": customer,
        "/bankaccount/{id}": account["id"],
        "/accountvalidation/{id}": validation["id"],
        "/bankaccountcheck/{id}": check["id"],
        "/mandate/{id}": mandate["id"],
        "/recurrenceschedule/{id}": api.schedule(auddis=mandate["auddis"])["id"],
        "/clientbankaccount/{id}": "OB01SANDBOXMAIN00001",
        "/clientbankaccount/sun/{id}": "122",
        "/serviceusernumber/{id}": "122",
        "/payment/{id}": api.payment(auddis=mandate["auddis"])["id"],
        "/payment/{id}/represent": failed["id"],
        "/paymentlink/{id}": api.make("payment_link", **BODIES["payment_link.create"])["id"],
        "/ecommercepagesetup/{id}": "EP02SANDBOXPAGE00001",
        "/ecommercebranding/{id}": "EB02SANDBOXBRAND0001",
        "/credit/{id}": api.credit(bank_account=account["id"])["ID"],
        "/apirequest/{id}": bulk["id"],
        "/submission/{id}": submission["Id"],
        "/submissionline/{id}": line["Id"],
        "/outboundmessage/{id}": message,
        "/outboundmessage/{id}/resend": message,
        "bodies": {
            "payment.create": payment,
            "payment.bulk_create": payment,
            "payment.represent": payment,
            "credit.create": credit,
            "credit.bulk_create": credit,
            "mandate.create": {"customer_bank_account": account["id"]},
            "recurrence_schedule.create": SCHEDULE | {"auddis": mandate["auddis"]},
        },
    }


def test_an_error_fits_the_document(api: Caller, document: dict[str, Any]) -> None:
    answer = api.post("Customer_Account", {})
    jsonschema.validate(answer.json(), document["components"]["schemas"]["Error"])
    assert answer.json()["error"]["details"]


def test_the_docs_page_shows_every_path_and_needs_no_network(sandbox: SandboxProcess) -> None:
    page = httpx.get(f"{sandbox.base_url}/docs", trust_env=False)
    assert page.headers["content-type"] == "text/html; charset=utf-8"
    for route in ROUTES:
        assert f"<code>{BASE}{route.path}</code>" in page.text
    assert "/_sandbox/clock" in page.text
    for word in (*KINDS, *API_KEYS, *sandbox.control("settings")):
        assert f"<code>{word}</code>" in page.text
    assert not re.search(r'(src|href)="(https?:)?//', page.text)
    assert "<script" not in page.text


@pytest.mark.parametrize("path", ["/", "/docs/"])
def test_the_address_of_the_start_up_line_leads_a_reader_to_the_docs(
    sandbox: SandboxProcess, path: str
) -> None:
    page = httpx.get(sandbox.base_url + path, trust_env=False)
    assert page.status_code == 200
    assert page.text == httpx.get(sandbox.base_url + "/docs", trust_env=False).text


def test_the_first_call_of_the_docs_works_as_it_stands(api: Caller) -> None:
    page = httpx.get(f"{api.sandbox.base_url}/docs", trust_env=False)
    printed = re.search("<pre>(.*?)</pre>", page.text, re.DOTALL)
    assert printed is not None
    command = html.unescape(printed[1]).replace("\\\n", " ")
    program, url, *options = shlex.split(command)
    pairs = list(zip(options[::2], options[1::2], strict=True))
    headers = dict(value.split(": ", 1) for option, value in pairs if option == "-H")
    body = dict(pairs)["-d"]
    assert program == "curl"
    answer = httpx.post(url, headers=headers, content=body, trust_env=False)
    assert answer.status_code == 200
    assert api.sandbox.counts()["customer_accounts"] == 1


def test_a_host_name_is_never_markup(sandbox: SandboxProcess) -> None:
    page = httpx.get(f"{sandbox.base_url}/docs", headers={"Host": "<b>"}, trust_env=False)
    assert "<b>" not in page.text
