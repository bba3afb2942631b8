"""The provider's stand-in sends over a real socket; what arrives is trusted and read by us.

Neither side shares a line with the other: each has section 9 for its only measure.
"""

from collections.abc import Iterator

import pytest
from pydantic import SecretStr

from smarterpay.webhooks import (
    Action,
    BasicCredentials,
    Event,
    Kind,
    Source,
    Subject,
    is_authorised,
    is_signed,
    read_webhook,
)
from tests.sandbox.caller import PAYMENT, Caller
from tests.sandbox.hooks import FIXTURE, FIXTURE_KEY, add, subscribe, subscribe_v1
from tests.sandbox.receiver import Receiver, receiving
from tests.sandbox_process import SandboxProcess

V1_KEY = SecretStr("v1-key")
V2_KEY = SecretStr(FIXTURE_KEY)
ENDS_AS_ARUDD1 = "12345912"  # section 13


@pytest.fixture(scope="module")
def program() -> Iterator[SandboxProcess]:
    """The stand-in, running as long as the tests here."""
    with SandboxProcess() as sandbox:
        yield sandbox


@pytest.fixture
def api(program: SandboxProcess) -> Iterator[Caller]:
    """Calls to it, as it starts."""
    program.reset()
    caller = Caller(program)
    yield caller
    caller.close()


@pytest.fixture
def first() -> Iterator[Receiver]:
    """Receives version 1."""
    with receiving() as listening:
        yield listening


@pytest.fixture
def second() -> Iterator[Receiver]:
    """Receives version 2."""
    with receiving() as listening:
        yield listening


def events_of(receiver: Receiver) -> list[Event]:
    """All events received, read by us, in the order of their arrival."""
    return [event for each in receiver.received for event in read_webhook(each.body).events]


def codes(events: list[Event]) -> list[str | None]:
    """The reason code of each event, as it was told."""
    return [event.bacs.reason_code if event.bacs else None for event in events]


def of(subject: Subject, events: list[Event]) -> list[Event]:
    """The events about one kind of record."""
    return [event for event in events if event.kind.subject is subject]


def test_section_9_a_debit_returned_unpaid_reads_the_same_in_both_versions(
    api: Caller, first: Receiver, second: Receiver
) -> None:
    """From the customer to `ARUDD1` some days later, to a client older than the fix of 2024."""
    api.sandbox.settings(arrud_misspelling=True)
    subscribe_v1(api.sandbox, first)
    subscribe(api.sandbox, second)
    account = api.account(account_number=ENDS_AS_ARUDD1)
    mandate = api.mandate(customer_bank_account=account["id"])
    payment = api.payment(auddis=mandate["auddis"], custom_reference="INV-2026-118")
    api.sandbox.advance("7d")

    assert all(
        is_signed(one.body, one.headers["webhook-signature"], [V1_KEY]) for one in first.received
    )
    assert all(
        is_signed(one.body, one.headers["webhook-signature"], [V2_KEY]) for one in second.received
    )
    assert b"ARRUD" in b"".join(one.body for one in [*first.received, *second.received])

    old, new = events_of(first), events_of(second)
    for subject in (Subject.BANK_ACCOUNT, Subject.PAYMENT):
        ids = {event.record_id for event in of(subject, old)}
        assert ids == {event.record_id for event in of(subject, new)}
    was, is_now = of(Subject.MANDATE, old), of(Subject.MANDATE, new)
    assert [event.status for event in was] == [event.status for event in is_now]
    assert {event.auddis for event in was + is_now} == {mandate["auddis"]}
    assert codes(was) == codes(is_now)
    assert (is_now[-1].status, codes(is_now)[-1]) == ("cancelled", "ARUDD1")

    for events in (old, new):
        last = of(Subject.PAYMENT, events)[-1]
        assert (last.record_id, last.status) == (payment["id"], "failed")
        assert last.kind == Kind(Subject.PAYMENT, Action.UPDATE)
        assert last.custom_reference == "INV-2026-118"
        assert last.bacs is not None
        assert (last.bacs.reason_code, last.bacs.description) == ("ARUDD1", "instruction cancelled")
        assert last.occurred_at is not None
    assert {event.source for event in new} >= {Source.API, Source.BACS, Source.TIMED}
    assert {event.event_id for event in new}.isdisjoint(event.event_id for event in old)


def test_section_9_a_row_that_failed_names_its_api_request(api: Caller, second: Receiver) -> None:
    subscribe(api.sandbox, second)
    row = PAYMENT | {"auddis": api.mandate()["auddis"], "custom_reference": "BULKFAIL-1"}
    request = api.bulk("payments", [row]).json()["api_request"]
    api.sandbox.advance("1m")
    failed = [event for event in events_of(second) if event.kind.action is Action.FAILED]
    assert [(event.request_id, event.custom_reference) for event in failed] == [
        (request["id"], "BULKFAIL-1")
    ]


def test_section_9_the_test_message_is_recognised_in_both_versions(
    api: Caller, first: Receiver, second: Receiver
) -> None:
    old = subscribe_v1(api.sandbox, first)["id"]
    subscribe(api.sandbox, second)
    api.sandbox.control(f"subscriptions/{old}/test", {})
    api.sandbox.control(f"subscriptions/{FIXTURE}/test", {})
    assert [event.is_test for event in events_of(first) + events_of(second)] == [True, True]


def test_section_9_basic_authorisation_over_the_wire(api: Caller, second: Receiver) -> None:
    add(api.sandbox, second, authorisation="Basic", user="merchant", password="open:sesame é")
    api.customer()
    api.sandbox.advance(1)
    sent = second.received[0].headers["authorization"]
    right = BasicCredentials(SecretStr("merchant"), SecretStr("open:sesame é"))
    wrong = BasicCredentials(SecretStr("merchant"), SecretStr("open"))
    assert is_authorised(sent, [wrong, right])
    assert not is_authorised(sent, [wrong])
