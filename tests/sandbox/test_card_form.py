"""Section 8, "Flow": the card form that a session token opens, for a person to click."""

import httpx
import pytest

from tests.sandbox.caller import Caller, flat


def form_of(api: Caller, token: str) -> str:
    return f"{api.sandbox.base_url}/_sandbox/card-form?session_token={token}"


def test_the_form_shows_what_the_payer_may_see_section_8(api: Caller) -> None:
    """The internal description is never shown to the payer."""
    registered = flat(
        api.register(
            gateway_payment_description="<i>Order</i> 7",
            internal_payment_description="a difficult customer",
        )
    )
    shown = httpx.get(form_of(api, registered["session_token"]), trust_env=False)
    assert shown.status_code == 200
    assert "GBP 25.00" in shown.text
    assert "&lt;i&gt;Order&lt;/i&gt; 7" in shown.text
    assert "a difficult customer" not in shown.text
    assert "<script" not in shown.text
    assert shown.headers["content-security-policy"].startswith("default-src 'none'")


@pytest.mark.parametrize(
    ("amount", "button", "status", "told"),
    [
        (2500, "", "successful", "the card is accepted"),
        (2500, "failed", "failed", "was declined"),
        (2500, "cancelled", "cancelled", "was cancelled"),
        (4011, "", "failed", "was declined"),
        (4012, "", "pending", "has yet to answer"),
        (4005, "successful", "successful", "the card is accepted"),
    ],
)
def test_each_button_ends_the_form_once_sections_8_and_13(
    api: Caller, amount: int, button: str, status: str, told: str
) -> None:
    registered = flat(api.register(amount=amount))
    url = form_of(api, registered["session_token"])
    clicked = httpx.post(url, data={"outcome": button} if button else {}, trust_env=False)
    assert (clicked.status_code, told in clicked.text) == (200, True)
    (payment,) = api.get("payments").json()["payments"]
    assert payment["status"] == status
    assert httpx.post(url, trust_env=False).status_code == 404
    assert httpx.get(url, trust_env=False).status_code == 404


def test_what_the_form_refuses(api: Caller) -> None:
    token = flat(api.register())["session_token"]
    assert httpx.get(form_of(api, ""), trust_env=False).status_code == 404
    assert httpx.get(form_of(api, token.lower()), trust_env=False).status_code == 404
    odd = httpx.post(form_of(api, token), data={"outcome": "odd"}, trust_env=False)
    assert odd.status_code == 400
    foreign = {"Origin": "https://evil.example"}
    sent = httpx.post(form_of(api, token), headers=foreign, trust_env=False)
    assert sent.status_code == 403
    assert api.get("payments").json()["payments"][0]["status"] == "pending"
