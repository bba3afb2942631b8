"""Answers about money become records: sections 7.7 to 7.16 and 8, sample by sample."""

import json
from datetime import UTC, date, datetime
from typing import Any

import pytest

from smarterpay.api import Answer, CardClient, CloudClient, Page, UnexpectedAnswer
from smarterpay.api.catalogue import OPERATIONS
from smarterpay.api.models.api_request import ApiRequest, ApiRequestRowStatus, ApiRequestStatus
from smarterpay.api.models.card import Card, CardStatus, CardTransactionType
from smarterpay.api.models.credit import Credit, CreditStatus
from smarterpay.api.models.ecommerce_branding import BrandingStyle, EcommerceBranding
from smarterpay.api.models.ecommerce_page_setup import EcommercePageSetup, PageExpiry, PageStep
from smarterpay.api.models.outbound_message import (
    OutboundMessage,
    OutboundMessageStatus,
    OutboundMessageType,
)
from smarterpay.api.models.payment import Payment, PaymentStatus, PaymentType
from smarterpay.api.models.payment_link import PaymentLink, PaymentLinkStatus
from smarterpay.api.models.submission import Submission, SubmissionStatus
from smarterpay.api.models.submission_line import (
    SubmissionLine,
    SubmissionLineStatus,
    SubmissionLineType,
)
from smarterpay.api.models.transaction import Transaction, TransactionStatus
from tests.api import samples
from tests.api.builders import card_client, cloud_client

CLIENTS: dict[str, CloudClient | CardClient] = {
    "cloud": cloud_client("http://127.0.0.1:1/"),
    "card": card_client("http://127.0.0.1:1/"),
}
NINE = datetime(2026, 6, 1, 9, tzinfo=UTC)


def read(operation: str, document: Any, status: int = 200) -> Any:
    client = CLIENTS[OPERATIONS[operation].api]
    return client.read(operation, Answer(operation, status, json.dumps(document).encode()))


def changed(document: dict[str, Any], **changes: Any) -> dict[str, Any]:
    ((envelope, record),) = document.items()
    return {envelope: {**record, **changes}}


@pytest.mark.parametrize("operation", sorted(OPERATIONS))
def test_every_operation_reads_its_sample_whole(operation: str) -> None:
    found = read(operation, samples.answer_to(operation))
    records = found.records if isinstance(found, Page) else (found,)
    assert len(records) == (2 if OPERATIONS[operation].paged else 1)
    for record in records:
        assert isinstance(record, CLIENTS[OPERATIONS[operation].api].shapes[operation].answer)
        assert record.unknown_fields == {}
        assert "Canary" not in f"{record} {record!r} {found!r}"


# --- Sections 7.7 to 7.10 --------------------------------------------------------------------


def test_section_7_7_payment() -> None:
    found = read("payment.create", samples.PAYMENT)
    assert isinstance(found, Payment)
    assert (found.id, found.amount, found.currency_code) == ("P01YZ96J1D7WDK8NEWD", 2500, "GBP")
    assert found.status is PaymentStatus.PENDING_SUBMISSION
    assert found.payment_type is PaymentType.FIRST_COLLECTION
    assert (found.collection_date, found.created_at) == (date(2026, 6, 3), NINE)
    assert (found.users_reference, found.auddis) == ("MA10867326", "MA10867326")
    assert (found.related_payment, found.bacs_code, found.metadata) == (None, None, None)


@pytest.mark.parametrize("status", list(PaymentStatus))
def test_section_7_7_every_status(status: PaymentStatus) -> None:
    for spelling in (status.value, status.value.replace("_", " "), status.value.upper()):
        assert read("payment.get", changed(samples.PAYMENT, status=spelling)).status is status
    assert read("payment.get", changed(samples.PAYMENT, status="on_ice")).status == "on_ice"


def test_section_7_7_a_card_payment_has_a_card_instead_of_a_mandate_reference() -> None:
    document = changed(samples.PAYMENT, auddis="", card_id="20477d89", payment_type="Repeat")
    found = read("payment.get", document)
    assert (found.auddis, found.card_id, found.payment_type) == (None, "20477d89", "Repeat")


def test_section_7_8_a_represented_payment_names_its_original() -> None:
    document = changed(samples.PAYMENT, payment_type="represent", related_payment="P01X")
    found = read("payment.represent", document)
    assert (found.payment_type, found.related_payment) == (PaymentType.REPRESENT, "P01X")


@pytest.mark.parametrize("operation", ["payment.bulk_create", "credit.bulk_create"])
def test_section_7_9_a_bulk_call_is_taken_in_and_not_yet_done(operation: str) -> None:
    taken_in = {
        "api_request": {
            "id": "AR01X",
            "status": "pending",
            "created_at": "2026-06-01T09:00:00Z",
            "record_type": operation.partition(".")[0],
            "total_count": 2,
            "success_count": 0,
            "failed_count": 0,
        }
    }
    found = read(operation, taken_in, status=202)
    assert isinstance(found, ApiRequest)
    assert (found.status, found.is_completed) == (ApiRequestStatus.PENDING, False)
    assert (found.total_count, found.success_count, found.failed_count) == (2, 0, 0)
    assert found.records is None


def test_section_7_9_rows_are_judged_one_by_one() -> None:
    found = read("api_request.get", samples.API_REQUEST)
    assert found.is_completed
    created, failed = found.records
    assert (created.index, created.status) == (0, ApiRequestRowStatus.CREATED)
    assert (created.id, created.message) == ("P01YZ96J1D7WDK8NEWD", None)
    assert (failed.index, failed.status) == (1, ApiRequestRowStatus.FAILED)
    assert (failed.id, failed.message) == (None, "Canary is no mandate")


@pytest.mark.parametrize(
    ("status", "completed"),
    [("completed", True), ("Completed", True), ("processing", False), ("done", False), ("", False)],
)
def test_section_7_9_only_completed_is_the_end(status: str, completed: bool) -> None:
    found = read("api_request.get", changed(samples.API_REQUEST, status=status))
    assert found.is_completed is completed


def test_section_7_10_credit() -> None:
    found = read("credit.create", samples.CREDIT)
    assert isinstance(found, Credit)
    assert (found.id, found.reference, found.amount) == ("CR00015894", "INV-2026-118", 12000)
    assert (found.status, found.credit_date) == (CreditStatus.SUBMITTED, date(2026, 6, 5))
    assert (found.default_narrative, found.rti) == ("DEPOSIT", "/A1")
    assert (found.submission_reference, found.bacs_code) == ("PAYROLL JUNE", "ARUCS2")


@pytest.mark.parametrize("key", ["ID", "Id", "id"])
def test_section_7_10_the_id_of_a_credit_is_spelt_two_ways(key: str) -> None:
    assert read("credit.get", {"credit": {key: "CR01X"}}).id == "CR01X"


# --- Sections 7.12 to 7.16 -------------------------------------------------------------------


def test_section_7_12_payment_link() -> None:
    found = read("payment_link.create", samples.PAYMENT_LINK)
    assert isinstance(found, PaymentLink)
    assert found.status is PaymentLinkStatus.ACTIVE
    assert found.url == "https://pages.example.com/?page=Canary"
    assert found.expires_at == datetime(2026, 6, 8, 5, tzinfo=UTC)
    assert (found.amount, found.first_collection_amount) == (2500, 3000)
    assert (found.customer_custom_reference, found.mandate) == ("CUST-0042", None)


def test_section_7_13_submission() -> None:
    found = read("submission.get", samples.SUBMISSION)
    assert isinstance(found, Submission)
    assert (found.id, found.serial_number) == ("FS01YZ96J1D7WDK8NEWD", "A1B2C3")
    assert (found.payment_total_count, found.payment_total_value) == (4, 10_000)
    assert (found.credit_total_count, found.credit_total_value) == (1, 12_000)
    assert (found.mandate_new_instruction_count, found.mandate_cancellation_count) == (3, 2)
    assert (found.mandate_convert_count, found.status) == (0, SubmissionStatus.WITH_ERRORS)
    assert (found.sun_name, found.sun_number) == ("Smarterpay Test", "100263")


@pytest.mark.parametrize("key", ["Sun_name", "sun_name", "SUN_NAME"])
def test_section_7_13_the_name_of_the_sun_is_spelt_two_ways(key: str) -> None:
    assert read("submission.get", {"submission": {"Id": "x", key: "tes1"}}).sun_name == "tes1"


def test_section_7_13_submission_line() -> None:
    found = read("submission_line.get", samples.SUBMISSION_LINE)
    assert isinstance(found, SubmissionLine)
    assert (found.id, found.amount, found.transaction_code) == ("FL01YZ96J1D7WDK8NEWD", 2500, "01")
    assert (found.status, found.type) == (
        SubmissionLineStatus.SUCCESSFUL,
        SubmissionLineType.PAYMENT,
    )
    assert (found.submission_id, found.record_id) == ("FS01YZ96J1D7WDK8NEWD", "P01YZ96J1D7WDK8NEWD")


@pytest.mark.parametrize(
    ("sent", "meant"),
    [
        ("2026-06-03", date(2026, 6, 3)),
        ("2026-06-02T23:00:00Z", date(2026, 6, 3)),
        ("2026-06-03T09:00:00.000Z", date(2026, 6, 3)),
        ("", None),
    ],
)
def test_section_7_13_the_date_of_a_line_comes_in_three_forms(sent: str, meant: object) -> None:
    found = read("submission_line.get", changed(samples.SUBMISSION_LINE, collection_date=sent))
    assert found.collection_date == meant


def test_section_7_14_a_webhook_message() -> None:
    found = read("outbound_message.resend", samples.OUTBOUND_MESSAGE)
    assert isinstance(found, OutboundMessage)
    assert found.record_type is OutboundMessageType.WEBHOOK
    assert (found.status, found.email) == (OutboundMessageStatus.SUCCESSFUL, None)
    assert found.sent_at == NINE.replace(second=1)
    assert found.webhook is not None
    assert found.webhook.response_code == "200 OK"
    assert found.webhook.webhook_body["events"][0]["id"] == "HI0YZ96J1D7WDK8NEWDX"


def test_section_7_14_an_email_message() -> None:
    found = read("outbound_message.get", samples.OUTBOUND_EMAIL)
    assert found.record_type is OutboundMessageType.EMAIL
    assert (found.status, found.sent_at) == (OutboundMessageStatus.RETRYING, None)
    assert found.email.to == "Canary@example.com"
    assert "Canary" not in repr(found)


def test_section_7_15_card() -> None:
    found, _ = read("card.list", samples.answer_to("card.list")).records
    assert isinstance(found, Card)
    assert found.custom_reference == "XYZ"
    assert (found.card_number_ending, found.name_on_card) == ("0006", "Canary Hetfield")
    assert (found.expiry_date, found.payment_gateway) == (date(2027, 2, 28), "OpayoPi")
    assert (found.status, found.transaction_type) == (
        CardStatus.SUCCESSFUL,
        CardTransactionType.ECOMMERCE,
    )
    assert found.created_at == datetime(2014, 2, 27, 15, 5, 6, 123_000, tzinfo=UTC)


def test_section_7_16_branding() -> None:
    found = read("ecommerce_branding.get", samples.BRANDING)
    assert isinstance(found, EcommerceBranding)
    assert (found.template, found.postcode) == ("B2C_Default", "Canary")
    assert isinstance(found.styling_css, BrandingStyle)
    assert found.styling_css.button_hover_text_colour == "#808080"
    assert found.styling_css.unknown_fields == {}


def test_section_7_16_a_style_that_is_no_json_stays_a_text() -> None:
    found = read("ecommerce_branding.get", changed(samples.BRANDING, styling_css="body {}"))
    assert found.styling_css == "body {}"


def test_section_7_16_page_setup() -> None:
    found = read("ecommerce_page_setup.get", samples.PAGE_SETUP)
    assert isinstance(found, EcommercePageSetup)
    assert (found.collection_day, found.collection_stretch, found.single_use) == ("1", 1, True)
    assert (found.expiry, found.payment_types) == (PageExpiry.NEVER, "DDMandateOnly")
    assert (found.payment_type_step, found.customer_step) == (PageStep.SKIP, PageStep.EDIT)
    assert (found.bank_step, found.account_validation_required) == (PageStep.READ_ONLY, False)


def test_section_7_16_the_encryption_key_shows_nowhere() -> None:
    found = read("ecommerce_page_setup.get", samples.PAGE_SETUP)
    assert found.encryption_key.get_secret_value().startswith("Q2Fu")
    for shown in (repr(found), str(found), f"{found.model_dump()}", found.model_dump_json()):
        assert "Q2Fu" not in shown


# --- Section 8 -------------------------------------------------------------------------------


def test_section_8_a_flat_answer_without_envelope() -> None:
    found = read("transaction.repeat", samples.TRANSACTION)
    assert isinstance(found, Transaction)
    assert (found.id, found.amount, found.currency_code) == ("P02YZ96J1D7WDK8NEWD", 2500, "GBP")
    assert (found.status, found.status_code) == (TransactionStatus.SUCCESSFUL, None)
    assert (found.gateway_status, found.gateway_status_code) == ("OK", "0000")
    assert (found.authorisation_code, found.related_payment_id) == ("A1B2C3", None)
    assert found.created_at == NINE


@pytest.mark.parametrize("status", ["successful", "pending", "cancelled", "failed"])
@pytest.mark.parametrize("spelling", [str.lower, str.upper, str.title])
def test_section_8_four_states_are_records_kept_apart(status: str, spelling: Any) -> None:
    document = {**samples.TRANSACTION, "status": spelling(status)}
    assert read("transaction.void", document).status is TransactionStatus(status)


def test_section_8_an_asynchronous_answer_is_pending_with_empty_gateway_fields() -> None:
    document = {
        **samples.TRANSACTION,
        "status": "pending",
        "gateway_status": "",
        "gateway_status_code": "",
        "transaction_id": "",
    }
    found = read("transaction.refund", document, status=202)
    assert found.status is TransactionStatus.PENDING
    assert (found.gateway_status, found.gateway_status_code) == (None, None)


def test_section_8_a_session_token_comes_with_a_register_and_never_shows() -> None:
    document = {**samples.TRANSACTION, "status": "pending", "session_token": "one-time-value"}
    found = read("transaction.register", document)
    assert found.session_token == "one-time-value"
    assert "one-time-value" not in f"{found} {found!r}"


@pytest.mark.parametrize("key", ["custom_reference", "custom_referance", "Custom_Referance"])
def test_section_5_both_spellings_of_the_card_reference(key: str) -> None:
    card = {name: value for name, value in samples.CARD.items() if name != "custom_referance"}
    (found,) = read("card.list", {"cards": [{**card, key: "R-1"}]}).records
    assert found.custom_reference == "R-1"
    flat = {k: v for k, v in samples.TRANSACTION.items() if k != "custom_reference"}
    assert read("transaction.void", {**flat, key: "R-1"}).custom_reference == "R-1"


@pytest.mark.parametrize(
    ("sent", "meant"),
    [("901", 901), (901, 901), ("E-7", "E-7"), ("0042", "0042"), ("", None), (None, None)],
)
def test_section_8_codes_are_open_ended(sent: object, meant: object) -> None:
    document = {**samples.TRANSACTION, "status": "failed", "status_code": sent}
    assert read("transaction.repeat", document).status_code == meant


@pytest.mark.parametrize(
    "document",
    [
        {},
        {"transaction": samples.TRANSACTION},
        {**samples.TRANSACTION, "id": ""},
        {**samples.TRANSACTION, "amount": "25.00"},
        {**samples.TRANSACTION, "status": ""},
        {**samples.TRANSACTION, "status": None},
        {**samples.TRANSACTION, "status": "settled"},
        {**samples.TRANSACTION, "status": ["successful"]},
        {**samples.TRANSACTION, "status": True},
        {name: value for name, value in samples.TRANSACTION.items() if name != "status"},
        [samples.TRANSACTION],
    ],
)
def test_section_8_what_is_none_of_the_five_is_never_a_success(document: Any) -> None:
    with pytest.raises(UnexpectedAnswer) as caught:
        read("transaction.repeat", document)
    assert caught.value.body == json.dumps(document).encode()
