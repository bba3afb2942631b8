"""What each method of both clients sends, byte for byte, and what it makes of the answer."""

from datetime import date
from typing import Any

import pytest

from smarterpay.api.catalogue import OPERATIONS
from smarterpay.api.models.bank_account import BankAccountUpdate
from smarterpay.api.models.credit import CreditUpdate
from smarterpay.api.models.customer_account import CustomerAccountUpdate
from smarterpay.api.models.mandate import MandateStatus, MandateUpdate
from smarterpay.api.models.payment import PaymentUpdate
from smarterpay.api.models.payment_link import PaymentLinkUpdate
from smarterpay.api.models.recurrence_schedule import RecurrenceScheduleUpdate
from tests.api import builders
from tests.api.builders import card_client, cloud_client
from tests.api.samples import answer_to
from tests.api.scripted_server import ScriptedServer, answer

CARD = "20477d89-9fe4-4b25-ae57-c24f461bb391"

# operation, arguments, method and target, body; sections 6 and 7.
CALLS: list[tuple[str, tuple[Any, ...], str, bytes]] = [
    (
        "account_validations.create",
        (builders.account_validation(reference="MA1", metadata_mandate="m"),),
        "POST /accountvalidation",
        (
            b'{"account_validation":{"client_bank_account_id":"OB01SANDBOXMAIN00001",'
            b'"reference":"MA1","metadata_mandate":"m"}}'
        ),
    ),
    ("account_validations.get", ("AV01X",), "GET /accountvalidation/AV01X", b""),
    (
        "bank_accounts.create",
        (builders.bank_account(debits_allowed=False),),
        "POST /bankaccount",
        (
            b'{"bank_account":{"account_number":"75849855","sort_code":"200052",'
            b'"account_name":"J Hetfield","custom_reference":"CUST-0042","debits_allowed":false}}'
        ),
    ),
    (
        "bank_accounts.update",
        ("BA01X", BankAccountUpdate(enabled=False)),
        "PUT /bankaccount/BA01X",
        b'{"bank_account":{"enabled":false}}',
    ),
    ("bank_accounts.get", ("BA01X",), "GET /bankaccount/BA01X", b""),
    ("bank_accounts.disable", ("BA01X",), "DELETE /bankaccount/BA01X", b""),
    (
        "bank_account_checks.create",
        (builders.bank_account_check(),),
        "POST /bankaccountcheck",
        (
            b'{"bank_account_check":{"account_name":"J Hetfield","account_number":"75849855",'
            b'"sort_code":"200052","check_type":1,"account_type":1}}'
        ),
    ),
    ("bank_account_checks.get", ("AC01X",), "GET /bankaccountcheck/AC01X", b""),
    ("client_bank_accounts.get", ("OB01X",), "GET /clientbankaccount/OB01X", b""),
    ("client_bank_accounts.by_sun", ("100263",), "GET /clientbankaccount/sun/100263", b""),
    (
        "customer_accounts.create",
        (builders.customer(first_name="Zoë", metadata=""),),
        "POST /customeraccount",
        (
            b'{"Customer_Account":{"email":"j.hetfield@example.com","first_name":"Zo\xc3\xab",'
            b'"last_name":"Hetfield","address_line1":"74 Test Street","city":"Testcity",'
            b'"postal_code":"Q1 TEST","country_code":"GB","custom_reference":"CUST-0042",'
            b'"metadata":""}}'
        ),
    ),
    (
        "customer_accounts.update",
        ("CA01X", CustomerAccountUpdate(city="Ely", address_line2=None)),
        "PUT /customeraccount/CA01X",
        b'{"Customer_Account":{"address_line2":"","city":"Ely"}}',
    ),
    ("customer_accounts.get", ("CA01X",), "GET /customeraccount/CA01X", b""),
    (
        "mandates.create",
        (builders.mandate(only_account_holder=True, dd_status=MandateStatus.ON_HOLD),),
        "POST /mandate",
        (
            b'{"Mandate":{"customer_bank_account":"BA01YZ96J11YWR7JNEWD","dd_status":"on hold",'
            b'"I_am_the_only_account_holder":true}}'
        ),
    ),
    (
        "mandates.update",
        ("M01X", MandateUpdate(dd_status="cancelled", bacs_code="ADDACS 1")),
        "PUT /mandate/M01X",
        b'{"Mandate":{"dd_status":"cancelled","bacs_code":"ADDACS 1"}}',
    ),
    ("mandates.get", ("M01X",), "GET /mandate/M01X", b""),
    (
        "modulus_checks.create",
        (builders.modulus_check(),),
        "POST /moduluscheck",
        b'{"Modulus_Check":{"account_number":"75849855","sort_code":"200052"}}',
    ),
    (
        "recurrence_schedules.create",
        (builders.schedule(first_collection_in_same_month_as_next_collection=True),),
        "POST /recurrenceschedule",
        (
            b'{"recurrence_schedule":{"auddis":"FBMAN00000373","amount":2500,'
            b'"first_collection_amount":2500,"collection_period":"monthly",'
            b'"collection_stretch":"1","collection_day":"1","first_collection_date":"2026-07-01",'
            b'"description":"membership","custom_reference":"CUST-0042",'
            b'"firstCollectionInSameMonthAsNextCollection":true}}'
        ),
    ),
    (
        "recurrence_schedules.update",
        ("RS01X", RecurrenceScheduleUpdate(end_date=None, description="fee")),
        "PUT /recurrenceschedule/RS01X",
        b'{"recurrence_schedule":{"end_date":"","description":"fee"}}',
    ),
    ("recurrence_schedules.get", ("RS01X",), "GET /recurrenceschedule/RS01X", b""),
    ("recurrence_schedules.disable", ("RS01X",), "DELETE /recurrenceschedule/RS01X", b""),
    ("service_user_numbers.get", ("100263",), "GET /serviceusernumber/100263", b""),
    ("api_requests.get", ("AR01X",), "GET /apirequest/AR01X", b""),
    (
        "credits.create",
        (builders.credit(rti="/A1"),),
        "POST /credit",
        (
            b'{"credit":{"description":"refund of deposit","amount":12000,'
            b'"credit_date":"2026-06-05","bank_account":"BA01YZ96J11YWR7JNEWD",'
            b'"reference":"INV-2026-118","rti":"/A1"}}'
        ),
    ),
    (
        "credits.bulk_create",
        (builders.bulk_credits(rows=(builders.credit(auddis="MA1", bank_account=None),)),),
        "POST /credits",
        (
            b'{"credits":[{"description":"refund of deposit","amount":12000,'
            b'"credit_date":"2026-06-05","auddis":"MA1","reference":"INV-2026-118"}]}'
        ),
    ),
    (
        "credits.update",
        ("CR01X", CreditUpdate(credit_date=date(2026, 6, 8), reference=None)),
        "PUT /credit/CR01X",
        b'{"credit":{"credit_date":"2026-06-08","reference":""}}',
    ),
    ("credits.get", ("CR01X",), "GET /credit/CR01X", b""),
    ("ecommerce_brandings.get", ("EB02X",), "GET /ecommercebranding/EB02X", b""),
    ("ecommerce_page_setups.get", ("EP02X",), "GET /ecommercepagesetup/EP02X", b""),
    ("outbound_messages.get", ("OM01X",), "GET /outboundmessage/OM01X", b""),
    ("outbound_messages.resend", ("OM01X",), "POST /outboundmessage/OM01X/resend", b""),
    (
        "payments.create",
        (builders.payment(record_type="direct debit"),),
        "POST /payment",
        (
            b'{"payment":{"auddis":"MA10867326","amount":2500,"collection_date":"2026-06-03",'
            b'"description":"metered bill","custom_reference":"INV-2026-118",'
            b'"record_type":"direct debit"}}'
        ),
    ),
    (
        "payments.bulk_create",
        (builders.bulk_payments(),),
        "POST /payments",
        (
            b'{"payments":[{"auddis":"MA10867326","amount":2500,"collection_date":"2026-06-03",'
            b'"description":"metered bill","custom_reference":"INV-2026-118"},'
            b'{"auddis":"MA10867326","amount":2500,"collection_date":"2026-06-03",'
            b'"description":"metered bill","custom_reference":"INV-2026-119"}]}'
        ),
    ),
    (
        "payments.update",
        ("P01X", PaymentUpdate(status="cancelled")),
        "PUT /payment/P01X",
        b'{"payment":{"status":"cancelled"}}',
    ),
    ("payments.get", ("P01X",), "GET /payment/P01X", b""),
    (
        "payments.represent",
        ("P01X", builders.represent()),
        "POST /payment/P01X/represent",
        (
            b'{"payment":{"amount":100,"collection_date":"2018-08-25",'
            b'"description":"metered bill","auddis":"AUD00003435","custom_reference":"XYZ"}}'
        ),
    ),
    (
        "payment_links.create",
        (builders.payment_link(customer_account="CA01X", amount=500, metadata_card="m"),),
        "POST /paymentlink",
        (
            b'{"payment_link":{"ecommerce_page":"EP02SANDBOXPAGE00001",'
            b'"customer_account":"CA01X","amount":500,"metadata_card":"m"}}'
        ),
    ),
    (
        "payment_links.update",
        ("PL01X", PaymentLinkUpdate(status="cancelled", metadata=None)),
        "PUT /paymentlink/PL01X",
        b'{"payment_link":{"metadata":"","status":"cancelled"}}',
    ),
    ("payment_links.get", ("PL01X",), "GET /paymentlink/PL01X", b""),
    ("submissions.get", ("FS01X",), "GET /submission/FS01X", b""),
    ("submission_lines.get", ("FL01X",), "GET /submissionline/FL01X", b""),
    (
        "transactions.register",
        (builders.register(custom_reference="ORD-7"),),
        "POST ",
        (
            b'{"platform":"SmarterPayCloud","custom_reference":"ORD-7",'
            b'"payment_type":"Ecommerce","payment_gateway_profile_id":"PG01SANDBOXOPAYO0001",'
            b'"customer_id":"CA0175OW1YJV3Y8X29LV","amount":2500,"currency_code":"GBP"}'
        ),
    ),
    (
        "transactions.refund",
        (CARD, builders.refund(related_payment_id="P02X", is_async=True)),
        f"POST /{CARD}",
        (
            b'{"payment_type":"Refund","platform":"SmarterPayCloud","isAsnyc":true,'
            b'"amount":500,"related_payment_id":"P02X"}'
        ),
    ),
    (
        "transactions.void",
        (CARD, builders.void()),
        f"POST /{CARD}",
        b'{"payment_type":"Void","platform":"SmarterPayCloud"}',
    ),
    (
        "transactions.repeat",
        (CARD, builders.repeat(metadata="m")),
        f"POST /{CARD}",
        (b'{"payment_type":"Repeat","platform":"SmarterPayCloud","metadata":"m","amount":2500}'),
    ),
    (
        "transactions.release_deferred",
        (CARD, builders.release_deferred()),
        f"POST /{CARD}",
        b'{"payment_type":"DeferredRelease","platform":"SmarterPayCloud","amount":2500}',
    ),
    (
        "transactions.cancel_deferred",
        (CARD, builders.cancel_deferred()),
        f"POST /{CARD}",
        b'{"payment_type":"DeferredCancel","platform":"SmarterPayCloud"}',
    ),
    (
        "transactions.release_authorised",
        (CARD, builders.release_authorised(currency_code="GBP")),
        f"POST /{CARD}",
        (
            b'{"payment_type":"AuthoriseRelease","platform":"SmarterPayCloud","amount":2500,'
            b'"currency_code":"GBP"}'
        ),
    ),
]


def operation_of(call: str) -> str:
    """The catalogue's name of `resource.method`."""
    resource, method = call.split(".")
    (name,) = (
        n for n, o in OPERATIONS.items() if o.resource == resource and n.endswith(f".{method}")
    )
    return name


@pytest.mark.parametrize(("call", "arguments", "target", "body"), CALLS)
async def test_sections_6_to_8_what_each_method_sends(
    call: str, arguments: tuple[Any, ...], target: str, body: bytes
) -> None:
    operation = operation_of(call)
    client_of = cloud_client if OPERATIONS[operation].api == "cloud" else card_client
    resource, method = call.split(".")
    async with (
        ScriptedServer(answer(200, answer_to(operation))) as server,
        client_of(server.url) as client,
    ):
        record = await getattr(getattr(client, resource), method)(*arguments)
        assert isinstance(record, client.shapes[operation].answer)
    (request,) = server.received
    assert f"{request.method} {request.target.removeprefix('/service.svc')}" == target
    assert request.body == body
    assert (request.headers.get("idempotency-key") is None) is (request.method in {"GET", "DELETE"})


def test_every_method_but_the_lists_is_in_the_table() -> None:
    called = {operation_of(call) for call, *_ in CALLS}
    assert called == {name for name in OPERATIONS if not name.endswith(".list")}
