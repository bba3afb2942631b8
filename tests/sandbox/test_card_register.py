"""Sections 5, 6, 8, 11 and 13: Register, and the browser step that ends it."""

from typing import Any

import pytest

from tests.sandbox.caller import CARD, Caller, card_code, flat, only

UNKNOWN = "CA01ZZZZZZZZZZZZZZZZ"
PROFILE = "PG01SANDBOXOPAYO0001"


def payments(api: Caller, **query: str) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = api.get("payments", **query).json()["payments"]
    return found


def cards(api: Caller) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = api.get("cards").json()["cards"]
    return found


def test_the_answer_of_register_section_8(api: Caller) -> None:
    customer = api.customer()["id"]
    answered = flat(
        api.register(customer_id=customer, custom_reference="XYZ", metadata="for the ledger")
    )
    assert answered == {
        "id": answered["id"],
        "card_id": answered["card_id"],
        "status": "pending",
        "status_code": "",
        "status_details": "",
        "amount": 2500,
        "currency_code": "GBP",
        "payment_type": "Ecommerce",
        "authorisation_code": "",
        "transaction_id": "",
        "order_id": "",
        "charge_id": "",
        "gateway_status": "",
        "gateway_status_code": "",
        "gateway_status_details": "",
        "related_payment_id": "",
        "custom_reference": "XYZ",
        "metadata": "for the ledger",
        "created_at": "2026-06-01T08:00:00Z",
        "session_token": answered["session_token"],
    }
    assert answered["id"].startswith("P02")
    assert [len(part) for part in answered["card_id"].split("-")] == [8, 4, 4, 4, 12]
    assert len(answered["session_token"]) == 40


@pytest.mark.parametrize(
    ("payment_type", "transaction_type"),
    [
        ("MOTO", "MOTO"),
        ("Ecommerce", "Ecommerce"),
        ("DeferredMOTO", "MOTO"),
        ("DeferredEcommerce", "Ecommerce"),
        ("AuthenticateMOTO", "MOTO"),
        ("AuthenticateEcommerce", "Ecommerce"),
    ],
)
def test_the_six_payment_types_sections_8_and_7_15(
    api: Caller, payment_type: str, transaction_type: str
) -> None:
    registered = api.card(payment_type=payment_type)
    assert registered["payment_type"] == payment_type
    (card,) = cards(api)
    assert (card["transaction_type"], card["status"]) == (transaction_type, "successful")
    (payment,) = payments(api)
    assert (payment["payment_type"], payment["status"]) == (payment_type, "successful")


@pytest.mark.parametrize(
    ("fields", "code"),
    [
        ({"platform": None}, "102"),
        ({"platform": "Other"}, "102"),
        ({"platform": "smarterpaycloud"}, "102"),
        ({"payment_gateway_profile_id": None}, "103"),
        ({"payment_gateway_profile_id": "PG01ZZZZZZZZZZZZZZZZ"}, "103"),
        ({"platform": "Other", "payment_gateway_profile_id": "PG01"}, "102"),
        ({"payment_type": None}, "905"),
        ({"payment_type": "Repeat"}, "905"),
        ({"customer_id": None}, "905"),
        ({"customer_id": UNKNOWN}, "905"),
        ({"amount": None}, "905"),
        ({"amount": 0}, "905"),
        ({"amount": 2_000_000_001}, "905"),
        ({"amount": "12.50"}, "905"),
        ({"currency_code": None}, "905"),
        ({"currency_code": "gbp"}, "905"),
        ({"currency_code": "XXX"}, "905"),
        ({"internal_payment_description": "x" * 101}, "905"),
        ({"gateway_payment_description": "x" * 101}, "905"),
        ({"custom_reference": "x" * 51}, "905"),
        ({"metadata": "x" * 1001}, "905"),
    ],
)
def test_what_register_refuses_section_8(api: Caller, fields: dict[str, Any], code: str) -> None:
    """Mandatory fields, limits, and the codes 102, 103 and 905."""
    assert card_code(api.register(**fields)) == code
    assert api.sandbox.counts()["cards"] == api.sandbox.counts()["payments"] == 0


def test_a_refusal_names_the_field_and_never_its_value_section_8(api: Caller) -> None:
    body = flat(api.register(currency_code="secret", amount="secret"), 400)
    assert body["status_details"] == (
        "amount must be a whole number; currency_code must be an ISO 4217 currency code"
    )
    assert flat(api.register(platform="X"), 400)["status_details"] == "Invalid Platform"
    wrong = flat(api.register(payment_gateway_profile_id="X"), 400)
    assert wrong["status_details"] == "Invalid Payment Gateway"


def test_longest_texts_are_taken_section_8(api: Caller) -> None:
    texts = {
        "internal_payment_description": "i" * 100,
        "gateway_payment_description": "g" * 100,
        "custom_reference": "r" * 50,
        "metadata": "m" * 1000,
    }
    flat(api.register(**texts))
    assert (
        cards(api)[0].items()
        >= {
            "custom_referance": "r" * 50,
            "internal_payment_description": "i" * 100,
            "gateway_payment_description": "g" * 100,
            "metadata": "m" * 1000,
        }.items()
    )


def test_asynchronous_is_no_property_of_register_sections_8_and_5(api: Caller) -> None:
    """Marked `-`: ignored like any unknown property, refused in `strict` mode."""
    assert flat(api.register(isAsnyc=True))["status"] == "pending"
    api.sandbox.settings(strict=True)
    assert card_code(api.register(isAsnyc=True)) == "905"


def test_nothing_is_charged_until_the_form_is_complete_sections_8_and_11(api: Caller) -> None:
    registered = flat(api.register())
    api.sandbox.advance("40d")
    assert payments(api)[0]["status"] == "pending"
    assert cards(api)[0]["status"] == "pending"
    completed = api.complete(registered["card_id"])["payment"]
    assert (completed["id"], completed["status"]) == (registered["id"], "successful")
    assert (completed["gateway_status"], completed["gateway_status_code"]) == ("OK", "0000")
    for name in ("authorisation_code", "transaction_id", "order_id", "charge_id"):
        assert completed[name]


def test_a_card_payment_reads_as_a_payment_sections_7_7_and_8(api: Caller) -> None:
    registered = api.card(custom_reference="INV-1")
    read = only(api.get(f"payment/{registered['id']}"), "payment")
    assert (read["record_type"], read["amount"]) == ("card payment", "2500")
    assert (read["card_id"], "auddis" in read) == (registered["card_id"], False)
    assert payments(api, custom_reference="INV-1") == [read]


def test_a_completed_card_is_visa_ending_0006_section_13(api: Caller) -> None:
    registered = flat(api.register())
    assert (
        cards(api)[0].items()
        >= {
            "card_number_ending": "",
            "card_type": "",
            "expiry_date": "",
            "name_on_card": "",
            "status": "pending",
        }.items()
    )
    api.complete(registered["card_id"])
    assert (
        cards(api)[0].items()
        >= {
            "card_number_ending": "0006",
            "card_type": "Visa",
            "expiry_date": "2029-06-30",
            "name_on_card": "test test",
            "status": "successful",
        }.items()
    )


def test_the_control_call_says_what_the_card_looks_like_sections_12_and_7_15(api: Caller) -> None:
    """`expiry_date` is the last day of the month, whichever day of it is given."""
    card_id = flat(api.register())["card_id"]
    completed = api.complete(
        card_id,
        card_number_ending="4242",
        card_type="Mastercard",
        expiry_date="2028-02",
        name_on_card="J Hetfield",
    )["card"]
    assert completed == cards(api)[0]
    assert (
        completed.items()
        >= {
            "card_number_ending": "4242",
            "card_type": "Mastercard",
            "expiry_date": "2028-02-29",
            "name_on_card": "J Hetfield",
        }.items()
    )


@pytest.mark.parametrize(
    ("body", "status"),
    [
        ({"outcome": "nonsense"}, 400),
        ({"card_number_ending": "4929000000006"}, 400),
        ({"card_number_ending": "42"}, 400),
        ({"card_number": "4929000000006"}, 400),
        ({"expiry_date": "13/28"}, 400),
        ({"expiry_date": "2028-13"}, 400),
        ({"name_on_card": ""}, 400),
        ({"name_on_card": 7}, 400),
        ({"payment_id": "P02ZZZZZZZZZZZZZZZZ"}, 409),
    ],
)
def test_what_the_control_call_refuses_section_13(
    api: Caller, body: dict[str, Any], status: int
) -> None:
    """The sandbox never takes full card numbers."""
    card_id = flat(api.register())["card_id"]
    url = f"{api.sandbox.base_url}/_sandbox/cards/{card_id}/complete"
    answer = api.http.post(url, json=body)
    assert (answer.status_code, list(answer.json())) == (status, ["error"])
    assert cards(api)[0]["status"] == "pending"


def test_a_form_is_completed_once_section_8(api: Caller) -> None:
    card_id = api.card()["card_id"]
    url = f"{api.sandbox.base_url}/_sandbox/cards/{card_id}/complete"
    assert api.http.post(url, json={}).status_code == 409
    unknown = f"{api.sandbox.base_url}/_sandbox/cards/nonsense/complete"
    assert api.http.post(unknown, json={}).status_code == 404


@pytest.mark.parametrize(
    ("outcome", "gateway", "code", "ending"),
    [
        ("successful", "OK", "", "0006"),
        ("failed", "DECLINED", "", "0006"),
        ("cancelled", "ABORT", "", ""),
        ("error", "", "910", ""),
    ],
)
def test_the_outcome_of_the_control_call_beats_the_amount_sections_11_and_13(
    api: Caller, outcome: str, gateway: str, code: str, ending: str
) -> None:
    card_id = flat(api.register(amount=4005))["card_id"]
    completed = api.complete(card_id, outcome=outcome)
    assert (
        completed["payment"].items()
        >= {
            "status": outcome,
            "gateway_status": gateway,
            "status_code": code,
        }.items()
    )
    assert (completed["card"]["status"], completed["card"]["card_number_ending"]) == (
        outcome,
        ending,
    )


@pytest.mark.parametrize(
    ("amount", "at_once", "a_minute_later"),
    [
        (2500, "successful", "successful"),
        (4005, "failed", "failed"),
        (4010, "successful", "successful"),
        (4011, "failed", "failed"),
        (4012, "pending", "successful"),
        (4020, "cancelled", "cancelled"),
    ],
)
def test_amounts_decide_how_the_form_ends_section_13(
    api: Caller, amount: int, at_once: str, a_minute_later: str
) -> None:
    registered = flat(api.register(amount=amount))
    assert registered["status"] == "pending"
    assert api.complete(registered["card_id"])["payment"]["status"] == at_once
    assert cards(api)[0]["status"] == at_once
    api.sandbox.advance(59)
    assert payments(api)[0]["status"] == at_once
    api.sandbox.advance(1)
    assert payments(api)[0]["status"] == cards(api)[0]["status"] == a_minute_later


def test_a_decline_shows_gateway_status_and_code_section_13(api: Caller) -> None:
    registered = flat(api.register(amount=4005))
    declined = api.complete(registered["card_id"])["payment"]
    assert (declined["gateway_status"], declined["gateway_status_code"]) == ("DECLINED", "2000")
    assert declined["authorisation_code"] == declined["charge_id"] == ""


@pytest.mark.parametrize(
    ("amount", "recorded", "a_minute_later"),
    [(4098, "error", "error"), (4099, "pending", "successful")],
)
def test_a_silent_gateway_answers_910_and_tells_nothing_of_the_charge_sections_8_and_13(
    api: Caller, amount: int, recorded: str, a_minute_later: str
) -> None:
    """The payment is found by its reference at once, so that nobody charges again blindly."""
    answered = flat(api.register(amount=amount, custom_reference="INV-910"))
    assert (answered["status"], answered["status_code"]) == ("error", "910")
    assert answered["status_details"]
    assert answered["session_token"] == answered["gateway_status"] == ""
    (found,) = payments(api, custom_reference="INV-910")
    assert (found["id"], found["status"]) == (answered["id"], recorded)
    api.sandbox.advance(59)
    assert payments(api)[0]["status"] == recorded
    api.sandbox.advance(1)
    assert payments(api)[0]["status"] == cards(api)[0]["status"] == a_minute_later


def test_a_slow_gateway_has_no_form_left_to_complete_section_13(api: Caller) -> None:
    """Only the control call's own outcome ends it sooner, and the minute changes nothing then."""
    card_id = flat(api.register(amount=4012))["card_id"]
    api.complete(card_id)
    url = f"{api.sandbox.base_url}/_sandbox/cards/{card_id}/complete"
    assert api.http.post(url, json={}).status_code == 409
    assert api.complete(card_id, outcome="failed")["payment"]["status"] == "failed"
    api.sandbox.advance("2m")
    assert payments(api)[0]["status"] == "failed"


def test_a_key_is_honoured_on_the_card_host_sections_2_and_8(api: Caller) -> None:
    customer = api.customer()["id"]
    first = api.register(key="k", customer_id=customer)
    again = api.register(key="k", customer_id=customer)
    assert again.headers["idempotency-replay"] == "true"
    assert again.content == first.content
    assert api.sandbox.counts()["cards"] == 1
    assert api.register(key="k", customer_id=customer, amount=1).status_code == 422


def test_card_ids_and_tokens_come_from_the_seed_section_12(api: Caller) -> None:
    def drawn(seed: int) -> dict[str, Any]:
        api.sandbox.reset(seed=seed)
        registered: dict[str, Any] = flat(api.register())
        return registered

    assert drawn(7) == drawn(7)
    assert drawn(8)["card_id"] != drawn(7)["card_id"]


def test_keys_are_read_in_any_case_section_5(api: Caller) -> None:
    body = {name.upper(): value for name, value in CARD.items()}
    body["Customer_Id"] = api.customer()["id"].lower()
    assert flat(api.send("POST", api.sandbox.card_url, body))["status"] == "pending"


def test_a_body_that_is_no_object_is_a_flat_400_section_8(api: Caller) -> None:
    assert card_code(api.send("POST", api.sandbox.card_url, [CARD])) == "905"
