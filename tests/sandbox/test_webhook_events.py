"""Section 9, both tables of events: every kind with every field, in version 1 and version 2."""

from typing import Any

import pytest

from tests.sandbox.caller import ACCOUNT, CREDIT, CUSTOMER, PAYMENT, Caller, only
from tests.sandbox.hooks import event_of, subscribe, subscribe_v1, v1_event_of
from tests.sandbox.receiver import Receiver

BACS = {"bacs_reason_code", "bacs_description", "bacs_reference", "bacs_filename"}
WHOLE_CARD_ANSWER = {
    "id",
    "card_id",
    "status",
    "amount",
    "currency_code",
    "payment_type",
    "related_payment_id",
    "custom_reference",
    "metadata",
    "created_at",
}
CARD_ANSWER = {
    "status_code",
    "status_details",
    "authorisation_code",
    "transaction_id",
    "order_id",
    "charge_id",
    "gateway_status",
    "gateway_status_code",
    "gateway_status_details",
}
CARD = {
    "payment_gateway_profile",
    "customer_account",
    "card_created_at",
    "card_edited_at",
    "custom_reference",
    "view_tag",
    "payment_gateway",
    "card_type",
    "card_number_ending",
    "card_expiry_date",
    "name_on_card",
    "internal_payment_description",
    "gateway_payment_description",
    "gateway_payee_id",
    "gateway_card_id",
    "transaction_type",
    "status",
    "status_details",
    "currency_code",
    "initial_amount",
    "metadata",
    "gateway_status",
    "gateway_status_code",
    "gateway_status_details",
}
V1_HEAD = {"id", "created_at", "resource_type", "description", "event_source"}
V1_FIELDS: dict[str, set[str]] = {
    "mandate": {"customer_account", "AUDDIS", "status", "reference"} | BACS,
    "bank_account": {
        "bank_account",
        "account_number",
        "sort_code",
        "account_name",
        "currency",
        "enabled",
        "bank_name",
        "customer_account",
        "custom_reference",
    }
    | BACS,
    "payment": {
        "reference",
        "status",
        "collection_date",
        "amount",
        "debit_date",
        "record_type",
        "custom_reference",
        "customer_account",
        "card_id",
        "payment_type",
        "related_payment_id",
        "metadata",
        "currency_code",
    }
    | CARD_ANSWER
    | BACS,
    "credit": {"reference", "status", "custom_reference"} | BACS,
    "cardpayment": CARD | {"reference"},
    "customer_account": {
        "reference",
        "Email",
        "first_name",
        "last_name",
        "title",
        "status",
        "address_line1",
        "address_line2",
        "city",
        "postal_code",
        "country_code",
        "state_code",
        "delivery_address_line1",
        "delivery_address_line2",
        "delivery_city",
        "delivery_postal_code",
        "delivery_country_code",
        "delivery_state_code",
        "custom_reference",
    },
    "recurrence_schedule": {
        "reference",
        "status",
        "type",
        "payment_type",
        "amount",
        "first_collection_amount",
        "auddis",
        "mandate",
        "card_id",
        "collection_period",
        "collection_stretch",
        "collection_day",
        "first_collection_date",
        "start_date",
        "end_date",
        "next_collection_date",
        "firstCollectionInSameMonthAsNextCollection",
        "upcoming_payments",
        "installments",
        "custom_reference",
        "metadata",
    }
    | BACS,
}
V2_HEAD = {
    "id",
    "event_id",
    "legacy_id",
    "event_type",
    "event_source",
    "created_at",
    "edited_at",
    "client",
    "created_by",
    "edited_by",
    "metadata",
}
V2_FIELDS: dict[str, set[str]] = {
    "bank_account": {
        "account_number",
        "sort_code",
        "account_name",
        "bank_name",
        "currency_code",
        "enabled",
        "custom_reference",
        "debits_allowed",
        "credits_allowed",
        "customer_account",
        "Modulus_Check",
    }
    | BACS,
    "mandate": {
        "reference",
        "status",
        "i_am_the_only_account_holder",
        "customer_account",
        "bank_account",
        "originating_bank_account",
        "service_user_number",
        "account_validation",
        "submission_date",
        "mandate_cancellation_count",
    }
    | BACS,
    "payment": {
        "amount",
        "currency_code",
        "collection_date",
        "represented_collection_date",
        "payment_type",
        "record_type",
        "status",
        "description",
        "custom_reference",
        "users_reference",
        "customer_account",
        "recurrence_schedule",
        "related_payment",
        "direct_debit",
        "card_payment",
    }
    | BACS,
    "credit": {
        "amount",
        "credit_date",
        "status",
        "description",
        "default_narrative",
        "reference",
        "rti",
        "submission_reference",
        "auddis",
        "bank_account",
        "client_bank_account",
        "mandate",
    }
    | BACS,
    "card_payment": CARD
    | {
        "allow_repeat_payments",
        "card_holder_address_line1",
        "card_holder_address_line2",
        "card_holder_address_city",
        "card_holder_address_postal_code",
        "card_holder_address_country_code",
        "card_holder_address_state_code",
        "status_code",
    },
    "customer_account": set(CUSTOMER)
    | {"status", "address_line2", "title", "company_name", "custom_reference", "external_id"},
    "recurrence_schedule": {
        "status",
        "type",
        "record_type",
        "payment_type",
        "amount",
        "first_collection_amount",
        "total_value",
        "installments",
        "collection_period",
        "collection_stretch",
        "collection_day",
        "description",
        "custom_reference",
        "first_collection_date",
        "start_date",
        "end_date",
        "next_collection_date",
        "firstCollectionInSameMonthAsNextCollection",
        "upcoming_payments",
        "customer_account",
        "bank_account",
        "mandate",
        "card",
    }
    | BACS,
    "account_validation": {
        "account_name",
        "account_name_match",
        "message",
        "report_returned",
        "validation_status",
        "validation_account_name",
        "validation_account_number",
        "validation_sort_code",
        "mandate",
    },
    "payment_link": {
        "url",
        "status",
        "expires_at",
        "ecommerce_page",
        "customer_account",
        "bank_account",
        "mandate",
        "recurrence_schedule",
        "amount",
        "auddis",
        "first_collection_amount",
        "first_collection_date",
        "start_date",
        "end_date",
        "return_url",
        "description",
        "bank_account_custom_reference",
        "card_payment_custom_reference",
        "customer_custom_reference",
        "recurrence_schedule_custom_reference",
        "metadata_account_validation",
        "metadata_bank_account",
        "metadata_card",
        "metadata_customer_account",
        "metadata_mandate",
        "metadata_recurrence_schedule",
    },
}


def one_of_each(api: Caller) -> dict[str, Any]:
    """One record of each kind, made while a subscription listens; ids by kind."""
    customer = api.customer()["id"]
    account = api.account(customer_account=customer)["id"]
    mandate = api.mandate(customer_bank_account=account)
    schedule = api.schedule(auddis=mandate["auddis"])
    payment = api.make("payment", **PAYMENT, auddis=mandate["auddis"])
    credit = api.make("credit", **CREDIT, bank_account=account)
    card = api.register(customer_id=customer).json()
    validation = api.make("account_validation", client_bank_account_id="OB01SANDBOXMAIN00001")
    fields = {"ecommerce_page": "EP02SANDBOXPAGE00001", "customer_account": customer}
    link = only(api.send("POST", "paymentlink", {"payment_link": fields}), "payment_link")
    return {
        "customer_account": customer,
        "bank_account": account,
        "mandate": mandate["id"],
        "auddis": mandate["auddis"],
        "recurrence_schedule": schedule["id"],
        "payment": payment["id"],
        "credit": credit["ID"],
        "card_payment": card["card_id"],
        "account_validation": validation["id"],
        "payment_link": link["id"],
    }


def only_one(receiver: Receiver, event_type: str, record_id: str) -> dict[str, Any]:
    (found,) = [
        event
        for event in receiver.events
        if (event["event_type"], event["id"]) == (event_type, record_id)
    ]
    return found


def test_every_kind_of_v2_has_every_field(api: Caller, receiver: Receiver) -> None:
    """Section 9, table of `event_type`: names, ids, and the head that all share."""
    subscribe(api.sandbox, receiver)
    made = one_of_each(api)
    api.sandbox.advance(1)
    for kind, fields in V2_FIELDS.items():
        event = only_one(receiver, f"{kind}.create", made[kind])
        assert set(event) >= V2_HEAD, kind
        assert fields <= set(event), (kind, fields - set(event))
        assert event["client"] == {"id": "CL01SANDBOXCLIENT001"}
        assert event["created_by"] == event["edited_by"] == {"id": "CU01SANDBOXUSER00001"}
        assert event["event_source"] == "API"
        assert event["created_at"] == event["edited_at"] == "2026-06-01T08:00:00Z"
        assert "" not in event.values(), kind


def test_every_kind_of_v1_has_every_field(api: Caller, receiver: Receiver) -> None:
    """Section 9, table of `resource_type`: flat, the key always there, `""` for absent."""
    subscribe_v1(api.sandbox, receiver)
    made = one_of_each(api)
    api.sandbox.advance(1)
    for kind, fields in V1_FIELDS.items():
        event = v1_event_of(receiver, kind)
        assert V1_HEAD | fields <= set(event), (kind, fields - set(event))
        assert event["event_source"] == "10022091"
        assert None not in event.values(), kind
        assert not [value for value in event.values() if isinstance(value, dict | list)], kind
    for kind in ("payment", "credit", "customer_account", "recurrence_schedule"):
        assert made[kind] in [
            event.get("reference") for event in receiver.events if event["resource_type"] == kind
        ]
    assert v1_event_of(receiver, "cardpayment")["reference"] == made["card_payment"]
    assert v1_event_of(receiver, "bank_account")["bank_account"] == made["bank_account"]
    assert v1_event_of(receiver, "mandate")["AUDDIS"] == made["auddis"]
    kinds = {event["resource_type"] for event in receiver.events}
    assert kinds == set(V1_FIELDS) | {"email"}


def test_v2_nests_and_has_numbers(api: Caller, receiver: Receiver) -> None:
    """Section 9, "nesting", "inside `direct_debit`"; section 5, "Number form"."""
    subscribe(api.sandbox, receiver)
    made = one_of_each(api)
    api.sandbox.advance(1)
    payment = only_one(receiver, "payment.create", made["payment"])
    mandate = {"id": made["mandate"], "legacy_id": None, "auddis": made["auddis"]}
    assert payment["amount"] == 2500
    assert payment["direct_debit"] == {"mandate": mandate, "debit_date": "2026-06-03"}
    assert payment["card_payment"] is None
    assert payment["customer_account"] == {"id": made["customer_account"], "legacy_id": None}
    assert payment["related_payment"] is None
    schedule = event_of(receiver, "recurrence_schedule.create")
    assert (schedule["amount"], schedule["collection_stretch"]) == (2500, 1)
    assert schedule["mandate"] == mandate
    assert schedule["upcoming_payments"][0] == {"collection_date": "2026-06-15", "amount": 3000}
    assert event_of(receiver, "credit.create")["amount"] == 2500
    account = event_of(receiver, "bank_account.create")
    assert account["Modulus_Check"]["AccountNumber"] == ACCOUNT["account_number"]
    assert set(account["Modulus_Check"]) == {
        "AccountNumber",
        "SortCode",
        "AccountCodeOK",
        "SortCodeOK",
        "BankName",
        "BranchTitle",
        "BranchAddress1",
        "BranchAddress2",
        "BranchAddress3",
        "BranchAddress4",
        "BranchAddressTown",
        "BranchAddressPostCode",
        "TelephoneNumber",
        "CreditsAllowedOK",
        "DirectDebitsOK",
        "DirectDebitInstructionOK",
    }
    link = event_of(receiver, "payment_link.create")
    assert link["ecommerce_page"] == {"id": "EP02SANDBOXPAGE00001", "legacy_id": None}
    assert link["customer_account"] == {"id": made["customer_account"], "legacy_id": None}
    own = event_of(receiver, "mandate.create")
    assert own["service_user_number"] == {
        "id": "SN01SANDBOXMAIN00001",
        "sun_name": "Smarterpay Test",
        "sun_number": "100263",
    }
    assert own["i_am_the_only_account_holder"] is True
    assert own["reference"] == made["auddis"]


def test_a_card_payment_carries_the_card_answer_and_the_card(
    api: Caller, receiver: Receiver
) -> None:
    """Section 9, `payment.create/update`: `card_payment` in the place of `direct_debit`."""
    subscribe(api.sandbox, receiver)
    card = api.card()
    api.sandbox.advance(1)
    updates = [event for event in receiver.events if event["event_type"] == "payment.update"]
    payment = updates[-1]
    assert payment["direct_debit"] is None
    assert set(payment["card_payment"]) >= CARD_ANSWER | WHOLE_CARD_ANSWER | {"card"}
    assert payment["card_payment"]["status"] == payment["status"]
    assert payment["card_payment"]["card"]["id"] == card["card_id"]
    assert payment["card_payment"]["card"]["card_number_ending"] == "0006"
    assert payment["record_type"] == "card payment"
    assert payment["status"] == "successful"
    of_card = [event for event in receiver.events if event["event_type"] == "card_payment.update"]
    assert of_card[-1]["card_number_ending"] == "0006"
    assert of_card[-1]["allow_repeat_payments"] is True
    assert of_card[-1]["payment_gateway_profile"] == {
        "id": "PG01SANDBOXOPAYO0001",
        "description": "Sandbox Opayo",
    }


def test_a_plan_tells_its_total(api: Caller, receiver: Receiver) -> None:
    """Section 9, `recurrence_schedule.create/update`: `total_value`, `record_type`."""
    subscribe(api.sandbox, receiver)
    api.schedule(type="DDPaymentPlan", installments=3, amount=9000)
    api.sandbox.advance(1)
    plan = event_of(receiver, "recurrence_schedule.create")
    assert (plan["record_type"], plan["total_value"]) == ("DDPaymentPlan", 9000)
    assert (plan["installments"], len(plan["upcoming_payments"])) == (3, 3)


@pytest.mark.parametrize(
    ("reference", "told"),
    [
        ("MA00000001", (100, "successful", True)),
        ("NOMATCH1", (40, "failed", True)),
        ("AVERROR1", (None, "error", False)),
    ],
)
def test_an_account_validation_tells_the_match_in_percent(
    api: Caller, receiver: Receiver, reference: str, told: tuple[int | None, str, bool]
) -> None:
    """Section 9, `account_validation.create/update`."""
    subscribe(api.sandbox, receiver)
    api.make(
        "account_validation", client_bank_account_id="OB01SANDBOXMAIN00001", reference=reference
    )
    api.sandbox.advance("2m")
    kinds = [event for event in receiver.events if event["event_type"].startswith("account_v")]
    assert (kinds[0]["validation_status"], kinds[0]["account_name_match"]) == ("open", None)
    names = ("account_name_match", "validation_status", "report_returned")
    assert tuple(kinds[-1][name] for name in names) == told
    assert kinds[-1]["event_source"] == "SMP Service"
    assert kinds[-1]["edited_by"] is None


@pytest.mark.parametrize(
    ("record_type", "row", "told"),
    [
        (
            "payments",
            {**PAYMENT, "custom_reference": "BULKFAIL-1", "auddis": "MA1", "metadata": "m"},
            {"custom_reference": "BULKFAIL-1", "collection_date": "2026-06-03", "metadata": "m"},
        ),
        (
            "credits",
            {**CREDIT, "reference": "BULKFAIL-2", "rti": "/A1", "bank_account": "BA01X"},
            {
                "custom_reference": "BULKFAIL-2",
                "credit_date": "2026-06-03",
                "rti": "/A1",
                "submission_reference": None,
                "client_bank_account": None,
                "bank_account": {"id": "BA01X", "legacy_id": None},
            },
        ),
        ("payments", {"amount": "lots", "collection_date": 5}, {"amount": None}),
    ],
)
def test_a_bulk_row_that_fails_has_an_event(
    api: Caller,
    receiver: Receiver,
    record_type: str,
    row: dict[str, Any],
    told: dict[str, Any],
) -> None:
    """Sections 7.9 and 9: `payment_request.failed`, `credit_request.failed`; v2 only."""
    subscribe(api.sandbox, receiver)
    subscribe_v1(api.sandbox, receiver)
    request = api.bulk(record_type, [row]).json()["api_request"]
    api.sandbox.advance("10s")
    (event,) = receiver.events
    record = api.get(f"apirequest/{request['id']}").json()["api_request"]["records"][0]
    assert event["event_type"] == f"{record_type[:-1]}_request.failed"
    assert event["event_source"] == "API"
    assert (event["created_by"], event["edited_by"]) == (None, None)
    assert event["request_record"] == {"id": request["id"]}
    assert event["message"] == record["message"] != ""
    assert {name: event[name] for name in told} == told
    assert {"description", "default_narrative", "mandate", "amount"} <= set(event)


@pytest.mark.parametrize("version", [1, 2])
def test_the_bacs_block_and_its_misspelling(api: Caller, receiver: Receiver, version: int) -> None:
    """Section 9, "Reason code spelling": the switch `arrud_misspelling`, default off."""
    subscribe(api.sandbox, receiver, version=version, events=["mandate"])
    mandate = api.mandate()["id"]
    codes = []
    for misspelt in (False, True):
        api.sandbox.settings(arrud_misspelling=misspelt)
        api.put("Mandate", mandate, {"bacs_code": "ARUDD 0"})
        api.sandbox.advance(1)
        codes.append(receiver.events[-1]["bacs_reason_code"])
    assert codes == ["ARUDD0", "ARRUD0"]
    assert receiver.events[-1]["bacs_description"] == "refer to payer"


def mandate_of_customer(api: Caller) -> None:
    customer = api.customer()["id"]
    api.mandate(customer_bank_account=api.account(customer_account=customer)["id"])


def cancel_mandate(api: Caller) -> None:
    api.put("Mandate", api.mandate()["id"], {"dd_status": "cancelled"})


def disable_account(api: Caller) -> None:
    api.put("bank_account", api.account()["id"], {"enabled": False})


def enable_account(api: Caller) -> None:
    account = api.account()["id"]
    for enabled in (False, True):
        api.put("bank_account", account, {"enabled": enabled})


def validate(api: Caller) -> None:
    api.mandate(account_validation=True)
    api.sandbox.advance("1m")


def cancel_payment(api: Caller) -> None:
    api.put("payment", api.payment()["id"], {"status": "cancelled"})


def cancel_credit(api: Caller) -> None:
    api.put("credit", api.credit()["ID"], {"status": "cancelled"})


def pay(amount: int) -> Any:
    def collect(api: Caller) -> None:
        api.payment(amount=amount)
        api.sandbox.advance("30d")

    return collect


def pay_out(amount: int) -> Any:
    def transfer(api: Caller) -> None:
        api.credit(amount=amount)
        api.sandbox.advance("30d")

    return transfer


@pytest.mark.parametrize(
    ("kind", "work", "description"),
    [
        ("cardpayment", lambda api: api.register(), "API - Card Payment inserted"),
        ("customer_account", lambda api: api.customer(), "API - Customer Account inserted"),
        ("bank_account", disable_account, "bank account is disabled"),
        ("bank_account", enable_account, "API - Bank Account updated"),
        ("mandate", cancel_mandate, "mandate is no longer available for collections"),
        ("mandate", validate, "SMP Service - Mandate updated"),
        ("payment", lambda api: api.payment(), "API - Payment inserted"),
        ("payment", cancel_payment, "payment cancelled"),
        ("payment", pay(9010), "payment failed"),
        ("payment", pay(9057), "indemnity debit applied"),
        ("payment", pay(2500), "SMP Service - Payment updated"),
        ("credit", cancel_credit, "credit cancelled"),
        ("credit", pay_out(9030), "credit failed"),
        ("credit", pay_out(2500), "credit settled"),
        ("email", mandate_of_customer, "email sent"),
    ],
)
def test_the_descriptions_of_v1(
    api: Caller, receiver: Receiver, kind: str, work: Any, description: str
) -> None:
    """Section 9, "descriptions"."""
    subscribe_v1(api.sandbox, receiver)
    work(api)
    api.sandbox.advance(1)
    assert v1_event_of(receiver, kind)["description"] == description


def test_the_email_event_of_v1(api: Caller, receiver: Receiver) -> None:
    """Section 9, `email`: no `event_source`; v2 has no such event."""
    subscribe_v1(api.sandbox, receiver)
    subscribe(api.sandbox, receiver, events=["email"])
    mandate_of_customer(api)
    api.sandbox.advance(1)
    event = v1_event_of(receiver, "email")
    mandate = v1_event_of(receiver, "mandate")
    assert event == {
        "id": event["id"],
        "created_at": "2026-06-01T08:00:00.000Z",
        "resource_type": "email",
        "description": "email sent",
        "email_id": "EM000000001",
        "email": CUSTOMER["email"],
        "email_type": "dd_confirmation",
        "customer_account": mandate["customer_account"],
        "auddis": mandate["AUDDIS"],
        "status": "email_sent",
    }
    assert api.get("outboundmessage/EM000000001").status_code == 200


def test_an_event_tells_the_record_as_it_was_at_that_instant(
    api: Caller, receiver: Receiver
) -> None:
    """Section 9, "Receiver design": order by `edited_at` per record."""
    subscribe(api.sandbox, receiver)
    customer = api.customer()["id"]
    for city in ("York", "Leeds"):
        api.sandbox.advance(0.4)
        api.put("Customer_Account", customer, {"city": city})
    api.sandbox.advance(2)
    assert [event["city"] for event in receiver.events] == ["testcity", "York", "Leeds"]
    stamps = [event["edited_at"] for event in receiver.events]
    assert stamps == sorted(stamps)
    assert len({event["event_id"] for event in receiver.events}) == 3
