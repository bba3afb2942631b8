"""Sections 6, 7.15 and 8: the card list."""

from typing import Any

from tests.sandbox.caller import Caller, flat


def listed(api: Caller, **query: str | int) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = api.get("cards", **query).json()["cards"]
    return found


def test_the_fields_of_a_card_section_7_15(api: Caller) -> None:
    customer = api.customer(first_name="James", last_name="Hetfield")["id"]
    registered = api.card(
        customer_id=customer,
        custom_reference="XYZ",
        metadata="m",
        internal_payment_description="i",
        gateway_payment_description="g",
    )
    assert listed(api) == [
        {
            "ID": registered["card_id"],
            "card_number_ending": "0006",
            "card_type": "Visa",
            "created_at": "2026-06-01T08:00:00Z",
            "custom_referance": "XYZ",
            "customer_id": customer,
            "expiry_date": "2029-06-30",
            "gateway_payment_description": "g",
            "internal_payment_description": "i",
            "metadata": "m",
            "name_on_card": "James Hetfield",
            "payment_gateway": "OpayoPi",
            "status": "successful",
            "transaction_type": "Ecommerce",
        }
    ]


def test_filters_sections_6_and_7_15(api: Caller) -> None:
    """`custom_reference` finds `custom_referance`; `customer_id` is the list's own filter."""
    first, second = api.customer()["id"], api.customer()["id"]
    waiting = flat(api.register(customer_id=first, custom_reference="A"))["card_id"]
    done = api.card(customer_id=second, custom_reference="B")["card_id"]

    def ids(**query: str) -> list[str]:
        return [card["ID"] for card in listed(api, **query)]

    assert ids() == [waiting, done]
    assert (
        ids(custom_reference="B") == ids(customer_id=second) == ids(status="successful") == [done]
    )
    assert ids(status="pending,failed") == ids(id=waiting.upper()) == [waiting]
    assert ids(customer_id=f"{first},{second}") == [waiting, done]
    assert ids(custom_reference="C") == ids(customer_id="CA01") == ids(status="error") == []
    assert ids(created_from="2026-06-01 08:00:01") == []


def test_sorting_and_pages_section_6(api: Caller) -> None:
    for name in ("B", "A", "C"):
        api.complete(flat(api.register())["card_id"], name_on_card=name)
    by_name = listed(api, sort_field="name_on_card", sort_order="desc", limit=2)
    assert [card["name_on_card"] for card in by_name] == ["C", "B"]
    assert api.get("cards", sort_field="nonsense").status_code == 400


def test_the_list_is_all_there_is_section_6(api: Caller) -> None:
    card_id = api.card()["card_id"]
    assert api.get(f"cards/{card_id}").status_code == 404
    assert api.send("POST", "cards", {}).status_code == 405


def test_every_card_payment_is_in_the_payment_list_section_7_7(api: Caller) -> None:
    card = api.card()
    flat(api.follow_up(card["card_id"], "Repeat", amount=1000))
    flat(api.follow_up(card["card_id"], "Refund", amount=3500))
    shown = api.get("payments", status="successful").json()["payments"]
    assert [(one["payment_type"], one["amount"]) for one in shown] == [
        ("Ecommerce", "2500"),
        ("Repeat", "1000"),
        ("Refund", "3500"),
    ]
    assert {one["record_type"] for one in shown} == {"card payment"}
