"""Card transactions are refused before a byte leaves, by the table of section 8."""

from typing import Any

import pytest

from smarterpay.api import InvalidRequest
from smarterpay.api.models.currency_codes import CURRENCY_CODES
from smarterpay.api.models.transaction import RegisterType, TransactionRegister
from tests.api import builders
from tests.api.field_cases import (
    AMOUNTS,
    IDS,
    MANDATORY_IDS,
    Rule,
    passing,
    refused,
    up_to,
)

FIELDS: list[Rule] = [
    (
        "8",
        builders.register,
        "payment_type",
        [
            "MOTO",
            "Ecommerce",
            "DeferredMOTO",
            "DeferredEcommerce",
            "AuthenticateMOTO",
            "AuthenticateEcommerce",
            RegisterType.AUTHENTICATE_MOTO,
        ],
        [None, "", "moto", "Refund", "Repeat"],
    ),
    ("8", builders.register, "payment_gateway_profile_id", *MANDATORY_IDS),
    ("8", builders.register, "customer_id", *MANDATORY_IDS),
    ("8", builders.register, "amount", *AMOUNTS),
    (
        "8",
        builders.register,
        "currency_code",
        ["GBP", "EUR", "JPY"],
        [None, "", "gbp", "GB", "XXX"],
    ),
    ("8", builders.register, "internal_payment_description", *up_to(100)),
    ("8", builders.register, "gateway_payment_description", *up_to(100)),
    ("8", builders.register, "custom_reference", *up_to(50)),
    ("8", builders.register, "metadata", *up_to(1000)),
    ("8", builders.refund, "amount", *AMOUNTS),
    ("8", builders.refund, "currency_code", [None, "GBP"], ["", "gbp"]),
    ("8", builders.refund, "related_payment_id", *IDS),
    ("8", builders.refund, "is_async", [None, True, False], ["true", 1]),
    ("8", builders.void, "related_payment_id", *IDS),
    ("8", builders.void, "is_async", [True], ["true"]),
    ("8", builders.void, "custom_reference", *up_to(50)),
    ("8", builders.repeat, "amount", *AMOUNTS),
    ("8", builders.repeat, "currency_code", [None, "EUR"], ["EU"]),
    ("8", builders.repeat, "related_payment_id", *IDS),
    ("8", builders.repeat, "metadata", *up_to(1000)),
    ("8", builders.release_deferred, "amount", *AMOUNTS),
    ("8", builders.release_deferred, "currency_code", [None, "GBP"], ["gbp"]),
    ("8", builders.cancel_deferred, "internal_payment_description", *up_to(100)),
    ("8", builders.release_authorised, "amount", *AMOUNTS),
    ("8", builders.release_authorised, "currency_code", [None, "GBP"], ["gbp"]),
]

#: Section 8's table: what each operation does not use, so that its model does not take it.
UNUSED = [
    (builders.register, "is_async", True),
    (builders.register, "related_payment_id", "P02X"),
    (builders.refund, "customer_id", "CA01X"),
    (builders.refund, "payment_gateway_profile_id", "PG01X"),
    (builders.void, "amount", 1),
    (builders.void, "currency_code", "GBP"),
    (builders.repeat, "customer_id", "CA01X"),
    (builders.release_deferred, "related_payment_id", "P02X"),
    (builders.cancel_deferred, "amount", 1),
    (builders.cancel_deferred, "currency_code", "GBP"),
    (builders.cancel_deferred, "related_payment_id", "P02X"),
    (builders.release_authorised, "related_payment_id", "P02X"),
]


@pytest.mark.parametrize(("build", "field", "value"), passing(FIELDS))
def test_section_8_allowed_value(build: Any, field: str, value: Any) -> None:
    assert getattr(build(**{field: value}), field) == value


@pytest.mark.parametrize(("build", "field", "value"), refused(FIELDS))
def test_section_8_refused_value(build: Any, field: str, value: Any) -> None:
    with pytest.raises(InvalidRequest) as caught:
        build(**{field: value})
    assert field in caught.value.fields


@pytest.mark.parametrize(("build", "field", "value"), UNUSED)
def test_section_8_what_an_operation_does_not_use(build: Any, field: str, value: Any) -> None:
    with pytest.raises(InvalidRequest) as caught:
        build(**{field: value})
    assert caught.value.fields == (field,)


@pytest.mark.parametrize(
    ("build", "payment_type"),
    [
        (builders.refund, "Refund"),
        (builders.void, "Void"),
        (builders.repeat, "Repeat"),
        (builders.release_deferred, "DeferredRelease"),
        (builders.cancel_deferred, "DeferredCancel"),
        (builders.release_authorised, "AuthoriseRelease"),
    ],
)
def test_section_8_the_body_selects_the_operation(build: Any, payment_type: str) -> None:
    """Section 6: "the body's `payment_type` selects the operation"; both constants always go."""
    sent = build().to_wire()
    assert (sent["payment_type"], sent["platform"]) == (payment_type, "SmarterPayCloud")
    with pytest.raises(InvalidRequest, match="payment_type"):
        build(payment_type="MOTO")


def test_section_8_a_register_says_what_it_is_and_for_which_platform() -> None:
    sent = builders.register(payment_type=RegisterType.DEFERRED_MOTO).to_wire()
    assert (sent["payment_type"], sent["platform"]) == ("DeferredMOTO", "SmarterPayCloud")
    with pytest.raises(InvalidRequest, match="platform"):
        TransactionRegister.model_validate({**builders.register().model_dump(), "platform": "x"})


def test_section_5_asynchronous_is_misspelt_on_the_wire() -> None:
    assert builders.void(is_async=True).to_wire()["isAsnyc"] is True
    assert builders.void(is_async=False).to_wire()["isAsnyc"] is False
    assert not {"is_async", "isAsync"} & set(builders.void(is_async=True).to_wire())


def test_section_8_currencies_are_those_of_iso_4217() -> None:
    assert all(len(code) == 3 and code.isalpha() and code.isupper() for code in CURRENCY_CODES)
    assert {"GBP", "EUR", "USD", "JPY", "CHF"} <= CURRENCY_CODES
    assert not {"XXX", "XTS", "XAU", "HRK", "DEM"} & CURRENCY_CODES
