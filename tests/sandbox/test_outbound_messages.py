"""Section 7.14: outbound messages read, listed and sent again; section 10: e-mails."""

import json
from typing import Any

import pytest

from tests.sandbox.caller import PAYMENT, Caller, faulty, only
from tests.sandbox.hooks import FIXTURE, add, subscribe
from tests.sandbox.receiver import Receiver, receiving

ENVELOPE = "OutboundMessage"


def messages(api: Caller, **query: Any) -> list[dict[str, Any]]:
    """A page of the list."""
    listed: list[dict[str, Any]] = only_list(api, **query)
    return listed


def only_list(api: Caller, **query: Any) -> Any:
    answer = api.get("outboundmessages", **query)
    assert answer.status_code == 200, answer.text
    assert list(answer.json()) == ["OutboundMessages"]
    return answer.json()["OutboundMessages"]


def account_with_customer(api: Caller) -> str:
    """A bank account whose holder has an e-mail address."""
    customer = api.customer(email="payer@example.test")
    account: str = api.account(customer_account=customer["id"])["id"]
    return account


def test_a_webhook_message_has_the_fields_of_section_7_14(api: Caller, receiver: Receiver) -> None:
    subscribe(api.sandbox, receiver)
    api.customer()
    api.sandbox.advance(1)
    message = messages(api)[0]
    sent = receiver.received[0]
    assert message == {
        "id": sent.content["id"],
        "idempotency_key": sent.content["idempotency_key"],
        "sent_at": "2026-06-01T08:00:01Z",
        "status": "successful",
        "record_type": "webhook",
        "subscription_id": FIXTURE,
        "webhook": {"response_code": "200 OK", "webhook_body": sent.body.decode()},
    }
    assert json.loads(message["webhook"]["webhook_body"]) == sent.content
    assert only(api.get(f"outboundmessage/{message['id'].lower()}"), ENVELOPE) == message


def test_a_resent_message_keeps_id_key_and_body(api: Caller, receiver: Receiver) -> None:
    """Section 7.14, "resend": answers `pending`, then it is delivered again."""
    subscribe(api.sandbox, receiver)
    api.customer()
    api.sandbox.advance(1)
    message_id = messages(api)[0]["id"]
    answered = only(api.send("POST", f"outboundmessage/{message_id}/resend"), ENVELOPE)
    assert (answered["id"], answered["status"]) == (message_id, "pending")
    assert len(receiver.received) == 1
    api.sandbox.advance(0)
    assert [webhook.body for webhook in receiver.received] == [receiver.received[0].body] * 2
    assert messages(api)[0]["status"] == "successful"
    assert api.sandbox.counts()["outbound_messages"] == 1


def test_a_resend_of_a_retrying_message_begins_its_series_anew(
    api: Caller, receiver: Receiver
) -> None:
    """Section 11, "outbound message": what was planned before is not sent beside it."""
    subscribe(api.sandbox, receiver)
    receiver.statuses = [500] * 4
    api.customer()
    api.sandbox.advance("4m")
    assert len(receiver.received) == 3
    message_id = messages(api, status="retrying")[0]["id"]
    api.send("POST", f"outboundmessage/{message_id}/resend")
    api.sandbox.advance(0)
    assert len(receiver.received) == 4
    api.sandbox.advance("1m")
    assert len(receiver.received) == 5
    api.sandbox.advance("1d")
    assert len(receiver.received) == 5


def test_a_failed_message_can_be_sent_again(api: Caller, receiver: Receiver) -> None:
    subscribe(api.sandbox, receiver)
    receiver.statuses = [500] * 11
    api.customer()
    api.sandbox.advance("2d")
    failed = messages(api, status="failed")[0]
    only(api.send("POST", f"outboundmessage/{failed['id']}/resend", key="again"), ENVELOPE)
    api.send("POST", f"outboundmessage/{failed['id']}/resend", key="again")
    api.sandbox.advance(0)
    assert len(receiver.received) == 12
    assert messages(api)[0]["status"] == "successful"


def test_an_unknown_message_is_404_and_no_other_method_is_offered(api: Caller) -> None:
    assert api.get("outboundmessage/OM010000000000000000").status_code == 404
    resend = api.send("POST", "outboundmessage/OM010000000000000000/resend")
    assert resend.status_code == 404
    api.mandate(customer_bank_account=account_with_customer(api))
    message_id = messages(api)[0]["id"]
    assert api.send("PUT", f"outboundmessage/{message_id}", {}).status_code == 405
    assert api.send("POST", "outboundmessages", {}).status_code == 405


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ({}, [0, 1, 2, 3]),
        ({"record_type": "webhook"}, [2, 3]),
        ({"record_type": "email"}, [0, 1]),
        ({"record_type": "webhook,email", "limit": 3}, [0, 1, 2]),
        ({"subscription_id": FIXTURE}, [2]),
        ({"status": "successful"}, [0, 1, 2]),
        ({"status": "retrying,failed"}, [3]),
        ({"sent_from": "2026-06-01 08:00:01"}, [2, 3]),
        ({"sent_to": "2026-06-01 08:00:00"}, [0, 1]),
        ({"sent_from": "2026-06-01 08:00:00", "sent_to": "2026-06-01 08:00:01"}, [0, 1, 2, 3]),
        ({"created_from": "2026-06-01 08:00:01"}, [2, 3]),
        ({"created_to": "2026-05-31 08:00:01"}, []),
        ({"sort_order": "desc"}, [3, 2, 1, 0]),
        ({"page_no": 2, "limit": 3}, [3]),
    ],
)
def test_the_list_filters_and_sorts(
    api: Caller, receiver: Receiver, query: dict[str, Any], found: list[int]
) -> None:
    """Section 7.14, "list" and "more filters"."""
    with receiving() as gone:
        subscribe(api.sandbox, receiver, events=["mandate"])
        add(api.sandbox, gone, key="k", events=["mandate"])
    mandate = api.mandate(customer_bank_account=account_with_customer(api))
    api.schedule(auddis=mandate["auddis"])
    api.sandbox.advance(1)
    everything = [message["id"] for message in messages(api)]
    assert len(everything) == 4
    listed = [message["id"] for message in messages(api, **query)]
    assert listed == [everything[number] for number in found]


@pytest.mark.parametrize("sort_field", ["id", "created_at", "sun"])
def test_the_sort_fields_of_section_7_14(api: Caller, sort_field: str) -> None:
    account = account_with_customer(api)
    for own in ("OB01SANDBOXMAIN00001", "OB01SANDBOXSECOND001"):
        api.mandate(customer_bank_account=account, client_bank_account_id=own)
    listed = [message["id"] for message in messages(api, sort_field=sort_field)]
    first, second = [message["id"] for message in messages(api)]
    expected = {"created_at": [first, second], "sun": [first, second]}
    assert listed == expected.get(sort_field, sorted([first, second]))


@pytest.mark.parametrize("query", [{"sort_field": "status"}, {"sent_from": "today"}])
def test_a_list_that_cannot_be_is_400(api: Caller, query: dict[str, str]) -> None:
    assert faulty(api.get("outboundmessages", **query)) == list(query)


def test_emails_go_to_a_customer_with_an_address(api: Caller) -> None:
    """Section 10, "E-mails": set-up confirmation, advance notice of schedule, payment."""
    mandate = api.mandate(customer_bank_account=account_with_customer(api))
    api.schedule(auddis=mandate["auddis"])
    api.make("payment", **PAYMENT, auddis=mandate["auddis"])
    listed = messages(api)
    assert [message["email"]["subject"] for message in listed] == [
        "Your Direct Debit has been set up",
        "Advance notice of your Direct Debit schedule",
        "Advance notice of your Direct Debit payment",
    ]
    for message in listed:
        assert message["email"]["to"] == "payer@example.test"
        assert (message["record_type"], message["status"]) == ("email", "successful")
        assert message["subscription_id"] == ""
        assert "webhook" not in message


def test_a_mandate_is_confirmed_once_and_only_when_it_is_validated(api: Caller) -> None:
    account = account_with_customer(api)
    mandate = api.mandate(customer_bank_account=account, account_validation=True)
    assert messages(api) == []
    api.sandbox.advance("1m")
    assert len(messages(api)) == 1
    api.put("Mandate", mandate["id"], {"metadata": "x"})
    api.put("Mandate", mandate["id"], {"dd_status": "on hold"})
    api.put("Mandate", mandate["id"], {"dd_status": "new instruction"})
    assert len(messages(api)) == 1


@pytest.mark.parametrize("status", ["on hold", "ongoing collection", "cancelled"])
def test_a_mandate_that_is_no_new_instruction_is_not_confirmed(api: Caller, status: str) -> None:
    api.mandate(customer_bank_account=account_with_customer(api), dd_status=status)
    assert messages(api) == []


def test_nobody_without_an_address_is_written_to_and_the_setting_stops_it(api: Caller) -> None:
    api.mandate()
    api.sandbox.settings(customer_emails=False)
    api.mandate(customer_bank_account=account_with_customer(api))
    assert messages(api) == []


def test_credits_have_no_email(api: Caller) -> None:
    """Section 10, "E-mails": none for credits."""
    account = account_with_customer(api)
    api.credit(bank_account=account)
    assert api.sandbox.counts()["credits"] == 1
    assert messages(api) == []


def test_an_email_sent_again_is_pending_until_the_clock_moves(api: Caller) -> None:
    api.mandate(customer_bank_account=account_with_customer(api))
    message_id = messages(api)[0]["id"]
    answered = only(api.send("POST", f"outboundmessage/{message_id}/resend"), ENVELOPE)
    assert answered["status"] == "pending"
    api.sandbox.advance(0)
    assert messages(api)[0]["status"] == "successful"
