"""The catalogue says what section 6 of the reference says."""

import re

import pytest

from smarterpay.api import CardClient, CloudClient
from smarterpay.api.assumptions import ASSUMPTIONS
from smarterpay.api.catalogue import OPERATIONS, Effect, get_operation

# name, method, path, request envelope, answer envelope; section 6, row by row.
SECTION_6 = """
account_validation.create POST /accountvalidation account_validation account_validation
account_validation.get GET /accountvalidation/{id} - account_validation
api_request.get GET /apirequest/{id} - api_request
bank_account.create POST /bankaccount bank_account bank_account
bank_account.update PUT /bankaccount/{id} bank_account bank_account
bank_account.get GET /bankaccount/{id} - bank_account
bank_account.disable DELETE /bankaccount/{id} - bank_account
bank_account.list GET /bankaccounts - bank_accounts
card.list GET /cards - cards
client_bank_account.get GET /clientbankaccount/{id} - Client_Bank_Accounts
client_bank_account.list GET /clientbankaccount - Client_Bank_Accounts
client_bank_account.by_sun GET /clientbankaccount/sun/{id} - Client_Bank_Accounts
credit.create POST /credit credit credit
credit.bulk_create POST /credits credits api_request
credit.get GET /credit/{id} - credit
credit.update PUT /credit/{id} credit credit
credit.list GET /credits - credits
customer_account.create POST /customeraccount Customer_Account Customer_Account
customer_account.get GET /customeraccount/{id} - Customer_Account
customer_account.update PUT /customeraccount/{id} Customer_Account Customer_Account
customer_account.list GET /customeraccounts - Customer_Accounts
ecommerce_branding.get GET /ecommercebranding/{id} - branding
ecommerce_page_setup.get GET /ecommercepagesetup/{id} - ecommerce_setup
mandate.create POST /mandate Mandate Mandate
mandate.get GET /mandate/{id} - Mandate
mandate.update PUT /mandate/{id} Mandate Mandate
mandate.list GET /mandates - Mandates
modulus_check.create POST /moduluscheck Modulus_Check Modulus_Check
outbound_message.get GET /outboundmessage/{id} - OutboundMessage
outbound_message.list GET /outboundmessages - OutboundMessages
outbound_message.resend POST /outboundmessage/{id}/resend - OutboundMessage
payment.create POST /payment payment payment
payment.bulk_create POST /payments payments api_request
payment.get GET /payment/{id} - payment
payment.update PUT /payment/{id} payment payment
payment.list GET /payments - payments
payment_link.create POST /paymentlink payment_link payment_link
payment_link.get GET /paymentlink/{id} - payment_link
payment_link.update PUT /paymentlink/{id} payment_link payment_link
payment_link.list GET /paymentlinks - payment_links
payment.represent POST /payment/{id}/represent payment payment
recurrence_schedule.create POST /recurrenceschedule recurrence_schedule recurrence_schedule
recurrence_schedule.get GET /recurrenceschedule/{id} - recurrence_schedule
recurrence_schedule.disable DELETE /recurrenceschedule/{id} - recurrence_schedule
recurrence_schedule.update PUT /recurrenceschedule/{id} recurrence_schedule recurrence_schedule
recurrence_schedule.list GET /recurrenceschedules - recurrence_schedules
service_user_number.get GET /serviceusernumber/{id} - Service_User_Number
service_user_number.list GET /serviceusernumber - Service_User_Number
submission.get GET /submission/{id} - submission
submission.list GET /submissions - submissions
submission_line.get GET /submissionline/{id} - submissionLine
submission_line.list GET /submissionlines - submissionLines
bank_account_check.create POST /bankaccountcheck bank_account_check bank_account_check
bank_account_check.get GET /bankaccountcheck/{id} - bank_account_check
transaction.register POST - - -
transaction.refund POST /{id} - -
transaction.void POST /{id} - -
transaction.repeat POST /{id} - -
transaction.release_deferred POST /{id} - -
transaction.cancel_deferred POST /{id} - -
transaction.release_authorised POST /{id} - -
""".strip().splitlines()

#: Calls whose method or path section 6 marks A.
ASSUMED = {
    "client_bank_account.by_sun",
    "credit.bulk_create",
    "credit.list",
    "customer_account.list",
    "mandate.list",
    "outbound_message.resend",
    "payment.bulk_create",
    "payment.list",
    "payment_link.list",
    "recurrence_schedule.list",
}


def test_there_are_61_operations() -> None:
    assert len(OPERATIONS) == len(SECTION_6) == 61


@pytest.mark.parametrize("row", SECTION_6)
def test_section_6_row(row: str) -> None:
    name, method, path, request, answer = row.split()
    found = get_operation(name)
    assert found.method == method
    assert found.path == ("" if path == "-" else path)
    assert (found.request_envelope or "-") == request
    assert (found.answer_envelope or "-") == answer


def test_section_6_provenance() -> None:
    assert {name for name, found in OPERATIONS.items() if found.provenance == "A"} == ASSUMED
    assert {found.provenance for found in OPERATIONS.values()} == {"A", "D"}


def test_questions_are_no_writes() -> None:
    """Sections 7.4 and 7.17: two POSTs ask, all other POST, PUT and DELETE calls write."""
    checks = {name for name, found in OPERATIONS.items() if found.effect is Effect.CHECK}
    assert checks == {"modulus_check.create", "bank_account_check.create"}
    for name, found in OPERATIONS.items():
        if name not in checks:
            assert (found.effect is Effect.READ) == (found.method == "GET"), name


def test_section_2_keys_go_with_post_and_put_only() -> None:
    assert {found.method for found in OPERATIONS.values() if found.takes_key} == {"POST", "PUT"}
    assert not any(found.takes_key and found.repeatable for found in OPERATIONS.values())


def test_design_7_names_read_as_words() -> None:
    tasks = {found.task for found in OPERATIONS.values()}
    assert len(tasks) == 61
    assert {
        "create_mandate",
        "bulk_create_payments",
        "refund_transaction",
        "disable_bank_account",
        "list_recurrence_schedules",
        "represent_payment",
        "resend_outbound_message",
    } <= tasks
    assert all(re.fullmatch(r"[a-z]+(_[a-z]+)+", task) for task in tasks)


CLIENTS: dict[str, CloudClient | CardClient] = {
    "cloud": CloudClient(base_url="http://127.0.0.1:1/", token="t"),
    "card": CardClient(base_url="http://127.0.0.1:1/", token="t"),
}


def test_every_operation_has_models_on_the_client_of_its_host() -> None:
    for name, client in CLIENTS.items():
        assert set(client.shapes) == {n for n, found in OPERATIONS.items() if found.api == name}


@pytest.mark.parametrize("name", sorted(OPERATIONS))
def test_design_7_every_operation_is_a_method_of_its_resource(name: str) -> None:
    found = OPERATIONS[name]
    resource = getattr(CLIENTS[found.api], found.resource)
    assert callable(getattr(resource, name.split(".")[1]))
    assert resource.name == name.split(".", maxsplit=1)[0]


def test_models_go_with_the_call() -> None:
    """A body needs a request model, a list a query; a read, a DELETE and a resend have none."""
    for client in CLIENTS.values():
        for name, shape in client.shapes.items():
            asks = OPERATIONS[name].takes_key and name != "outbound_message.resend"
            assert (shape.request is not None) is (asks or OPERATIONS[name].paged), name


def test_paged_operations_are_the_lists() -> None:
    assert {n for n, o in OPERATIONS.items() if o.paged} == {
        n for n in OPERATIONS if n.endswith(".list")
    }


def test_unknown_operation_names_near_misses() -> None:
    with pytest.raises(KeyError, match=r"mandate\.create"):
        get_operation("mandates.create")
    with pytest.raises(KeyError, match="no operation is called 'zzz'"):
        get_operation("zzz")


def test_section_14_every_key_is_there_once() -> None:
    """Every assumption key of section 14, the wildcards spelled out where code reads them."""
    assert set(SECTION_14.split()) <= set(ASSUMPTIONS)
    extra = set(ASSUMPTIONS) - set(SECTION_14.split())
    assert {key.split(".")[0] for key in extra} == {"retry", "test"}


SECTION_14 = """
tls.refusal auth.missing_header content_type.missing path.matching http.response_type
http.check_order http.source_ip oauth.token_answer oauth.uat_host idem.namespace idem.identity
idem.stored_codes idem.bad_key idem.retention idem.card_host rate.window rate.headers
http.not_found http.success_code http.503_not_executed http.replayed_500 error.body number.form
put.omitted_vs_empty request.unknown_property time.zone id.prefixes id.body list.paths
list.envelopes list.paging list.filters envelope.single bulk.request bulk.limit bulk.answer
bulk.record cba.list cba.by_sun sun.id message.resend write.answers customer.response
customer.put bank.lengths bank.modulus_failure bank.duplicates bank.disable_cascade
validation.threshold validation.disabled modulus.answer mandate.request_tail
mandate.default_status mandate.put mandate.errors mandate.generated_reference payment.post
payment.response payment.put payment.type_rule payment.inactive_mandate credit.cancelled_amount
manual_code.property represent.limits represent.errors credit.request_tail credit.response
credit.put credit.refusals schedule.request_tail schedule.plan_amount schedule.put
schedule.upcoming schedule.disable link.response link.put link.reference_limit line.values
message.status card.list_status page.values check.outcomes card.refund card.register card.limits
card.answer card.http card.codes card.clearing card.expiry card.multi_release card.repeat_source
hook.retry hook.sources hook.v1_sources hook.v1_schedule hook.test_message hook.receiver
hook.direct_debit hook.bodies hook.input_report bacs.calendar bacs.formula bacs.codes
bacs.unlisted_codes bacs.cancel_word bacs.inputc bacs.inputt_mandate life.mandate life.payment
life.other sim.* test.*
"""
