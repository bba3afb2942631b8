"""Section 2: what happens under an idempotency key, over a real socket."""

import threading
import time
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import httpx
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.sandbox.caller import ACCOUNT, CUSTOMER, Caller
from tests.sandbox_process import SandboxProcess

IN_PROGRESS = (
    "A request with the same Idempotency-Key for the same operation is being processed or is "
    "outstanding"
)
REUSED = "Idempotency keys cannot be reused"


def message_of(answer: httpx.Response) -> str:
    message: str = answer.json()["error"]["message"]
    return message


def test_an_identical_request_gets_the_first_answer_again_section_2(api: Caller) -> None:
    first = api.post("Customer_Account", CUSTOMER, key="k")
    again = api.post("Customer_Account", CUSTOMER, key="k")
    assert (again.status_code, again.content) == (first.status_code, first.content)
    assert "idempotency-replay" not in first.headers
    assert again.headers["idempotency-replay"] == "true"
    assert api.sandbox.counts()["customer_accounts"] == 1


def test_the_first_answer_stays_although_the_record_moved_on_section_2(api: Caller) -> None:
    first = api.post("bank_account", ACCOUNT, key="k")
    api.send("DELETE", f"bankaccount/{first.json()['bank_account']['id']}")
    again = api.post("bank_account", ACCOUNT, key="k")
    assert again.json()["bank_account"]["enabled"] is True


def test_another_payload_is_422_section_2(api: Caller) -> None:
    api.post("Customer_Account", CUSTOMER, key="k")
    other = api.post("Customer_Account", CUSTOMER | {"city": "York"}, key="k")
    assert (other.status_code, message_of(other)) == (422, REUSED)
    assert api.sandbox.counts()["customer_accounts"] == 1


def test_identical_means_raw_bytes_section_2(api: Caller) -> None:
    """The same JSON with a space more is another payload."""
    head = {"Idempotency-Key": "k", "Content-Type": "application/json"}
    body = b'{"bank_account":{"account_number":"75849855","sort_code":"200052","account_name":"J"}}'
    assert api.http.post("bankaccount", content=body, headers=head).status_code == 200
    spaced = body.replace(b":{", b": {")
    assert api.http.post("bankaccount", content=spaced, headers=head).status_code == 422


def test_another_endpoint_method_or_query_is_422_section_2(api: Caller) -> None:
    made = api.post("Customer_Account", CUSTOMER, key="k").json()["Customer_Account"]
    body = {"Customer_Account": CUSTOMER}
    assert api.send("POST", "bankaccount", body, key="k").status_code == 422
    assert api.send("POST", "customeraccount?x=1", body, key="k").status_code == 422
    assert api.send("PUT", f"customeraccount/{made['id']}", body, key="k").status_code == 422
    assert api.send("POST", api.sandbox.card_url, body, key="k").status_code == 422


def test_the_path_is_compared_in_its_normal_form_section_2(api: Caller) -> None:
    body = {"Customer_Account": CUSTOMER}
    first = api.send("POST", "customeraccount", body, key="k")
    again = api.send("POST", "CustomerAccount/", body, key="k")
    assert again.content == first.content
    assert again.headers["idempotency-replay"] == "true"


def test_keys_are_case_sensitive_section_2(api: Caller) -> None:
    first = api.post("Customer_Account", CUSTOMER, key="key")
    other = api.post("Customer_Account", CUSTOMER, key="KEY")
    assert first.json() != other.json()


def test_all_api_keys_of_the_client_share_one_namespace_section_2(
    api: Caller, limited: Caller
) -> None:
    first = api.post("Customer_Account", CUSTOMER, key="k")
    again = limited.post("Customer_Account", CUSTOMER, key="k")
    assert again.content == first.content
    assert again.headers["idempotency-replay"] == "true"


@pytest.mark.parametrize(("key", "status"), [("", 400), ("k" * 255, 200), ("k" * 256, 400)])
def test_a_key_has_1_to_255_characters_section_2(api: Caller, key: str, status: int) -> None:
    assert api.post("Customer_Account", CUSTOMER, key=key).status_code == status
    assert api.sandbox.counts()["customer_accounts"] == (status == 200)


def test_a_key_on_get_or_delete_is_ignored_section_2(api: Caller) -> None:
    account = api.account()
    path = f"bankaccount/{account['id']}"
    for method in ("GET", "DELETE", "GET"):
        answer = api.send(method, path, key="k")
        assert answer.status_code == 200
        assert "idempotency-replay" not in answer.headers
    assert answer.json()["bank_account"]["enabled"] is False
    assert api.send("GET", path, key="").status_code == 200


def test_a_400_of_the_work_is_stored_section_2(api: Caller) -> None:
    refused = api.post("Mandate", {"customer_bank_account": "BA01NONE"}, key="k")
    again = api.post("Mandate", {"customer_bank_account": "BA01NONE"}, key="k")
    assert refused.status_code == again.status_code == 400
    assert again.content == refused.content
    assert again.headers["idempotency-replay"] == "true"


def test_a_500_raised_inside_the_work_is_stored_section_2(api: Caller) -> None:
    api.sandbox.faults("500-after")
    assert api.post("Customer_Account", CUSTOMER, key="k").status_code == 500
    again = api.post("Customer_Account", CUSTOMER, key="k")
    assert again.status_code == 500
    assert again.headers["idempotency-replay"] == "true"
    assert api.sandbox.counts()["customer_accounts"] == 1


@pytest.mark.parametrize(
    ("make_it_fail", "mend", "status"),
    [
        ({"fault": "429"}, {}, 429),
        ({"fault": "503"}, {}, 503),
        ({"fault": "500-before"}, {}, 500),
        ({"setting": {"maintenance": "on"}}, {"setting": {"maintenance": "off"}}, 503),
        ({"headers": {"Authorization": "Bearer nonsense"}}, {}, 498),
        ({"headers": {"Accept": "text/html"}}, {}, 406),
        ({"path": "nonsense"}, {}, 404),
        ({"path": f"customeraccount/{'X' * 20}", "method": "PUT"}, {}, 404),
        ({"path": "customeraccounts"}, {}, 405),
    ],
)
def test_an_answer_given_before_the_work_is_not_stored_section_2(
    api: Caller, make_it_fail: dict[str, Any], mend: dict[str, Any], status: int
) -> None:
    if "fault" in make_it_fail:
        api.sandbox.faults(make_it_fail["fault"])
    api.sandbox.settings(**make_it_fail.get("setting", {}))
    failed = api.send(
        make_it_fail.get("method", "POST"),
        make_it_fail.get("path", "customeraccount"),
        {"Customer_Account": CUSTOMER},
        key="k",
        headers=make_it_fail.get("headers", {}),
    )
    assert failed.status_code == status
    api.sandbox.settings(**mend.get("setting", {}))
    then = api.post("Customer_Account", CUSTOMER, key="k")
    assert then.status_code == 200
    assert "idempotency-replay" not in then.headers


def test_a_422_does_not_take_the_place_of_the_first_answer_section_2(api: Caller) -> None:
    first = api.post("Customer_Account", CUSTOMER, key="k")
    api.post("Customer_Account", CUSTOMER | {"city": "York"}, key="k")
    assert api.post("Customer_Account", CUSTOMER, key="k").content == first.content


@pytest.mark.parametrize("payload", [CUSTOMER, CUSTOMER | {"city": "York"}])
def test_the_same_key_while_the_first_runs_is_409_whatever_the_payload_section_2(
    api: Caller, payload: dict[str, str]
) -> None:
    """409 comes before 422; afterwards the key tells the payloads apart."""
    api.sandbox.faults("slow", method="POST", seconds=1.0)
    with ThreadPoolExecutor(1) as pool:
        slow = pool.submit(api.post, "Customer_Account", CUSTOMER, "k")
        _until_running(api.sandbox)
        second = Caller(api.sandbox)
        meanwhile = second.post("Customer_Account", payload, "k")
        first = slow.result()
        afterwards = second.post("Customer_Account", payload, "k")
        second.close()
    assert (meanwhile.status_code, message_of(meanwhile)) == (409, IN_PROGRESS)
    assert first.status_code == 200
    assert afterwards.status_code == (200 if payload == CUSTOMER else 422)
    assert api.sandbox.counts()["customer_accounts"] == 1


def _until_running(sandbox: SandboxProcess) -> None:
    """Wait until the slow call has reached the work."""
    for _ in range(200):
        if sandbox.control("faults")["faults"][0]["hit"]:
            return
        time.sleep(0.01)
    raise AssertionError("the slow call never arrived")


def test_many_at_once_under_one_key_do_the_work_once_section_2(sandbox: SandboxProcess) -> None:
    start = threading.Barrier(8)

    def call() -> int:
        caller = Caller(sandbox)
        start.wait()
        status = caller.post("Customer_Account", CUSTOMER, key="k").status_code
        caller.close()
        return status

    with ThreadPoolExecutor(8) as pool:
        statuses = [future.result() for future in [pool.submit(call) for _ in range(8)]]
    assert set(statuses) <= {200, 409}
    assert 200 in statuses
    assert sandbox.counts()["customer_accounts"] == 1


def test_a_caller_that_hung_up_does_not_stop_the_work_section_12(sandbox: SandboxProcess) -> None:
    """The provider that answers after the client's timeout: the work is done all the same."""
    caller = Caller(sandbox)
    sandbox.faults("slow", method="POST", seconds=0.6)
    with pytest.raises(httpx.ReadTimeout):
        caller.send("POST", "customeraccount", {"Customer_Account": CUSTOMER}, key="k", timeout=0.2)
    for _ in range(100):
        again = caller.post("Customer_Account", CUSTOMER, key="k")
        if again.status_code != 409:
            break
        time.sleep(0.05)
    assert again.status_code == 200
    assert again.headers["idempotency-replay"] == "true"
    assert sandbox.counts()["customer_accounts"] == 1
    caller.close()


def test_keys_are_forgotten_at_exactly_24_hours_section_2(api: Caller) -> None:
    first = api.post("Customer_Account", CUSTOMER, key="k").json()
    api.sandbox.advance(24 * 3600 - 1)
    assert api.post("Customer_Account", CUSTOMER, key="k").json() == first
    api.sandbox.advance(1)
    assert api.post("Customer_Account", CUSTOMER, key="k").json() != first
    assert api.sandbox.counts()["customer_accounts"] == 2


def test_a_replay_does_not_lengthen_retention_section_2(api: Caller) -> None:
    """24 h count from the first request."""
    first = api.post("Customer_Account", CUSTOMER, key="k").json()
    api.sandbox.advance("23h")
    assert api.post("Customer_Account", CUSTOMER, key="k").json() == first
    api.sandbox.advance("1h")
    assert api.post("Customer_Account", CUSTOMER, key="k").json() != first


class KeyModel:
    """Section 2 in twenty lines: what a caller may expect of keyed calls."""

    def __init__(self) -> None:
        self.now = 0
        self.kept: dict[str, tuple[int, str, str, bytes]] = {}
        self.records = 0

    def expect(self, key: str, path: str, city: str) -> tuple[int, bytes | None]:
        """The status, and the exact body where it must be a replay."""
        kept = self.kept.get(key)
        if kept is None or self.now - kept[0] >= 24:
            return 200, None
        return (200, kept[3]) if kept[1:3] == (path, city) else (422, None)

    def keep(self, key: str, path: str, city: str, body: bytes) -> None:
        """A first answer under a key."""
        self.kept[key] = (self.now, path, city, body)
        self.records += 1


STEP = st.one_of(
    st.tuples(
        st.sampled_from(["a", "b"]),
        st.sampled_from(["customeraccount", "customeraccount?again=1"]),
        st.sampled_from(["York", "Leeds"]),
    ),
    st.integers(1, 25),
)


@settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(steps=st.lists(STEP, min_size=3, max_size=14))
def test_any_sequence_of_keys_payloads_and_hours_keeps_to_the_model_section_2(
    sandbox_program: SandboxProcess, steps: list[tuple[str, str, str] | int]
) -> None:
    sandbox_program.reset()
    api, model = Caller(sandbox_program), KeyModel()
    for step in steps:
        if isinstance(step, int):
            model.now += step
            sandbox_program.advance(f"{step}h")
            continue
        key, path, city = step
        status, body = model.expect(key, path, city)
        answer = api.send("POST", path, {"Customer_Account": CUSTOMER | {"city": city}}, key=key)
        assert answer.status_code == status
        assert ("idempotency-replay" in answer.headers) == (body is not None)
        if body is not None:
            assert answer.content == body
        elif status == 200:
            model.keep(key, path, city, answer.content)
    assert sandbox_program.counts()["customer_accounts"] == model.records
    api.close()
