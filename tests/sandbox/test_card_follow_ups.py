"""Section 8: what each follow-up takes and answers, synchronously and asynchronously."""

from typing import Any

import pytest

from tests.sandbox.caller import Caller, card_code, flat

MANDATORY = {"amount": 1000}
FOLLOW_UPS: dict[str, tuple[str, dict[str, Any]]] = {
    "Refund": ("Ecommerce", {"amount": 2500}),
    "Void": ("Ecommerce", {}),
    "Repeat": ("Ecommerce", {"amount": 1000}),
    "DeferredRelease": ("DeferredEcommerce", {"amount": 2500}),
    "DeferredCancel": ("DeferredEcommerce", {}),
    "AuthoriseRelease": ("AuthenticateEcommerce", {"amount": 1000}),
}
"""For each: how the card is registered (2500), and the fields it needs."""


def read(api: Caller, payment_id: str) -> dict[str, Any]:
    found: dict[str, Any] = api.get(f"payment/{payment_id}").json()["payment"]
    return found


def test_the_sample_answer_section_8(api: Caller) -> None:
    card_id = api.card()["card_id"]
    answered = flat(api.follow_up(card_id, "Repeat", amount=2500, custom_reference="XYZ"))
    drawn = ("id", "authorisation_code", "transaction_id", "order_id", "charge_id")
    assert answered == {
        **{name: answered[name] for name in drawn},
        "card_id": card_id,
        "status": "successful",
        "status_code": "",
        "status_details": "",
        "amount": 2500,
        "currency_code": "GBP",
        "payment_type": "Repeat",
        "gateway_status": "OK",
        "gateway_status_code": "0000",
        "gateway_status_details": "",
        "related_payment_id": "",
        "custom_reference": "XYZ",
        "metadata": "",
        "created_at": "2026-06-01T08:00:00Z",
    }
    assert answered["id"].startswith("P02")
    assert len(answered["authorisation_code"]) == 6


@pytest.mark.parametrize("payment_type", FOLLOW_UPS)
def test_each_follow_up_succeeds_section_8(api: Caller, payment_type: str) -> None:
    registered_as, fields = FOLLOW_UPS[payment_type]
    card_id = api.card(payment_type=registered_as)["card_id"]
    texts = {
        "internal_payment_description": "i",
        "gateway_payment_description": "g",
        "custom_reference": "r",
        "metadata": "m",
    }
    answered = flat(api.follow_up(card_id, payment_type, **fields, **texts))
    assert (
        answered.items()
        >= {
            "status": "successful",
            "payment_type": payment_type,
            "card_id": card_id,
            "currency_code": "GBP",
            "custom_reference": "r",
            "metadata": "m",
        }.items()
    )


@pytest.mark.parametrize("payment_type", FOLLOW_UPS)
def test_the_platform_is_mandatory_section_8(api: Caller, payment_type: str) -> None:
    registered_as, fields = FOLLOW_UPS[payment_type]
    card_id = api.card(payment_type=registered_as)["card_id"]
    for platform in (None, "Other"):
        wrong = fields | {"platform": platform}
        assert card_code(api.follow_up(card_id, payment_type, **wrong)) == "102"
    assert flat(api.follow_up(card_id, payment_type, **fields))["status"] == "successful"


@pytest.mark.parametrize(
    "payment_type", ["Refund", "Repeat", "DeferredRelease", "AuthoriseRelease"]
)
@pytest.mark.parametrize("amount", [None, 0, -1, "1.5", True, 2_000_000_001])
def test_the_amount_is_mandatory_where_the_table_says_t_section_8(
    api: Caller, payment_type: str, amount: Any
) -> None:
    card_id = api.card(payment_type=FOLLOW_UPS[payment_type][0])["card_id"]
    assert card_code(api.follow_up(card_id, payment_type, amount=amount)) == "905"


@pytest.mark.parametrize(
    ("payment_type", "unused"),
    [
        ("Refund", "customer_id"),
        ("Void", "amount"),
        ("Void", "currency_code"),
        ("Repeat", "customer_id"),
        ("DeferredRelease", "related_payment_id"),
        ("DeferredCancel", "customer_id"),
        ("AuthoriseRelease", "related_payment_id"),
    ],
)
def test_what_the_table_marks_unused_is_ignored_sections_8_and_5(
    api: Caller, payment_type: str, unused: str
) -> None:
    """In `strict` mode it is refused, as any unknown property is."""
    registered_as, fields = FOLLOW_UPS[payment_type]
    card_id = api.card(payment_type=registered_as)["card_id"]
    wrong = fields | {unused: "nonsense"}
    api.sandbox.settings(strict=True)
    assert card_code(api.follow_up(card_id, payment_type, **wrong)) == "905"
    api.sandbox.settings(strict=False)
    assert flat(api.follow_up(card_id, payment_type, **wrong))["status"] == "successful"


def test_deferred_cancel_accepts_and_ignores_its_samples_extras_section_8(api: Caller) -> None:
    api.sandbox.settings(strict=True)
    card_id = api.card(payment_type="DeferredMOTO")["card_id"]
    extras = {"amount": "nonsense", "currency_code": "nonsense", "related_payment_id": "nonsense"}
    answered = flat(api.follow_up(card_id, "DeferredCancel", **extras))
    assert (answered["amount"], answered["currency_code"]) == (2500, "GBP")


@pytest.mark.parametrize("payment_type", [None, "", "MOTO", "Cancel", "refund", 7])
def test_the_payment_type_selects_the_operation_section_6(api: Caller, payment_type: Any) -> None:
    card_id = api.card()["card_id"]
    assert card_code(api.follow_up(card_id, payment_type, amount=2500)) == "905"


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("currency_code", "pounds"),
        ("internal_payment_description", "x" * 101),
        ("gateway_payment_description", "x" * 101),
        ("custom_reference", "x" * 51),
        ("metadata", "x" * 1001),
        ("isAsnyc", "maybe"),
        ("related_payment_id", "P02ZZZZZZZZZZZZZZZZ"),
    ],
)
def test_invalid_fields_are_905_section_8(api: Caller, field: str, value: str) -> None:
    card_id = api.card()["card_id"]
    assert card_code(api.follow_up(card_id, "Repeat", amount=1, **{field: value})) == "905"
    assert api.sandbox.counts()["payments"] == 1


def test_a_payment_of_another_card_is_905_section_8(api: Caller) -> None:
    card, other = api.card(), api.card()
    for payment_type in ("Refund", "Void", "Repeat"):
        named = {"amount": 2500, "related_payment_id": other["id"]}
        assert card_code(api.follow_up(card["card_id"], payment_type, **named)) == "905"


def test_no_card_with_that_id_is_404_section_4(api: Caller) -> None:
    answer = api.follow_up("20477d89-9fe4-4b25-ae57-c24f461bb391", "Repeat", amount=1)
    assert answer.status_code == 404


def test_a_card_id_is_found_in_any_case_section_1(api: Caller) -> None:
    card_id = api.card()["card_id"].upper()
    assert flat(api.follow_up(card_id, "Repeat", amount=1))["status"] == "successful"


@pytest.mark.parametrize("payment_type", FOLLOW_UPS)
@pytest.mark.parametrize("outcome", [None, "failed", "cancelled", "error"])
def test_a_card_not_completed_or_not_successful_is_904_section_8(
    api: Caller, payment_type: str, outcome: str | None
) -> None:
    registered_as, fields = FOLLOW_UPS[payment_type]
    card_id = flat(api.register(payment_type=registered_as))["card_id"]
    if outcome is not None:
        api.complete(card_id, outcome=outcome)
    assert card_code(api.follow_up(card_id, payment_type, **fields)) == "904"


@pytest.mark.parametrize("payment_type", FOLLOW_UPS)
def test_asynchronously_the_result_comes_later_sections_8_and_4(
    api: Caller, payment_type: str
) -> None:
    """202 at once with `pending` and empty gateway fields; the result 5 simulated seconds on."""
    registered_as, fields = FOLLOW_UPS[payment_type]
    card = api.card(payment_type=registered_as)
    answered = flat(api.follow_up(card["card_id"], payment_type, **fields, isAsnyc=True), 202)
    assert (answered["status"], answered["payment_type"]) == ("pending", payment_type)
    gateway = [name for name in answered if name.startswith("gateway_")]
    for name in (*gateway, "authorisation_code", "transaction_id", "order_id", "charge_id"):
        assert answered[name] == ""
    taken_back = payment_type in {"Void", "DeferredCancel"}
    assert read(api, answered["id"])["status"] == ("successful" if taken_back else "pending")
    api.sandbox.advance(5)
    assert read(api, answered["id"])["status"] == ("cancelled" if taken_back else "successful")


def test_synchronous_is_the_default_section_8(api: Caller) -> None:
    card_id = api.card()["card_id"]
    for flag in ({}, {"isAsnyc": False}, {"isAsnyc": "false"}):
        assert api.follow_up(card_id, "Repeat", amount=1, **flag).status_code == 200


def test_an_asynchronous_call_is_checked_before_it_is_taken_in_section_8(api: Caller) -> None:
    card_id = api.card()["card_id"]
    assert card_code(api.follow_up(card_id, "Refund", amount=2501, isAsnyc=True)) == "901"


@pytest.mark.parametrize(
    ("first", "second", "fields", "code"),
    [
        ("Void", "Void", {}, "902"),
        ("Void", "Refund", {"amount": 2500}, "901"),
        ("Refund", "Void", {}, "902"),
        ("Refund", "Refund", {"amount": 2500}, "901"),
        ("DeferredCancel", "DeferredRelease", {"amount": 1}, "903"),
        ("DeferredCancel", "DeferredCancel", {}, "903"),
        ("DeferredRelease", "DeferredRelease", {"amount": 1}, "903"),
        ("DeferredRelease", "DeferredCancel", {}, "903"),
        ("AuthoriseRelease", "AuthoriseRelease", {"amount": 1501}, "901"),
    ],
)
def test_what_is_under_way_is_not_given_away_twice_section_8(
    api: Caller, first: str, second: str, fields: dict[str, Any], code: str
) -> None:
    registered_as, wanted = FOLLOW_UPS[first]
    card_id = api.card(payment_type=registered_as)["card_id"]
    flat(api.follow_up(card_id, first, **wanted, isAsnyc=True), 202)
    assert card_code(api.follow_up(card_id, second, **fields)) == code
    api.sandbox.advance("1m")
    assert card_code(api.follow_up(card_id, second, **fields)) == code
