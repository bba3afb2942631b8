"""Valid requests, and the reference's sample answers; a test changes only what it is about."""

from datetime import date
from typing import Any

from smarterpay.api import CardClient, CloudClient, RetryPolicy
from smarterpay.api.models.account_validation import AccountValidationCreate
from smarterpay.api.models.bank_account import BankAccountCreate
from smarterpay.api.models.bank_account_check import BankAccountCheckCreate
from smarterpay.api.models.credit import CreditBulkCreate, CreditCreate
from smarterpay.api.models.customer_account import CustomerAccountCreate
from smarterpay.api.models.mandate import MandateCreate
from smarterpay.api.models.modulus_check import ModulusCheckCreate
from smarterpay.api.models.payment import PaymentBulkCreate, PaymentCreate, PaymentRepresent
from smarterpay.api.models.payment_link import PaymentLinkCreate
from smarterpay.api.models.recurrence_schedule import RecurrenceScheduleCreate
from smarterpay.api.models.transaction import (
    TransactionCancelDeferred,
    TransactionRefund,
    TransactionRegister,
    TransactionReleaseAuthorised,
    TransactionReleaseDeferred,
    TransactionRepeat,
    TransactionVoid,
)

TOKEN = "canary-token-5d1f"


def cloud_client(url: str, **options: Any) -> CloudClient:
    """A client that pauses for no time; options as for the constructor."""
    instant = RetryPolicy(first_pause=0, rate_window=0, rate_jitter=0)
    return CloudClient(base_url=url, **{"token": TOKEN, "retry": instant, **options})


def card_client(url: str, **options: Any) -> CardClient:
    """As `cloud_client`, of the card host."""
    instant = RetryPolicy(first_pause=0, rate_window=0, rate_jitter=0)
    return CardClient(base_url=url, **{"token": TOKEN, "retry": instant, **options})


def customer(**changes: Any) -> CustomerAccountCreate:
    fields = {
        "email": "j.hetfield@example.com",
        "first_name": "James",
        "last_name": "Hetfield",
        "address_line1": "74 Test Street",
        "city": "Testcity",
        "postal_code": "Q1 TEST",
        "country_code": "GB",
        "custom_reference": "CUST-0042",
    }
    return CustomerAccountCreate(**{**fields, **changes})


def bank_account(**changes: Any) -> BankAccountCreate:
    fields = {
        "account_number": "75849855",
        "sort_code": "200052",
        "account_name": "J Hetfield",
        "custom_reference": "CUST-0042",
    }
    return BankAccountCreate(**{**fields, **changes})


def account_validation(**changes: Any) -> AccountValidationCreate:
    return AccountValidationCreate(**{"client_bank_account_id": "OB01SANDBOXMAIN00001", **changes})


def modulus_check(**changes: Any) -> ModulusCheckCreate:
    return ModulusCheckCreate(**{"account_number": "75849855", "sort_code": "200052", **changes})


def bank_account_check(**changes: Any) -> BankAccountCheckCreate:
    fields = {
        "account_name": "J Hetfield",
        "account_number": "75849855",
        "sort_code": "200052",
        "check_type": 1,
        "account_type": 1,
    }
    return BankAccountCheckCreate(**{**fields, **changes})


def mandate(**changes: Any) -> MandateCreate:
    return MandateCreate(**{"customer_bank_account": "BA01YZ96J11YWR7JNEWD", **changes})


def schedule(**changes: Any) -> RecurrenceScheduleCreate:
    fields = {
        "auddis": "FBMAN00000373",
        "amount": 2500,
        "first_collection_amount": 2500,
        "collection_period": "monthly",
        "collection_stretch": 1,
        "collection_day": "1",
        "first_collection_date": date(2026, 7, 1),
        "description": "membership",
        "custom_reference": "CUST-0042",
    }
    return RecurrenceScheduleCreate(**{**fields, **changes})


def payment(**changes: Any) -> PaymentCreate:
    fields = {
        "auddis": "MA10867326",
        "amount": 2500,
        "collection_date": date(2026, 6, 3),
        "description": "metered bill",
        "custom_reference": "INV-2026-118",
    }
    return PaymentCreate(**{**fields, **changes})


def bulk_payments(**changes: Any) -> PaymentBulkCreate:
    rows = (payment(), payment(custom_reference="INV-2026-119"))
    return PaymentBulkCreate(**{"rows": rows, **changes})


def represent(**changes: Any) -> PaymentRepresent:
    fields = {
        "amount": 100,
        "collection_date": date(2018, 8, 25),
        "description": "metered bill",
        "auddis": "AUD00003435",
        "custom_reference": "XYZ",
    }
    return PaymentRepresent(**{**fields, **changes})


def credit(**changes: Any) -> CreditCreate:
    fields = {
        "description": "refund of deposit",
        "amount": 12000,
        "credit_date": date(2026, 6, 5),
        "bank_account": "BA01YZ96J11YWR7JNEWD",
        "reference": "INV-2026-118",
    }
    return CreditCreate(**{**fields, **changes})


def bulk_credits(**changes: Any) -> CreditBulkCreate:
    return CreditBulkCreate(**{"rows": (credit(), credit(amount=1)), **changes})


def payment_link(**changes: Any) -> PaymentLinkCreate:
    return PaymentLinkCreate(**{"ecommerce_page": "EP02SANDBOXPAGE00001", **changes})


def register(**changes: Any) -> TransactionRegister:
    fields = {
        "payment_type": "Ecommerce",
        "payment_gateway_profile_id": "PG01SANDBOXOPAYO0001",
        "customer_id": "CA0175OW1YJV3Y8X29LV",
        "amount": 2500,
        "currency_code": "GBP",
    }
    return TransactionRegister(**{**fields, **changes})


def refund(**changes: Any) -> TransactionRefund:
    return TransactionRefund(**{"amount": 500, **changes})


def void(**changes: Any) -> TransactionVoid:
    return TransactionVoid(**changes)


def repeat(**changes: Any) -> TransactionRepeat:
    return TransactionRepeat(**{"amount": 2500, **changes})


def release_deferred(**changes: Any) -> TransactionReleaseDeferred:
    return TransactionReleaseDeferred(**{"amount": 2500, **changes})


def cancel_deferred(**changes: Any) -> TransactionCancelDeferred:
    return TransactionCancelDeferred(**changes)


def release_authorised(**changes: Any) -> TransactionReleaseAuthorised:
    return TransactionReleaseAuthorised(**{"amount": 2500, **changes})


# --- Answers, as the samples of section 7 spell them ------------------------------------------

CUSTOMER_ANSWER: dict[str, Any] = {
    "Customer_Account": {
        "id": "CA0175OW1YJV3Y8X29LV",
        "created_at": "2026-06-01T08:00:00Z",
        "status": "active",
        "email": "test@test.com",
        "first_name": "test",
        "last_name": "test",
        "address_line1": "74 test street",
        "city": "testcity",
        "postal_code": "Q1 TEST",
        "country_code": "GB",
        "custom_reference": "XYZ",
        "metadata": "",
    }
}
BANK_ACCOUNT_ANSWER: dict[str, Any] = {
    "bank_account": {
        "id": "BANK00003454",
        "created_at": "2018-08-23T12:43:17.000Z",
        "account_number": "12345678",
        "sort_code": "123456",
        "account_name": "Test Name",
        "bank_name": "BARCLAYS BANK PLC",
        "customer_account": "CUST00002352",
        "enabled": True,
        "custom_reference": "XYZ",
        "metadata": "",
    }
}
MANDATE_ANSWER: dict[str, Any] = {
    "Mandate": {
        "I_am_the_only_account_holder": "false",
        "Sun_Name": "Smarterpay Test",
        "Sun_Number": "100263",
        "account_name": "J Hetfield",
        "account_number": "75849855",
        "auddis": "FBMAN00000373",
        "bank_name": "BARCLAYS BANK PLC",
        "client_bank_account_id": "CBA-0000002",
        "created_at": "2023-03-14T15:07:41Z",
        "customer_account": "CA0175OW1YJV3Y8X29LV",
        "customer_bank_account": "BA01YZ96J11YWR7JNEWD",
        "dd_status": "new instruction",
        "id": "M01O41Y8DOQ369MJ0GN",
        "metadata": "",
        "originator_account_number": "12345678",
        "originator_sort_code": "123456",
        "sort_code": "200052",
    }
}
CLIENT_BANK_ACCOUNT_ANSWER: dict[str, Any] = {
    "Client_Bank_Accounts": {
        "Account_Number": "*****102",
        "Bank_Name": "Natwest",
        "Default_Account": False,
        "Friendly_Name": "Test SUn 1",
        "ID": "CBA-0000001",
        "Sort_Code": "****56",
        "Sun": "122",
        "Sun_Friendly_Name": "tes1",
    }
}
SERVICE_USER_NUMBER_ANSWER: dict[str, Any] = {
    "Service_User_Number": {
        "SUN": "100263",
        "Sun_Friendly_Name": "Smarterpay Test",
        "Default_Sun": "True",
        "active": True,
    }
}
ACCOUNT_VALIDATION_ANSWER: dict[str, Any] = {
    "account_validation": {
        "id": "AV01YZ96J11YWR7JNEWD",
        "account_name": None,
        "account_number": None,
        "sort_code": None,
        "account_validation_url": "https://accountvalidation.smarterpaycloud.com/?ID=AV01",
        "client_bank_account_id": "OB01SANDBOXMAIN00001",
        "mandate_id": None,
        "message": None,
        "error_message": None,
        "reference": "MA10867326",
        "return_url": None,
        "report": '{"id": "r1", "created": 1685440000000, "userDataByProvider": []}',
        "successful_validation": "False",
    }
}
MODULUS_CHECK_ANSWER: dict[str, Any] = {
    "Modulus_Check": {
        "AccountCodeOK": True,
        "account_number": "75849855",
        "sort_code": "200052",
        "bank_name": "BARCLAYS BANK PLC",
        "bank_address1": "1 Churchill Place",
        "bank_address2": "",
        "bank_addressPostCode": "E14 5HP",
        "credits_allowed": True,
        "direct_debits": "true",
        "direct_debit_instruction_ok": "TRUE",
    }
}
BANK_ACCOUNT_CHECK_ANSWER: dict[str, Any] = {
    "bank_account_check": {
        "id": "AC01YZ96J11YWR7JNEWD",
        "created_at": "2026-06-01T08:00:00Z",
        "edited_at": None,
        "created_by": {"id": "CU01SANDBOXUSER00001"},
        "edited_by": None,
        "client_reference_id": None,
        "account_name": "J Hetfield",
        "account_number": "75849855",
        "sort_code": "200052",
        "check_type": 1,
        "account_type": "1",
        "metadata": None,
        "confirmation_of_payer": {
            "result": True,
            "result_text": "match",
            "name_match_result": "Full",
            "account_type_result": True,
            "reason_code": "MATC",
            "returned_customer_name": "James Hetfield",
        },
    }
}
SCHEDULE_ANSWER: dict[str, Any] = {
    "recurrence_schedule": {
        "id": "RS01YZ96J11YWR7JNEWD",
        "created_at": "2026-06-01T08:00:00Z",
        "status": "active",
        "type": "DDOngoingPayment",
        "payment_type": "directdebit",
        "auddis": "FBMAN00000373",
        "mandate": "M01O41Y8DOQ369MJ0GN",
        "card_id": "",
        "amount": "2500",
        "first_collection_amount": "3000",
        "collection_period": "monthly",
        "collection_stretch": "1",
        "collection_day": "1",
        "start_date": "2026-07-01",
        "first_collection_date": "2026-07-01",
        "next_collection_date": "2026-07-01",
        "end_date": "",
        "description": "membership",
        "custom_reference": "CUST-0042",
        "firstCollectionInSameMonthAsNextCollection": False,
        "metadata": "",
        "upcoming_payments": [{"collection_date": "2026-07-01", "amount": "3000"}],
    }
}
SINGLE_ANSWERS: dict[str, dict[str, Any]] = {
    "account_validation.get": ACCOUNT_VALIDATION_ANSWER,
    "bank_account.get": BANK_ACCOUNT_ANSWER,
    "bank_account_check.get": BANK_ACCOUNT_CHECK_ANSWER,
    "client_bank_account.get": CLIENT_BANK_ACCOUNT_ANSWER,
    "customer_account.get": CUSTOMER_ANSWER,
    "mandate.get": MANDATE_ANSWER,
    "modulus_check.create": MODULUS_CHECK_ANSWER,
    "recurrence_schedule.get": SCHEDULE_ANSWER,
    "service_user_number.get": SERVICE_USER_NUMBER_ANSWER,
}
