"""An answer to every operation, spelt as the samples and tables of sections 7 and 8 spell it."""

import json
from typing import Any

from smarterpay.api.catalogue import OPERATIONS
from tests.api import builders

PAYMENT: dict[str, Any] = {
    "payment": {
        "id": "P01YZ96J1D7WDK8NEWD",
        "created_at": "2026-06-01T09:00:00Z",
        "status": "pending_submission",
        "amount": "2500",
        "currency_code": "GBP",
        "collection_date": "2026-06-03",
        "payment_type": "first_collection",
        "record_type": "direct debit",
        "description": "metered bill",
        "custom_reference": "XYZ",
        "metadata": "",
        "auddis": "MA10867326",
        "mandate": "M01O41Y8DOQ369MJ0GN",
        "users_reference": "MA10867326",
        "related_payment": "",
        "customer_account": "",
        "recurrence_schedule": "",
        "bacs_code": "",
        "bacs_description": "",
    }
}
CREDIT: dict[str, Any] = {
    "credit": {
        "ID": "CR00015894",
        "created_at": "2026-06-01T09:00:00Z",
        "status": "submitted",
        "amount": "12000",
        "credit_date": "2026-06-05",
        "description": "refund of deposit",
        "default_narrative": "DEPOSIT",
        "reference": "INV-2026-118",
        "bank_account": "BA01YZ96J11YWR7JNEWD",
        "client_bank_account_id": "OB01SANDBOXMAIN00001",
        "auddis": "",
        "mandate": "",
        "rti": "/A1",
        "submission_reference": "PAYROLL JUNE",
        "metadata": "Canary",
        "bacs_code": "ARUCS2",
        "bacs_description": "Beneficiary deceased",
    }
}
API_REQUEST: dict[str, Any] = {
    "api_request": {
        "id": "AR01YZ96J1D7WDK8NEWD",
        "status": "completed",
        "created_at": "2026-06-01T09:00:00Z",
        "record_type": "payment",
        "total_count": 2,
        "success_count": 1,
        "failed_count": 1,
        "records": [
            {"index": 0, "status": "created", "id": "P01YZ96J1D7WDK8NEWD", "message": ""},
            {"index": 1, "status": "failed", "id": "", "message": "Canary is no mandate"},
        ],
    }
}
PAYMENT_LINK: dict[str, Any] = {
    "payment_link": {
        "id": "PL01YZ96J1D7WDK8NEWD",
        "url": "https://pages.example.com/?page=Canary",
        "created_at": "2026-06-01T09:00:00Z",
        "expires_at": "2026-06-08T05:00:00Z",
        "status": "active",
        "ecommerce_page": "EP02SANDBOXPAGE00001",
        "customer_account": "CA0175OW1YJV3Y8X29LV",
        "bank_account": "",
        "mandate": "",
        "recurrence_schedule": "",
        "amount": "2500",
        "auddis": "",
        "first_collection_amount": "3000",
        "first_collection_date": "2026-07-01",
        "start_date": "2026-07-01",
        "end_date": "",
        "return_url": "https://shop.example.com/Canary",
        "description": "membership",
        "bank_account_custom_reference": "B-1",
        "card_payment_custom_reference": "C-1",
        "customer_custom_reference": "CUST-0042",
        "recurrence_schedule_custom_reference": "S-1",
        "metadata": "Canary",
        "metadata_account_validation": "Canary",
        "metadata_bank_account": "Canary",
        "metadata_card": "Canary",
        "metadata_customer_account": "Canary",
        "metadata_mandate": "Canary",
        "metadata_recurrence_schedule": "Canary",
    }
}
OUTBOUND_MESSAGE: dict[str, Any] = {
    "OutboundMessage": {
        "id": "OM01YZ96J1D7WDK8NEWD",
        "idempotency_key": "0a4f2a3e-6f0b-4f4e-9a55-0d6f4dbe2b11",
        "sent_at": "2026-06-01T09:00:01Z",
        "status": "successful",
        "record_type": "webhook",
        "subscription_id": "SU01SANDBOXSUBS00001",
        "webhook": {
            "response_code": "200 OK",
            "webhook_body": '{"events":[{"id":"HI0YZ96J1D7WDK8NEWDX","name":"Canary"}]}',
        },
    }
}
OUTBOUND_EMAIL: dict[str, Any] = {
    "OutboundMessage": {
        "id": "OM01YZ96J1D7WDK8NEWE",
        "sent_at": "",
        "status": "retrying",
        "record_type": "email",
        "email": {"to": "Canary@example.com", "subject": "Canary, your payment"},
    }
}
CARD: dict[str, Any] = {
    "ID": "20477d89-9fe4-4b25-ae57-c24f461bb391",
    "card_number_ending": "0006",
    "card_type": "Visa",
    "created_at": "2014-02-27T15:05:06.123Z",
    "custom_referance": "XYZ",
    "customer_id": "CA0175OW1YJV3Y8X29LV",
    "expiry_date": "2027-02-28",
    "gateway_payment_description": "",
    "internal_payment_description": "membership",
    "metadata": "Canary",
    "name_on_card": "Canary Hetfield",
    "payment_gateway": "OpayoPi",
    "status": "successful",
    "transaction_type": "Ecommerce",
}
BRANDING: dict[str, Any] = {
    "branding": {
        "id": "EB02SANDBOXBRAND0001",
        "name": "House style",
        "template": "B2C_Default",
        "company_name": "Canary Ltd",
        "address_line_1": "Canary Wharf",
        "address_line_2": "",
        "postcode": "Canary",
        "city": "Canary",
        "phone": "Canary",
        "email": "Canary@example.com",
        "terms_and_conditions_url": "https://shop.example.com/terms",
        "styling_css": json.dumps(
            {
                "header_background_colour": "#101010",
                "body_background_colour": "#202020",
                "footer_background_colour": "#303030",
                "footer_text_colour": "#404040",
                "button_colour": "#505050",
                "button_text_colour": "#606060",
                "button_hover_colour": "#707070",
                "button_hovor_text_colour": "#808080",
                "button_border_colour": "#909090",
                "footer_text": "thank you",
            }
        ),
        "logo_filename": "logo.png",
    }
}
PAGE_SETUP: dict[str, Any] = {
    "ecommerce_setup": {
        "id": "EP02SANDBOXPAGE00001",
        "name": "Sign up",
        "url": "https://pages.example.com/?page=45503032&setup=Canary",
        "collection_period": "monthly",
        "collection_day": "1",
        "payment_types": "DDMandateOnly",
        "collection_stretch": 1,
        "description": "membership",
        "on_page_description": "your membership",
        "single_use": True,
        "expiry": "never",
        "payment_type_step": "Skip",
        "customer_step": "Edit",
        "bank_step": "ReadOnly",
        "card_step": "Skip",
        "schedule_step": "Edit",
        "branding": "EB02SANDBOXBRAND0001",
        "client_bank_account": "OB01SANDBOXMAIN00001",
        "account_validation_required": False,
        "encryption_key": "Q2FuYXJ5Q2FuYXJ5Q2FuYXJ5Q2FuYXJ5Q2FuYXJ5Q2E=",
    }
}
SUBMISSION: dict[str, Any] = {
    "submission": {
        "Id": "FS01YZ96J1D7WDK8NEWD",
        "created_at": "2026-06-01T21:00:00Z",
        "credit_total_count": "1",
        "credit_total_value": "12000",
        "mandate_cancellation_count": "2",
        "mandate_convert_count": "0",
        "mandate_new_instruction_count": "3",
        "payment_total_count": "4",
        "payment_total_value": "10000",
        "serial_number": "A1B2C3",
        "status": "Submitted With errors",
        "sun_name": "Smarterpay Test",
        "sun_number": "100263",
    }
}
SUBMISSION_LINE: dict[str, Any] = {
    "submissionLine": {
        "Id": "FL01YZ96J1D7WDK8NEWD",
        "amount": "2500",
        "collection_date": "2026-06-03",
        "record_id": "P01YZ96J1D7WDK8NEWD",
        "status": "Successful",
        "submission_id": "FS01YZ96J1D7WDK8NEWD",
        "transaction_code": "01",
        "type": "payment",
    }
}
TRANSACTION: dict[str, Any] = {
    "id": "P02YZ96J1D7WDK8NEWD",
    "card_id": "20477d89-9fe4-4b25-ae57-c24f461bb391",
    "status": "successful",
    "status_code": "",
    "status_details": "",
    "amount": 2500,
    "currency_code": "GBP",
    "payment_type": "Repeat",
    "authorisation_code": "A1B2C3",
    "transaction_id": "t-1",
    "order_id": "o-1",
    "charge_id": "c-1",
    "gateway_status": "OK",
    "gateway_status_code": "0000",
    "gateway_status_details": "",
    "related_payment_id": "",
    "custom_reference": "XYZ",
    "metadata": "",
    "created_at": "2026-06-01T09:00:00Z",
}

WRAPPED: dict[str, dict[str, Any]] = {
    **builders.SINGLE_ANSWERS,
    "api_request.get": API_REQUEST,
    "credit.get": CREDIT,
    "ecommerce_branding.get": BRANDING,
    "ecommerce_page_setup.get": PAGE_SETUP,
    "outbound_message.get": OUTBOUND_MESSAGE,
    "payment.get": PAYMENT,
    "payment_link.get": PAYMENT_LINK,
    "submission.get": SUBMISSION,
    "submission_line.get": SUBMISSION_LINE,
}
"""One record in its envelope, of every kind of record that has one."""


def answer_to(operation: str) -> dict[str, Any]:
    """The sample that `operation` is answered with: a record, or a list of two of them."""
    spec = OPERATIONS[operation]
    if spec.api == "card":
        return dict(TRANSACTION)
    if operation == "card.list":
        return {"cards": [CARD, {**CARD, "ID": "another"}]}
    if spec.answer_envelope == "api_request":
        return API_REQUEST
    noun = operation.partition(".")[0]
    single = WRAPPED.get(f"{noun}.get") or WRAPPED[f"{noun}.create"]
    if not spec.paged:
        return single
    (record,) = single.values()
    return {spec.answer_envelope or "": [record, record]}
