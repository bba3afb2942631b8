"""Sections 1, 4 and 6: the checks before the work, their order, and the errors they give."""

from itertools import pairwise

import httpx
import pytest

from tests.sandbox.caller import ACCOUNT, CUSTOMER, Caller, faulty
from tests.sandbox_process import SandboxProcess

UNKNOWN_ID = "CA01ZZZZZZZZZZZZZZZZ"


def error_of(answer: httpx.Response) -> tuple[int, str]:
    error = answer.json()["error"]
    assert error["code"] == answer.status_code
    return error["code"], error["message"]


def test_answers_are_json_in_utf8_section_1(api: Caller) -> None:
    made = api.post("Customer_Account", CUSTOMER | {"last_name": "Łukasiewicz"})
    assert made.headers["content-type"] == "application/json; charset=utf-8"
    assert made.json()["Customer_Account"]["last_name"] == "Łukasiewicz"


def test_plain_http_is_refused_where_tls_is_required_section_1(api: Caller) -> None:
    api.sandbox.settings(require_tls=True)
    assert error_of(api.get("mandates")) == (400, "TLS_Required")


@pytest.mark.parametrize(
    "authorization",
    [
        None,
        "",
        "Bearer",
        "Bearer nonsense",
        "Bearer sandbox-key-expired",
        "Basic c2FuZGJveC1rZXk=",
        "sandbox-key",
    ],
)
def test_a_token_that_does_not_work_gets_498_section_1(
    api: Caller, authorization: str | None
) -> None:
    headers = {} if authorization is None else {"Authorization": authorization}
    answer = httpx.get(f"{api.sandbox.cloud_url}mandates", headers=headers, trust_env=False)
    assert error_of(answer) == (498, "Invalid Token")


def test_the_card_host_answers_498_in_its_flat_form_sections_1_and_8(api: Caller) -> None:
    answer = httpx.post(api.sandbox.card_url, json={}, trust_env=False)
    assert answer.status_code == 498
    assert answer.json() == {
        "status": "error",
        "status_code": "101",
        "status_details": "Unauthorised",
    }


def test_card_operations_go_through_the_protocol_section_8(api: Caller) -> None:
    for url in (api.sandbox.card_url, api.sandbox.card_url + "/"):
        answer = api.send("POST", url, {"payment_type": "Ecommerce"}, key=url[-50:])
        assert answer.status_code == 400
        assert answer.json()["status"] == "error"
        again = api.send("POST", url, {"payment_type": "Ecommerce"}, key=url[-50:])
        assert again.headers["idempotency-replay"] == "true"
    assert api.send("GET", api.sandbox.card_url).status_code == 405


@pytest.mark.parametrize("word", ["bearer", "BEARER"])
def test_the_scheme_is_read_in_any_case_section_1(api: Caller, word: str) -> None:
    answer = api.send("GET", "mandates", headers={"Authorization": f"{word} sandbox-key"})
    assert answer.status_code == 200


@pytest.mark.parametrize("path", ["nonsense", "mandates/nonsense", ""])
def test_an_unknown_path_is_404_section_4(api: Caller, path: str) -> None:
    assert error_of(api.get(path)) == (404, "Not Found")


def test_a_path_below_no_base_is_404_section_4(api: Caller) -> None:
    assert error_of(api.send("GET", api.sandbox.base_url + "/mandates")) == (404, "Not Found")


def test_no_record_with_that_id_is_404_section_4(api: Caller) -> None:
    assert api.get(f"customeraccount/{UNKNOWN_ID}").status_code == 404
    changed = api.put("Customer_Account", UNKNOWN_ID, {"city": "York"})
    assert changed.status_code == 404


def test_the_switched_400_is_flat_on_the_card_host_section_8(api: Caller) -> None:
    path = api.sandbox.card_url + "/no/such/thing"
    assert error_of(api.send("GET", path)) == (404, "Not Found")
    api.sandbox.settings(not_found_as_400=True)
    answer = api.send("GET", path)
    assert answer.status_code == 400
    assert answer.json() == {
        "status": "error",
        "status_code": "905",
        "status_details": "Not Found",
    }


def test_a_switch_turns_404_into_400_section_4(api: Caller) -> None:
    api.sandbox.settings(not_found_as_400=True)
    assert error_of(api.get("nonsense")) == (400, "Not Found")
    assert error_of(api.get(f"customeraccount/{UNKNOWN_ID}")) == (400, "Not Found")


@pytest.mark.parametrize(
    ("method", "path", "allowed"),
    [
        ("DELETE", "customeraccount", "POST"),
        ("GET", "mandate", "POST"),
        ("POST", "mandates", "GET"),
        ("PATCH", "serviceusernumber", "GET"),
        ("PUT", "moduluscheck", "POST"),
        ("DELETE", "serviceusernumber/122", "GET"),
    ],
)
def test_a_method_the_resource_lacks_is_405_section_4(
    api: Caller, method: str, path: str, allowed: str
) -> None:
    answer = api.send(method, path)
    assert error_of(answer) == (405, "Method Not Allowed")
    assert answer.headers["allow"] == allowed


def test_a_mandate_cannot_be_deleted_section_6(api: Caller) -> None:
    assert api.send("DELETE", f"mandate/{api.mandate()['id']}").status_code == 405


@pytest.mark.parametrize(
    ("accept", "status"),
    [
        ("application/json", 200),
        ("*/*", 200),
        ("application/*;q=0.2", 200),
        ("text/html, application/json;q=0.9", 200),
        ("APPLICATION/JSON", 200),
        ("text/html", 406),
        ("application/xml, text/*", 406),
        ("application/json;q=0", 406),
        ("*/*, application/json;q=0", 406),
        ("application/json;q=nonsense", 406),
    ],
)
def test_accept_decides_on_406_section_4(api: Caller, accept: str, status: int) -> None:
    assert api.send("GET", "mandates", headers={"Accept": accept}).status_code == status


@pytest.mark.parametrize(
    ("content_type", "status"),
    [
        ("application/json", 200),
        ("application/vnd.api+json", 200),
        ("Application/JSON; charset=UTF-8", 200),
        ('application/json; charset="utf-8"', 200),
        ("application/json; charset=iso-8859-1", 400),
        ("text/plain", 400),
        ("application/x-www-form-urlencoded", 400),
        ("", 400),
    ],
)
def test_content_type_is_mandatory_section_1(api: Caller, content_type: str, status: int) -> None:
    body = b'{"Customer_Account":' + httpx.Request("POST", "http://x", json=CUSTOMER).content + b"}"
    answer = api.http.post("customeraccount", content=body, headers={"Content-Type": content_type})
    assert answer.status_code == status


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"{",
        b"[]",
        b'"text"',
        b"null",
        b'{"Customer_Account": NaN}',
        b'{"Customer_Account": {"city": "\xff"}}',
        b"{}",
        b'{"Mandate": {}}',
        b'{"Customer_Account": null}',
        b'{"Customer_Account": []}',
        b'{"Customer_Account": "text"}',
    ],
)
def test_a_body_that_is_no_request_is_400_section_4(api: Caller, body: bytes) -> None:
    answer = api.http.post(
        "customeraccount", content=body, headers={"Content-Type": "application/json"}
    )
    assert error_of(answer)[0] == 400
    assert api.sandbox.counts()["customer_accounts"] == 0


def test_a_body_over_the_limit_is_400_section_4(api: Caller) -> None:
    answer = api.post("Customer_Account", CUSTOMER | {"metadata": "x" * 1_100_000}, key="big")
    assert error_of(answer)[0] == 400
    assert api.get("customeraccounts").json() == {"Customer_Accounts": []}


def test_an_error_lists_every_faulty_field_section_4(api: Caller) -> None:
    answer = api.post("Customer_Account", {"email": "nonsense", "first_name": "x" * 51})
    assert faulty(answer) == [
        "email",
        "first_name",
        "last_name",
        "address_line1",
        "city",
        "postal_code",
    ]
    assert "nonsense" not in answer.text


@pytest.mark.parametrize(
    "path",
    [
        "/service.svc/customeraccounts/",
        "/SERVICE.SVC/CustomerAccounts",
        "/Service.svc/customerAccounts",
    ],
)
def test_paths_match_in_any_case_with_one_trailing_slash_section_1(api: Caller, path: str) -> None:
    assert api.send("GET", api.sandbox.base_url + path).status_code == 200
    assert api.send("GET", api.sandbox.base_url + path.rstrip("/") + "//").status_code == 404


def test_ids_in_paths_match_in_any_case_section_1(api: Caller) -> None:
    made = api.customer()
    assert api.get(f"CUSTOMERACCOUNT/{made['id'].lower()}/").json()["Customer_Account"] == made


def test_keys_of_requests_match_in_any_case_section_5(api: Caller) -> None:
    shouted = {name.upper(): value for name, value in CUSTOMER.items()}
    answer = api.send("POST", "customeraccount", {"customer_account": shouted})
    assert answer.json()["Customer_Account"]["city"] == "testcity"


def test_unknown_properties_are_ignored_unless_strict_section_5(api: Caller) -> None:
    fields = CUSTOMER | {"shoe_size": 44}
    assert api.post("Customer_Account", fields).status_code == 200
    assert api.sandbox.books()["protocol"]["ignored_properties"] == 1
    api.sandbox.settings(strict=True)
    assert faulty(api.post("Customer_Account", fields)) == ["shoe_size"]


def test_what_stands_beside_the_envelope_is_unknown_too_section_5(api: Caller) -> None:
    body = {"Customer_Account": CUSTOMER, "shoe_size": 44}
    assert api.send("POST", "customeraccount", body).status_code == 200
    assert api.sandbox.books()["protocol"]["ignored_properties"] == 1
    api.sandbox.settings(strict=True)
    assert faulty(api.send("POST", "customeraccount", body)) == ["shoe_size"]


def test_maintenance_answers_503_before_the_token_is_looked_at_section_4(api: Caller) -> None:
    api.sandbox.settings(maintenance="on")
    assert error_of(api.get("mandates")) == (503, "Service Unavailable")
    unknown = api.send("GET", "mandates", headers={"Authorization": "Bearer nonsense"})
    assert unknown.status_code == 503


def test_the_saturday_hour_of_maintenance_section_4(api: Caller) -> None:
    api.sandbox.settings(maintenance="saturday")
    for instant, status in (
        ("2026-06-06T08:59:59", 200),
        ("2026-06-06T09:00:00", 503),
        ("2026-06-06T09:59:59", 503),
        ("2026-06-06T10:00:00", 200),
        ("2026-06-07T09:30:00", 200),
    ):
        api.sandbox.control("clock", {"set": instant})
        assert api.get("mandates").status_code == status, instant


def test_the_order_of_checks_of_section_1(limited: Caller) -> None:
    """One call that breaks every check; each step mends the fault that was told of."""
    sandbox = limited.sandbox
    sandbox.settings(require_tls=True, maintenance="on")
    limited.sandbox.control("clock", {"set": "2026-06-01T09:00"})
    seen = [_worst_call(limited, "Bearer nonsense", "nonsense", "PATCH", "text/html").text]
    assert "TLS_Required" in seen[0]
    sandbox.settings(require_tls=False)
    statuses = [_worst_call(limited, "Bearer nonsense", "nonsense", "PATCH", "text/html")]
    sandbox.settings(maintenance="off")
    statuses += [_worst_call(limited, "Bearer nonsense", "nonsense", "PATCH", "text/html")]
    token = "Bearer sandbox-key-limited"
    sandbox.faults("429")
    statuses += [_worst_call(limited, token, "nonsense", "PATCH", "text/html")]
    statuses += [_worst_call(limited, token, "nonsense", "PATCH", "text/html")]
    statuses += [_worst_call(limited, token, "customeraccount", "PATCH", "text/html")]
    statuses += [_worst_call(limited, token, "customeraccount", "POST", "text/html")]
    statuses += [_worst_call(limited, token, "customeraccount", "POST", "*/*")]
    assert [answer.status_code for answer in statuses] == [503, 498, 429, 404, 405, 406, 400]
    assert all(before.text != after.text for before, after in pairwise(statuses))


def _worst_call(
    api: Caller, authorization: str, path: str, method: str, accept: str
) -> httpx.Response:
    headers = {"Authorization": authorization, "Accept": accept, "Content-Type": "text/plain"}
    return api.http.request(method, path, content=b"nonsense", headers=headers)


def test_idempotency_is_judged_before_the_body_section_1(api: Caller) -> None:
    api.make("bank_account", **ACCOUNT)
    assert api.post("Customer_Account", CUSTOMER, key="k").status_code == 200
    broken = api.http.post("customeraccount", content=b"{", headers={"Idempotency-Key": "k"})
    assert broken.status_code == 422


def test_head_and_options_are_405_and_leave_the_connection_usable_section_4(api: Caller) -> None:
    for method in ("HEAD", "OPTIONS"):
        assert api.send(method, "mandates").status_code == 405
    assert api.get("mandates").status_code == 200


def test_no_answer_tells_a_client_how_long_to_wait_section_3(sandbox: SandboxProcess) -> None:
    caller = Caller(sandbox)
    sandbox.faults("429")
    sandbox.faults("503")
    for _ in range(2):
        answer = caller.get("mandates")
        assert answer.status_code in {429, 503}
        assert not any("retry" in name or "limit" in name for name in answer.headers)
    caller.close()
