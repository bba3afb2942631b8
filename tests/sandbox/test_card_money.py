"""Sections 8, 11, 12 and 13: refunds, voids, repeats, releases, and what time does to them."""

from typing import Any

import pytest

from tests.sandbox.caller import Caller, card_code, flat

AMOUNTS = [
    # amount, at once, gateway status and code, when completed, a minute later
    (2500, "successful", "OK", "0000", None, "successful"),
    (4005, "failed", "DECLINED", "2000", None, "failed"),
    (4010, "pending", "3DAUTH", "", "successful", "pending"),
    (4011, "pending", "3DAUTH", "", "failed", "pending"),
    (4012, "pending", "PENDING", "", None, "successful"),
    (4020, "cancelled", "ABORT", "", None, "cancelled"),
]
"""The amounts of section 13 on a charge that needs no form."""
CHARGES = [
    ("Ecommerce", "Repeat"),
    ("DeferredEcommerce", "DeferredRelease"),
    ("AuthenticateEcommerce", "AuthoriseRelease"),
]


def status(api: Caller, payment_id: str) -> str:
    found: str = api.get(f"payment/{payment_id}").json()["payment"]["status"]
    return found


def repeat(api: Caller, card_id: str, amount: int = 1000, **fields: Any) -> dict[str, Any]:
    repeated: dict[str, Any] = flat(api.follow_up(card_id, "Repeat", amount=amount, **fields))
    return repeated


def clear(api: Caller) -> None:
    """Go to the next banking day, when payments have cleared."""
    api.sandbox.control("clock", {"next_banking_day": True})


# Refund


def test_before_clearing_only_the_full_amount_is_refunded_section_8(api: Caller) -> None:
    card = api.card()
    assert card_code(api.follow_up(card["card_id"], "Refund", amount=2499)) == "905"
    refund = flat(api.follow_up(card["card_id"], "Refund", amount=2500))
    assert (refund["status"], refund["payment_type"]) == ("successful", "Refund")
    assert refund["related_payment_id"] == card["id"]
    assert refund["id"] != card["id"]
    assert status(api, card["id"]) == "successful"


def test_after_clearing_parts_are_refunded_up_to_the_amount_section_8(api: Caller) -> None:
    card_id = api.card()["card_id"]
    clear(api)
    for part in (1000, 1, 1499):
        assert flat(api.follow_up(card_id, "Refund", amount=part))["amount"] == part
    assert card_code(api.follow_up(card_id, "Refund", amount=1)) == "901"


def test_more_than_was_taken_is_901_section_8(api: Caller) -> None:
    card_id = api.card()["card_id"]
    assert card_code(api.follow_up(card_id, "Refund", amount=2501)) == "901"
    clear(api)
    assert card_code(api.follow_up(card_id, "Refund", amount=2501)) == "901"


@pytest.mark.parametrize(
    ("taken_at", "cleared_at"),
    [
        ("2026-06-01T09:00", "2026-06-02T06:00"),
        ("2026-06-02T05:59", "2026-06-03T06:00"),
        ("2026-06-05T12:00", "2026-06-08T06:00"),
        ("2026-06-06T12:00", "2026-06-08T06:00"),
        ("2026-08-28T12:00", "2026-09-01T06:00"),
    ],
)
def test_a_payment_clears_at_0600_of_the_banking_day_after_its_success_section_8(
    api: Caller, taken_at: str, cleared_at: str
) -> None:
    """1 June 2026 is a Monday; 31 August is a bank holiday."""
    api.sandbox.control("clock", {"set": taken_at})
    card_id = api.card()["card_id"]
    api.sandbox.control("clock", {"set": f"{cleared_at[:-5]}05:59:59"})
    assert card_code(api.follow_up(card_id, "Refund", amount=1)) == "905"
    api.sandbox.advance(1)
    assert flat(api.follow_up(card_id, "Refund", amount=1))["status"] == "successful"
    assert card_code(api.follow_up(card_id, "Void")) == "902"


def test_a_refund_can_name_one_payment_section_8(api: Caller) -> None:
    card = api.card()
    again = repeat(api, card["card_id"], 1000)
    clear(api)
    named = {"related_payment_id": again["id"]}
    assert card_code(api.follow_up(card["card_id"], "Refund", amount=1001, **named)) == "901"
    refund = flat(api.follow_up(card["card_id"], "Refund", amount=1000, **named))
    assert refund["related_payment_id"] == again["id"]
    assert card_code(api.follow_up(card["card_id"], "Refund", amount=1, **named)) == "901"


def test_a_refund_without_a_name_draws_on_all_payments_of_the_card_section_8(api: Caller) -> None:
    """Oldest first; the sum of refunds never exceeds what was taken."""
    card = api.card()
    again = repeat(api, card["card_id"], 1000)
    clear(api)
    refund = flat(api.follow_up(card["card_id"], "Refund", amount=3000))
    assert refund["related_payment_id"] == card["id"]
    assert card_code(api.follow_up(card["card_id"], "Refund", amount=501)) == "901"
    named = {"related_payment_id": card["id"]}
    assert card_code(api.follow_up(card["card_id"], "Refund", amount=1, **named)) == "901"
    rest = {"related_payment_id": again["id"]}
    assert flat(api.follow_up(card["card_id"], "Refund", amount=500, **rest))["amount"] == 500
    assert card_code(api.follow_up(card["card_id"], "Refund", amount=1)) == "901"


def test_a_part_is_drawn_from_what_has_cleared_section_8(api: Caller) -> None:
    card = api.card()
    clear(api)
    again = repeat(api, card["card_id"], 1000)
    assert card_code(api.follow_up(card["card_id"], "Refund", amount=2600)) == "905"
    refund = flat(api.follow_up(card["card_id"], "Refund", amount=1000))
    assert refund["related_payment_id"] == card["id"]
    named = {"related_payment_id": again["id"]}
    assert card_code(api.follow_up(card["card_id"], "Refund", amount=999, **named)) == "905"
    assert flat(api.follow_up(card["card_id"], "Refund", amount=2500))["amount"] == 2500


def test_what_has_cleared_is_drawn_on_even_where_it_is_younger_section_8(api: Caller) -> None:
    card = api.card()
    slow, quick = repeat(api, card["card_id"], 4010), repeat(api, card["card_id"], 1000)
    clear(api)
    api.complete(card["card_id"])
    assert status(api, slow["id"]) == "successful"
    flat(api.follow_up(card["card_id"], "Refund", amount=3000))
    left = {"related_payment_id": quick["id"]}
    assert card_code(api.follow_up(card["card_id"], "Refund", amount=501, **left)) == "901"


@pytest.mark.parametrize("amount", [4005, 4010, 4098, 4099])
def test_the_amounts_of_section_13_do_not_touch_refunds(api: Caller, amount: int) -> None:
    card_id = api.card(amount=9000)["card_id"]
    clear(api)
    refund = flat(api.follow_up(card_id, "Refund", amount=amount))
    assert (refund["status"], refund["status_code"]) == ("successful", "")


def test_a_gateway_once_silent_is_not_so_for_ever_section_13(api: Caller) -> None:
    card_id = flat(api.register(amount=4099))["card_id"]
    api.sandbox.advance("1m")
    void = flat(api.follow_up(card_id, "Void"))
    assert (void["status"], void["status_code"], void["status_details"]) == ("successful", "", "")


def test_a_reservation_holds_nothing_to_refund_or_void_section_8(api: Caller) -> None:
    for payment_type in ("DeferredMOTO", "AuthenticateMOTO"):
        card_id = api.card(payment_type=payment_type)["card_id"]
        assert card_code(api.follow_up(card_id, "Refund", amount=2500)) == "901"
        assert card_code(api.follow_up(card_id, "Void")) == "902"


def test_a_refund_is_in_the_currency_of_the_payment_section_8(api: Caller) -> None:
    card = api.card(currency_code="EUR")
    other = {"currency_code": "GBP", "related_payment_id": card["id"]}
    assert card_code(api.follow_up(card["card_id"], "Refund", amount=2500, **other)) == "905"
    refund = flat(api.follow_up(card["card_id"], "Refund", amount=2500))
    assert refund["currency_code"] == "EUR"


# Void


def test_a_void_undoes_the_payment_before_it_clears_sections_8_and_11(api: Caller) -> None:
    card = api.card()
    void = flat(api.follow_up(card["card_id"], "Void"))
    assert (
        void.items()
        >= {
            "id": card["id"],
            "status": "successful",
            "payment_type": "Void",
            "amount": 2500,
            "related_payment_id": card["id"],
        }.items()
    )
    assert status(api, card["id"]) == "cancelled"
    assert api.sandbox.counts()["payments"] == 1
    assert card_code(api.follow_up(card["card_id"], "Void")) == "902"


def test_a_cleared_payment_is_not_voidable_section_8(api: Caller) -> None:
    card = api.card()
    clear(api)
    for named in ({}, {"related_payment_id": card["id"]}):
        assert card_code(api.follow_up(card["card_id"], "Void", **named)) == "902"


def test_a_void_can_name_one_payment_section_8(api: Caller) -> None:
    card = api.card()
    again = repeat(api, card["card_id"])
    named = {"related_payment_id": card["id"]}
    assert flat(api.follow_up(card["card_id"], "Void", **named))["id"] == card["id"]
    assert [status(api, one["id"]) for one in (card, again)] == ["cancelled", "successful"]


def test_without_a_name_the_latest_payment_is_voided_section_8(api: Caller) -> None:
    card = api.card()
    again = repeat(api, card["card_id"])
    assert flat(api.follow_up(card["card_id"], "Void"))["id"] == again["id"]
    assert flat(api.follow_up(card["card_id"], "Void"))["id"] == card["id"]
    assert card_code(api.follow_up(card["card_id"], "Void")) == "902"


def test_what_is_refunded_is_not_voidable_section_8(api: Caller) -> None:
    card_id = api.card()["card_id"]
    flat(api.follow_up(card_id, "Refund", amount=2500))
    assert card_code(api.follow_up(card_id, "Void")) == "902"


# Repeat


@pytest.mark.parametrize("amount", [1, 2500, 100_000])
def test_a_repeat_may_be_lower_or_higher_section_8(api: Caller, amount: int) -> None:
    card_id = api.card()["card_id"]
    repeated = repeat(api, card_id, amount, currency_code="EUR")
    assert (repeated["amount"], repeated["currency_code"]) == (amount, "EUR")


def test_a_repeat_can_name_the_payment_it_repeats_section_8(api: Caller) -> None:
    card = api.card(currency_code="EUR")
    repeated = repeat(api, card["card_id"], related_payment_id=card["id"])
    assert (repeated["related_payment_id"], repeated["currency_code"]) == (card["id"], "EUR")


def test_a_repeat_needs_one_successful_payment_section_8(api: Caller) -> None:
    card = api.card()
    again = repeat(api, card["card_id"])
    named = {"related_payment_id": again["id"]}
    flat(api.follow_up(card["card_id"], "Void", **named))
    assert card_code(api.follow_up(card["card_id"], "Repeat", amount=1, **named)) == "904"
    assert repeat(api, card["card_id"])["status"] == "successful"
    flat(api.follow_up(card["card_id"], "Void"))
    flat(api.follow_up(card["card_id"], "Void"))
    assert card_code(api.follow_up(card["card_id"], "Repeat", amount=1)) == "904"


# Deferred and authenticated payments


def test_a_deferred_payment_is_released_once_section_8(api: Caller) -> None:
    card = api.card(payment_type="DeferredEcommerce")
    over = api.follow_up(card["card_id"], "DeferredRelease", amount=2501)
    assert card_code(over) == "901"
    released = flat(api.follow_up(card["card_id"], "DeferredRelease", amount=2000))
    assert released["related_payment_id"] == card["id"]
    assert (released["payment_type"], released["amount"]) == ("DeferredRelease", 2000)
    assert [status(api, one) for one in (released["id"], card["id"])] == ["successful"] * 2
    for payment_type, fields in (("DeferredRelease", {"amount": 1}), ("DeferredCancel", {})):
        assert card_code(api.follow_up(card["card_id"], payment_type, **fields)) == "903"


def test_a_release_that_failed_can_be_tried_again_section_8(api: Caller) -> None:
    card_id = api.card(payment_type="DeferredMOTO", amount=5000)["card_id"]
    failed = flat(api.follow_up(card_id, "DeferredRelease", amount=4005))
    assert failed["status"] == "failed"
    assert flat(api.follow_up(card_id, "DeferredRelease", amount=5000))["status"] == "successful"


def test_a_voided_release_is_not_given_back_section_8(api: Caller) -> None:
    card_id = api.card(payment_type="DeferredMOTO")["card_id"]
    flat(api.follow_up(card_id, "DeferredRelease", amount=2500))
    flat(api.follow_up(card_id, "Void"))
    assert card_code(api.follow_up(card_id, "DeferredRelease", amount=1)) == "903"


def test_a_deferred_payment_can_be_cancelled_sections_8_and_11(api: Caller) -> None:
    card = api.card(payment_type="DeferredEcommerce")
    answered = flat(api.follow_up(card["card_id"], "DeferredCancel"))
    assert (answered["id"], answered["status"]) == (card["id"], "successful")
    assert status(api, card["id"]) == "cancelled"
    for payment_type, fields in (("DeferredRelease", {"amount": 1}), ("DeferredCancel", {})):
        assert card_code(api.follow_up(card["card_id"], payment_type, **fields)) == "903"


def test_authorised_releases_use_up_the_authenticated_amount_section_8(api: Caller) -> None:
    card = api.card(payment_type="AuthenticateMOTO")
    for amount in (1000, 1000, 500):
        released = flat(api.follow_up(card["card_id"], "AuthoriseRelease", amount=amount))
        assert (released["status"], released["related_payment_id"]) == ("successful", card["id"])
    assert card_code(api.follow_up(card["card_id"], "AuthoriseRelease", amount=1)) == "901"
    assert card_code(api.follow_up(card["card_id"], "DeferredCancel")) == "903"


def test_what_is_left_of_an_authentication_can_be_cancelled_section_11(api: Caller) -> None:
    card = api.card(payment_type="AuthenticateMOTO")
    flat(api.follow_up(card["card_id"], "AuthoriseRelease", amount=1000))
    flat(api.follow_up(card["card_id"], "DeferredCancel"))
    assert status(api, card["id"]) == "cancelled"
    assert card_code(api.follow_up(card["card_id"], "AuthoriseRelease", amount=1)) == "903"


@pytest.mark.parametrize(
    ("registered_as", "payment_type"),
    [
        ("MOTO", "DeferredRelease"),
        ("MOTO", "AuthoriseRelease"),
        ("MOTO", "DeferredCancel"),
        ("DeferredMOTO", "AuthoriseRelease"),
        ("AuthenticateMOTO", "DeferredRelease"),
    ],
)
def test_a_release_goes_with_its_kind_of_card_section_8(
    api: Caller, registered_as: str, payment_type: str
) -> None:
    card_id = api.card(payment_type=registered_as)["card_id"]
    assert card_code(api.follow_up(card_id, payment_type, amount=1)) == "905"


def test_a_release_is_in_the_currency_of_the_reservation_section_8(api: Caller) -> None:
    card_id = api.card(payment_type="DeferredMOTO", currency_code="EUR")["card_id"]
    wrong = api.follow_up(card_id, "DeferredRelease", amount=1, currency_code="GBP")
    assert card_code(wrong) == "905"
    assert flat(api.follow_up(card_id, "DeferredRelease", amount=1))["currency_code"] == "EUR"


@pytest.mark.parametrize(
    ("payment_type", "lapses_at"),
    [
        ("DeferredEcommerce", "2026-06-08T05:00"),
        ("DeferredMOTO", "2026-06-08T05:00"),
        ("AuthenticateEcommerce", "2026-08-30T05:00"),
        ("AuthenticateMOTO", "2026-08-30T05:00"),
    ],
)
def test_reservations_lapse_after_7_and_90_days_at_0500_sections_8_and_12(
    api: Caller, payment_type: str, lapses_at: str
) -> None:
    card = api.card(payment_type=payment_type)
    api.sandbox.control("clock", {"set": f"{lapses_at[:-5]}04:59:59"})
    assert status(api, card["id"]) == "successful"
    api.sandbox.advance(1)
    assert status(api, card["id"]) == "cancelled"
    release = "DeferredRelease" if payment_type.startswith("Deferred") else "AuthoriseRelease"
    assert card_code(api.follow_up(card["card_id"], release, amount=1)) == "903"


def test_what_has_been_released_does_not_lapse_section_11(api: Caller) -> None:
    deferred = api.card(payment_type="DeferredMOTO")
    flat(api.follow_up(deferred["card_id"], "DeferredRelease", amount=1))
    used_up = api.card(payment_type="AuthenticateMOTO")
    flat(api.follow_up(used_up["card_id"], "AuthoriseRelease", amount=2500))
    in_part = api.card(payment_type="AuthenticateMOTO")
    flat(api.follow_up(in_part["card_id"], "AuthoriseRelease", amount=2499))
    api.sandbox.advance("100d")
    states = [status(api, one["id"]) for one in (deferred, used_up, in_part)]
    assert states == ["successful", "successful", "cancelled"]


@pytest.mark.parametrize(
    ("payment_type", "release", "days"),
    [
        ("DeferredEcommerce", "DeferredRelease", 7),
        ("AuthenticateEcommerce", "AuthoriseRelease", 90),
    ],
)
def test_a_release_that_comes_to_nothing_after_the_lapse_gives_nothing_back_section_8(
    api: Caller, payment_type: str, release: str, days: int
) -> None:
    """All of it is under way when the day of lapse comes, and is declined the day after."""
    card = api.card(payment_type=payment_type, amount=4010)
    asked = flat(api.follow_up(card["card_id"], release, amount=4010))
    assert asked["status"] == "pending"
    api.sandbox.advance(f"{days + 1}d")
    assert status(api, card["id"]) == "successful"
    api.complete(card["card_id"], outcome="failed", payment_id=asked["id"])
    assert card_code(api.follow_up(card["card_id"], release, amount=1)) == "903"
    api.sandbox.advance("1d")
    assert status(api, card["id"]) == "cancelled"


# Amounts of section 13


@pytest.mark.parametrize(("registered_as", "payment_type"), CHARGES)
@pytest.mark.parametrize(
    ("amount", "at_once", "gateway", "code", "completed", "a_minute_later"), AMOUNTS
)
def test_amounts_decide_what_becomes_of_repeats_and_releases_section_13(  # noqa: PLR0917 - a table row
    api: Caller,
    registered_as: str,
    payment_type: str,
    amount: int,
    at_once: str,
    gateway: str,
    code: str,
    completed: str | None,
    a_minute_later: str,
) -> None:
    card_id = api.card(payment_type=registered_as, amount=9000)["card_id"]
    charged = flat(api.follow_up(card_id, payment_type, amount=amount))
    assert (
        charged.items()
        >= {
            "status": at_once,
            "status_code": "",
            "gateway_status": gateway,
            "gateway_status_code": code,
        }.items()
    )
    api.sandbox.advance("1m")
    assert status(api, charged["id"]) == a_minute_later
    if completed is not None:
        assert api.complete(card_id)["payment"]["status"] == completed
        assert status(api, charged["id"]) == completed


@pytest.mark.parametrize(("registered_as", "payment_type"), CHARGES)
@pytest.mark.parametrize(
    ("amount", "recorded", "a_minute_later"),
    [(4098, "error", "error"), (4099, "pending", "successful")],
)
def test_a_silent_gateway_is_910_whatever_became_of_the_charge_section_13(  # noqa: PLR0917 - a table row
    api: Caller,
    registered_as: str,
    payment_type: str,
    amount: int,
    recorded: str,
    a_minute_later: str,
) -> None:
    card_id = api.card(payment_type=registered_as, amount=9000)["card_id"]
    fields = {"amount": amount, "custom_reference": "INV-910"}
    charged = flat(api.follow_up(card_id, payment_type, **fields))
    assert (charged["status"], charged["status_code"]) == ("error", "910")
    (found,) = api.get("payments", custom_reference="INV-910").json()["payments"]
    assert (found["id"], found["status"]) == (charged["id"], recorded)
    api.sandbox.advance("1m")
    assert status(api, charged["id"]) == a_minute_later


@pytest.mark.parametrize(
    ("amount", "after_5_seconds", "after_a_minute_more"),
    [
        (4005, "failed", "failed"),
        (4010, "pending", "pending"),
        (4012, "pending", "successful"),
        (4020, "cancelled", "cancelled"),
        (4098, "error", "error"),
        (4099, "pending", "successful"),
    ],
)
def test_amounts_decide_asynchronous_results_too_sections_8_and_13(
    api: Caller, amount: int, after_5_seconds: str, after_a_minute_more: str
) -> None:
    card_id = api.card()["card_id"]
    taken_in = flat(api.follow_up(card_id, "Repeat", amount=amount, isAsnyc=True), 202)
    assert (taken_in["status"], taken_in["status_code"]) == ("pending", "")
    api.sandbox.advance(5)
    assert status(api, taken_in["id"]) == after_5_seconds
    api.sandbox.advance(60)
    assert status(api, taken_in["id"]) == after_a_minute_more


def test_of_several_that_wait_the_control_call_can_name_one_section_12(api: Caller) -> None:
    card_id = api.card()["card_id"]
    first, second = repeat(api, card_id, 4010), repeat(api, card_id, 4010)
    named = api.complete(card_id, payment_id=second["id"], outcome="failed")["payment"]
    assert (named["id"], named["status"]) == (second["id"], "failed")
    assert api.complete(card_id)["payment"]["id"] == first["id"]
    assert [status(api, one["id"]) for one in (first, second)] == ["successful", "failed"]


def test_a_later_payment_leaves_the_card_as_it_is_section_8(api: Caller) -> None:
    card_id = api.card()["card_id"]
    repeat(api, card_id, 4005)
    (card,) = api.get("cards").json()["cards"]
    assert card["status"] == "successful"
