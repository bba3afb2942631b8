"""Payments, credits and links are refused before a byte leaves, by sections 7.7 to 7.15."""

from typing import Any

import pytest

from smarterpay.api import InvalidRequest, Request
from smarterpay.api.models.card import CardListQuery
from smarterpay.api.models.credit import CreditBulkCreate, CreditStatus, CreditUpdate
from smarterpay.api.models.outbound_message import OutboundMessageListQuery
from smarterpay.api.models.payment import (
    PaymentBulkCreate,
    PaymentCreate,
    PaymentStatus,
    PaymentUpdate,
)
from smarterpay.api.models.payment_link import PaymentLinkStatus, PaymentLinkUpdate
from smarterpay.api.models.submission_line import SubmissionLineListQuery
from smarterpay.api.wire import serialise
from tests.api import builders
from tests.api.field_cases import (
    AMOUNTS,
    AUDDIS,
    DATES,
    IDS,
    MANDATORY_IDS,
    NO_AUDDIS,
    OPTIONAL_AMOUNTS,
    OPTIONAL_DATES,
    Rule,
    must_be_up_to,
    passing,
    refused,
    up_to,
)

FIELDS: list[Rule] = [
    ("7.7", builders.payment, "amount", *AMOUNTS),
    ("7.7", builders.payment, "collection_date", *DATES),
    ("7.7", builders.payment, "description", *must_be_up_to(100)),
    ("7.7", builders.payment, "custom_reference", *up_to(50)),
    ("7.7", builders.payment, "metadata", *up_to(1000)),
    ("7.7", builders.payment, "auddis", AUDDIS, [None, *NO_AUDDIS]),
    ("7.7", builders.payment, "mandate", *IDS),
    ("7.7", builders.payment, "record_type", [None, "direct debit"], ["", 1]),
    ("7.8", builders.represent, "amount", *AMOUNTS),
    ("7.8", builders.represent, "collection_date", *DATES),
    ("7.8", builders.represent, "description", *must_be_up_to(100)),
    ("7.8", builders.represent, "auddis", AUDDIS, [None, *NO_AUDDIS]),
    ("7.8", builders.represent, "custom_reference", *up_to(50)),
    ("7.8", builders.represent, "metadata", *up_to(1000)),
    ("7.8", builders.represent, "record_type", [None, "direct debit"], [""]),
    ("7.10", builders.credit, "amount", *AMOUNTS),
    ("7.10", builders.credit, "credit_date", *DATES),
    ("7.10", builders.credit, "description", *must_be_up_to(100)),
    ("7.10", builders.credit, "bank_account", ["BA01X"], [None, "", "a b"]),
    ("7.10", builders.credit, "auddis", [None, *AUDDIS], NO_AUDDIS),
    ("7.10", builders.credit, "client_bank_account_id", [None, "OB01X"], ["", "a b"]),
    ("7.10", builders.credit, "default_narrative", *up_to(18)),
    ("7.10", builders.credit, "reference", *up_to(50)),
    ("7.10", builders.credit, "rti", [None, "", "/A1", "A-.&", "0 9"], ["/ABCD", "a", "A_1", "É"]),
    ("7.10", builders.credit, "metadata", *up_to(1000)),
    ("7.10", builders.credit, "submission_reference", *up_to(18)),
    ("7.12", builders.payment_link, "ecommerce_page", *MANDATORY_IDS),
    ("7.12", builders.payment_link, "customer_account", *IDS),
    ("7.12", builders.payment_link, "bank_account", *IDS),
    ("7.12", builders.payment_link, "mandate", *IDS),
    ("7.12", builders.payment_link, "recurrence_schedule", *IDS),
    ("7.12", builders.payment_link, "amount", *OPTIONAL_AMOUNTS),
    ("7.12", builders.payment_link, "first_collection_amount", *OPTIONAL_AMOUNTS),
    ("7.12", builders.payment_link, "auddis", [None, *AUDDIS], NO_AUDDIS),
    ("7.12", builders.payment_link, "first_collection_date", *OPTIONAL_DATES),
    ("7.12", builders.payment_link, "start_date", *OPTIONAL_DATES),
    ("7.12", builders.payment_link, "end_date", *OPTIONAL_DATES),
    ("7.12", builders.payment_link, "description", *up_to(255)),
    ("7.12", builders.payment_link, "bank_account_custom_reference", *up_to(100)),
    ("7.12", builders.payment_link, "card_payment_custom_reference", *up_to(100)),
    ("7.12", builders.payment_link, "customer_custom_reference", *up_to(100)),
    ("7.12", builders.payment_link, "recurrence_schedule_custom_reference", *up_to(100)),
    ("7.12", builders.payment_link, "metadata", *up_to(1000)),
    ("7.12", builders.payment_link, "metadata_account_validation", *up_to(1000)),
    ("7.12", builders.payment_link, "metadata_bank_account", *up_to(1000)),
    ("7.12", builders.payment_link, "metadata_card", *up_to(1000)),
    ("7.12", builders.payment_link, "metadata_customer_account", *up_to(1000)),
    ("7.12", builders.payment_link, "metadata_mandate", *up_to(1000)),
    ("7.12", builders.payment_link, "metadata_recurrence_schedule", *up_to(1000)),
    (
        "7.12",
        builders.payment_link,
        "return_url",
        [
            None,
            "",
            "https://shop.example.com/thanks",
            "https://shop.example.com/?pages=1&payments=2#page=3",
            "https://shop.example.com/" + "x" * (2048 - 25),
        ],
        [
            "http://shop.example.com/",
            "https://",
            "https:shop",
            "shop.example.com",
            "https://[::1/",
            "https://shop.example.com/?page=1",
            "https://shop.example.com/?a=1&payment",
            "https://shop.example.com/?Page=1",
            "https://shop.example.com/?%70age=1",
            "https://shop.example.com/" + "x" * (2048 - 24),
        ],
    ),
]


@pytest.mark.parametrize(("build", "field", "value"), passing(FIELDS))
def test_section_7_allowed_value(build: Any, field: str, value: Any) -> None:
    assert getattr(build(**{field: value}), field) == value


@pytest.mark.parametrize(("build", "field", "value"), refused(FIELDS))
def test_section_7_refused_value(build: Any, field: str, value: Any) -> None:
    with pytest.raises(InvalidRequest) as caught:
        build(**{field: value})
    assert field in caught.value.fields


# --- Rules over several fields ---------------------------------------------------------------


def test_section_7_7_a_payment_names_its_mandate_by_reference_or_id() -> None:
    assert builders.payment(auddis=None, mandate="M01X").to_wire()["mandate"] == "M01X"
    assert builders.payment(auddis="MA1", mandate="M01X").auddis == "MA1"
    with pytest.raises(InvalidRequest, match="auddis: mandatory unless mandate is given"):
        builders.payment(auddis=None)


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"bank_account": None}, "bank_account"),
        ({"bank_account": None, "client_bank_account_id": "OB01X"}, "bank_account"),
        ({"auddis": "MA1", "client_bank_account_id": "OB01X"}, "client_bank_account_id"),
    ],
)
def test_section_7_10_credits_that_do_not_go(changes: dict[str, Any], field: str) -> None:
    with pytest.raises(InvalidRequest) as caught:
        builders.credit(**changes)
    assert caught.value.fields == (field,)


def test_section_7_10_a_mandates_payer_needs_no_bank_account() -> None:
    sent = builders.credit(auddis="MA1", bank_account=None).to_wire()
    assert sent["auddis"] == "MA1"
    assert "bank_account" not in sent


# --- Bulk ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("model", "row"),
    [(PaymentBulkCreate, builders.payment()), (CreditBulkCreate, builders.credit())],
)
@pytest.mark.parametrize(("rows", "goes"), [(0, False), (1, True), (500, True), (501, False)])
def test_section_7_9_1_to_500_rows(model: Any, row: Request, rows: int, goes: bool) -> None:
    if goes:
        assert len(model(rows=(row,) * rows).rows) == rows
    else:
        with pytest.raises(InvalidRequest, match="rows: must be 1 to 500"):
            model(rows=(row,) * rows)


@pytest.mark.parametrize("rows", [None, [builders.payment()], (builders.credit(),), ({},), "x"])
def test_section_7_9_rows_are_requests_of_the_single_create(rows: Any) -> None:
    with pytest.raises(InvalidRequest):
        PaymentBulkCreate(rows=rows)


def test_section_7_9_a_row_built_around_its_checks_is_named_by_its_place() -> None:
    unchecked = PaymentCreate.model_construct(**{**dict(builders.payment()), "amount": 0})
    with pytest.raises(InvalidRequest) as caught:
        PaymentBulkCreate(rows=(builders.payment(), unchecked))
    assert caught.value.fields == ("rows.1.amount",)


def test_section_7_9_a_bulk_body_is_an_array_of_rows_without_wrapper() -> None:
    assert serialise(builders.bulk_credits(), "credits") == (
        b'{"credits":[{"description":"refund of deposit","amount":12000,'
        b'"credit_date":"2026-06-05","bank_account":"BA01YZ96J11YWR7JNEWD",'
        b'"reference":"INV-2026-118"},{"description":"refund of deposit","amount":1,'
        b'"credit_date":"2026-06-05","bank_account":"BA01YZ96J11YWR7JNEWD",'
        b'"reference":"INV-2026-118"}]}'
    )


# --- Updates ---------------------------------------------------------------------------------


@pytest.mark.parametrize("model", [PaymentUpdate, CreditUpdate, PaymentLinkUpdate])
def test_section_5_a_put_changes_something(model: type[Request]) -> None:
    with pytest.raises(InvalidRequest, match="set at least one property"):
        model()


@pytest.mark.parametrize(
    ("model", "fields"),
    [
        (
            PaymentUpdate,
            "amount collection_date description custom_reference metadata status bacs_code",
        ),
        (CreditUpdate, "amount credit_date description reference metadata status bacs_code"),
    ],
)
def test_sections_7_7_and_7_10_what_a_put_may_change(model: type[Request], fields: str) -> None:
    assert set(model.model_fields) == set(fields.split())


@pytest.mark.parametrize("model", [PaymentUpdate, CreditUpdate])
def test_section_7_7_a_pending_payment_may_be_set_to_0_as_a_break(model: Any) -> None:
    assert model(amount=0).to_wire() == {"amount": 0}
    with pytest.raises(InvalidRequest, match="amount"):
        model(amount=-1)
    with pytest.raises(InvalidRequest, match="amount"):
        model(amount=2_000_000_001)


@pytest.mark.parametrize(
    ("model", "status"),
    [
        (PaymentUpdate, PaymentStatus.CANCELLED),
        (CreditUpdate, CreditStatus.CANCELLED),
        (PaymentLinkUpdate, PaymentLinkStatus.CANCELLED),
    ],
)
def test_section_11_the_only_status_a_put_may_ask_for(model: Any, status: Any) -> None:
    assert model(status=status).to_wire() == {"status": "cancelled"}
    for other in ("successful", "active", "Cancelled", "", "failed"):
        with pytest.raises(InvalidRequest, match="status"):
            model(status=other)


@pytest.mark.parametrize("model", [PaymentUpdate, CreditUpdate])
def test_section_10_a_manual_code(model: Any) -> None:
    assert model(bacs_code="ARUDD 0").to_wire() == {"bacs_code": "ARUDD 0"}
    with pytest.raises(InvalidRequest, match="bacs_code"):
        model(bacs_code="ARUDD")


@pytest.mark.parametrize(
    ("model", "field"),
    [
        (PaymentUpdate, "amount"),
        (PaymentUpdate, "collection_date"),
        (PaymentUpdate, "description"),
        (PaymentUpdate, "status"),
        (CreditUpdate, "credit_date"),
        (PaymentLinkUpdate, "amount"),
        (PaymentLinkUpdate, "status"),
    ],
)
def test_section_5_only_optional_properties_can_be_cleared(model: Any, field: str) -> None:
    with pytest.raises(InvalidRequest, match=f"{field}: cannot be cleared"):
        model(**{field: None})


def test_section_5_a_put_clears_optional_texts() -> None:
    assert PaymentUpdate(custom_reference=None).to_wire() == {"custom_reference": ""}
    assert CreditUpdate(reference=None, metadata=None).to_wire() == {
        "reference": "",
        "metadata": "",
    }
    assert PaymentLinkUpdate(end_date=None, metadata_card=None).to_wire() == {
        "end_date": "",
        "metadata_card": "",
    }


@pytest.mark.parametrize("field", ["ecommerce_page", "customer_account", "mandate"])
def test_section_7_12_a_put_leaves_a_links_ids_alone(field: str) -> None:
    with pytest.raises(InvalidRequest, match=field):
        PaymentLinkUpdate.model_validate({field: "EP02X"})


# --- Filters ---------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("query", "filters"),
    [
        (OutboundMessageListQuery, {"sort_field": "sent_at"}),
        (OutboundMessageListQuery, {"record_type": "sms"}),
        (OutboundMessageListQuery, {"sent_from": "2026-06-01 08:00:00"}),
        (OutboundMessageListQuery, {"subscription_id": ""}),
        (OutboundMessageListQuery, {"customer_id": "CA01X"}),
        (CardListQuery, {"customer_id": " "}),
        (CardListQuery, {"transaction_code": "01"}),
        (SubmissionLineListQuery, {"submission_id": ""}),
        (SubmissionLineListQuery, {"record_id": 7}),
        (SubmissionLineListQuery, {"transaction_code": "0"}),
    ],
)
def test_sections_7_13_to_7_15_filters_that_do_not_go(query: Any, filters: dict[str, Any]) -> None:
    with pytest.raises(InvalidRequest):
        query(**filters)


# --- What shows ------------------------------------------------------------------------------

MARK = "Canary"


@pytest.mark.parametrize(
    ("build", "personal"),
    [
        (builders.payment, {"metadata": MARK}),
        (builders.represent, {"metadata": MARK}),
        (builders.credit, {"metadata": MARK}),
        (
            builders.payment_link,
            {
                "metadata": MARK,
                "metadata_card": MARK,
                "metadata_mandate": MARK,
                "return_url": f"https://shop.example.com/{MARK}",
            },
        ),
        (builders.register, {"metadata": MARK}),
        (builders.repeat, {"metadata": MARK}),
    ],
)
def test_personal_fields_never_show(build: Any, personal: dict[str, str]) -> None:
    request = build(**personal)
    assert MARK not in f"{request} {request!r}"
    for field in personal:
        assert f"{field}=***" in repr(request)


def test_personal_fields_of_rows_never_show() -> None:
    bulk = builders.bulk_payments(rows=(builders.payment(metadata=MARK),))
    assert MARK not in f"{bulk} {bulk!r}"
    with pytest.raises(InvalidRequest) as caught:
        builders.payment(description=MARK * 20, metadata=MARK * 200)
    assert MARK not in f"{caught.value} {caught.value!r}"
