"""Section 1, "OAuth", and RFC 6749: the token endpoint, and what its tokens open."""

import base64
from collections.abc import Iterator
from typing import Any

import httpx
import pytest

from tests.sandbox.caller import CARD, CUSTOMER, Caller
from tests.sandbox_process import SandboxProcess, plain_tls

CREDENTIALS = {"client_id": "sandbox-client", "client_secret": "sandbox-client-secret"}
FORM = {"grant_type": "client_credentials", **CREDENTIALS}


@pytest.fixture
def auth(sandbox: SandboxProcess) -> Iterator[httpx.Client]:
    with httpx.Client(base_url=sandbox.base_url, verify=plain_tls(), trust_env=False) as client:
        yield client


def ask(auth: httpx.Client, form: Any = None, **headers: str) -> httpx.Response:
    return auth.post("/oauth/token", data=FORM if form is None else form, headers=headers)


def granted(auth: httpx.Client) -> str:
    answer = ask(auth)
    assert answer.status_code == 200, answer.text
    token: str = answer.json()["access_token"]
    return token


def basic(text: str) -> str:
    return "Basic " + base64.b64encode(text.encode()).decode()


def refused(answer: httpx.Response) -> tuple[int, str]:
    body = answer.json()
    assert set(body) == {"error", "error_description"}
    return answer.status_code, body["error"]


def test_the_token_answer_section_1_and_rfc_6749_section_5_1(auth: httpx.Client) -> None:
    answer = ask(auth)
    body = answer.json()
    assert answer.status_code == 200
    assert body == {
        "access_token": body["access_token"],
        "token_type": "Bearer",
        "expires_in": 3600,
    }
    assert len(body["access_token"]) >= 40
    assert answer.headers["content-type"].startswith("application/json")
    assert (answer.headers["cache-control"], answer.headers["pragma"]) == ("no-store", "no-cache")


def test_http_basic_proves_the_client_rfc_6749_section_2_3_1(auth: httpx.Client) -> None:
    grant = {"grant_type": "client_credentials"}
    for text in (
        "sandbox-client:sandbox-client-secret",
        "sandbox%2Dclient:sandbox-client%2dsecret",
    ):
        assert ask(auth, grant, Authorization=basic(text)).status_code == 200
    named = grant | {"client_id": "sandbox-client"}
    proof = basic("sandbox-client:sandbox-client-secret")
    assert ask(auth, named, Authorization=proof).status_code == 200


@pytest.mark.parametrize(
    ("form", "status", "error"),
    [
        (FORM | {"client_secret": "wrong"}, 401, "invalid_client"),
        (FORM | {"client_id": "other"}, 401, "invalid_client"),
        ({"grant_type": "client_credentials"}, 401, "invalid_client"),
        (FORM | {"grant_type": "password"}, 400, "unsupported_grant_type"),
        (FORM | {"grant_type": "authorization_code"}, 400, "unsupported_grant_type"),
        (CREDENTIALS, 400, "invalid_request"),
        (FORM | {"grant_type": ""}, 400, "invalid_request"),
        (FORM | {"grant_type": ["client_credentials"] * 2}, 400, "invalid_request"),
        (FORM | {"scope": "x" * 20_000}, 400, "invalid_request"),
    ],
)
def test_errors_rfc_6749_section_5_2(
    auth: httpx.Client, form: dict[str, Any], status: int, error: str
) -> None:
    answer = ask(auth, form)
    assert refused(answer) == (status, error)
    assert answer.headers["cache-control"] == "no-store"
    assert "sandbox-client-secret" not in answer.text


@pytest.mark.parametrize(
    ("authorization", "form", "status", "error"),
    [
        (
            basic("sandbox-client:wrong"),
            {"grant_type": "client_credentials"},
            401,
            "invalid_client",
        ),
        ("Basic ???", {"grant_type": "client_credentials"}, 401, "invalid_client"),
        ("Bearer sandbox-key", {"grant_type": "client_credentials"}, 401, "invalid_client"),
        (basic("sandbox-client:sandbox-client-secret"), FORM, 400, "invalid_request"),
        (
            basic("sandbox-client:sandbox-client-secret"),
            {"grant_type": "client_credentials", "client_id": "other"},
            400,
            "invalid_request",
        ),
    ],
)
def test_errors_with_a_header_rfc_6749_sections_2_3_and_5_2(
    auth: httpx.Client, authorization: str, form: dict[str, str], status: int, error: str
) -> None:
    answer = ask(auth, form, Authorization=authorization)
    assert refused(answer) == (status, error)
    assert ("www-authenticate" in answer.headers) == (status == 401)


def test_only_a_form_by_post_is_taken_rfc_6749_section_3_2(auth: httpx.Client) -> None:
    assert refused(auth.post("/oauth/token", json=FORM)) == (400, "invalid_request")
    form = {"content-type": "application/x-www-form-urlencoded"}
    odd = auth.post("/oauth/token", content=b"grant_type=\xff", headers=form)
    assert refused(odd) == (400, "invalid_request")
    got = auth.get("/oauth/token", params=FORM)
    assert (refused(got), got.headers["allow"]) == ((405, "invalid_request"), "POST")


def test_plain_http_can_be_refused_section_1(auth: httpx.Client, sandbox: SandboxProcess) -> None:
    sandbox.settings(require_tls=True)
    assert ask(auth).json()["error_description"] == "TLS_Required"


def test_a_token_opens_both_hosts_until_it_expires_section_1(
    auth: httpx.Client, sandbox: SandboxProcess
) -> None:
    """3600 s of simulated time, then 498, flat on the card host."""
    caller = Caller(sandbox, granted(auth))
    card = CARD | {"customer_id": caller.customer()["id"]}
    assert caller.send("POST", sandbox.card_url, card).status_code == 200
    sandbox.advance(3599)
    assert caller.get("mandates").status_code == 200
    sandbox.advance(1)
    assert caller.get("mandates").status_code == 498
    answer = caller.send("POST", sandbox.card_url, card)
    assert (answer.status_code, answer.json()["status_code"]) == (498, "101")
    caller.close()


def test_a_new_token_works_beside_an_older_one_section_1(
    auth: httpx.Client, sandbox: SandboxProcess
) -> None:
    first, second = Caller(sandbox, granted(auth)), Caller(sandbox, granted(auth))
    assert first.get("mandates").status_code == second.get("mandates").status_code == 200
    sandbox.advance("2h")
    third = Caller(sandbox, granted(auth))
    assert sandbox.counts()["access_tokens"] == 1
    assert first.get("mandates").status_code == second.get("mandates").status_code == 498
    assert third.get("mandates").status_code == 200
    for caller in (first, second, third):
        caller.close()


def test_tokens_can_be_revoked_early_section_4(auth: httpx.Client, sandbox: SandboxProcess) -> None:
    """498: "Token expired or otherwise unusable"; the API keys are another matter."""
    caller, keyed = Caller(sandbox, granted(auth)), Caller(sandbox)
    assert sandbox.control("oauth/revoke", {}) == {"revoked": 1}
    assert caller.get("mandates").status_code == 498
    assert keyed.get("mandates").status_code == 200
    assert sandbox.control("oauth/revoke", {}) == {"revoked": 0}
    caller.close()
    keyed.close()


def test_tokens_and_keys_share_the_clients_namespace_section_2(
    auth: httpx.Client, sandbox: SandboxProcess
) -> None:
    """A refreshed token repeats the same call under the same idempotency key."""
    before, after, keyed = (
        Caller(sandbox, granted(auth)),
        Caller(sandbox, granted(auth)),
        Caller(sandbox),
    )
    first = before.post("Customer_Account", CUSTOMER, key="k")
    for caller in (after, keyed):
        again = caller.post("Customer_Account", CUSTOMER, key="k")
        assert (again.content, again.headers["idempotency-replay"]) == (first.content, "true")
    for caller in (before, after, keyed):
        caller.close()


def test_the_rate_limit_counts_per_credential_section_3(
    auth: httpx.Client, sandbox: SandboxProcess
) -> None:
    """All tokens of the client are one credential, an API key is another."""
    sandbox.settings(rate_limit=3, rate_clock="simulated")
    first, second, keyed = (
        Caller(sandbox, granted(auth)),
        Caller(sandbox, granted(auth)),
        Caller(sandbox),
    )
    assert [first.get("mandates").status_code for _ in range(2)] == [200, 200]
    assert [second.get("mandates").status_code for _ in range(2)] == [200, 429]
    assert keyed.get("mandates").status_code == 200
    for caller in (first, second, keyed):
        caller.close()


def test_tokens_come_from_the_seed_section_12(auth: httpx.Client, sandbox: SandboxProcess) -> None:
    sandbox.reset(seed=7)
    first = [granted(auth), granted(auth)]
    sandbox.reset(seed=7)
    assert [granted(auth), granted(auth)] == first
    assert first[0] != first[1]


def test_no_token_is_shown_anywhere(auth: httpx.Client, sandbox: SandboxProcess) -> None:
    """Secrets stay out of the books, the snapshot and the request log."""
    token = granted(auth)
    caller = Caller(sandbox, token)
    caller.get("mandates")
    caller.close()
    shown = str(
        (sandbox.books(records=True), sandbox.control("snapshot"), sandbox.control("requests"))
    )
    assert token not in shown
    assert "oauth sandbox-client" in shown


def test_tokens_survive_a_restart_with_the_books(tmp_path: Any) -> None:
    with SandboxProcess(state=tmp_path / "state.db") as kept:
        with httpx.Client(base_url=kept.base_url, trust_env=False) as client:
            token = granted(client)
        kept.kill()
        kept.restart()
        caller = Caller(kept, token)
        assert caller.get("mandates").status_code == 200
        caller.close()
