"""Section 9: both versions of a webhook become the same kind of event."""

import json
from datetime import UTC, datetime
from typing import Any

import pytest

from smarterpay.webhooks import (
    KNOWN_KINDS,
    UNKNOWN_KIND,
    Action,
    Event,
    Kind,
    Source,
    Subject,
    read_webhook,
)
from tests.webhooks.bodies import event, v1, v2

MORNING = datetime(2026, 6, 4, 8, tzinfo=UTC)


def one(body: bytes) -> Event:
    (found,) = read_webhook(body).events
    return found


# --- The envelope ----------------------------------------------------------------------------


def test_section_9_version_1_has_one_event_and_no_key() -> None:
    webhook = read_webhook(v1())
    assert (webhook.version, webhook.id, webhook.idempotency_key) == (1, None, None)
    (found,) = webhook.events
    assert (found.version, found.event_id, found.idempotency_key) == (1, "EV000003432", None)
    assert found.created_at == found.occurred_at == MORNING
    assert found.edited_at is None


def test_section_9_version_2_has_a_batch_of_mixed_kinds_under_one_key() -> None:
    webhook = read_webhook(
        v2(
            event(),
            event(event_id="HI0B", event_type="mandate.create", id="M01X"),
            event(event_id="HI0C", event_type="bank_account.update", id="BA01X"),
        )
    )
    assert webhook.version == 2
    assert webhook.id == "OM01A1B2C3D4E5F6G7H8"
    assert webhook.client_id == "CL01SANDBOXCLIENT001"
    assert webhook.sent_at == datetime(2026, 6, 4, 8, 0, 1, tzinfo=UTC)
    assert [found.event_id for found in webhook.events] == ["HI0A1B2C3D4E5F6G7H8I", "HI0B", "HI0C"]
    assert [str(found.kind) for found in webhook.events] == [
        "payment.update",
        "mandate.create",
        "bank_account.update",
    ]
    assert {found.idempotency_key for found in webhook.events} == {webhook.idempotency_key}


def test_section_9_a_batch_without_its_key_is_still_version_2() -> None:
    webhook = read_webhook(v2(event(), idempotency_key=None))
    assert (webhook.version, webhook.idempotency_key) == (2, None)


def test_section_9_in_version_2_id_is_the_records_and_event_id_the_events() -> None:
    found = one(v2(event(legacy_id="PM00841339")))
    assert (found.event_id, found.record_id, found.legacy_id) == (
        "HI0A1B2C3D4E5F6G7H8I",
        "P01YZ96J1D7WDK8NEWD",
        "PM00841339",
    )


def test_section_9_events_are_ordered_by_edited_at() -> None:
    found = one(v2(event()))
    assert found.created_at == datetime(2026, 6, 1, 9, tzinfo=UTC)
    assert found.edited_at == found.occurred_at == MORNING
    assert one(v2(event(edited_at=None))).occurred_at == found.created_at


def test_section_9_the_body_of_the_check_value_has_no_events() -> None:
    assert read_webhook(b'{"events":[]}').events == ()


V1_EVENT = json.loads(v1())["events"][0]


@pytest.mark.parametrize(
    "document",
    [
        [{"events": [V1_EVENT]}],
        {"events": V1_EVENT},
        {"Events": [V1_EVENT]},
        [V1_EVENT],
        V1_EVENT,
    ],
)
def test_section_9_called_an_array_shown_as_an_object(document: Any) -> None:
    assert one(json.dumps(document).encode()) == one(v1())


def test_section_5_keys_match_in_any_case() -> None:
    shouted = {key.upper(): value for key, value in event().items()}
    quiet, loud = one(v2(event())), one(v2(shouted))
    assert loud.kind == quiet.kind
    assert (loud.event_id, loud.record_id, loud.source) == (
        quiet.event_id,
        quiet.record_id,
        quiet.source,
    )


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig"])
def test_section_1_bodies_are_utf_8(encoding: str) -> None:
    body = json.dumps({"events": [V1_EVENT | {"custom_reference": "Café"}]}, ensure_ascii=False)
    assert one(body.encode(encoding)).custom_reference == "Café"


def test_escaped_characters_are_read() -> None:
    assert one(v1(custom_reference="\U0001f600 Café")).custom_reference == "\U0001f600 Café"


# --- Kinds -----------------------------------------------------------------------------------

V2_KINDS = [
    f"{subject}.{action}"
    for subject in (
        "bank_account",
        "mandate",
        "payment",
        "card_payment",
        "recurrence_schedule",
        "account_validation",
        "payment_link",
        "credit",
        "customer_account",
    )
    for action in ("create", "update")
] + ["payment_request.failed", "credit_request.failed"]


@pytest.mark.parametrize("event_type", V2_KINDS)
def test_section_9_every_event_type_of_version_2_is_known(event_type: str) -> None:
    assert str(one(v2(event(event_type=event_type))).kind) == event_type


@pytest.mark.parametrize(
    ("body", "kind"),
    [
        (v2(event(event_type="Payment.Update")), "payment.update"),
        (v1(resource_type="CardPayment"), "card_payment.update"),
        (v1(resource_type="Bank_Account"), "bank_account.update"),
    ],
)
def test_section_5_kinds_match_in_any_case(body: bytes, kind: str) -> None:
    assert str(one(body).kind) == kind


def test_section_9_no_other_kind_is_known() -> None:
    assert {str(kind) for kind in KNOWN_KINDS} == {*V2_KINDS, "email.sent"}


@pytest.mark.parametrize(
    "event_type",
    [
        "payment.deleted",
        "input_report.create",
        "payment",
        "payment.",
        ".",
        "unknown.unknown",
        "email.create",
        "payment.failed",
        "mandate.update.again",
    ],
)
def test_section_9_an_unknown_event_type_is_an_event_of_unknown_kind(event_type: str) -> None:
    found = one(v2(event(event_type=event_type)))
    assert found.kind == UNKNOWN_KIND
    assert found.named == event_type
    assert found.event_id == "HI0A1B2C3D4E5F6G7H8I"


def test_an_event_that_names_no_kind_is_of_unknown_kind() -> None:
    found = one(v2(event(event_type=None)))
    assert (found.kind, found.version, found.named) == (UNKNOWN_KIND, 2, None)
    assert one(b'{"events":[{"id":"EV1"}]}').kind == UNKNOWN_KIND


# resource_type, its record id's property, subject
V1_KINDS = [
    ("mandate", "AUDDIS", Subject.MANDATE),
    ("bank_account", "bank_account", Subject.BANK_ACCOUNT),
    ("payment", "reference", Subject.PAYMENT),
    ("credit", "reference", Subject.CREDIT),
    ("cardpayment", "reference", Subject.CARD_PAYMENT),
    ("customer_account", "reference", Subject.CUSTOMER_ACCOUNT),
    ("recurrence_schedule", "reference", Subject.RECURRENCE_SCHEDULE),
]


@pytest.mark.parametrize(("resource_type", "key", "subject"), V1_KINDS)
def test_section_9_kind_and_record_id_in_version_1(
    resource_type: str, key: str, subject: Subject
) -> None:
    found = one(v1(resource_type=resource_type, **{key: "THE-RECORD"}))
    assert found.kind == Kind(subject, Action.UPDATE)
    assert found.record_id == "THE-RECORD"


@pytest.mark.parametrize(
    ("description", "action"),
    [
        ("API - Card Payment inserted", Action.CREATE),
        ("SMP Service - Bank Account updated", Action.UPDATE),
        ("bank account is disabled", Action.UPDATE),
        ("mandate is no longer available for collections", Action.UPDATE),
        ("indemnity debit applied", Action.UPDATE),
        ("credit settled", Action.UPDATE),
        ("", Action.UPDATE),
    ],
)
def test_section_9_version_1_tells_its_action_in_the_description(
    description: str, action: Action
) -> None:
    assert one(v1(description=description)).kind.action is action


def test_section_9_an_email_event_has_no_source() -> None:
    body = {
        "id": "EV1",
        "created_at": "2026-06-04T08:00:00.000Z",
        "resource_type": "email",
        "description": "email sent",
        "email_id": "EM000005332",
        "email": "payer@example.org",
        "email_type": "dd_confirmation",
        "customer_account": "CA01X",
        "auddis": "MA10867326",
        "status": "email_sent",
    }
    found = one(json.dumps({"events": [body]}).encode())
    assert found.kind == Kind(Subject.EMAIL, Action.SENT)
    assert (found.record_id, found.auddis, found.source) == ("EM000005332", "MA10867326", None)


@pytest.mark.parametrize("resource_type", ["", "subscription", "unknown", "payment_request"])
def test_section_9_an_unknown_resource_type_is_an_event_of_unknown_kind(
    resource_type: str,
) -> None:
    assert one(v1(resource_type=resource_type)).kind == UNKNOWN_KIND


# --- What an event tells ---------------------------------------------------------------------


@pytest.mark.parametrize(
    ("sent", "source"),
    [
        ("DDMS service", Source.BACS),
        ("DDMS Service", Source.BACS),
        ("ddms_service", Source.BACS),
        ("Portal", Source.PORTAL),
        ("api", Source.API),
        ("SMP Service", Source.TIMED),
        ("10022091", "10022091"),
        (10044000, "10044000"),
        ("Something New", "Something New"),
        (None, None),
        ("", None),
        ({}, None),
    ],
)
def test_section_9_sources_compare_without_case(sent: Any, source: Source | str | None) -> None:
    assert one(v2(event(event_source=sent))).source == source
    assert one(v1(event_source=sent)).source == source


BLOCK = {
    "bacs_reason_code": "ARUDD1",
    "bacs_description": "instruction cancelled",
    "bacs_reference": "XYZ0012345-0012345",
    "bacs_filename": "Arudd020419111111.xml",
}
NO_BLOCK: dict[str, Any] = dict.fromkeys(BLOCK)


@pytest.mark.parametrize(
    "body",
    [
        v1(**BLOCK),
        v2(event(**BLOCK, direct_debit=None)),
        v2(event(**BLOCK, direct_debit={"mandate": None, **NO_BLOCK})),
        v2(event(**NO_BLOCK, direct_debit={"mandate": None, **BLOCK})),
        v2(event(direct_debit=BLOCK)),
        v2(event(direct_debit=BLOCK, **(NO_BLOCK | {"bacs_description": "other"}))),
    ],
)
def test_section_9_the_bacs_block_is_found_where_it_sits(body: bytes) -> None:
    found = one(body).bacs
    assert found is not None
    assert (found.reason_code, found.description) == ("ARUDD1", "instruction cancelled")
    assert (found.reference, found.filename) == ("XYZ0012345-0012345", "Arudd020419111111.xml")


@pytest.mark.parametrize(
    "body",
    [v1(), v1(**dict.fromkeys(BLOCK, "")), v2(event(**NO_BLOCK)), v2(event(direct_debit=[]))],
)
def test_section_9_without_a_report_there_is_no_block(body: bytes) -> None:
    assert one(body).bacs is None


@pytest.mark.parametrize(
    ("sent", "read"),
    [
        ("ARUDD1", "ARUDD1"),
        ("ARRUD1", "ARUDD1"),
        ("ARRUD 1", "ARUDD1"),
        ("arudd 1", "ARUDD1"),
        ("ARRUDZZ", "ARUDDZZ"),
        ("ADDACS 3", "ADDACS3"),
        ("INPUTT", "INPUTT"),
        ("200 OK", "200 OK"),
    ],
)
def test_section_9_arrud_is_read_as_arudd(sent: str, read: str) -> None:
    found = one(v1(bacs_reason_code=sent)).bacs
    assert found is not None
    assert found.reason_code == read


def test_section_10_a_challenge_report_has_a_phrase_and_no_code() -> None:
    found = one(v2(event(status="successful", bacs_description="challenge accepted")))
    assert found.bacs is not None
    assert (found.bacs.reason_code, found.bacs.description) == (None, "challenge accepted")
    assert found.status == "successful"


def test_section_9_reference_comes_twice_in_a_version_1_payment() -> None:
    body = (
        b'{"events":[{"id":"EV1","resource_type":"payment","reference":"PM00841339",'
        b'"status":"failed","reference":"","amount":"2500"}]}'
    )
    turned = body.replace(b'"reference":""', b'"reference":"PM00841339"', 1).replace(
        b'"reference":"PM00841339"', b'"reference":""', 1
    )
    assert one(body).record_id == one(turned).record_id == "PM00841339"
    assert one(body).fields["amount"] == "2500"


@pytest.mark.parametrize("event_type", ["payment_request.failed", "credit_request.failed"])
def test_section_9_a_failed_row_names_its_request(event_type: str) -> None:
    found = one(
        v2(
            event(
                event_type=event_type,
                event_source="API",
                message="the mandate is cancelled",
                custom_reference="INV-2026-118",
                request_record={"id": "AR01X"},
                created_by=None,
            )
        )
    )
    assert found.kind.action is Action.FAILED
    assert (found.request_id, found.custom_reference) == ("AR01X", "INV-2026-118")
    assert found.fields["message"] == "the mandate is cancelled"


@pytest.mark.parametrize(
    ("body", "custom_reference"),
    [
        (v1(custom_reference="INV-1"), "INV-1"),
        (v1(custom_reference=""), None),
        (v1(custom_reference="  "), None),
        (v1(custom_referance="INV-1"), "INV-1"),
        (v1(resource_type="credit", reference="CR00015894"), None),
        (v2(event(custom_reference="INV-1")), "INV-1"),
        (v2(event(event_type="credit.update", reference="INV-1")), "INV-1"),
        (v2(event(event_type="mandate.update", reference="MA10867326")), None),
    ],
)
def test_section_5_reference_names(body: bytes, custom_reference: str | None) -> None:
    assert one(body).custom_reference == custom_reference


@pytest.mark.parametrize(
    "body",
    [
        v1(resource_type="mandate", AUDDIS="MA10867326"),
        v2(event(event_type="mandate.update", reference="MA10867326")),
        v2(event(direct_debit={"mandate": {"id": "M01X", "auddis": "MA10867326"}})),
        v2(event(direct_debit={"mandate": {"auddis": "MA10867326"}}, mandate={"auddis": ""})),
        v2(event(event_type="recurrence_schedule.update", mandate={"auddis": "MA10867326"})),
        v2(event(event_type="credit.update", auddis="MA10867326", reference="INV-1")),
    ],
)
def test_section_9_the_mandate_reference_is_found_where_it_sits(body: bytes) -> None:
    assert one(body).auddis == "MA10867326"


def test_section_9_version_1_knows_a_mandate_by_its_auddis() -> None:
    found = one(v1(resource_type="mandate", AUDDIS="MA10867326", reference="AUD00003435"))
    assert (found.record_id, found.auddis) == ("MA10867326", "MA10867326")
    assert found.fields["reference"] == "AUD00003435"
    assert one(v1(resource_type="mandate", AUDDIS="", reference="AUD00003435")).auddis is None


def test_section_9_a_version_2_event_keeps_every_property_as_it_came() -> None:
    sent = event(amount=2500, card_payment=None, direct_debit={"debit_date": "2026-06-03"}, new=[1])
    assert one(v2(sent)).fields == sent


@pytest.mark.parametrize(
    "body",
    [
        v1(id="0", resource_type="mandate", status="new_instruction", bacs_reason_code="200 OK"),
        v1(id=0, event_source="10044000"),
        v2(event(event_id="0")),
        v2(event(id="0", event_id=None)),
    ],
)
def test_section_9_a_test_message_is_recognised(body: bytes) -> None:
    found = one(body)
    assert found.is_test
    assert found.event_id == "0"


def test_section_9_other_events_are_no_test_messages() -> None:
    assert not one(v1()).is_test
    assert not one(v2(event())).is_test


def test_personal_fields_never_show() -> None:
    personal = {
        "email": "canary@example.org",
        "first_name": "Canary",
        "account_number": "75849855",
        "account_name": "Canary",
        "metadata": "Canary",
        "message": "Canary",
        "description": "Canary",
        "bacs_reference": "Canary",
    }
    webhook = read_webhook(
        v2(event(event_type="customer_account.update", **personal), event(event_type="Canary"))
    )
    for shown in (repr(webhook), str(webhook.events[0])):
        assert "anary" not in shown
        assert "75849855" not in shown
        assert "customer_account" in shown
